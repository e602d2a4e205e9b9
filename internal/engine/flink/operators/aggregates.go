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
	calls     []aggregateCall
	distincts []*distinct
}

// aggregateCall is one call. Its scratch fields are good for one batch.
type aggregateCall struct {
	expr.AggregateCall
	acc      expr.Accumulator
	distinct *distinct // nil unless the call says DISTINCT
	place    int       // among the calls of distinct
	skip     []bool    // rows of the batch that are left out; nil for none
	masked   []bool
	args     []*rows.Column
}

// newAggregates makes empty state. Groups that are for ever are neither cleared nor merged, nor lose rows.
func newAggregates(calls []expr.AggregateCall, input plan.Node, retract, forEver bool) *aggregates {
	a := &aggregates{calls: make([]aggregateCall, len(calls)), distincts: newDistincts(calls, input, forEver)}
	for i, c := range calls {
		acc := c.Func.New(typesAt(input.Schema(), c.Args), c.Of, retract)
		a.calls[i] = aggregateCall{AggregateCall: c, acc: acc, args: make([]*rows.Column, len(c.Args))}
	}
	for _, d := range a.distincts {
		for place, i := range d.calls {
			a.calls[i].distinct, a.calls[i].place = d, place
		}
	}
	return a
}

func (a *aggregates) grow(n int) {
	for i := range a.calls {
		a.calls[i].acc.Grow(n)
	}
	for _, d := range a.distincts {
		d.values.grow(n)
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
	}
	for _, d := range a.distincts {
		for place, i := range d.calls {
			d.skips[place] = a.calls[i].skip
		}
		d.values.mask(columnsAt(b.Cols, d.args), b, slots, d.skips, steps)
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

// columns gives the arguments of a call.
func (c *aggregateCall) columns(b *rows.Batch) []*rows.Column {
	for j, at := range c.Args {
		c.args[j] = b.Cols[at]
	}
	return c.args
}

// add handles the rows of a batch that was prepared.
func (a *aggregates) add(b *rows.Batch, slots []int32) error {
	for i := range a.calls {
		c := &a.calls[i]
		if err := c.acc.Add(slots, c.columns(b), b.Changes, c.skip); err != nil {
			return fmt.Errorf("%s: %w", c.Func.Name, err)
		}
	}
	return nil
}

// step handles the rows of a batch that was prepared, and sets the results of each row's group before it and after.
// Rows may end their groups, which are empty then.
func (a *aggregates) step(b *rows.Batch, slots []int32, ends []bool, before, after []*rows.Column) error {
	for i := range a.calls {
		c := &a.calls[i]
		s := &expr.Steps{Slots: slots, Args: c.columns(b), Changes: b.Changes, Skip: c.skip, Ends: ends}
		if stepper, ok := c.acc.(expr.Stepper); ok {
			stepper.Step(s, before[i], after[i])
		} else if err := stepEach(c.acc, s, before[i], after[i]); err != nil {
			return fmt.Errorf("%s: %w", c.Func.Name, err)
		}
	}
	return nil
}

// stepEach steps an accumulator that can only add rows and give results: a row at a time.
func stepEach(acc expr.Accumulator, s *expr.Steps, before, after *rows.Column) error {
	args, part := make([]*rows.Column, len(s.Args)), make([]rows.Column, len(s.Args))
	for j := range part {
		args[j] = &part[j]
	}
	before.Resize(0)
	after.Resize(0)
	for i, slot := range s.Slots {
		if slot < 0 {
			before.Append(nil)
			after.Append(nil)
			continue
		}
		one := s.Slots[i : i+1]
		if err := acc.Values(one, before); err != nil {
			return err
		}
		for j, c := range s.Args {
			cut(args[j], c, i, i+1)
		}
		if err := acc.Add(one, args, cutOff(s.Changes, i), cutOff(s.Skip, i)); err != nil {
			return err
		}
		if err := acc.Values(one, after); err != nil {
			return err
		}
		if s.Ends != nil && s.Ends[i] {
			acc.Clear(slot)
		}
	}
	return nil
}

func cutOff[T any](s []T, i int) []T {
	if s == nil {
		return nil
	}
	return s[i : i+1]
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
	for i := range a.calls {
		a.calls[i].acc.Clear(slot)
	}
	for _, d := range a.distincts {
		d.values.clear(slot)
	}
}

// merge adds one slot's state to another's.
func (a *aggregates) merge(into, from int32) error {
	for _, d := range a.distincts {
		accs := make([]expr.Accumulator, len(d.calls))
		for place, i := range d.calls {
			accs[place] = a.calls[i].acc
		}
		if err := d.values.merge(into, from, accs); err != nil {
			return err
		}
	}
	for i := range a.calls {
		c := &a.calls[i]
		if c.distinct != nil {
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
	savers := map[*distinct]func(*state.Saver, int){}
	for _, d := range a.distincts {
		savers[d] = d.values.saver(slots)
	}
	for i := range a.calls {
		for from := 0; from < len(slots); from += saveAt {
			buf = a.calls[i].acc.Save(slots[from:min(from+saveAt, len(slots))], buf[:0])
			s.Bytes(buf)
		}
		if d := a.calls[i].distinct; d != nil {
			savers[d](s, a.calls[i].place)
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
			d.values.load(l, slots, a.calls[i].place)
		}
	}
}
