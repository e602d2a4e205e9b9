package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
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
