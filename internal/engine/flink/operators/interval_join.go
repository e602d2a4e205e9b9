package operators

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// intervalJoin joins rows whose times are close, and keeps each as long as one may come that it meets. When what is old
// is let go of, and so when an outer row comes out with NULLs, follows Flink's TimeIntervalJoin to the letter: by timers
// a half interval late, or when a row of the other side passes by.
type intervalJoin struct {
	node      *plan.IntervalJoin
	keys      [2]*state.Keys
	index     *state.Index
	sides     [2]intervalSide
	condition program
	now       int64
	timers    state.Timers
	garbage   [2][]state.Ref // rows that were let go of while their pairs are still looked at

	slots   []int32
	unequal []bool // the key has a NULL, which meets nothing
	pairs   pairs
	own     []int32
	met     []int32
	changes []rows.Change
	pads    [2]changelog
}

// intervalSide is the rows of one side that may still meet others.
type intervalSide struct {
	timedRows
	keys    []int
	column  int   // of the row time
	reach   int64 // how much later a row of the other side may be than one of this side
	outer   bool
	expired int64              // what is not later was let go of, at least when it was looked at
	cleanUp state.Paged[alarm] // by key: when this side's rows are looked through
}

// alarm is a timer that may be set.
type alarm struct {
	at  int64
	set bool
}

func newIntervalJoin(n *plan.IntervalJoin, cfg stream.Config) (*intervalJoin, error) {
	if n.Kind == plan.Semi || n.Kind == plan.Anti {
		return nil, fmt.Errorf("an interval join of kind %s is not supported, as in Flink: compare with = alone, without time bounds", n.Kind)
	}
	left, right := n.LeftInput.Schema(), n.RightInput.Schema()
	j := &intervalJoin{
		node: n, now: stream.MinWatermark, index: state.NewIndex(typesAt(left, n.LeftKeys)),
		keys: [2]*state.Keys{state.NewKeys(typesAt(left, n.LeftKeys)), state.NewKeys(typesAt(right, n.RightKeys))},
		sides: [2]intervalSide{
			{keys: n.LeftKeys, column: n.LeftTime, reach: -n.Lower, outer: n.Kind == plan.Left || n.Kind == plan.Full},
			{keys: n.RightKeys, column: n.RightTime, reach: n.Upper, outer: n.Kind == plan.Right || n.Kind == plan.Full},
		},
	}
	for side := range j.sides {
		s := &j.sides[side]
		s.codec = state.NewCodec(typesOf(n.Inputs()[side].Schema()))
		j.pads[side] = newChangelog(typesOf(n.Inputs()[side].Schema()), &s.codec)
	}
	if n.Condition == nil {
		return j, nil
	}
	condition, err := compile(n.Condition, cfg.Env)
	j.condition = condition
	return j, err
}

// Delay is how far event time is held back behind the join: a row may come out that much later than its time.
func (j *intervalJoin) Delay() int64 {
	if j.never() {
		return 0
	}
	return max(j.sides[0].reach, j.sides[1].reach, 0)
}

// clock is the time by which rows are old.
func (j *intervalJoin) clock() int64 { return max(j.now, 0) }

func expiry64(now, reach int64) int64 {
	if now == math.MaxInt64 {
		return math.MaxInt64
	}
	return now - reach - 1
}

// never reports whether no two times are close: rows of outer sides come out alone, at once.
func (j *intervalJoin) never() bool { return j.node.Lower > j.node.Upper }

// Process joins the rows of one side with those that are kept of the other.
func (j *intervalJoin) Process(input int, b *rows.Batch, out stream.Output) error {
	if j.never() {
		return j.alone(input, b, out)
	}
	if err := j.find(input, b); err != nil {
		return err
	}
	j.pairs.from(input, j.node.Inputs()[1-input].Schema())
	for from := 0; from < b.Len; {
		to := j.gather(input, b, from)
		if err := j.pairs.choose(j.condition, input, b); err != nil {
			return err
		}
		for i, matches := range j.pairs.each(from, to) {
			j.row(input, b, i, matches)
		}
		if err := j.emit(input, b, out); err != nil {
			return err
		}
		from = to
	}
	j.forget()
	return nil
}

func (j *intervalJoin) find(input int, b *rows.Batch) error {
	s := &j.sides[input]
	cols := columnsAt(b.Cols, s.keys)
	j.keys[input].Encode(cols, b.Len)
	j.slots, j.unequal = sized(j.slots, b.Len), sized(j.unequal, b.Len)
	for i := range b.Len {
		if !j.node.ProcTime && b.Cols[s.column].Null(i) {
			return errNoRowTime
		}
		j.slots[i], _ = j.index.Put(j.keys[input], i)
		j.unequal[i] = slices.ContainsFunc(cols, func(c *rows.Column) bool { return c.Null(i) })
	}
	j.grow()
	return nil
}

func (j *intervalJoin) grow() {
	for side := range j.sides {
		j.sides[side].lists.Grow(j.index.Slots())
		j.sides[side].cleanUp.Grow(j.index.Slots())
	}
}

func (j *intervalJoin) timeOf(input int, b *rows.Batch, i int) int64 {
	if j.node.ProcTime {
		return j.clock()
	}
	return millis(b.Cols[j.sides[input].column], i)
}

// bounds are the times of the other side's rows that a row meets.
func (j *intervalJoin) bounds(input int, at int64) (from, to int64) {
	return at - j.sides[1-input].reach, at + j.sides[input].reach
}

