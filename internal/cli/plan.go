package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
)

// planFlags are the words that plan, apply and diff share.
type planFlags struct {
	server      serverFlags
	env         string
	format      string
	allowDelete []string
	adopt       []string
}

func (f *planFlags) register(cmd *cobra.Command) {
	f.server.register(cmd)
	cmd.Flags().StringVar(&f.env, "env", "", "environment of mesh.yaml whose server is asked")
	cmd.Flags().StringVar(&f.format, "format", "text", "text or json")
	cmd.Flags().StringSliceVar(&f.allowDelete, "allow-delete", nil, "address of a resource that may be deleted or replaced, as in topic/NAME (repeatable)")
	cmd.Flags().StringSliceVar(&f.adopt, "adopt", nil, "address of a resource that exists and that Weft shall own (repeatable)")
}

// PlanRequest is what plan and apply send to a server.
type PlanRequest struct {
	Files       contracts.Bundle `json:"files"`
	AllowDelete []addrs.Resource `json:"allow_delete,omitempty"`
	Adopt       []addrs.Resource `json:"adopt,omitempty"`
	Hash        string           `json:"hash,omitempty"`
}

// request gathers the mesh's files and the addresses that the flags name.
func (f *planFlags) request(args []string) (PlanRequest, *remote, error) {
	if len(args) == 1 {
		f.server.dir = args[0]
	}
	var request PlanRequest
	var err error
	if request.AllowDelete, err = parseResources("--allow-delete", f.allowDelete); err != nil {
		return request, nil, err
	}
	if request.Adopt, err = parseResources("--adopt", f.adopt); err != nil {
		return request, nil, err
	}
	dir, err := meshRoot(f.server.dir)
	if err != nil {
		return request, nil, err
	}
	f.server.dir = dir
	if request.Files, err = contracts.Collect(os.DirFS(dir)); err != nil {
		return request, nil, err
	}
	if err := f.pickServer(request.Files); err != nil {
		return request, nil, err
	}
	return request, f.server.open(), nil
}

// pickServer takes the server of the environment that --env names.
func (f *planFlags) pickServer(files contracts.Bundle) error {
	if f.env == "" || f.server.url != "" {
		return nil
	}
	fsys, err := files.FS()
	if err != nil {
		return err
	}
	set, _, err := contracts.Load(fsys)
	if err != nil {
		return err
	}
	env, ok := set.Mesh.Environments[f.env]
	if !ok {
		return usagef("mesh.yaml has no environment %s", f.env)
	}
	f.server.url = env.Server
	return nil
}

func parseResources(flag string, texts []string) ([]addrs.Resource, error) {
	var list []addrs.Resource
	for _, text := range texts {
		addr, err := addrs.ParseResource(text)
		if err != nil {
			return nil, usagef("%s: %v", flag, err)
		}
		list = append(list, addr)
	}
	return list, nil
}

// meshRoot is the folder of the mesh that a folder, or a file, lies in.
func meshRoot(dir string) (string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", usagef("%v", err)
	}
	if !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root, ok := contracts.Root(absolute, func(name string) bool {
		_, err := os.Stat(name)
		return err == nil
	})
	if !ok {
		return dir, nil
	}
	return root, nil
}

func planCommand(streams Streams) *cobra.Command {
	var flags planFlags
	var out string
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Show what an apply would change",
		Args:  words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, request, err := flags.plan(cmd.Context(), args)
			if err != nil {
				return err
			}
			if err := flags.show(streams, plan); err != nil {
				return err
			}
			if out != "" && !plan.Problems.HasErrors() {
				if err := writePlan(out, plan, request); err != nil {
					return err
				}
				fmt.Fprintf(streams.Err, "The plan is in %s; `weft apply %s` makes these changes and no others.\n", out, out)
			}
			return problemsOf(plan)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file to keep the plan in, for apply")
	return cmd
}

func problemsOf(plan plans.Plan) error {
	if plan.Problems.HasErrors() {
		return errProblems
	}
	return nil
}

func (f *planFlags) plan(ctx context.Context, args []string) (plans.Plan, PlanRequest, error) {
	var plan plans.Plan
	request, server, err := f.request(args)
	if err != nil {
		return plan, request, err
	}
	return plan, request, server.call(ctx, "POST", "/v1/plans", request, &plan)
}

func (f *planFlags) show(streams Streams, plan plans.Plan) error {
	switch f.format {
	case "json":
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(plan)
	case "text":
		return views.Plan(streams.Out, plan)
	}
	return usagef("--format %q is not known; write text or json", f.format)
}

func diffCommand(streams Streams) *cobra.Command {
	var flags planFlags
	cmd := &cobra.Command{
		Use:   "diff [DIR]",
		Short: "Show where the world differs from the contracts; exit 1 if it does",
		Args:  words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, _, err := flags.plan(cmd.Context(), args)
			if err != nil {
				return err
			}
			if err := flags.show(streams, plan); err != nil {
				return err
			}
			if plan.Drifted() {
				return errProblems
			}
			return nil
		},
	}
	flags.register(cmd)
	return cmd
}

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
