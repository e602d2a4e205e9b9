package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
)

// Control plans and applies. Calls may come at the same time; an implementation makes one apply after the other.
type Control interface {
	// Plan compares what files declare with what is there. Problems of the files are in the plan.
	Plan(ctx context.Context, files contracts.Bundle, options reconcile.Options) (plans.Plan, error)
	// Apply makes the changes of the plan with this hash, or of whatever the plan is now for "".
	Apply(ctx context.Context, files contracts.Bundle, hash string, options reconcile.Options, progress func(reconcile.Progress)) (plans.Plan, reconcile.Outcome, error)
}

// planBody is what plan and apply are given.
type planBody struct {
	Files       map[string]string `json:"files" doc:"The mesh repository's files: text by path"`
	AllowDelete []string          `json:"allow_delete,omitempty" doc:"Addresses that may be deleted or replaced: topic/NAME, subject/NAME"`
	Adopt       []string          `json:"adopt,omitempty" doc:"Addresses of what exists and shall be Weft's own"`
	Hash        string            `json:"hash,omitempty" doc:"Of the plan that was reviewed; an apply with another is refused"`
}

func (b planBody) options() (reconcile.Options, error) {
	var options reconcile.Options
	for _, list := range []struct {
		texts []string
		into  *[]addrs.Resource
	}{{b.AllowDelete, &options.AllowDelete}, {b.Adopt, &options.Adopt}} {
		for _, text := range list.texts {
			addr, err := addrs.ParseResource(text)
			if err != nil {
				return options, huma.Error422UnprocessableEntity(err.Error())
			}
			*list.into = append(*list.into, addr)
		}
	}
	return options, nil
}

// Plans registers the resources that plan and apply.
func Plans(control Control) func(huma.API) {
	return func(api huma.API) {
		huma.Register(api, huma.Operation{
			OperationID: "plan", Method: http.MethodPost, Path: "/v1/plans", Summary: "Show what an apply would change",
			Tags: []string{"plans"}, MaxBodyBytes: 2 * contracts.MaxBundleBytes,
		}, func(ctx context.Context, request *struct{ Body planBody }) (*huma.StreamResponse, error) {
			options, err := request.Body.options()
			if err != nil {
				return nil, err
			}
			plan, err := control.Plan(ctx, request.Body.Files, options)
			if err != nil {
				return nil, huma.Error502BadGateway(err.Error())
			}
			return jsonLines(func(write func(any)) { write(plan) }), nil
		})
		huma.Register(api, huma.Operation{
			OperationID: "apply", Method: http.MethodPost, Path: "/v1/applies", Summary: "Make the changes of a plan",
			Description: "Answers with one JSON object a line: progress, and last the outcome.",
			Tags:        []string{"plans"}, MaxBodyBytes: 2 * contracts.MaxBundleBytes,
		}, func(ctx context.Context, request *struct{ Body planBody }) (*huma.StreamResponse, error) {
			options, err := request.Body.options()
			if err != nil {
				return nil, err
			}
			return jsonLines(func(write func(any)) { apply(ctx, control, request.Body, options, write) }), nil
		})
	}
}

// applyLine is one line of the answer to an apply.
type applyLine struct {
	Progress *applyProgress     `json:"progress,omitempty"`
	Plan     *plans.Plan        `json:"plan,omitempty"`
	Outcome  *reconcile.Outcome `json:"outcome,omitempty"`
	Error    string             `json:"error,omitempty"`
}

type applyProgress struct {
	Address addrs.Resource `json:"address"`
	Action  plans.Action   `json:"action"`
	Error   string         `json:"error,omitempty"`
	Done    int            `json:"done"`
	Total   int            `json:"total"`
}

func apply(ctx context.Context, control Control, body planBody, options reconcile.Options, write func(any)) {
	plan, outcome, err := control.Apply(ctx, body.Files, body.Hash, options, func(p reconcile.Progress) {
		line := applyProgress{Address: p.Change.Addr, Action: p.Change.Action, Done: p.Done, Total: p.Total}
		if p.Err != nil {
			line.Error = p.Err.Error()
		}
		write(applyLine{Progress: &line})
	})
	last := applyLine{Plan: &plan, Outcome: &outcome}
	if err != nil {
		last.Error = err.Error()
	}
	write(last)
}

// jsonLines answers with one JSON object a line, each sent at once.
func jsonLines(answer func(write func(any))) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/x-ndjson")
		writer := ctx.BodyWriter()
		encoder := json.NewEncoder(writer)
		encoder.SetEscapeHTML(false)
		answer(func(value any) {
			_ = encoder.Encode(value) // a reader that has gone cannot be told
			if flusher, ok := writer.(http.Flusher); ok {
				flusher.Flush()
			}
		})
	}}
}
