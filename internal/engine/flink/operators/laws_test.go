package operators

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"pgregory.net/rapid"
)

// event is something that happens to an operator: a row, or time that goes on.
type event struct {
	input     int
	change    rows.Change
	row       []any
	watermark int64 // if there is no row
	tick      int64
}

// table is what an input stands for, in order of arrival.
type table struct {
	mode plan.Mode
	key  []int
	live [][]any
}

// events draws a stream that keeps to the modes of the node's inputs.
func events(t *rapid.T, node plan.Node) ([]event, []*table) {
	var tables []*table
	for _, in := range node.Inputs() {
		p := in.Properties()
		tab := &table{mode: p.Mode}
		if len(p.Keys) > 0 {
			tab.key = p.Keys[0]
		}
		tables = append(tables, tab)
	}
	var all []event
	watermark, tick := int64(0), int64(1000)
	for range rapid.IntRange(1, 60).Draw(t, "events") {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		switch kind {
		case 0:
			watermark += rapid.Int64Range(0, 4000).Draw(t, "watermark")
			all = append(all, event{watermark: watermark})
		case 1:
			tick += rapid.Int64Range(0, 700).Draw(t, "tick")
			all = append(all, event{tick: tick})
		default:
			input := rapid.IntRange(0, len(tables)-1).Draw(t, "input")
			change, row := tables[input].draw(t, node.Inputs()[input].Schema())
			all = append(all, event{input: input, change: change, row: row})
		}
	}
	return append(all, event{watermark: stream.MaxWatermark}), tables
}

// draw adds a row to the table, or takes one back.
func (tab *table) draw(t *rapid.T, schema rows.Schema) (rows.Change, []any) {
	if tab.mode != plan.InsertOnly && len(tab.live) > 0 && rapid.IntRange(0, 2).Draw(t, "retract") == 0 {
		at := rapid.IntRange(0, len(tab.live)-1).Draw(t, "which")
		row := tab.live[at]
		at = slices.IndexFunc(tab.live, func(r []any) bool { return sameRow(r, row) })
		tab.live = slices.Delete(tab.live, at, at+1)
		if tab.mode == plan.Retract && rapid.Bool().Draw(t, "update") {
			return rows.UpdateBefore, row
		}
		return rows.Delete, row
	}
	row := make([]any, len(schema))
	for i, f := range schema {
		row[i] = drawValue(t, f)
	}
	if tab.key == nil {
		tab.live = append(tab.live, row)
		return rows.Insert, row
	}
	for _, k := range tab.key {
		if row[k] == nil {
			row[k] = "a"
		}
	}
	same := func(r []any) bool {
		return !slices.ContainsFunc(tab.key, func(k int) bool { return r[k] != row[k] })
	}
	if at := slices.IndexFunc(tab.live, same); at >= 0 {
		tab.live[at] = row
		return rows.UpdateAfter, row
	}
	tab.live = append(tab.live, row)
	return rows.Insert, row
}

func drawValue(t *rapid.T, f rows.Field) any {
	switch f.Type.Kind {
	case rows.Varchar:
		return rapid.SampledFrom([]any{"a", "b", "c", "", nil}).Draw(t, f.Name)
	case rows.BigInt:
		return rapid.SampledFrom([]any{int64(0), int64(1), int64(2), int64(3), nil}).Draw(t, f.Name)
	case rows.Boolean:
		return rapid.SampledFrom([]any{true, false, nil}).Draw(t, f.Name)
	case rows.Array:
		return rapid.SampledFrom([]any{nil, []any{}, []any{int64(1), int64(2)}}).Draw(t, f.Name)
	}
	if strings.HasPrefix(f.Name, "window_") {
		return rapid.Int64Range(1, 4).Draw(t, f.Name) * 5_000_000
	}
	return rapid.Int64Range(0, 20_000).Draw(t, f.Name) * 1000
}

func sameRow(a, b []any) bool { return fmt.Sprint(a...) == fmt.Sprint(b...) && len(a) == len(b) }

// player plays events to an operator: how many rows at once, and before which it restarts, it is told.
type player struct {
	c    nodeCase
	op   stream.Operator
	out  []string
	now  time.Time
	fail func(error)
}

