package runtime_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/operators"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

func count(t *testing.T) []expr.AggregateCall {
	t.Helper()
	f, ok := expr.LookupAggregate("COUNT")
	if !ok {
		t.Fatal("there is no COUNT")
	}
	return []expr.AggregateCall{{Func: f, Filter: -1, Of: rows.BigIntType.Nullable(false), Name: "n"}}
}

func lines(m *connectors.Memory) []string {
	var out []string
	for _, b := range m.Written() {
		for i := range b.Len {
			out = append(out, b.Change(i).String()+fmt.Sprint(b.Row(i)))
		}
	}
	return out
}

func TestTheEnginesOwnOperatorsKeepTheirState(t *testing.T) {
	schema := rows.Schema{{Name: "k", Type: rows.BigIntType}, {Name: "n", Type: rows.BigIntType}}
	grouped := func() *plan.Sink {
		g := &plan.GroupAggregate{Base: plan.Base{Out: schema, Mode: plan.Retract}, Input: scan(), Keys: []int{0}, Aggregates: count(t), Before: true}
		return &plan.Sink{Base: plan.Base{Out: schema, Mode: plan.Retract}, Input: g, Table: memoryTable("out"), Columns: []int{0, 1}}
	}
	in, out, dir := connectors.NewMemory(2), connectors.NewMemory(1), t.TempDir()
	in.Append(0, batchOf([]int64{1, 2}, always))
	in.Append(1, batchOf([]int64{3}, always))
	j := jobOf(t, grouped(), tables{"in": in, "out": out}, using(operators.New))
	j.Start(t.Context())
	waitFor(t, "the rows are counted", func() bool { return len(lines(out)) == 3 })
	path, err := j.Stop(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	in.Append(1, batchOf([]int64{2}, always))
	in.End()
	again := connectors.NewMemory(1)
	run(t, jobOf(t, grouped(), tables{"in": in, "out": again}, using(operators.New), func(c *runtime.Config) { c.Savepoint = path }))
	if got := lines(again); !slices.Equal(got, []string{"-U[2 1]", "+U[2 2]"}) {
		t.Errorf("after the savepoint came %v", got)
	}
}

func TestAWindowIsEmittedWhenTheInputEnds(t *testing.T) {
	schema := rows.Schema{{Name: "n", Type: rows.BigIntType}, {Name: "window_start", Type: rows.TimestampType(3)}}
	in, out := connectors.NewMemory(1), connectors.NewMemory(1)
	in.Append(0, timesOf(100, 1_200, 1_900, 900))
	in.End()
	w := &plan.WindowAggregate{
		Base: plan.Base{Out: schema}, Input: timed(0), Window: plan.Window{Kind: plan.Tumble, Time: 0, Size: 1000}, Aggregates: count(t),
		Columns: []plan.WindowColumn{plan.WindowStart},
	}
	sink := &plan.Sink{Base: plan.Base{Out: schema}, Input: w, Table: memoryTable("out"), Columns: []int{0, 1}}
	j := jobOf(t, sink, tables{"in": in, "out": out}, using(operators.New), func(c *runtime.Config) { c.Options.WatermarkInterval = 0 })
	run(t, j)
	if got := lines(out); !slices.Equal(got, []string{"+I[1 0]", "+I[2 1000000]"}) {
		t.Errorf("windows %v", got)
	}
	late := int64(0)
	for _, v := range j.Status().Vertices {
		for _, f := range v.Tasks {
			late += f.NumLateRecordsDropped
		}
	}
	if late != 1 {
		t.Errorf("%d rows were late, want the one at 900", late)
	}
}

// BenchmarkGroupedCount counts rows of 10,000 keys over an exchange by hash, from memory into nothing.
func BenchmarkGroupedCount(b *testing.B) {
	schema := rows.Schema{{Name: "k", Type: rows.BigIntType}, {Name: "n", Type: rows.BigIntType}}
	in := connectors.NewMemory(2)
	for n := 0; n < b.N; n += rows.BatchSize {
		ks := make([]int64, rows.BatchSize)
		for i := range ks {
			ks[i] = int64((n + i) * 7919 % 10_000)
		}
		in.Append(n/rows.BatchSize%2, batchOf(ks, always))
	}
	in.End()
	f, _ := expr.LookupAggregate("COUNT")
	calls := []expr.AggregateCall{{Func: f, Filter: -1, Of: rows.BigIntType}}
	g := &plan.GroupAggregate{Base: plan.Base{Out: schema, Mode: plan.Retract}, Input: scan(), Keys: []int{0}, Aggregates: calls, Before: true}
	out := memoryTable("out")
	out.Options["connector"] = "blackhole"
	sink := &plan.Sink{Base: plan.Base{Out: schema, Mode: plan.Retract}, Input: g, Table: out, Columns: []int{0, 1}}
	b.ResetTimer()
	run(b, jobOf(b, sink, tables{"in": in}, func(c *runtime.Config) { c.Operators, c.Options.Parallelism = operators.New, 2 }))
}
