package flink

import (
	"context"
	"encoding/json"
	"time"

	"github.com/weftmesh/weft/internal/queries"
)

// Queries runs SELECTs by the SQL gateway.
type Queries struct{ gateway client }

var _ queries.Gateway = (*Queries)(nil)

// NewQueries makes the client of a gateway.
func NewQueries(config Config) *Queries {
	return &Queries{newClient(config, config.Gateway, "the SQL gateway", "flink.gateway")}
}

// rowPage is a page of a SELECT's result (Flink docs, SQL Gateway, REST Endpoint, FetchResults with rowFormat=JSON).
type rowPage struct {
	Type    string `json:"resultType"`
	JobID   string `json:"jobID"`
	Next    string `json:"nextResultUri"`
	Results struct {
		Data []struct {
			Kind   string            `json:"kind"`
			Fields []json.RawMessage `json:"fields"`
		} `json:"data"`
	} `json:"results"`
}

// changes are the short forms of RowKind.
var changes = map[string]string{"INSERT": "+I", "UPDATE_BEFORE": "-U", "UPDATE_AFTER": "+U", "DELETE": "-D"}

// Query runs statements in a session of its own, and gives the rows of the last. It closes the query's operation, which
// ends its job, before the session.
func (q *Queries) Query(ctx context.Context, statements []string, settings map[string]string, each func([]queries.Row) error) error {
	s, err := openSession(ctx, q.gateway, settings)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	last := len(statements) - 1
	for _, statement := range statements[:last] {
		if _, err := s.run(ctx, statement); err != nil {
			return err
		}
	}
	return s.rows(ctx, statements[last], each)
}

// The waits between two pages that have no rows.
const (
	shortWait = 5 * time.Millisecond
	longWait  = 200 * time.Millisecond
)

// rows runs a SELECT and gives its rows, page by page.
func (s *session) rows(ctx context.Context, statement string, each func([]queries.Row) error) error {
	var answer struct {
		Handle string `json:"operationHandle"`
	}
	if err := s.client.call(ctx, "POST", s.path+"/statements", map[string]any{"statement": statement}, &answer); err != nil {
		return err
	}
	operation := s.path + "/operations/" + answer.Handle
	defer s.end(ctx, operation)
	path, wait := operation+"/result/0?rowFormat=JSON", shortWait
	for {
		var page rowPage
		if err := s.client.call(ctx, "GET", path, nil, &page); err != nil {
			return err
		}
		if len(page.Results.Data) > 0 {
			if err := each(page.rows()); err != nil {
				return err
			}
			wait = shortWait
		}
		if page.Type == "EOS" || page.Type == "PAYLOAD" && page.Next == "" {
			return nil
		}
		if page.Next != "" {
			path = page.Next
		}
		if len(page.Results.Data) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, longWait)
	}
}

// end closes an operation, also where the context has ended.
func (s *session) end(ctx context.Context, operation string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
	defer cancel()
	_ = s.client.call(ctx, "DELETE", operation+"/close", nil, nil) // closing the session closes it as well
}

func (p rowPage) rows() []queries.Row {
	out := make([]queries.Row, len(p.Results.Data))
	for i, d := range p.Results.Data {
		out[i] = queries.Row{Change: changes[d.Kind], Fields: d.Fields}
	}
	return out
}
