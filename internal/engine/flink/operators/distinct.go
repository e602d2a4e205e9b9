package operators

import (
	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// distinct counts how often each value was added to each group, so that the aggregate sees it once.
type distinct struct {
	index  *state.Index // by group slot and arguments
	keys   *state.Keys
	counts state.Paged[int64]
	next   state.Paged[int32] // the values of a group are a chain, plus one; 0 ends it
	prev   state.Paged[int32]
	head   state.Paged[int32] // by group
	group  *rows.Column
	cols   []*rows.Column
	codec  state.Codec
	writer *state.Writer
}

// slotBytes is how long the group's slot is in an encoded key.
const slotBytes = 9

func newDistinct(args []rows.Type) *distinct {
	types := append([]rows.Type{rows.BigIntType}, args...)
	return &distinct{
		index: state.NewIndex(types), keys: state.NewKeys(types), group: &rows.Column{Type: rows.BigIntType},
		codec: state.NewCodec(types), writer: state.NewWriter(types),
	}
}

// mask skips the rows whose value was there already, or is there still.
func (d *distinct) mask(args []*rows.Column, b *rows.Batch, slots []int32, skip []bool, steps []step) {
	d.group.Resize(b.Len)
	for i, slot := range slots {
		d.group.Ints[i] = int64(slot)
	}
	d.cols = append(append(d.cols[:0], d.group), args...)
	d.keys.Encode(d.cols, b.Len)
	for i, slot := range slots {
		switch {
		case skip[i]:
		case b.Change(i).Adds():
			skip[i] = !d.add(i, slot)
		default:
			skip[i] = !d.remove(i)
		}
		if steps != nil && steps[i] == gone {
			d.clear(slot)
		}
	}
}

// add reports whether the value is new.
func (d *distinct) add(i int, group int32) bool {
	entry, fresh := d.index.Put(d.keys, i)
	if fresh {
		d.link(entry, group, 0)
	}
	*d.counts.At(entry)++
	return fresh
}

func (d *distinct) link(entry, group int32, count int64) {
	n := d.index.Slots()
	d.counts.Grow(n)
	d.next.Grow(n)
	d.prev.Grow(n)
	first := d.head.Get(group)
	d.counts.Set(entry, count)
	d.next.Set(entry, first)
	d.prev.Set(entry, 0)
	if first > 0 {
		d.prev.Set(first-1, entry+1)
	}
	d.head.Set(group, entry+1)
}

// remove reports whether the value is gone.
func (d *distinct) remove(i int) bool {
	entry := d.index.Find(d.keys, i)
	if entry < 0 {
		return false
	}
	count := d.counts.At(entry)
	if *count--; *count > 0 {
		return false
	}
	group := int32(d.group.Ints[i])
	before, after := d.prev.Get(entry), d.next.Get(entry)
	if before > 0 {
		d.next.Set(before-1, after)
	} else {
		d.head.Set(group, after)
	}
	if after > 0 {
		d.prev.Set(after-1, before)
	}
	d.index.Delete(entry)
	return true
}

func (d *distinct) clear(group int32) {
	for entry := d.head.Get(group); entry > 0; {
		next := d.next.Get(entry - 1)
		d.index.Delete(entry - 1)
		entry = next
	}
	d.head.Set(group, 0)
}

// merge adds the values of one group to another, and those that are new there to its accumulator.
func (d *distinct) merge(into, from int32, acc expr.Accumulator) error {
	d.writer.Clear()
	var slots []int32
	var key []byte
	prefix := d.slotKey(into)
	for entry := d.head.Get(from); entry > 0; entry = d.next.Get(entry - 1) {
		key = append(append(key[:0], prefix...), d.index.Encoded(entry - 1)[slotBytes:]...)
		at, fresh := d.index.PutEncoded(key)
		if fresh {
			d.link(at, into, 0)
			d.writer.AppendRow(&d.codec, key)
			d.writer.Row()
			slots = append(slots, into)
		}
		*d.counts.At(at) += d.counts.Get(entry - 1)
	}
	if len(slots) == 0 {
		return nil
	}
	return acc.Add(slots, d.writer.Columns()[1:], nil, nil)
}

// slotKey is the encoded slot of a group.
func (d *distinct) slotKey(group int32) []byte {
	d.group.Resize(max(1, d.group.Len()))
	d.group.Ints[0] = int64(group)
	codec := state.NewCodec([]rows.Type{rows.BigIntType})
	return codec.Append(nil, []*rows.Column{d.group}, 0)
}

func (d *distinct) save(s *state.Saver, groups []int32) {
	for _, group := range groups {
		n := int64(0)
		for entry := d.head.Get(group); entry > 0; entry = d.next.Get(entry - 1) {
			n++
		}
		s.Int(n)
		for entry := d.head.Get(group); entry > 0; entry = d.next.Get(entry - 1) {
			s.Bytes(d.index.Encoded(entry - 1)[slotBytes:])
			s.Int(d.counts.Get(entry - 1))
		}
	}
}

func (d *distinct) load(l *state.Loader, groups []int32) {
	for _, group := range groups {
		key := d.slotKey(group)
		for n := l.Count(); n > 0 && l.OK(); n-- {
			key = append(key[:slotBytes], l.Bytes()...)
			count := l.Int()
			if !l.OK() {
				return
			}
			entry, _ := d.index.PutEncoded(key)
			d.link(entry, group, count)
		}
	}
}
