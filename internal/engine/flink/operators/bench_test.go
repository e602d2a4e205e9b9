package operators

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// stock is batches to be played again and again; times go on from one to the next.
type stock struct {
	batches []*rows.Batch
	at      int64
}

const stockRows = 64 * rows.BatchSize

// newStock makes rows of a text, a number, and a time that rises by a millisecond each, for so many keys.
func newStock(keys int, numbers bool) *stock {
	random := rand.New(rand.NewPCG(1, 2))
	s := &stock{}
	for range stockRows / rows.BatchSize {
		b := &rows.Batch{Len: rows.BatchSize, Cols: []*rows.Column{
			rows.NewColumn(rows.StringType, rows.BatchSize), rows.NewColumn(rows.BigIntType, rows.BatchSize), rows.NewColumn(moment("").Type, rows.BatchSize),
		}}
		for i := range b.Len {
			key := random.IntN(keys)
			b.Cols[0].Strings[i] = fmt.Sprintf("key-%d", key)
			if b.Cols[1].Ints[i] = int64(random.IntN(1000)); numbers {
				b.Cols[1].Ints[i] = int64(key)
			}
			b.Cols[2].Ints[i] = s.at * 1000
			s.at++
		}
		s.batches = append(s.batches, b)
	}
	return s
}

// next gives batch n of an endless stream: the times of later rounds are later.
func (s *stock) next(n int) *rows.Batch {
	b := s.batches[n%len(s.batches)]
	round := int64(n / len(s.batches))
	times := rows.NewColumn(b.Cols[2].Type, b.Len)
	for i := range times.Ints {
		times.Ints[i] = b.Cols[2].Ints[i] + round*s.at*1000
	}
	return &rows.Batch{Len: b.Len, Cols: []*rows.Column{b.Cols[0], b.Cols[1], times}}
}

func nothing(*rows.Batch) error { return nil }

// drive plays the stock to an operator: a batch for each turn of the benchmark, to each input in turn.
func drive(b *testing.B, c nodeCase, keys int, numbers bool) {
	op, err := New(c.node, stream.Config{Env: c.env(), StateTTL: c.ttl})
	if err != nil {
		b.Fatal(err)
	}
	s := newStock(keys, numbers)
	inputs := len(c.node.Inputs())
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		if t, ok := op.(stream.Ticking); ok {
			if err := t.Tick(time.UnixMilli(int64(n)), nothing); err != nil {
				b.Fatal(err)
			}
		}
		batch := s.next(n / inputs)
		if err := op.Process(n%inputs, batch, nothing); err != nil {
			b.Fatal(err)
		}
		if err := op.Advance(millis(batch.Cols[2], batch.Len-1)-4000, nothing); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*rows.BatchSize/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkOperators(b *testing.B) {
	fields := []rows.Field{text("word"), whole("n"), moment("ts")}
	in := source(plan.InsertOnly, fields...)
	count := []expr.AggregateCall{real("COUNT"), real("SUM", 1), real("MAX", 1)}
	tumble := plan.Window{Kind: plan.Tumble, Time: 2, Size: 10000}
	hop := plan.Window{Kind: plan.Hop, Time: 2, Size: 10000, Slide: 2000}
	session := plan.Window{Kind: plan.Session, Time: 2, Gap: 1000}
	top := func(to int64) *plan.Rank {
		r := ranked(in, to > 1, 1, to)
		r.Partition = []int{0}
		return r
	}
	last := &plan.Deduplicate{Base: plan.Base{Out: fields, Mode: plan.Retract}, Input: in, Partition: []int{0}, Time: 2, Last: true, Before: true}
	for _, c := range []struct {
		name    string
		node    plan.Node
		keys    int
		numbers bool
	}{
		{"group-by-number", grouped(in, true, []int{1}, count...), 100_000, true},
		{"group-by-text", grouped(in, true, []int{0}, count...), 100_000, false},
		{"group-few", grouped(in, true, []int{1}, count...), 5, true},
		{"group-all", grouped(in, true, nil, count...), 5, true},
		{"tumble", windowed(in, tumble, []int{1}, count...), 1000, true},
		{"tumble-text", windowed(in, tumble, []int{0}, count...), 1000, false},
		{"hop", windowed(in, hop, []int{1}, count...), 1000, true},
		{"session", windowed(in, session, []int{1}, count...), 1000, true},
		{"top-1", top(1), 10_000, false},
		{"top-10", top(10), 10_000, false},
		{"deduplicate-last", last, 10_000, false},
		{"interval-join", intervalNodes()["interval-inner"].node, 20_000, false},
		{"assign-hop", timeNodes()["assign-hop"].node, 20_000, false},
	} {
		b.Run(c.name, func(b *testing.B) { drive(b, nodeCase{node: c.node}, c.keys, c.numbers) })
	}
}

// real is a call of one of the engine's own aggregates.
func real(name string, args ...int) expr.AggregateCall {
	f, ok := expr.LookupAggregate(name)
	if !ok {
		return countCall(args...)
	}
	return expr.AggregateCall{Func: f, Args: args, Filter: -1, Of: rows.BigIntType}
}
