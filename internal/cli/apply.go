package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
)

func applyCommand(streams Streams) *cobra.Command {
	var flags planFlags
	cmd := &cobra.Command{
		Use:   "apply [DIR | PLAN]",
		Short: "Make the changes of a plan, or of what the plan is now",
		Args:  words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.apply(cmd.Context(), streams, args)
		},
	}
	flags.register(cmd)
	return cmd
}

func (f *planFlags) apply(ctx context.Context, streams Streams, args []string) error {
	request, server, err := f.applyRequest(args)
	if err != nil {
		return err
	}
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	body, err := server.stream(ctx, "POST", "/v1/applies", strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	defer body.Close()
	return f.follow(streams, body)
}

func (f *planFlags) applyRequest(args []string) (PlanRequest, *remote, error) {
	if len(args) == 1 {
		if info, err := os.Stat(args[0]); err == nil && !info.IsDir() {
			file, err := readPlan(args[0])
			if err != nil {
				return PlanRequest{}, nil, err
			}
			if err := f.pickServer(file.Request.Files); err != nil {
				return PlanRequest{}, nil, err
			}
			return file.Request, f.server.open(), nil
		}
	}
	return f.request(args)
}

// ApplyEvent is one line of the answer to an apply: progress, and last what was reached.
type ApplyEvent struct {
	Progress *ApplyProgress     `json:"progress,omitempty"`
	Plan     *plans.Plan        `json:"plan,omitempty"`
	Outcome  *reconcile.Outcome `json:"outcome,omitempty"`
	Error    string             `json:"error,omitempty"`
}

// ApplyProgress is one change that was made or failed.
type ApplyProgress = views.ApplyProgress

// follow shows an apply as it goes, and ends with its error.
func (f *planFlags) follow(streams Streams, body io.Reader) error {
	decoder := json.NewDecoder(body)
	for {
		var event ApplyEvent
		if err := decoder.Decode(&event); err != nil {
			return errors.New("the server ended the answer before the apply was done; apply again, it goes on from where it is")
		}
		switch {
		case event.Progress != nil && f.format == "text":
			views.Progress(streams.Out, *event.Progress)
		case event.Outcome != nil:
			return f.finish(streams, event)
		}
	}
}

func (f *planFlags) finish(streams Streams, event ApplyEvent) error {
	if f.format == "json" {
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(event); err != nil {
			return err
		}
	} else if event.Plan != nil {
		views.Applied(streams.Out, *event.Plan, *event.Outcome)
	}
	switch {
	case event.Error == "":
		return nil
	case event.Plan != nil && event.Plan.Problems.HasErrors():
		return errProblems
	}
	return errors.New(event.Error)
}
