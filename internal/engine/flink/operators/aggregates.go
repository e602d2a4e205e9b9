package operators

import (
	"fmt"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// aggregates is the aggregate calls of a node with their state by slot.
type aggregates struct {
	calls []aggregateCall
}

// aggregateCall is one call. Its scratch fields are good for one batch.
type aggregateCall struct {
	expr.AggregateCall
	acc      expr.Accumulator
	distinct *distinct // nil unless the call says DISTINCT
	skip     []bool    // rows of the batch that are left out; nil for none
	masked   []bool
	args     []*rows.Column
	part     []rows.Column
}

func newAggregates(calls []expr.AggregateCall, input plan.Node, retract bool) *aggregates {
	a := &aggregates{calls: make([]aggregateCall, len(calls))}
	for i, c := range calls {
		types := typesAt(input.Schema(), c.Args)
		call := aggregateCall{AggregateCall: c, acc: c.Func.New(types, c.Of, retract)}
		if c.Distinct && len(c.Args) > 0 {
			call.distinct = newDistinct(types)
		}
		call.args, call.part = make([]*rows.Column, len(c.Args)), make([]rows.Column, len(c.Args))
		for j := range call.part {
			call.args[j] = &call.part[j]
		}
		a.calls[i] = call
	}
	return a
}

func (a *aggregates) grow(n int) {
	for i := range a.calls {
		a.calls[i].acc.Grow(n)
		if d := a.calls[i].distinct; d != nil {
			d.head.Grow(n)
		}
	}
}

// prepare finds the rows of a batch that each call leaves out: those that its filter excludes, values that DISTINCT has
// seen before, and rows without a slot. After a step that ends a group, DISTINCT forgets it; steps may be nil.
func (a *aggregates) prepare(b *rows.Batch, slots []int32, missing bool, steps []step) {
	for i := range a.calls {
		c := &a.calls[i]
		c.skip = nil
		if c.Filter < 0 && c.distinct == nil && !missing {
			continue
		}
		c.mask(b, slots)
		if c.distinct != nil {
			c.distinct.mask(columnsAt(b.Cols, c.Args), b, slots, c.skip, steps)
		}
	}
}

func (c *aggregateCall) mask(b *rows.Batch, slots []int32) {
	if cap(c.masked) < b.Len {
		c.masked = make([]bool, max(b.Len, rows.BatchSize))
	}
	c.skip = c.masked[:b.Len]
	for i, slot := range slots {
		c.skip[i] = slot < 0
	}
	if c.Filter < 0 {
		return
	}
	on := b.Cols[c.Filter]
	for i, v := range on.Bools[:b.Len] {
		c.skip[i] = c.skip[i] || !v || on.Nulls != nil && on.Nulls[i]
	}
}

// add handles the rows from..to of a batch that was prepared.
func (a *aggregates) add(b *rows.Batch, slots []int32, from, to int) error {
	for i := range a.calls {
		c := &a.calls[i]
		for j, at := range c.Args {
			cut(&c.part[j], b.Cols[at], from, to)
		}
		var changes []rows.Change
		if b.Changes != nil {
			changes = b.Changes[from:to]
		}
		var skip []bool
		if c.skip != nil {
			skip = c.skip[from:to]
		}
		if err := c.acc.Add(slots[from:to], c.args, changes, skip); err != nil {
			return fmt.Errorf("%s: %w", c.Func.Name, err)
		}
	}
	return nil
}

// cut makes a column of a part of another, in memory that is used again.
func cut(to, c *rows.Column, from, end int) {
	*to = rows.Column{Type: c.Type}
	switch c.Type.Kind.Layout() {
	case rows.BoolLayout:
		to.Bools = c.Bools[from:end]
	case rows.IntLayout:
		to.Ints = c.Ints[from:end]
	case rows.FloatLayout:
		to.Floats = c.Floats[from:end]
	case rows.DecimalLayout:
		to.Decimals = c.Decimals[from:end]
	case rows.StringLayout:
		to.Strings = c.Strings[from:end]
	case rows.BoxedLayout:
		to.Boxed = c.Boxed[from:end]
	}
	if c.Nulls != nil {
		to.Nulls = c.Nulls[from:end]
	}
}

// values appends the results of some slots to the columns.
func (a *aggregates) values(slots []int32, to []*rows.Column) error {
	for i := range a.calls {
		if err := a.calls[i].acc.Values(slots, to[i]); err != nil {
			return fmt.Errorf("%s: %w", a.calls[i].Func.Name, err)
		}
	}
	return nil
}

// clear empties a slot.
func (a *aggregates) clear(slot int32) {
	a.empty(slot)
	for i := range a.calls {
		if d := a.calls[i].distinct; d != nil {
			d.clear(slot)
		}
	}
}

// empty clears the accumulators of a slot all of whose rows were taken back. DISTINCT has forgotten it already; what it
// knows comes from later rows of the batch.
func (a *aggregates) empty(slot int32) {
	for i := range a.calls {
		a.calls[i].acc.Clear(slot)
	}
}

// merge adds one slot's state to another's.
func (a *aggregates) merge(into, from int32) error {
	for i := range a.calls {
		c := &a.calls[i]
		if c.distinct != nil {
			if err := c.distinct.merge(into, from, c.acc); err != nil {
				return err
			}
			continue
		}
		if err := c.acc.Merge(into, from); err != nil {
			return fmt.Errorf("%s: %w", c.Func.Name, err)
		}
	}
	return nil
}

func (a *aggregates) types() []rows.Type {
	types := make([]rows.Type, len(a.calls))
	for i, c := range a.calls {
		types[i] = c.Of
	}
	return types
}

// saveAt is how many slots are written in one block.
const saveAt = 1 << 14

func (a *aggregates) save(s *state.Saver, slots []int32) {
	var buf []byte
	for i := range a.calls {
		for from := 0; from < len(slots); from += saveAt {
			buf = a.calls[i].acc.Save(slots[from:min(from+saveAt, len(slots))], buf[:0])
			s.Bytes(buf)
		}
		if d := a.calls[i].distinct; d != nil {
			d.save(s, slots)
		}
	}
}

func (a *aggregates) load(l *state.Loader, slots []int32) {
	for i := range a.calls {
		for from := 0; from < len(slots) && l.OK(); from += saveAt {
			rest, err := a.calls[i].acc.Load(slots[from:min(from+saveAt, len(slots))], l.Bytes())
			if err == nil && len(rest) > 0 {
				err = fmt.Errorf("%d bytes are left over", len(rest))
			}
			if err != nil {
				l.Fail(fmt.Errorf("%s: %w", a.calls[i].Func.Name, err))
			}
		}
		if d := a.calls[i].distinct; d != nil {
			d.load(l, slots)
		}
	}
}
