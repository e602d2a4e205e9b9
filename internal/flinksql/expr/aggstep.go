package expr

import "github.com/weftmesh/weft/internal/rows"

// Stepper is an accumulator that tells the results along the way of many rows at once: of the group of each row, before
// that row and after it. A group may come any number of times.
type Stepper interface {
	// Step handles rows as Add does, and sets their results in two columns that are as long and have no NULLs yet.
	Step(s *Steps, before, after *rows.Column)
}

// Steps are rows on their way to their groups, in order.
type Steps struct {
	Slots   []int32        // below 0: the row has no group, and no results
	Args    []*rows.Column // as long as Slots
	Changes []rows.Change  // nil: all inserts
	Skip    []bool         // rows that are left out; nil for none
	Ends    []bool         // rows that end their groups: the slots are empty after them; nil for none
}

func (s *Steps) ends(i int) bool { return s.Ends != nil && s.Ends[i] }

// plain reports whether every row has a group, is added, and ends none.
func (s *Steps) plain() bool { return s.Changes == nil && s.Ends == nil }

// stepping takes rows one by one: what an accumulator does with a row, and where it puts a slot's result.
func stepping(s *Steps, a Accumulator, before, after *rows.Column, add func(slot int32, i int), put func(slot int32, to *rows.Column, i int)) {
	for i, slot := range s.Slots {
		if slot < 0 {
			continue
		}
		put(slot, before, i)
		if !left(s.Args, s.Skip, i) {
			add(slot, i)
		}
		put(slot, after, i)
		if s.ends(i) {
			a.Clear(slot)
		}
	}
}

// Step handles rows as Stepper says.
func (a *count) Step(s *Steps, before, after *rows.Column) {
	b, e := before.Ints[:len(s.Slots)], after.Ints[:len(s.Slots)]
	if s.plain() && (len(s.Args) == 0 || s.Args[0].Type.Kind != rows.Null) {
		a.stepPlain(s, b, e)
		return
	}
	for i, slot := range s.Slots {
		if slot < 0 {
			continue
		}
		n := a.n[slot]
		b[i] = n
		if !left(s.Args, s.Skip, i) {
			n += sign(s.Changes, i)
		}
		e[i] = n
		if s.ends(i) {
			n = 0
		}
		a.n[slot] = n
	}
}

// stepPlain is Step of rows that are only added.
func (a *count) stepPlain(s *Steps, before, after []int64) {
	var nulls []bool
	if len(s.Args) > 0 {
		nulls = s.Args[0].Nulls
	}
	skip := s.Skip
	for i, slot := range s.Slots {
		if slot < 0 {
			continue
		}
		n, more := a.n[slot], int64(1)
		if skip != nil && skip[i] || nulls != nil && nulls[i] {
			more = 0
		}
		before[i], after[i], a.n[slot] = n, n+more, n+more
	}
}

// Step handles rows as Stepper says.
func (a *total[T]) Step(s *Steps, before, after *rows.Column) {
	values := a.column(s.Args[0])
	stepping(s, a, before, after, func(slot int32, i int) {
		by := sign(s.Changes, i)
		a.sum[slot] = a.add(a.sum[slot], values[i], by)
		a.n[slot] += by
	}, a.put)
}

// Step handles rows as Stepper says.
func (a *decimalTotal) Step(s *Steps, before, after *rows.Column) {
	values := s.Args[0].Decimals
	stepping(s, a, before, after, func(slot int32, i int) { a.count(slot, values[i], sign(s.Changes, i)) }, a.put)
}

// Step handles rows as Stepper says.
func (a *best[T]) Step(s *Steps, before, after *rows.Column) {
	arg := s.Args[0]
	stepping(s, a, before, after, func(slot int32, i int) { a.offer(slot, a.at(arg, i)) }, a.put)
}

// Step handles rows as Stepper says.
func (a *bags[T]) Step(s *Steps, before, after *rows.Column) {
	arg := s.Args[0]
	stepping(s, a, before, after, func(slot int32, i int) { a.count(&a.slots[slot], a.at(arg, i), sign(s.Changes, i)) }, a.put)
}

// Step handles rows as Stepper says.
func (a *held) Step(s *Steps, before, after *rows.Column) {
	arg := s.Args[0]
	stepping(s, a, before, after, func(slot int32, i int) { a.offer(slot, arg, i) }, a.put)
}

// The results of slots go into columns at a place, by type and without a box.

func setInt(out *rows.Column, i int, v int64) {
	out.Ints[i] = v
	setNotNull(out, i)
}

func setFloat(out *rows.Column, i int, v float64) {
	out.Floats[i] = v
	setNotNull(out, i)
}

func setNum(out *rows.Column, i int, v rows.Num) {
	out.Decimals[i] = v
	setNotNull(out, i)
}

func setText(out *rows.Column, i int, v string) {
	out.Strings[i] = v
	setNotNull(out, i)
}

func setBool(out *rows.Column, i int, v bool) {
	out.Bools[i] = v
	setNotNull(out, i)
}

func setNotNull(out *rows.Column, i int) {
	if out.Nulls != nil {
		out.Nulls[i] = false
	}
}

func setNull(out *rows.Column, i int) { out.SetNull(i, out.Len()) }

// appending puts the results of slots behind what a column has.
func appending(slots []int32, out *rows.Column, put func(slot int32, to *rows.Column, i int)) error {
	from := out.Len()
	out.Resize(from + len(slots))
	for i, slot := range slots {
		put(slot, out, from+i)
	}
	return nil
}
