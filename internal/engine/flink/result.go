package flink

import (
	"context"
	"io"
	"sync"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/rows"
)

// Row is one row of a result, its values boxed as rows.Column says.
type Row struct {
	Change rows.Change
	Values []any
}

// Result is what a statement gives: rows that are there at once, or those of a query that runs.
type Result struct {
	Columns rows.Schema
	Query   bool   // SELECT: rows come as a job finds them
	Content bool   // SUCCESS_WITH_CONTENT rather than SUCCESS
	JobID   string // of the job that was started; "" if none was

	static []Row
	live   *connectors.Memory
	job    *Job
	once   sync.Once
	ended  func()
}

// ok is the result of a statement that has nothing to show.
func ok() *Result {
	return &Result{Columns: rows.Schema{{Name: "result", Type: rows.StringType}}, static: []Row{{Values: []any{"OK"}}}}
}

// table is a result of text columns.
func table(columns []string, lines [][]any) *Result {
	r := &Result{Content: true}
	for _, name := range columns {
		r.Columns = append(r.Columns, rows.Field{Name: name, Type: rows.StringType})
	}
	for _, line := range lines {
		r.static = append(r.static, Row{Values: line})
	}
	return r
}

// Next gives the rows that have come since the last call, waiting for some until the context ends; io.EOF when there
// will be none any more. If the query's job failed, the error is the job's.
func (r *Result) Next(ctx context.Context) ([]Row, error) {
	if r.live == nil {
		if len(r.static) == 0 {
			return nil, io.EOF
		}
		out := r.static
		r.static = nil
		return out, nil
	}
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-r.job.Done():
			stop()
		case <-waiting.Done():
		}
	}()
	batches, err := r.live.Take(waiting)
	if err == nil {
		return boxed(batches), nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if left := r.live.TakeNow(); len(left) > 0 {
		return boxed(left), nil
	}
	r.end()
	if err := r.job.Wait(); err != nil {
		return nil, err
	}
	return nil, io.EOF
}

func boxed(batches []*rows.Batch) []Row {
	var out []Row
	for _, b := range batches {
		for i := range b.Len {
			out = append(out, Row{b.Change(i), b.Row(i)})
		}
	}
	return out
}

// Close ends the query's job.
func (r *Result) Close() {
	if r.job != nil && r.Query {
		r.job.Cancel()
	}
	r.end()
}

func (r *Result) end() {
	if r.ended != nil {
		r.once.Do(r.ended)
	}
}
