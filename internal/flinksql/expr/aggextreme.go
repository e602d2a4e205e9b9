package expr

import (
	"cmp"
	"encoding/binary"
	"math"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

func extremes() []*Aggregate {
	extreme := func(name string, greatest bool) *Aggregate {
		return &Aggregate{
			Name: name,
			Infer: oneOf(name, "a value that has an order", func(t rows.Type) bool {
				return t.Kind.Layout() != rows.BoxedLayout && t.Kind.Layout() != rows.NoLayout && !t.Kind.IsBytes() && !isInterval(t)
			}, sameType),
			New: func(args []rows.Type, _ rows.Type, retract bool) Accumulator {
				return newExtreme(args[0], greatest, retract)
			},
		}
	}
	return []*Aggregate{extreme("MIN", false), extreme("MAX", true)}
}

// newExtreme picks values that Go orders: BOOLEAN and DOUBLE are kept as whole numbers in the same order.
func newExtreme(of rows.Type, greatest, retract bool) Accumulator {
	switch of.Kind.Layout() {
	case rows.StringLayout:
		return extremeOf(source[string]{at: func(c *rows.Column, i int) string { return c.Strings[i] }, keep: strings.Clone, set: setText}, cmp.Compare[string], greatest, retract)
	case rows.DecimalLayout:
		return extremeOf(source[rows.Num]{at: func(c *rows.Column, i int) rows.Num { return c.Decimals[i] }, set: setNum}, rows.Num.Cmp, greatest, retract)
	case rows.FloatLayout:
		return extremeOf(source[int64]{at: func(c *rows.Column, i int) int64 { return sortable(c.Floats[i]) }, set: func(out *rows.Column, i int, v int64) { setFloat(out, i, unsortable(v)) }}, cmp.Compare[int64], greatest, retract)
	case rows.BoolLayout:
		return extremeOf(source[int64]{at: func(c *rows.Column, i int) int64 { return asInt(c.Bools[i]) }, set: func(out *rows.Column, i int, v int64) { setBool(out, i, v == 1) }}, cmp.Compare[int64], greatest, retract)
	}
	return extremeOf(source[int64]{at: func(c *rows.Column, i int) int64 { return c.Ints[i] }, set: setInt}, cmp.Compare[int64], greatest, retract)
}

// sortable gives a whole number for each float, in the same order; NaN is the greatest.
func sortable(f float64) int64 {
	if f != f { // NaN alone differs from itself
		return math.MaxInt64
	}
	bits := int64(math.Float64bits(f + 0)) // -0.0 + 0 is 0.0
	if bits < 0 {
		return math.MinInt64 - bits
	}
	return bits
}

func unsortable(v int64) float64 {
	switch {
	case v == math.MaxInt64:
		return math.NaN()
	case v < 0:
		return math.Float64frombits(uint64(math.MinInt64 - v))
	}
	return math.Float64frombits(uint64(v))
}

func asInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// source tells how values of a column are read, kept beyond the batch, and put into a column again.
type source[T comparable] struct {
	at   func(c *rows.Column, i int) T
	keep func(T) T // nil: as it is
	set  func(out *rows.Column, i int, v T)
}

func (s *source[T]) kept(v T) T {
	if s.keep == nil {
		return v
	}
	return s.keep(v)
}

func extremeOf[T comparable](s source[T], order func(a, b T) int, greatest, retract bool) Accumulator {
	first := func(a, b T) bool { return order(a, b) < 0 }
	if greatest {
		first = func(a, b T) bool { return order(a, b) > 0 }
	}
	if retract {
		return &bags[T]{source: s, first: first}
	}
	return &best[T]{source: s, first: first}
}

// best is MIN or MAX of values that are only added.
type best[T comparable] struct {
	source[T]
	first  func(a, b T) bool
	values []T
	has    []bool
}

func (a *best[T]) Grow(n int) { a.values, a.has = grown(a.values, n), grown(a.has, n) }

func (a *best[T]) Add(slots []int32, args []*rows.Column, _ []rows.Change, skip []bool) error {
	for i, slot := range slots {
		if left(args, skip, i) {
			continue
		}
		a.offer(slot, a.at(args[0], i))
	}
	return nil
}

func (a *best[T]) offer(slot int32, v T) {
	if !a.has[slot] || a.first(v, a.values[slot]) {
		a.values[slot], a.has[slot] = a.kept(v), true
	}
}

func (a *best[T]) Merge(into, from int32) error {
	if a.has[from] && (!a.has[into] || a.first(a.values[from], a.values[into])) {
		a.values[into], a.has[into] = a.values[from], true
	}
	return nil
}

func (a *best[T]) Clear(slot int32) {
	var none T
	a.values[slot], a.has[slot] = none, false
}

func (a *best[T]) Values(slots []int32, out *rows.Column) error {
	return appending(slots, out, a.put)
}

func (a *best[T]) put(slot int32, out *rows.Column, i int) {
	if a.has[slot] {
		a.set(out, i, a.values[slot])
	} else {
		setNull(out, i)
	}
}

func (a *best[T]) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		if a.has[slot] {
			to = rows.AppendValue(to, a.values[slot])
		} else {
			to = rows.AppendValue(to, nil)
		}
	}
	return to
}

