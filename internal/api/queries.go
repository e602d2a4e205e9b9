package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/weftmesh/weft/internal/access"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/queries"
	"github.com/weftmesh/weft/internal/transforms"
)

// Querying answers SQL over products.
type Querying interface {
	// Prepare plans a query. Its mistakes, and what whoever asks may not read, are in the list.
	Prepare(request queries.Request) (queries.Prepared, diags.List)
	// Run answers line by line, until each gives an error or the context ends.
	Run(ctx context.Context, p queries.Prepared, each func(queries.Line) error) error
}

type queryBody struct {
	SQL     string `json:"sql" minLength:"1" maxLength:"100000" doc:"A SELECT of Flink SQL over topics or products, named as in transforms"`
	Follow  bool   `json:"follow,omitempty" doc:"Give each change as it comes, instead of the rows as they are now"`
	Limit   int    `json:"limit,omitempty" minimum:"0" maximum:"1000000" doc:"Rows at the most; 0 is 1000"`
	Seconds int    `json:"timeout_seconds,omitempty" minimum:"0" maximum:"3600" doc:"How long it may take; 0 is 30"`
	As      string `json:"as,omitempty" doc:"The domain in whose name it is asked"`
	Explain bool   `json:"explain,omitempty" doc:"Give the plan, and run nothing"`
}

// Queries registers the resource that answers SQL.
func Queries(desk Querying) func(huma.API) {
	return func(api huma.API) {
		huma.Register(api, huma.Operation{
			OperationID: "query", Method: http.MethodPost, Path: "/v1/queries",
			Summary: "Ask SQL over live products",
			Description: "Answers with one JSON object a line: the columns, then rows, last the end with its reason, or an error. " +
				"Personal data is masked, and a query whose rows depend on it is refused, unless `as` names a domain that may read it in clear. " +
				"With `explain` the only line is the plan.",
			Tags: []string{"records"},
		}, func(ctx context.Context, request *struct{ Body queryBody }) (*huma.StreamResponse, error) {
			return query(ctx, desk, request.Body)
		})
	}
}

func query(ctx context.Context, desk Querying, body queryBody) (*huma.StreamResponse, error) {
	if body.As != "" {
		if err := identityOf(ctx).ActAs(body.As); err != nil {
			return nil, huma.Error403Forbidden(err.Error())
		}
	}
	request := queries.Request{SQL: body.SQL, Rights: rights(body.As, time.Now()), Follow: body.Follow, Rows: queries.DefaultRows, Timeout: queries.DefaultTimeout}
	if body.Limit > 0 {
		request.Rows = body.Limit
	}
	if body.Seconds > 0 {
		request.Timeout = time.Duration(body.Seconds) * time.Second
	}
	prepared, problems := desk.Prepare(request)
	if problems.HasErrors() {
		return nil, refused(problems)
	}
	if body.Explain {
		return jsonLines(func(write func(any)) { write(map[string]string{"plan": prepared.Explain()}) }), nil
	}
	return jsonLines(func(write func(any)) {
		err := desk.Run(ctx, prepared, func(line queries.Line) error {
			write(line)
			return ctx.Err()
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			write(queries.Line{Error: err.Error()})
		}
	}), nil
}

// rights are those of a domain, or of nobody for "".
func rights(domain string, at time.Time) transforms.Rights {
	return transforms.Rights{
		Read:  func(p contracts.Product) error { return access.Read(p, domain, at) },
		Clear: func(p contracts.Product) bool { return domain != "" && access.ReadClear(p, domain, at) == nil },
	}
}

// refused is the answer to a query that does not run: what may not be read is forbidden, all else is a mistake.
func refused(problems diags.List) error {
	status := http.StatusForbidden
	var details []error
	for _, p := range problems {
		if p.Severity != diags.Error {
			continue
		}
		if p.Rule != transforms.Forbidden {
			status = http.StatusUnprocessableEntity
		}
		message := p.Summary
		if p.Fix != "" {
			message += "\n    " + p.Fix
		}
		details = append(details, &huma.ErrorDetail{Message: message, Location: fmt.Sprintf("%s:%d:%d:", p.File, p.Line, p.Column)})
	}
	return huma.NewError(status, "The query cannot run.", details...)
}
