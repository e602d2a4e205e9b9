package rows

import "fmt"

// Change is what a row does to the table that a stream stands for (Flink's RowKind).
type Change uint8

// The changes, in Flink's order.
const (
	Insert       Change = iota // +I
	UpdateBefore               // -U: takes back the row that an update replaces
	UpdateAfter                // +U
	Delete                     // -D
)

// String gives Flink's short form.
func (c Change) String() string { return [...]string{"+I", "-U", "+U", "-D"}[c] }

// Adds reports whether the change brings a row, rather than taking one back.
func (c Change) Adds() bool { return c == Insert || c == UpdateAfter }

// Pair is one entry of a MAP or a MULTISET.
type Pair struct{ Key, Value any }

// Entries is the boxed value of a MAP (or a MULTISET, element to count), in the order in which they were put in.
type Entries []Pair

// Column is the values of one column. Which slice holds them, the type's layout says; the others are nil. A row that
// is NULL has true in Nulls, and any value beside it. Nulls is nil where no row is NULL.
//
// A column is not changed once it has been handed on: operators share columns between batches. Strings may point into
// larger memory: whoever keeps one beyond the batch clones it.
//
// A value on its own, boxed, is: nil, bool, int64, float64, Num, string, []any, Entries.
type Column struct {
	Type     Type
	Nulls    []bool
	Bools    []bool
	Ints     []int64
	Floats   []float64
	Decimals []Num
	Strings  []string
	Boxed    []any
}

// NewColumn makes a column of n values, all zero and none of them NULL.
func NewColumn(t Type, n int) *Column {
	c := &Column{Type: t}
	c.Resize(n)
	return c
}

// Resize sets the number of values. Values that come in new are zero, or what an earlier, longer use left there.
func (c *Column) Resize(n int) {
	switch c.Type.Kind.Layout() {
	case BoolLayout:
		c.Bools = sized(c.Bools, n)
	case IntLayout:
		c.Ints = sized(c.Ints, n)
	case FloatLayout:
		c.Floats = sized(c.Floats, n)
	case DecimalLayout:
		c.Decimals = sized(c.Decimals, n)
	case StringLayout:
		c.Strings = sized(c.Strings, n)
	case BoxedLayout:
		c.Boxed = sized(c.Boxed, n)
	}
	if c.Nulls != nil || c.Type.Kind.Layout() == NoLayout {
		c.Nulls = sized(c.Nulls, n)
	}
}

func sized[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	grown := make([]T, n, max(n, 2*cap(s)))
	copy(grown, s)
	return grown
}

// Null reports whether row i is NULL.
func (c *Column) Null(i int) bool {
	return c.Nulls != nil && c.Nulls[i] || c.Type.Kind == Null
}

// SetNull makes row i NULL; n is the column's length.
func (c *Column) SetNull(i, n int) {
	if c.Nulls == nil {
		c.Nulls = make([]bool, n)
	}
	c.Nulls[i] = true
}

// Len is the number of values.
func (c *Column) Len() int {
	switch c.Type.Kind.Layout() {
	case BoolLayout:
		return len(c.Bools)
	case IntLayout:
		return len(c.Ints)
	case FloatLayout:
		return len(c.Floats)
	case DecimalLayout:
		return len(c.Decimals)
	case StringLayout:
		return len(c.Strings)
	case BoxedLayout:
		return len(c.Boxed)
	}
	return len(c.Nulls)
}

// Value boxes row i: nil where it is NULL.
func (c *Column) Value(i int) any {
	if c.Null(i) {
		return nil
	}
	switch c.Type.Kind.Layout() {
	case BoolLayout:
		return c.Bools[i]
	case IntLayout:
		return c.Ints[i]
	case FloatLayout:
		return c.Floats[i]
	case DecimalLayout:
		return c.Decimals[i]
	case StringLayout:
		return c.Strings[i]
	case BoxedLayout:
		return c.Boxed[i]
	}
	return nil
}

// Append adds one boxed value, of the representation that the column's type has.
func (c *Column) Append(v any) {
	n := c.Len()
	if v == nil {
		c.Resize(n + 1)
		c.SetNull(n, n+1)
		return
	}
	switch c.Type.Kind.Layout() {
	case BoolLayout:
		c.Bools = append(c.Bools, as[bool](v))
	case IntLayout:
		c.Ints = append(c.Ints, as[int64](v))
	case FloatLayout:
		c.Floats = append(c.Floats, as[float64](v))
	case DecimalLayout:
		c.Decimals = append(c.Decimals, as[Num](v))
	case StringLayout:
		c.Strings = append(c.Strings, as[string](v))
	case BoxedLayout:
		c.Boxed = append(c.Boxed, v)
	}
	if c.Nulls != nil {
		c.Nulls = append(c.Nulls, false)
	}
}

// as unboxes a value; one of another representation is a fault of the caller.
func as[T any](v any) T {
	t, ok := v.(T)
	if !ok {
		panic(fmt.Sprintf("rows: a %T stands where a %T belongs", v, t))
	}
	return t
}