func (a *best[T]) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		v, rest, err := rows.ReadValue(from)
		if err != nil {
			return nil, err
		}
		a.values[slot], a.has[slot] = v.(T) // NULL is no T: the slot is empty
		from = rest
	}
	return from, nil
}

// bags is MIN or MAX of values that may be taken back: how often each value is there, and a heap of candidates, from whose
// top those that are gone are dropped when it is looked at.
type bags[T comparable] struct {
	source[T]
	first func(a, b T) bool
	slots []bag[T]
}

type bag[T comparable] struct {
	counts map[T]int64 // without those whose count is 0; below 0 is a value taken back before it came
	heap   []T
	queued map[T]struct{}
}

func (a *bags[T]) Grow(n int) { a.slots = grown(a.slots, n) }

func (a *bags[T]) Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error {
	for i, slot := range slots {
		if !left(args, skip, i) {
			a.count(&a.slots[slot], a.at(args[0], i), sign(changes, i))
		}
	}
	return nil
}

func (a *bags[T]) count(b *bag[T], v T, by int64) {
	if b.counts == nil {
		b.counts, b.queued = map[T]int64{}, map[T]struct{}{}
	}
	n, known := b.counts[v]
	if !known {
		v = a.kept(v)
	}
	if n+by == 0 {
		delete(b.counts, v)
		return
	}
	b.counts[v] = n + by
	if n+by <= 0 {
		return
	}
	if _, waits := b.queued[v]; !waits {
		b.queued[v] = struct{}{}
		b.heap = append(b.heap, v)
		a.up(b.heap, len(b.heap)-1)
	}
}

func (a *bags[T]) up(heap []T, i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !a.first(heap[i], heap[parent]) {
			return
		}
		heap[i], heap[parent] = heap[parent], heap[i]
		i = parent
	}
}

func (a *bags[T]) down(heap []T) {
	for i := 0; ; {
		next := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(heap) && a.first(heap[child], heap[next]) {
				next = child
			}
		}
		if next == i {
			return
		}
		heap[i], heap[next] = heap[next], heap[i]
		i = next
	}
}

// top gives the first value that is still there.
func (a *bags[T]) top(b *bag[T]) (v T, ok bool) {
	for len(b.heap) > 0 {
		if v = b.heap[0]; b.counts[v] > 0 {
			return v, true
		}
		delete(b.queued, v)
		last := len(b.heap) - 1
		b.heap[0] = b.heap[last]
		b.heap = b.heap[:last]
		a.down(b.heap)
	}
	return v, false
}

func (a *bags[T]) Merge(into, from int32) error {
	for v, n := range a.slots[from].counts {
		a.count(&a.slots[into], v, n)
	}
	return nil
}

func (a *bags[T]) Clear(slot int32) { a.slots[slot] = bag[T]{} }

func (a *bags[T]) Values(slots []int32, out *rows.Column) error {
	return appending(slots, out, a.put)
}

func (a *bags[T]) put(slot int32, out *rows.Column, i int) {
	if v, ok := a.top(&a.slots[slot]); ok {
		a.set(out, i, v)
	} else {
		setNull(out, i)
	}
}

func (a *bags[T]) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		to = binary.AppendUvarint(to, uint64(len(a.slots[slot].counts)))
		for v, n := range a.slots[slot].counts {
			to = binary.AppendVarint(rows.AppendValue(to, v), n)
		}
	}
	return to
}

func (a *bags[T]) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		a.Clear(slot)
		count, size := binary.Uvarint(from)
		if size <= 0 {
			return nil, rows.ErrValue
		}
		from = from[size:]
		for range count {
			v, rest, err := rows.ReadValue(from)
			if err != nil {
				return nil, err
			}
			n, size := binary.Varint(rest)
			key, ok := v.(T)
			if size <= 0 || !ok {
				return nil, rows.ErrValue
			}
			a.count(&a.slots[slot], key, n)
			from = rest[size:]
		}
	}
	return from, nil
}
