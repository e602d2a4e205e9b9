package operators

import (
	"io"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// temporalJoin gives each row of the left side the version of the right side that was valid at its time, once the
// watermark says that both are known. Of the right side it keeps the newest version, and those that a row may still ask
// for; of two versions with the same time the later one holds (Flink's TemporalRowTimeJoinOperator).
type temporalJoin struct {
	node      *plan.TemporalJoin
	keys      [2]*state.Keys
	index     *state.Index
	sides     [2]timedRows // the left in order of arrival, the right by time
	condition program
	now       int64
	timers    state.Timers
	alarms    state.Paged[waitingTimer] // by key: that of its first row that waits

	left, right *state.Writer
	changes     []rows.Change
	versions    []int32 // of each left row: its place in right, -1 for none
}

// waitingTimer is the timer that counts for a key; 0 for none.
type waitingTimer struct {
	at     int64
	number uint64
}

func newTemporalJoin(n *plan.TemporalJoin, cfg stream.Config) (*temporalJoin, error) {
	left, right := n.LeftInput.Schema(), n.RightInput.Schema()
	types := append([]rows.Type{rows.BooleanType}, typesAt(left, n.LeftKeys)...)
	j := &temporalJoin{
		node: n, now: stream.MinWatermark, index: state.NewIndex(types), left: state.NewWriter(typesOf(left)), right: state.NewWriter(typesOf(right)),
		keys: [2]*state.Keys{state.NewKeys(types), state.NewKeys(types)},
	}
	j.sides[0].codec, j.sides[1].codec = state.NewCodec(typesOf(left)), state.NewCodec(typesOf(right))
	if n.Condition == nil {
		return j, nil
	}
	condition, err := compile(n.Condition, cfg.Env)
	j.condition = condition
	return j, err
}

// Process keeps rows until their time has come.
func (j *temporalJoin) Process(input int, b *rows.Batch, _ stream.Output) error {
	columns, column := j.node.LeftKeys, j.node.LeftTime
	if input == 1 {
		columns, column = j.node.RightKeys, j.node.RightTime
	}
	cols := columnsAt(b.Cols, columns)
	unequal := rows.NewColumn(rows.BooleanType, b.Len)
	for i := range b.Len {
		unequal.Bools[i] = slices.ContainsFunc(cols, func(c *rows.Column) bool { return c.Null(i) })
	}
	j.keys[input].Encode(append([]*rows.Column{unequal}, cols...), b.Len)
	for i := range b.Len {
		if b.Cols[column].Null(i) {
			return errNoRowTime
		}
		if unequal.Bools[i] && (input == 1 || j.node.Kind == plan.Inner) {
			continue
		}
		slot, _ := j.index.Put(j.keys[input], i)
		j.grow()
		at := millis(b.Cols[column], i)
		ref := j.sides[input].keep(at, b.Change(i), 0, b, i)
		if input == 0 {
			j.sides[0].append(slot, ref)
		} else {
			j.version(slot, at, ref)
		}
		if a := j.alarms.At(slot); a.number == 0 || at < a.at {
			*a = waitingTimer{at, j.timers.Add(at, slot)}
		}
	}
	return nil
}

func (j *temporalJoin) grow() {
	j.sides[0].lists.Grow(j.index.Slots())
	j.sides[1].lists.Grow(j.index.Slots())
	j.alarms.Grow(j.index.Slots())
}

// version keeps a version of the right side, in place of another of the same time.
func (j *temporalJoin) version(slot int32, at int64, ref state.Ref) {
	side := &j.sides[1]
	all := side.all(slot)
	if k := side.from(all, at); k < len(all) && side.time(all[k]) == at {
		side.slab.Free(all[k])
		all[k] = ref
		return
	}
	side.sorted(slot, ref)
}

// Advance joins the left rows of the time up to the watermark.
func (j *temporalJoin) Advance(watermark int64, out stream.Output) error {
	j.now = max(j.now, watermark)
	for {
		number := j.timers.First()
		_, slot, due := j.timers.Pop(j.now)
		if !due {
			return j.emit(out)
		}
		if !j.index.Live(slot) || j.alarms.Get(slot).number != number {
			continue
		}
		j.settle(slot)
		if j.left.Len() >= emitAt {
			if err := j.emit(out); err != nil {
				return err
			}
		}
	}
}

// settle joins the left rows of a key whose time has come, forgets the versions before the newest of that time, and sets
// the alarm for the rows that still wait.
func (j *temporalJoin) settle(slot int32) {
	left, right := &j.sides[0], &j.sides[1]
	j.alarms.Set(slot, waitingTimer{})
	next := stream.MaxWatermark
	list := left.lists.At(slot)
	all := list.All(&left.slab)
	waiting := all[:0]
	versions := right.all(slot)
	for _, ref := range all {
		if at := left.time(ref); at > j.now {
			waiting = append(waiting, ref)
			next = min(next, at)
			continue
		}
		j.pair(ref, versions)
		left.slab.Free(ref)
	}
	if gone := len(all) - len(waiting); gone > 0 {
		copy(all[gone:], waiting)
		list.Cut(&left.slab, gone)
	}
	if len(waiting) > 0 {
		j.alarms.Set(slot, waitingTimer{next, j.timers.Add(next, slot)})
	}
	j.forget(slot, versions)
}

func (j *temporalJoin) pair(ref state.Ref, versions []state.Ref) {
	left, right := &j.sides[0], &j.sides[1]
	place := int32(-1)
	if k := right.after(versions, left.time(ref)) - 1; k >= 0 && right.change(versions[k]).Adds() {
		place = int32(j.right.Len())
		j.right.AppendRow(&right.codec, right.rowOf(versions[k]))
		j.right.Row()
	}
	j.left.AppendRow(&left.codec, left.rowOf(ref))
	j.left.Row()
	j.changes = append(j.changes, left.change(ref))
	j.versions = append(j.versions, place)
}

// after is the place of the first row later than a time.
func (t *timedRows) after(all []state.Ref, at int64) int {
	k := t.from(all, at)
	for k < len(all) && t.time(all[k]) == at {
		k++
	}
	return k
}

func (j *temporalJoin) forget(slot int32, versions []state.Ref) {
	right := &j.sides[1]
	old := max(0, right.after(versions, j.now)-1)
	for _, ref := range versions[:old] {
		right.slab.Free(ref)
	}
	if old > 0 {
		right.lists.At(slot).Cut(&right.slab, old)
	}
	if right.lists.At(slot).Len() == 0 && j.sides[0].lists.At(slot).Len() == 0 {
		j.index.Delete(slot)
	}
}

// emit gives the left rows that were joined; without a version, or one that the condition accepts, with NULLs if the
// join is LEFT.
func (j *temporalJoin) emit(out stream.Output) error {
	n := j.left.Len()
	if n == 0 {
		return nil
	}
	left, right := j.left.Take(), j.right.Take()
	changes, versions := j.changes, j.versions
	j.changes, j.versions = j.changes[:0], j.versions[:0]
	if err := j.check(left, right, versions); err != nil {
		return err
	}
	b := &rows.Batch{Len: n, Cols: append(slices.Clone(left), taken(right, versions)...), Changes: slices.Clone(changes)}
	if j.node.Kind == plan.Left {
		return emit(n, b.Cols, changes, out)
	}
	var sel []int32
	for i, place := range versions {
		if place >= 0 {
			sel = append(sel, int32(i))
		}
	}
	b = b.Take(sel)
	return emit(b.Len, b.Cols, b.Changes, out)
}

// check takes the version from rows for which the condition is not true.
func (j *temporalJoin) check(left, right []*rows.Column, versions []int32) error {
	if j.condition == nil {
		return nil
	}
	var with []int32
	for i, place := range versions {
		if place >= 0 {
			with = append(with, int32(i))
		}
	}
	pairs := &rows.Batch{Len: len(with), Cols: append((&rows.Batch{Cols: left}).Take(with).Cols, right...)}
	keep, err := j.condition.Select(pairs)
	if err != nil {
		return err
	}
	for place, i := range with {
		if len(keep) > 0 && keep[0] == int32(place) {
			keep = keep[1:]
		} else {
			versions[i] = -1
		}
	}
	return nil
}

// Save writes the rows that wait and the versions.
func (j *temporalJoin) Save(w io.Writer) error {
	s := state.NewSaver(w, "TemporalJoin")
	s.Int(j.now)
	j.index.Save(s)
	for slot := range j.index.All() {
		j.sides[0].save(s, slot)
		j.sides[1].save(s, slot)
	}
	j.timers.Save(s, j.index, func(_ int64, slot int32, number uint64) bool { return j.alarms.Get(slot).number == number })
	return s.Close()
}

// Load reads what Save wrote.
func (j *temporalJoin) Load(r io.Reader) error {
	l := state.NewLoader(r, "TemporalJoin")
	j.now = max(j.now, l.Int())
	j.index.Load(l)
	j.grow()
	for slot := range j.index.Loaded() {
		j.sides[0].load(l, slot)
		j.sides[1].load(l, slot)
	}
	j.timers.Load(l, j.index, func(at int64, slot int32, number uint64) { j.alarms.Set(slot, waitingTimer{at, number}) })
	return l.Err()
}
