package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/trials"
)

// testEngine runs the tests of contracts on the embedded stream processor, each on an engine and a clock of its own.
type testEngine struct{}

var _ trials.Engine = testEngine{}

// step is how far the clock of a test goes from row to row. Watermarks come as often.
const step = 200 * time.Millisecond

// Run runs a job over rows in memory.
func (testEngine) Run(ctx context.Context, job trials.Job) ([]trials.Row, error) {
	tables := map[string]*connectors.Memory{job.Sink: connectors.NewMemory(1)}
	for _, name := range job.Sources {
		tables[name] = connectors.NewMemory(1)
	}
	clock := runtime.NewVirtual(job.Start)
	engine, err := flink.New(flink.Config{Memory: tables, Clock: clock, Settings: map[string]string{
		"parallelism.default": "1", "pipeline.auto-watermark-interval": step.String(),
	}})
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	session := engine.OpenSession(nil)
	running, err := started(ctx, engine, session, job.Statements)
	if err != nil {
		return nil, err
	}
	if err := fed(ctx, session, running, clock, tables, job.Arrivals); err != nil {
		return nil, err
	}
	for _, name := range job.Sources {
		tables[name].End()
	}
	select {
	case <-running.Done():
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := running.Wait(); err != nil {
		return nil, err
	}
	return written(session, job.Sink, tables[job.Sink]), nil
}

// started executes statements, of which the last starts a job.
func started(ctx context.Context, engine *flink.Engine, session *flink.Session, statements []string) (*flink.Job, error) {
	id := ""
	for _, statement := range statements {
		result, err := session.Execute(ctx, statement)
		if err != nil {
			return nil, err
		}
		id = result.JobID
	}
	job, ok := engine.Job(id)
	if !ok {
		return nil, fmt.Errorf("no job was started by %d statements", len(statements))
	}
	return job, nil
}

// fed gives the rows to a job one by one, and after each lets it work until nothing is left to do, watermarks included.
func fed(ctx context.Context, session *flink.Session, job *flink.Job, clock *runtime.Virtual, tables map[string]*connectors.Memory, arrivals []trials.Arrival) error {
	if err := job.Settle(ctx); err != nil {
		return err
	}
	for _, a := range arrivals {
		table, ok := session.Table([]string{a.Table})
		if !ok {
			return fmt.Errorf("there is no table %s", a.Table)
		}
		tables[a.Table].Append(0, batch(table, a.Row))
		if err := job.Settle(ctx); err != nil {
			return err
		}
		clock.Advance(clock.Now().Add(step))
		if err := job.Settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// batch is one row of a table; what it computes itself is left NULL.
func batch(table *plan.Table, row trials.Row) *rows.Batch {
	types, values := make([]rows.Type, len(table.Columns)), make([]any, len(table.Columns))
	for i, c := range table.Columns {
		types[i], values[i] = c.Type, row.Values[c.Name]
	}
	b := rows.NewBuilder(types)
	b.Append(row.Change, values)
	return b.Batch()
}

// written are the rows of a table by the names of its columns.
func written(session *flink.Session, name string, from *connectors.Memory) []trials.Row {
	table, _ := session.Table([]string{name})
	columns := slices.DeleteFunc(slices.Clone(table.Columns), func(c plan.Column) bool { return c.Computed != nil || c.Virtual })
	var all []trials.Row
	for _, b := range from.Written() {
		for i := range b.Len {
			row := trials.Row{Change: b.Change(i), Values: map[string]any{}}
			for j, value := range b.Row(i) {
				row.Values[columns[j].Name] = value
			}
			all = append(all, row)
		}
	}
	return all
}
