package nexmark

import (
	"context"
	"errors"
	"io"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/connectors"
)

// Settings are those of both engines, by Flink's names.
var Settings = map[string]string{
	"parallelism.default":              "1",
	"execution.checkpointing.interval": "10 s",
	"table.local-time-zone":            "UTC",
}

// Embedded is a session of the embedded engine with the tables of a query.
type Embedded struct {
	engine  *flink.Engine
	session *flink.Session
	query   Query
}

// NewEmbedded starts an engine with its checkpoints in a directory.
func NewEmbedded(ctx context.Context, dir, name string, seed uint64, events int64) (*Embedded, error) {
	query, err := Load(name, "'connector' = 'memory'")
	if err != nil {
		return nil, err
	}
	engine, err := flink.New(flink.Config{Dir: dir, Settings: Settings, Memory: map[string]*connectors.Memory{"events": NewGenerator(seed).Table(events)}})
	if err != nil {
		return nil, err
	}
	e := &Embedded{engine: engine, session: engine.OpenSession(nil), query: query}
	for _, statement := range append(query.Tables, query.Sink) {
		if _, err := e.session.Execute(ctx, statement); err != nil {
			engine.Close()
			return nil, err
		}
	}
	return e, nil
}

// Discard runs the query to its end and throws its results away.
func (e *Embedded) Discard(ctx context.Context) error {
	result, err := e.session.Execute(ctx, "INSERT INTO results "+e.query.Select)
	if err != nil {
		return err
	}
	job, found := e.engine.Job(result.JobID)
	if !found {
		return errors.New("the job is gone")
	}
	return job.Wait()
}

// Collect runs the query to its end and gives its rows.
func (e *Embedded) Collect(ctx context.Context, each func(*flink.Result, flink.Row)) error {
	result, err := e.session.Execute(ctx, e.query.Select)
	if err != nil {
		return err
	}
	for {
		got, err := result.Next(ctx)
		for _, row := range got {
			each(result, row)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Explain gives the plan.
func (e *Embedded) Explain(ctx context.Context) (string, error) {
	result, err := e.session.Execute(ctx, "EXPLAIN INSERT INTO results "+e.query.Select)
	if err != nil {
		return "", err
	}
	got, err := result.Next(ctx)
	if err != nil || len(got) == 0 {
		return "", err
	}
	text, _ := got[0].Values[0].(string)
	return text, nil
}

// Close ends the engine.
func (e *Embedded) Close() { e.engine.Close() }
