package operators

import (
	"errors"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// seenNumbers marks the whole numbers that the groups have seen, a mark for each call. It is for groups that lose neither
// rows nor themselves.
type seenNumbers struct {
	marks *state.Marks
	codec state.Codec
	col   *rows.Column // of one row

	groups []int32
	values []int64
	wanted []uint32
}

func newSeenNumbers(of rows.Type) *seenNumbers {
	return &seenNumbers{marks: state.NewMarks(), codec: state.NewCodec([]rows.Type{of}), col: rows.NewColumn(of, 1)}
}

func (d *seenNumbers) grow(int) {}

func (d *seenNumbers) mask(args []*rows.Column, b *rows.Batch, slots []int32, skips [][]bool, _ []step) {
	d.wanted = sized(d.wanted, b.Len)
	clear(d.wanted)
	for call, skip := range skips {
		want(d.wanted, skip, call)
	}
	groups, values := d.pairs(args[0], slots)
	d.marks.Add(groups, values, d.wanted)
	for call, skip := range skips {
		for i, fresh := range d.wanted {
			skip[i] = fresh>>call&1 == 0
		}
	}
}

func want(wanted []uint32, skip []bool, call int) {
	for i, skips := range skip[:len(wanted)] {
		mark := uint32(1) << call
		if skips {
			mark = 0
		}
		wanted[i] |= mark
	}
}

// pairs gives the groups and values that are marked: for NULL, the group's complement and 0.
func (d *seenNumbers) pairs(c *rows.Column, slots []int32) ([]int32, []int64) {
	if c.Nulls == nil {
		return slots, c.Ints[:len(slots)]
	}
	d.groups, d.values = sized(d.groups, len(slots)), sized(d.values, len(slots))
	for i, slot := range slots {
		if d.groups[i], d.values[i] = slot, c.Ints[i]; c.Nulls[i] {
			d.groups[i], d.values[i] = ^slot, 0
		}
	}
	return d.groups, d.values
}

func (d *seenNumbers) clear(int32) {}

func (d *seenNumbers) merge(int32, int32, []expr.Accumulator) error {
	return errors.New("groups that are for ever do not merge")
}

// saver sorts the pairs by their groups; those of other groups are left out.
func (d *seenNumbers) saver(groups []int32) func(*state.Saver, int) {
	if len(groups) == 0 {
		return func(*state.Saver, int) {}
	}
	places := placesOf(groups)
	ends := make([]int, len(groups)+1)
	for group := range d.marks.All() {
		if place := placeIn(places, group); place >= 0 {
			ends[place+1]++
		}
	}
	for i := range groups {
		ends[i+1] += ends[i]
	}
	sorted, next := make([]numberSeen, ends[len(groups)]), slices.Clone(ends)
	for group, m := range d.marks.All() {
		if place := placeIn(places, group); place >= 0 {
			sorted[next[place]] = numberSeen{Mark: m, null: group < 0}
			next[place]++
		}
	}
	return func(s *state.Saver, call int) {
		for i := range groups {
			d.saveGroup(s, sorted[ends[i]:ends[i+1]], call)
		}
	}
}

// placesOf gives, by group, its place among some groups; -1 for the others.
func placesOf(groups []int32) []int32 {
	places := make([]int32, slices.Max(groups)+1)
	for i := range places {
		places[i] = -1
	}
	for i, group := range groups {
		places[group] = int32(i)
	}
	return places
}

// placeIn gives the place of the group under which a pair is marked; -1 if it has none.
func placeIn(places []int32, group int32) int32 {
	if group = max(group, ^group); int(group) < len(places) {
		return places[group]
	}
	return -1
}

type numberSeen struct {
	state.Mark
	null bool
}

func (d *seenNumbers) saveGroup(s *state.Saver, seen []numberSeen, call int) {
	n := int64(0)
	for _, of := range seen {
		n += int64(of.Marks >> call & 1)
	}
	s.Int(n)
	var buf []byte
	for _, of := range seen {
		if of.Marks>>call&1 == 0 {
			continue
		}
		d.col.Ints[0] = of.Value
		if d.col.Nulls = nil; of.null {
			d.col.SetNull(0, 1)
		}
		buf = d.codec.Append(buf[:0], []*rows.Column{d.col}, 0)
		s.Bytes(buf)
		s.Int(1)
	}
}

func (d *seenNumbers) load(l *state.Loader, groups []int32, call int) {
	for _, group := range groups {
		for n := l.Count(); n > 0 && l.OK(); n-- {
			key := l.Bytes()
			value, null, err := state.OneInt(key)
			if err != nil {
				l.Fail(err)
			}
			l.Int()
			if !l.OK() {
				return
			}
			under := group
			if null {
				under = ^group
			}
			d.marks.Add([]int32{under}, []int64{value}, []uint32{1 << call})
		}
	}
}
