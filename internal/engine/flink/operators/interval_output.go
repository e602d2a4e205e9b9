package operators

import (
	"io"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/rows"
)

func (j *intervalJoin) give(change rows.Change, own, met int32) {
	j.own, j.met, j.changes = append(j.own, own), append(j.met, met), append(j.changes, change)
}

// alone emits rows of an outer side that can meet none.
func (j *intervalJoin) alone(input int, b *rows.Batch, out stream.Output) error {
	if !j.sides[input].outer {
		return nil
	}
	var other []*rows.Column
	for _, t := range typesOf(j.node.Inputs()[1-input].Schema()) {
		other = append(other, nulls(t, b.Len))
	}
	if input == 0 {
		return emit(b.Len, slices.Concat(b.Cols, other), nil, out)
	}
	return emit(b.Len, slices.Concat(other, b.Cols), nil, out)
}

// padding in j.met, from -2 on downwards: a row of pads, in place of a pair.
const padding = -2

// pad emits a kept row with NULLs for the other side. In place of a row of the batch, below zero, stands the side.
func (j *intervalJoin) pad(side int, ref state.Ref) {
	j.give(rows.Insert, int32(side-2), int32(padding-j.pads[side].Len()))
	j.pads[side].give(rows.Insert, j.sides[side].rowOf(ref))
}

// emit gives what a batch of an input has brought: pairs, its rows alone, kept rows of the other side alone.
func (j *intervalJoin) emit(input int, b *rows.Batch, out stream.Output) error {
	if len(j.own) == 0 {
		return nil
	}
	pairs, alone := j.pairs.writer.Columns(), j.pads[1-input].Take()
	j.pads[1-input].changes = j.pads[1-input].changes[:0]
	met := make([]*rows.Column, len(pairs), 2*len(pairs))
	for i := range pairs {
		met[i] = pairOrPad(pairs[i], alone[i], j.met)
	}
	left, right := taken(b.Cols, j.own), met
	if input == 1 {
		left, right = right, left
	}
	n := len(j.own)
	j.own, j.met, j.changes = j.own[:0], j.met[:0], j.changes[:0]
	return emit(n, append(left, right...), nil, out)
}

// pairOrPad takes from pairs, or from pads, or NULL.
func pairOrPad(pair, pad *rows.Column, sel []int32) *rows.Column {
	if pad.Len() == 0 {
		return takeOrNull(pair, sel)
	}
	both := make([]int32, len(sel))
	var null []bool
	for i, at := range sel {
		switch {
		case at <= padding:
			both[i] = ^(padding - at)
		case at < 0:
			if null == nil {
				null = make([]bool, len(sel))
			}
			null[i] = true
			both[i] = ^0
		default:
			both[i] = at
		}
	}
	c := interleave(pair, pad, both)
	if null == nil {
		return c
	}
	for i := range null {
		null[i] = null[i] || c.Null(i)
	}
	c.Nulls = null
	return c
}

// flush emits the rows that time has made old.
func (j *intervalJoin) flush(atLeast int, out stream.Output) error {
	n := len(j.own)
	if n < max(atLeast, 1) {
		return nil
	}
	// a row of either side, in the order in which they were let go of
	var sel [2][]int32
	for _, at := range j.order() {
		sel[at.side], sel[1-at.side] = append(sel[at.side], at.row), append(sel[1-at.side], -1)
	}
	left, right := taken(j.pads[0].Take(), sel[0]), taken(j.pads[1].Take(), sel[1])
	j.own, j.met, j.changes = j.own[:0], j.met[:0], j.changes[:0]
	j.pads[0].changes, j.pads[1].changes = j.pads[0].changes[:0], j.pads[1].changes[:0]
	return emit(n, append(left, right...), nil, out)
}

type padded struct {
	side int
	row  int32
}

// order tells of which side each padding is.
func (j *intervalJoin) order() []padded {
	order := make([]padded, 0, len(j.own))
	for i, met := range j.met {
		order = append(order, padded{int(j.own[i]) + 2, padding - met})
	}
	return order
}

// Save writes the rows of both sides and when they are looked through.
func (j *intervalJoin) Save(w io.Writer) error {
	s := state.NewSaver(w, "IntervalJoin")
	s.Int(j.now)
	j.index.Save(s)
	for side := range j.sides {
		s.Int(j.sides[side].expired)
		for slot := range j.index.All() {
			j.sides[side].save(s, slot)
			if a := j.sides[side].cleanUp.Get(slot); a.set {
				s.Int(1)
				s.Int(a.at)
			} else {
				s.Int(0)
			}
		}
	}
	j.timers.Save(s, j.index, func(at int64, slot int32, _ uint64) bool {
		return j.sides[0].cleanUp.Get(slot) == alarm{at, true} || j.sides[1].cleanUp.Get(slot) == alarm{at, true}
	})
	return s.Close()
}

// Load reads what Save wrote.
func (j *intervalJoin) Load(r io.Reader) error {
	l := state.NewLoader(r, "IntervalJoin")
	j.now = max(j.now, l.Int())
	j.index.Load(l)
	j.grow()
	for side := range j.sides {
		j.sides[side].expired = max(j.sides[side].expired, l.Int())
		for slot := range j.index.Loaded() {
			j.sides[side].load(l, slot)
			if l.Int() == 1 {
				j.sides[side].cleanUp.Set(slot, alarm{l.Int(), true})
			}
		}
	}
	j.timers.Load(l, j.index, func(int64, int32, uint64) {})
	return l.Err()
}
