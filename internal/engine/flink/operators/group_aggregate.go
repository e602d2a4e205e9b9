package operators

import (
	"io"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// groupAggregate keeps a result for each group and emits its change for each row, as Flink's GroupAggFunction does. A
// batch goes to the accumulators column by column; they tell the results before and after each row.
type groupAggregate struct {
	node    *plan.GroupAggregate
	retract bool
	keys    *state.Keys
	index   *state.Index
	aggs    *aggregates
	counts  state.Paged[int64] // rows of a group; only with retractions
	ttl     expiry

	slots   []int32
	steps   []step
	ends    []bool         // rows that end their groups
	before  []*rows.Column // results before and after each row
	after   []*rows.Column
	touched []int32 // groups that may be empty at the end of the batch
	sel     []int32
	changes []rows.Change
}

// step is what a row does to its group.
type step uint8

const (
	ignored step = iota // takes back a row of a group that is not there
	first
	changed
	gone
)

func newGroupAggregate(n *plan.GroupAggregate, cfg stream.Config) *groupAggregate {
	types := typesAt(n.Input.Schema(), n.Keys)
	g := &groupAggregate{
		node: n, retract: retracts(n.Input), keys: state.NewKeys(types), index: state.NewIndex(types), ttl: newExpiry(cfg.StateTTL),
	}
	g.aggs = newAggregates(n.Aggregates, n.Input, g.retract, !g.retract && !g.ttl.on())
	for _, t := range g.aggs.types() {
		g.before = append(g.before, &rows.Column{Type: t})
		g.after = append(g.after, &rows.Column{Type: t})
	}
	return g
}

// Process adds rows to their groups and emits what that changes.
func (g *groupAggregate) Process(_ int, b *rows.Batch, out stream.Output) error {
	missing := g.assign(b)
	g.aggs.prepare(b, g.slots, missing, g.steps)
	for i := range g.before {
		g.before[i].Nulls, g.after[i].Nulls = nil, nil
		g.before[i].Resize(b.Len)
		g.after[i].Resize(b.Len)
	}
	if err := g.aggs.step(b, g.slots, g.endings(), g.before, g.after); err != nil {
		return err
	}
	g.drop()
	return g.emit(b, out)
}

// endings tells the rows that end their groups; nil for none.
func (g *groupAggregate) endings() []bool {
	if len(g.touched) == 0 {
		return nil
	}
	g.ends = sized(g.ends, len(g.steps))
	for i, s := range g.steps {
		g.ends[i] = s == gone
	}
	return g.ends
}

// assign finds the group of each row, and what the row does to it. It reports whether a row has none.
func (g *groupAggregate) assign(b *rows.Batch) (missing bool) {
	g.keys.Encode(columnsAt(b.Cols, g.node.Keys), b.Len)
	g.index.Prefetch(g.keys, b.Len)
	g.slots, g.steps = sized(g.slots, b.Len), sized(g.steps, b.Len)
	for i := range b.Len {
		slot, fresh := g.index.Put(g.keys, i)
		if fresh && g.retract {
			g.counts.Grow(g.index.Slots())
		}
		if !fresh && g.ttl.over(slot) {
			g.aggs.clear(slot)
			if g.retract {
				g.counts.Set(slot, 0)
			}
			fresh = true
		}
		g.slots[i] = slot
		if g.steps[i] = changed; fresh {
			g.steps[i] = first
		}
		if g.retract {
			g.count(b.Change(i), i)
			missing = missing || g.steps[i] == ignored
		}
		g.ttl.write(slot)
	}
	g.grow()
	return missing
}

func (g *groupAggregate) grow() {
	n := g.index.Slots()
	g.aggs.grow(n)
	if g.retract {
		g.counts.Grow(n)
	}
}

// count follows the number of rows of a group.
func (g *groupAggregate) count(change rows.Change, i int) {
	count := g.counts.At(g.slots[i])
	switch {
	case change.Adds():
		if *count == 0 {
			g.steps[i] = first
		}
		*count++
	case *count == 0:
		g.touched = append(g.touched, g.slots[i])
		g.slots[i], g.steps[i] = -1, ignored
	default:
		*count--
		if *count == 0 {
			g.steps[i] = gone
			g.touched = append(g.touched, g.slots[i])
		}
	}
}

// drop frees the groups that are empty now.
func (g *groupAggregate) drop() {
	for _, slot := range g.touched {
		if g.index.Live(slot) && g.counts.Get(slot) == 0 {
			g.index.Delete(slot)
		}
	}
	g.touched = g.touched[:0]
}

func (g *groupAggregate) emit(b *rows.Batch, out stream.Output) error {
	g.sel, g.changes = g.sel[:0], g.changes[:0]
	for i := range int32(b.Len) {
		switch g.steps[i] {
		case first:
			g.give(rows.Insert, i)
		case gone:
			g.give(rows.Delete, ^i)
		case changed:
			if !g.ttl.on() && g.same(int(i)) {
				continue
			}
			if g.node.Before {
				g.give(rows.UpdateBefore, ^i)
			}
			g.give(rows.UpdateAfter, i)
		}
	}
	if len(g.sel) == 0 {
		return nil
	}
	if each(g.sel, b.Len) {
		return g.emitAll(b, out)
	}
	results := make([]*rows.Column, len(g.after), len(g.node.Keys)+len(g.after))
	for i := range g.after {
		results[i] = interleave(g.after[i], g.before[i], g.sel)
	}
	for i, at := range g.sel {
		g.sel[i] = max(at, ^at)
	}
	cols := make([]*rows.Column, 0, cap(results))
	for _, c := range g.node.Keys {
		cols = append(cols, b.Cols[c].Take(g.sel))
	}
	return emit(len(g.sel), append(cols, results...), g.changes, out)
}

// emitAll hands on the results after each row as they are.
func (g *groupAggregate) emitAll(b *rows.Batch, out stream.Output) error {
	cols := columnsAt(b.Cols, g.node.Keys)
	for i, c := range g.after {
		cols = append(cols, c)
		g.after[i] = rows.NewColumn(c.Type, b.Len)
	}
	return emit(b.Len, cols, g.changes, out)
}

// each reports whether sel is the places from 0 to n-1.
func each(sel []int32, n int) bool {
	if len(sel) != n {
		return false
	}
	for i, at := range sel {
		if at != int32(i) {
			return false
		}
	}
	return true
}

func (g *groupAggregate) give(change rows.Change, at int32) {
	g.sel = append(g.sel, at)
	g.changes = append(g.changes, change)
}

func (g *groupAggregate) same(i int) bool {
	for c := range g.after {
		if !sameValue(g.before[c], g.after[c], i) {
			return false
		}
	}
	return true
}

// Advance does nothing: groups know no time.
func (g *groupAggregate) Advance(int64, stream.Output) error { return nil }

// Tick lets groups expire.
func (g *groupAggregate) Tick(now time.Time, _ stream.Output) error {
	g.ttl.sweep(now, g.index, func(slot int32) {
		g.aggs.clear(slot)
		if g.retract {
			g.counts.Set(slot, 0)
		}
		g.index.Delete(slot)
	})
	return nil
}

// Save writes the groups.
func (g *groupAggregate) Save(w io.Writer) error {
	s := state.NewSaver(w, "GroupAggregate")
	slots := slices.Collect(g.index.All())
	g.index.Save(s)
	if g.retract {
		for _, slot := range slots {
			s.Int(g.counts.Get(slot))
		}
	}
	g.ttl.save(s, slots)
	g.aggs.save(s, slots)
	return s.Close()
}

// Load reads what Save wrote.
func (g *groupAggregate) Load(r io.Reader) error {
	l := state.NewLoader(r, "GroupAggregate")
	g.index.Load(l)
	g.grow()
	slots := slices.Collect(g.index.Loaded())
	if g.retract {
		for _, slot := range slots {
			g.counts.Set(slot, l.Int())
		}
	}
	g.ttl.load(l, slots)
	g.aggs.load(l, slots)
	return l.Err()
}
