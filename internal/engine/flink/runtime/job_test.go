package runtime_test

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var numbers = rows.Schema{{Name: "k", Type: rows.BigIntType}, {Name: "good", Type: rows.BooleanType}}

func TestRowsGoFromASourceThroughAFilterToASink(t *testing.T) {
	in, out := connectors.NewMemory(3), connectors.NewMemory(1)
	for split := range 3 {
		in.Append(split, batchOf([]int64{1, 2, 3, 4}, func(k int64) bool { return k%2 == 0 }))
	}
	in.End()
	run(t, jobOf(t, filtered(), tables{"in": in, "out": out}))
	if got := keys(out); !slices.Equal(got, []int64{2, 2, 2, 4, 4, 4}) {
		t.Errorf("keys %v", got)
	}
}

type tables = map[string]*connectors.Memory

func batchOf(ks []int64, good func(int64) bool) *rows.Batch {
	b := rows.NewBuilder([]rows.Type{rows.BigIntType, rows.BooleanType})
	for _, k := range ks {
		b.Append(rows.Insert, []any{k, good(k)})
	}
	return b.Batch()
}

func memoryTable(name string) *plan.Table {
	return &plan.Table{
		Name: name, Options: map[string]string{"connector": "memory"},
		Columns: []plan.Column{{Name: "k", Type: rows.BigIntType}, {Name: "good", Type: rows.BooleanType}},
	}
}

func scan() *plan.Scan {
	return &plan.Scan{Base: plan.Base{Out: numbers}, Table: memoryTable("in"), Read: []int{0, 1}}
}

func filtered() *plan.Sink {
	f := &plan.Filter{Base: plan.Base{Out: numbers}, Input: scan(), Condition: &expr.Ref{Index: 1, Of: rows.BooleanType}}
	return sinkOf(f)
}

func sinkOf(n plan.Node) *plan.Sink {
	return &plan.Sink{Base: plan.Base{Out: numbers}, Input: n, Table: memoryTable("out"), Columns: []int{0, 1}}
}

func jobOf(t testing.TB, sink *plan.Sink, mem tables, change ...func(*runtime.Config)) *runtime.Job {
	t.Helper()
	config := runtime.Config{ID: "job", Name: t.Name(), Sinks: []*plan.Sink{sink}, Options: runtime.Defaults(), Clock: runtime.Wall{}, Operators: noOperators}
	for _, c := range change {
		c(&config)
	}
	if config.Connectors == nil {
		config.Connectors = memoryOf(&config, mem)
	}
	j, err := runtime.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func memoryOf(config *runtime.Config, mem tables) func(context.Context) (stream.Connectors, error) {
	return func(ctx context.Context) (stream.Connectors, error) {
		return connectors.Open(ctx, connectors.Config{Job: "job", Memory: mem, Clock: config.Clock})
	}
}

func run(t testing.TB, j *runtime.Job) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	j.Start(ctx)
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
	if s := j.Status(); s.State != runtime.Finished {
		t.Fatalf("the job is %s", s.State)
	}
}

func keys(m *connectors.Memory) []int64 {
	var out []int64
	for _, b := range m.Written() {
		out = append(out, b.Cols[0].Ints[:b.Len]...)
	}
	slices.Sort(out)
	return out
}

func noOperators(plan.Node, stream.Config) (stream.Operator, error) { return nil, io.ErrUnexpectedEOF }
