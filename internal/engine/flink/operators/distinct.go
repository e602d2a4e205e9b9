package operators

import (
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// distinct is what the calls that say DISTINCT of the same arguments have seen of them, so that each of their
// aggregates sees a value once. A value is looked up once for all of them.
type distinct struct {
	args   []int
	calls  []int // of the node
	values distinctValues
	skips  [][]bool // by call
}

// distinctValues is the values that groups have seen, by call: its place in distinct.calls.
type distinctValues interface {
	// grow makes room for so many groups.
	grow(groups int)
	// mask skips the rows whose value the call has seen before, or sees still. After a step that ends a group, the group
	// has seen nothing; steps may be nil.
	mask(args []*rows.Column, b *rows.Batch, slots []int32, skips [][]bool, steps []step)
	// clear forgets a group.
	clear(group int32)
	// merge adds the values of one group to another, and those that are new there to its accumulators.
	merge(into, from int32, accs []expr.Accumulator) error
	// saver makes ready to write what some groups have seen, call by call.
	saver(groups []int32) func(s *state.Saver, call int)
	// load reads what a call has seen.
	load(l *state.Loader, groups []int32, call int)
}

// mostCalls share what they have seen: as many as there are marks.
const mostCalls = 32

// newDistincts brings the calls with DISTINCT together. Groups that are for ever need not know all their values.
func newDistincts(calls []expr.AggregateCall, input plan.Node, forEver bool) (all []*distinct) {
	for i, c := range calls {
		if !c.Distinct || len(c.Args) == 0 {
			continue
		}
		at := slices.IndexFunc(all, func(d *distinct) bool { return slices.Equal(d.args, c.Args) && len(d.calls) < mostCalls })
		if at < 0 {
			at = len(all)
			all = append(all, &distinct{args: c.Args})
		}
		all[at].calls = append(all[at].calls, i)
	}
	for _, d := range all {
		types := typesAt(input.Schema(), d.args)
		d.skips = make([][]bool, len(d.calls))
		if forEver && len(types) == 1 && types[0].Kind.Layout() == rows.IntLayout {
			d.values = newSeenNumbers(types[0])
		} else {
			d.values = newSeenValues(types, len(d.calls))
		}
	}
	return all
}

// seenValues counts, for each call, how often a group was given a value.
type seenValues struct {
	index  *state.Index // by group and arguments
	keys   *state.Keys
	counts []state.Paged[int64] // by call
	next   state.Paged[int32]   // the values of a group are a chain, plus one; 0 ends it
	prev   state.Paged[int32]
	head   state.Paged[int32] // by group
	group  *rows.Column
	cols   []*rows.Column
	codec  state.Codec
	writer *state.Writer
}

// slotBytes is how long the group's slot is in an encoded key.
const slotBytes = 9

func newSeenValues(args []rows.Type, calls int) *seenValues {
	types := append([]rows.Type{rows.BigIntType}, args...)
	return &seenValues{
		index: state.NewIndex(types), keys: state.NewKeys(types), counts: make([]state.Paged[int64], calls),
		group: &rows.Column{Type: rows.BigIntType}, codec: state.NewCodec(types), writer: state.NewWriter(types),
	}
}

func (d *seenValues) grow(groups int) { d.head.Grow(groups) }

func (d *seenValues) mask(args []*rows.Column, b *rows.Batch, slots []int32, skips [][]bool, steps []step) {
	d.group.Resize(b.Len)
	for i, slot := range slots {
		d.group.Ints[i] = int64(slot)
	}
	d.cols = append(append(d.cols[:0], d.group), args...)
	d.keys.Encode(d.cols, b.Len)
	for i, slot := range slots {
		switch {
		case !wanted(skips, i):
		case b.Change(i).Adds():
			d.add(i, slot, skips)
		default:
			d.remove(i, slot, skips)
		}
		if steps != nil && steps[i] == gone {
			d.clear(slot)
		}
	}
}

// wanted reports whether a call takes the row.
func wanted(skips [][]bool, i int) bool {
	for _, skip := range skips {
		if !skip[i] {
			return true
		}
	}
	return false
}

// add skips the row for the calls to which its value is not new.
func (d *seenValues) add(i int, group int32, skips [][]bool) {
	entry, fresh := d.index.Put(d.keys, i)
	if fresh {
		d.link(entry, group)
	}
	for call, skip := range skips {
		if skip[i] {
			continue
		}
		count := d.counts[call].At(entry)
		skip[i] = *count > 0
		*count++
	}
}

func (d *seenValues) link(entry, group int32) {
	n := d.index.Slots()
	for call := range d.counts {
		d.counts[call].Grow(n)
		d.counts[call].Set(entry, 0)
	}
	d.next.Grow(n)
	d.prev.Grow(n)
	first := d.head.Get(group)
	d.next.Set(entry, first)
	d.prev.Set(entry, 0)
	if first > 0 {
		d.prev.Set(first-1, entry+1)
	}
	d.head.Set(group, entry+1)
}

// remove skips the row for the calls that still have its value, or never had it.
func (d *seenValues) remove(i int, group int32, skips [][]bool) {
	entry := d.index.Find(d.keys, i)
	left := int64(0)
	for call, skip := range skips {
		if entry < 0 {
			skip[i] = true
			continue
		}
		count := d.counts[call].At(entry)
		if !skip[i] && *count > 0 {
			*count--
			skip[i] = *count > 0
		} else {
			skip[i] = true
		}
		left += *count
	}
	if entry >= 0 && left == 0 {
		d.unlink(entry, group)
		d.index.Delete(entry)
	}
}

func (d *seenValues) unlink(entry, group int32) {
	before, after := d.prev.Get(entry), d.next.Get(entry)
	if before > 0 {
		d.next.Set(before-1, after)
	} else {
		d.head.Set(group, after)
	}
	if after > 0 {
		d.prev.Set(after-1, before)
	}
}

func (d *seenValues) clear(group int32) {
	for entry := d.head.Get(group); entry > 0; {
		next := d.next.Get(entry - 1)
		d.index.Delete(entry - 1)
		entry = next
	}
	d.head.Set(group, 0)
}

func (d *seenValues) merge(into, from int32, accs []expr.Accumulator) error {
	for call, acc := range accs {
		if err := d.mergeCall(into, from, call, acc); err != nil {
			return err
		}
	}
	return nil
}

func (d *seenValues) mergeCall(into, from int32, call int, acc expr.Accumulator) error {
	d.writer.Clear()
	var slots []int32
	var key []byte
	prefix := d.slotKey(into)
	for entry := d.head.Get(from); entry > 0; entry = d.next.Get(entry - 1) {
		count := d.counts[call].Get(entry - 1)
		if count == 0 {
			continue
		}
		key = append(append(key[:0], prefix...), d.index.Encoded(entry - 1)[slotBytes:]...)
		at, fresh := d.index.PutEncoded(key)
		if fresh {
			d.link(at, into)
		}
		if d.counts[call].Get(at) == 0 {
			d.writer.AppendRow(&d.codec, key)
			d.writer.Row()
			slots = append(slots, into)
		}
		*d.counts[call].At(at) += count
	}
	if len(slots) == 0 {
		return nil
	}
	return acc.Add(slots, d.writer.Columns()[1:], nil, nil)
}

// slotKey is the encoded slot of a group.
func (d *seenValues) slotKey(group int32) []byte {
	d.group.Resize(max(1, d.group.Len()))
	d.group.Ints[0] = int64(group)
	codec := state.NewCodec([]rows.Type{rows.BigIntType})
	return codec.Append(nil, []*rows.Column{d.group}, 0)
}

func (d *seenValues) saver(groups []int32) func(*state.Saver, int) {
	return func(s *state.Saver, call int) {
		for _, group := range groups {
			d.saveGroup(s, group, call)
		}
	}
}

func (d *seenValues) saveGroup(s *state.Saver, group int32, call int) {
	n := int64(0)
	for entry := d.head.Get(group); entry > 0; entry = d.next.Get(entry - 1) {
		if d.counts[call].Get(entry-1) > 0 {
			n++
		}
	}
	s.Int(n)
	for entry := d.head.Get(group); entry > 0; entry = d.next.Get(entry - 1) {
		if count := d.counts[call].Get(entry - 1); count > 0 {
			s.Bytes(d.index.Encoded(entry - 1)[slotBytes:])
			s.Int(count)
		}
	}
}

func (d *seenValues) load(l *state.Loader, groups []int32, call int) {
	for _, group := range groups {
		key := d.slotKey(group)
		for n := l.Count(); n > 0 && l.OK(); n-- {
			key = append(key[:slotBytes], l.Bytes()...)
			count := l.Int()
			if !l.OK() {
				return
			}
			entry, fresh := d.index.PutEncoded(key)
			if fresh {
				d.link(entry, group)
			}
			d.counts[call].Set(entry, count)
		}
	}
}
