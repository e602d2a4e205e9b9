package operators

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
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
	before := cpuTime()
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
	b.ReportMetric(float64(b.N)*rows.BatchSize/(cpuTime()-before).Seconds()/1e6, "Mrows/cpu-s")
}

// cpuTime is what the process has used of the processors: a machine with others at work tells no time by its clock.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkOperators(b *testing.B) {
	fields := []rows.Field{text("word"), whole("n"), moment("ts")}
	in := source(plan.InsertOnly, fields...)
	count := []expr.AggregateCall{ours("COUNT"), ours("SUM", 1), ours("MAX", 1)}
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

// ours is a call of one of the engine's own aggregates.
func ours(name string, args ...int) expr.AggregateCall {
	f, ok := expr.LookupAggregate(name)
	if !ok {
		panic("no aggregate " + name)
	}
	return expr.AggregateCall{Func: f, Args: args, Filter: -1, Of: rows.BigIntType}
}

// The curve of state: what a row costs and what a key takes as there are more and more keys, and how long a restart
// takes with all of them.
func BenchmarkState(b *testing.B) {
	fields := []rows.Field{text("word"), whole("n"), moment("ts")}
	in := source(plan.InsertOnly, fields...)
	last := &plan.Deduplicate{Base: plan.Base{Out: fields, Mode: plan.Retract}, Input: in, Partition: []int{1}, Time: 2, Last: true, Before: true}
	inner := joinNodes()["join-inner"].node.(*plan.Join)
	join := &plan.Join{Base: plan.Base{Out: append(append(rows.Schema{}, fields...), fields...)}, Kind: inner.Kind, LeftInput: in, RightInput: in, LeftKeys: []int{1}, RightKeys: []int{1}}
	for name, node := range map[string]plan.Node{
		"group": grouped(in, true, []int{1}, ours("COUNT"), ours("SUM", 1)), "deduplicate": last, "join": join,
	} {
		for _, keys := range []int{100_000, 1_000_000, 10_000_000} {
			b.Run(fmt.Sprintf("%s/%d", name, keys), func(b *testing.B) { fill(b, node, keys) })
		}
	}
}

// fill brings all keys in, then measures batches of random keys; for each of both it tells the time of the processors.
func fill(b *testing.B, node plan.Node, keys int) {
	op, err := New(node, stream.Config{Env: nodeCase{}.env()})
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	batch := func(key func(i int) int64) *rows.Batch {
		r := &rows.Batch{Len: rows.BatchSize}
		for _, t := range typesOf(node.Inputs()[0].Schema()) {
			r.Cols = append(r.Cols, rows.NewColumn(t, r.Len))
		}
		for i := range r.Len {
			r.Cols[0].Strings[i], r.Cols[1].Ints[i] = "a word to be kept", key(i)
		}
		return r
	}
	feed := func(r *rows.Batch) time.Duration {
		start := cpuTime()
		if err := op.Process(0, r, nothing); err != nil {
			b.Fatal(err)
		}
		return cpuTime() - start
	}
	before := heap()
	var filling, worst time.Duration
	for from := 0; from < keys; from += rows.BatchSize {
		took := feed(batch(func(i int) int64 { return int64(from + i) }))
		filling, worst = filling+took, max(worst, took)
	}
	used := heap() - before
	var using time.Duration
	b.ResetTimer()
	for range b.N {
		using += feed(batch(func(int) int64 { return random.Int64N(int64(keys)) }))
	}
	b.StopTimer()
	var saved bytes.Buffer
	start := cpuTime()
	if err := op.Save(&saved); err != nil {
		b.Fatal(err)
	}
	saving := cpuTime() - start
	size := saved.Len()
	restarted, _ := New(node, stream.Config{Env: nodeCase{}.env()})
	start = cpuTime()
	if err := restarted.Load(&saved); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(filling.Nanoseconds())/float64(keys), "ns/new-key")
	b.ReportMetric(float64(using.Nanoseconds())/float64(b.N*rows.BatchSize), "ns/row")
	b.ReportMetric(float64(worst.Microseconds())/1000, "worst-batch-ms")
	b.ReportMetric(float64(used)/float64(keys), "B/key")
	b.ReportMetric(float64(size)/float64(keys), "saved-B/key")
	b.ReportMetric(saving.Seconds(), "save-s")
	b.ReportMetric((cpuTime() - start).Seconds(), "load-s")
	runtime.KeepAlive(op)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