// gather collects the rows of the other side whose times are close enough.
func (j *intervalJoin) gather(input int, b *rows.Batch, from int) int {
	other, p := &j.sides[1-input], &j.pairs
	p.rows, p.refs = p.rows[:0], p.refs[:0]
	p.writer.Clear()
	for i := from; i < b.Len; i++ {
		if len(p.refs) >= pairsAt {
			return i
		}
		if j.unequal[i] {
			continue
		}
		first, last := j.bounds(input, j.timeOf(input, b, i))
		all := other.all(j.slots[i])
		for k := other.from(all, first); k < len(all) && other.time(all[k]) <= last; k++ {
			p.rows, p.refs = append(p.rows, int32(i)), append(p.refs, all[k])
			p.writer.AppendRow(&other.codec, other.rowOf(all[k]))
			p.writer.Row()
		}
	}
	return b.Len
}

// row emits the pairs of a row, lets go of what it shows to be old, and keeps it as long as it may meet others.
func (j *intervalJoin) row(input int, b *rows.Batch, i int, matches []int32) {
	own, other := &j.sides[input], &j.sides[1-input]
	at := j.timeOf(input, b, i)
	_, last := j.bounds(input, at)
	emitted := false
	if other.expired < last {
		other.expired = expiry64(j.clock(), other.reach)
		matches = j.passOld(input, i, matches, &emitted)
		for _, m := range matches {
			j.match(input, i, m, &emitted)
		}
	}
	switch {
	case j.clock() < last:
		mark := byte(0)
		if emitted {
			mark = marked
		}
		own.sorted(j.slots[i], own.keep(at, b.Change(i), mark, b, i))
		if !own.cleanUp.Get(j.slots[i]).set {
			j.setAlarm(input, j.slots[i], at)
		}
	case !emitted && own.outer:
		j.give(rows.Insert, int32(i), -1)
	}
}

func (j *intervalJoin) match(input, i int, m int32, emitted *bool) {
	other, ref := &j.sides[1-input], j.pairs.refs[m]
	if other.has(ref, removed) {
		return
	}
	j.give(rows.Insert, int32(i), m)
	other.mark(ref, marked)
	*emitted = true
}

// passOld lets go of the other side's old rows of a key, after they have met the row that passes by.
func (j *intervalJoin) passOld(input, i int, matches []int32, emitted *bool) []int32 {
	other, slot := &j.sides[1-input], j.slots[i]
	all := other.all(slot)
	n := 0
	for ; n < len(all) && other.time(all[n]) <= other.expired; n++ {
		if len(matches) > 0 && j.pairs.refs[matches[0]] == all[n] {
			j.match(input, i, matches[0], emitted)
			matches = matches[1:]
		}
		if other.outer && !other.has(all[n], marked) {
			j.pad(1-input, all[n])
		}
		other.mark(all[n], removed)
		j.garbage[1-input] = append(j.garbage[1-input], all[n])
	}
	if n > 0 {
		other.lists.At(slot).Cut(&other.slab, n)
	}
	return matches
}

// setAlarm says when rows of a side's key are to be looked through: when the earliest has been old for half an interval.
func (j *intervalJoin) setAlarm(side int, slot int32, at int64) {
	s := &j.sides[side]
	at += s.reach + (j.sides[0].reach+j.sides[1].reach)/2 + 1
	s.cleanUp.Set(slot, alarm{at, true})
	j.timers.Add(at, slot)
}

// Advance lets go of rows that are old by the watermark.
func (j *intervalJoin) Advance(watermark int64, out stream.Output) error {
	if j.node.ProcTime {
		return nil
	}
	return j.ring(watermark, out)
}

// Tick lets go of rows by the clock.
func (j *intervalJoin) Tick(now time.Time, out stream.Output) error {
	if !j.node.ProcTime {
		return nil
	}
	return j.ring(now.UnixMilli(), out)
}

func (j *intervalJoin) ring(now int64, out stream.Output) error {
	j.now = max(j.now, now)
	for {
		at, slot, due := j.timers.Pop(j.now)
		if !due {
			break
		}
		if !j.index.Live(slot) {
			continue
		}
		for _, side := range []int{1, 0} {
			if j.sides[side].cleanUp.Get(slot) == (alarm{at, true}) {
				j.lookThrough(side, slot)
			}
		}
		j.release(slot)
		if err := j.flush(emitAt, out); err != nil {
			return err
		}
	}
	return j.flush(1, out)
}

// lookThrough lets go of the old rows of a key, and sets the alarm for the next.
func (j *intervalJoin) lookThrough(side int, slot int32) {
	s := &j.sides[side]
	s.expired = expiry64(j.clock(), s.reach)
	all := s.all(slot)
	n := 0
	for ; n < len(all) && s.time(all[n]) <= s.expired; n++ {
		if s.outer && !s.has(all[n], marked) {
			j.pad(side, all[n])
		}
		s.slab.Free(all[n])
	}
	s.cleanUp.Set(slot, alarm{})
	if n < len(all) {
		j.setAlarm(side, slot, s.time(all[n]))
	}
	if n > 0 {
		s.lists.At(slot).Cut(&s.slab, n)
	}
}

func (j *intervalJoin) release(slot int32) {
	for side := range j.sides {
		if j.sides[side].lists.At(slot).Len() > 0 || j.sides[side].cleanUp.Get(slot).set {
			return
		}
	}
	j.index.Delete(slot)
}

// forget frees what was let go of during a batch.
func (j *intervalJoin) forget() {
	for side := range j.garbage {
		for _, ref := range j.garbage[side] {
			j.sides[side].slab.Free(ref)
		}
		j.garbage[side] = j.garbage[side][:0]
	}
	for _, slot := range j.slots {
		if j.index.Live(slot) {
			j.release(slot)
		}
	}
}