func (p *player) start() stream.Operator {
	op, err := New(p.c.node, stream.Config{StateTTL: p.c.ttl, Env: p.c.env()})
	p.check(err)
	return op
}

func (p *player) check(err error) {
	if err != nil {
		p.fail(err)
	}
}

func (p *player) emit(b *rows.Batch) error {
	for i := range b.Len {
		p.out = append(p.out, b.Change(i).String()+" "+rowText(b, i))
	}
	return nil
}

func (p *player) restart() {
	var saved bytes.Buffer
	p.check(p.op.Save(&saved))
	p.op = p.start()
	p.check(p.op.Load(&saved))
}

// play plays all events, rows in batches of no more than some.
func (p *player) play(all []event, batch int, restarts func(i int) bool) []string {
	p.op = p.start()
	for from := 0; from < len(all); {
		if restarts(from) {
			p.restart()
		}
		to := from + 1
		for to < len(all) && to-from < batch && all[from].row != nil && all[to].row != nil && all[to].input == all[from].input {
			to++
		}
		p.step(all[from:to])
		from = to
	}
	return p.out
}

func (p *player) step(some []event) {
	first := some[0]
	if first.tick > 0 {
		p.now = time.UnixMilli(first.tick)
	}
	if op, ok := p.op.(stream.Ticking); ok && !p.now.IsZero() {
		p.check(op.Tick(p.now, p.emit))
	}
	switch {
	case first.row != nil:
		b := rows.NewBuilder(typesOf(p.c.node.Inputs()[first.input].Schema()))
		for _, e := range some {
			b.Append(e.change, e.row)
		}
		p.check(p.op.Process(first.input, b.Batch(), p.emit))
	case first.tick == 0:
		p.check(p.op.Advance(first.watermark, p.emit))
	}
}

// Neither the size of batches nor a restart changes what comes out, or its order.
func TestBatchesAndRestartsChangeNothing(t *testing.T) {
	for name, c := range nodes() {
		if name == "sink-error" { // fails at the first conflict
			continue
		}
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				all, _ := events(t, c.node)
				fail := func(err error) { t.Fatal(err) }
				want := (&player{c: c, fail: fail}).play(all, 1, func(int) bool { return false })
				batch := rapid.IntRange(2, 20).Draw(t, "batch")
				got := (&player{c: c, fail: fail}).play(all, batch, func(int) bool { return false })
				if !slices.Equal(want, got) {
					t.Fatalf("in batches of %d:\n%s\none by one:\n%s", batch, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				every := rapid.IntRange(1, 5).Draw(t, "restart")
				got = (&player{c: c, fail: fail}).play(all, batch, func(i int) bool { return i%every == 0 })
				if !slices.Equal(want, got) {
					t.Fatalf("with restarts:\n%s\nwithout:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			})
		})
	}
}

// fold gives the table that a changelog leaves, and fails if it takes back what is not there.
func fold(t *rapid.T, log []string) map[string]int {
	left := map[string]int{}
	for _, line := range log {
		row := line[3:]
		if line[0] == '+' {
			left[row]++
			continue
		}
		if left[row]--; left[row] < 0 {
			t.Fatalf("%q takes back what is not there:\n%s", line, strings.Join(log, "\n"))
		}
		if left[row] == 0 {
			delete(left, row)
		}
	}
	return left
}

func textOf(schema rows.Schema, row []any) string {
	b := rows.NewBuilder(typesOf(schema))
	b.Append(rows.Insert, row)
	return rowText(b.Batch(), 0)
}

// What comes out stands for the table that the query gives over the tables that went in.
func TestChangesFoldToTheQuery(t *testing.T) {
	all := nodes()
	for name, query := range queries() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c := all[name]
				happened, tables := events(t, c.node)
				log := (&player{c: c, fail: func(err error) { t.Fatal(err) }}).play(happened, 8, func(int) bool { return false })
				want := map[string]int{}
				for _, row := range query(c.node, tables) {
					want[textOf(c.node.Schema(), row)]++
				}
				if got := fold(t, log); !maps.Equal(want, got) {
					t.Fatalf("want %v\ngot %v\nfrom:\n%s", want, got, strings.Join(log, "\n"))
				}
			})
		})
	}
}