// AppendFrom adds row i of another column of the same layout.
func (c *Column) AppendFrom(from *Column, i int) {
	if from.Null(i) {
		c.Append(nil)
		return
	}
	switch c.Type.Kind.Layout() {
	case BoolLayout:
		c.Bools = append(c.Bools, from.Bools[i])
	case IntLayout:
		c.Ints = append(c.Ints, from.Ints[i])
	case FloatLayout:
		c.Floats = append(c.Floats, from.Floats[i])
	case DecimalLayout:
		c.Decimals = append(c.Decimals, from.Decimals[i])
	case StringLayout:
		c.Strings = append(c.Strings, from.Strings[i])
	case BoxedLayout:
		c.Boxed = append(c.Boxed, from.Boxed[i])
	default:
		c.Nulls = append(c.Nulls, true)
		return
	}
	if c.Nulls != nil {
		c.Nulls = append(c.Nulls, false)
	}
}

// Take gives the rows at the places of sel, in that order.
func (c *Column) Take(sel []int32) *Column {
	out := &Column{Type: c.Type}
	switch c.Type.Kind.Layout() {
	case BoolLayout:
		out.Bools = taken(c.Bools, sel)
	case IntLayout:
		out.Ints = taken(c.Ints, sel)
	case FloatLayout:
		out.Floats = taken(c.Floats, sel)
	case DecimalLayout:
		out.Decimals = taken(c.Decimals, sel)
	case StringLayout:
		out.Strings = taken(c.Strings, sel)
	case BoxedLayout:
		out.Boxed = taken(c.Boxed, sel)
	}
	if c.Nulls != nil {
		out.Nulls = taken(c.Nulls, sel)
	}
	return out
}

func taken[T any](from []T, sel []int32) []T {
	out := make([]T, len(sel))
	for i, at := range sel {
		out[i] = from[at]
	}
	return out
}

// Slice gives the rows from (inclusive) to (exclusive), sharing memory.
func (c *Column) Slice(from, to int) *Column {
	return &Column{
		Type: c.Type, Nulls: part(c.Nulls, from, to), Bools: part(c.Bools, from, to), Ints: part(c.Ints, from, to), Floats: part(c.Floats, from, to),
		Decimals: part(c.Decimals, from, to), Strings: part(c.Strings, from, to), Boxed: part(c.Boxed, from, to),
	}
}

func part[T any](s []T, from, to int) []T {
	if s == nil {
		return nil
	}
	return s[from:to]
}

// Batch is some rows of a stream, in order. Changes is nil where every row is an insert. A batch is not changed once
// it has been handed on.
type Batch struct {
	Len     int
	Cols    []*Column
	Changes []Change
}

// BatchSize is how many rows a source puts into a batch at most.
const BatchSize = 1024

// Change tells what row i does.
func (b *Batch) Change(i int) Change {
	if b.Changes == nil {
		return Insert
	}
	return b.Changes[i]
}

// Take gives the rows at the places of sel, in that order.
func (b *Batch) Take(sel []int32) *Batch {
	out := &Batch{Len: len(sel), Cols: make([]*Column, len(b.Cols))}
	for i, c := range b.Cols {
		out.Cols[i] = c.Take(sel)
	}
	if b.Changes != nil {
		out.Changes = taken(b.Changes, sel)
	}
	return out
}

// Slice gives the rows from (inclusive) to (exclusive), sharing memory.
func (b *Batch) Slice(from, to int) *Batch {
	out := &Batch{Len: to - from, Cols: make([]*Column, len(b.Cols)), Changes: part(b.Changes, from, to)}
	for i, c := range b.Cols {
		out.Cols[i] = c.Slice(from, to)
	}
	return out
}

// Row boxes row i.
func (b *Batch) Row(i int) []any {
	row := make([]any, len(b.Cols))
	for j, c := range b.Cols {
		row[j] = c.Value(i)
	}
	return row
}

// Builder puts rows together into a batch.
type Builder struct {
	Cols    []*Column
	Changes []Change
}

// NewBuilder makes a builder of batches with columns of these types.
func NewBuilder(types []Type) *Builder {
	b := &Builder{Cols: make([]*Column, len(types))}
	for i, t := range types {
		b.Cols[i] = &Column{Type: t}
	}
	return b
}

// Append adds a row of boxed values.
func (b *Builder) Append(change Change, row []any) {
	for i, c := range b.Cols {
		c.Append(row[i])
	}
	b.Changes = append(b.Changes, change)
}

// AppendFrom adds row i of a batch, its columns in the order of the builder's.
func (b *Builder) AppendFrom(change Change, from []*Column, i int) {
	for j, c := range b.Cols {
		c.AppendFrom(from[j], i)
	}
	b.Changes = append(b.Changes, change)
}

// Len is the number of rows so far.
func (b *Builder) Len() int { return len(b.Changes) }

// Batch gives what was put together, and starts anew.
func (b *Builder) Batch() *Batch {
	out := &Batch{Len: len(b.Changes), Cols: b.Cols, Changes: b.Changes}
	fresh := make([]*Column, len(b.Cols))
	for i, c := range b.Cols {
		fresh[i] = &Column{Type: c.Type}
	}
	b.Cols, b.Changes = fresh, nil
	if !anyButInsert(out.Changes) {
		out.Changes = nil
	}
	return out
}

func anyButInsert(changes []Change) bool {
	for _, c := range changes {
		if c != Insert {
			return true
		}
	}
	return false
}
