package expr

import (
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// held is FIRST_VALUE or LAST_VALUE of values that are only added; NULLs are passed over.
type held struct {
	last bool

	values rows.Column
	has    []bool
	n      int
}

func (a *held) Grow(n int) {
	if n > a.n {
		a.n = n
		a.values.Resize(n)
		a.has = grown(a.has, n)
	}
}

func (a *held) Add(slots []int32, args []*rows.Column, _ []rows.Change, skip []bool) error {
	for i, slot := range slots {
		if !left(args, skip, i) {
			a.offer(slot, args[0], i)
		}
	}
	return nil
}

func (a *held) offer(slot int32, arg *rows.Column, i int) {
	if a.last || !a.has[slot] {
		a.has[slot] = true
		hold(&a.values, int(slot), arg, i)
	}
}

// hold copies one value that is not NULL; strings are cloned, as a batch's may be part of something large.
func hold(to *rows.Column, at int, from *rows.Column, i int) {
	putRow(to, at, from, i)
	switch to.Type.Kind.Layout() {
	case rows.StringLayout:
		to.Strings[at] = strings.Clone(from.Strings[i])
	case rows.BoxedLayout:
		to.Boxed[at] = cloned(from.Boxed[i])
	}
}

// putRow copies one value that is not NULL.
func putRow(to *rows.Column, at int, from *rows.Column, i int) {
	switch to.Type.Kind.Layout() {
	case rows.BoolLayout:
		to.Bools[at] = from.Bools[i]
	case rows.IntLayout:
		to.Ints[at] = from.Ints[i]
	case rows.FloatLayout:
		to.Floats[at] = from.Floats[i]
	case rows.DecimalLayout:
		to.Decimals[at] = from.Decimals[i]
	case rows.StringLayout:
		to.Strings[at] = from.Strings[i]
	case rows.BoxedLayout:
		to.Boxed[at] = from.Boxed[i]
	}
}

// cloned gives a boxed value whose strings are its own.
func cloned(v any) any {
	switch v := v.(type) {
	case string:
		return strings.Clone(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cloned(item)
		}
		return out
	case rows.Entries:
		out := make(rows.Entries, len(v))
		for i, e := range v {
			out[i] = rows.Pair{Key: cloned(e.Key), Value: cloned(e.Value)}
		}
		return out
	}
	return v
}

func (a *held) Merge(into, from int32) error {
	if a.has[from] && (a.last || !a.has[into]) {
		hold(&a.values, int(into), &a.values, int(from))
		a.has[into] = true
	}
	return nil
}

func (a *held) Clear(slot int32) { a.has[slot] = false }

func (a *held) Values(slots []int32, out *rows.Column) error {
	return appending(slots, out, a.put)
}

func (a *held) put(slot int32, out *rows.Column, i int) {
	if !a.has[slot] {
		setNull(out, i)
		return
	}
	setNotNull(out, i)
	putRow(out, i, &a.values, int(slot))
}

func (a *held) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		if a.has[slot] {
			to = rows.AppendValue(to, a.values.Value(int(slot)))
		} else {
			to = rows.AppendValue(to, nil)
		}
	}
	return to
}

func (a *held) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		v, rest, err := rows.ReadValue(from)
		if err != nil {
			return nil, err
		}
		if a.has[slot] = v != nil; v != nil {
			set(&a.values, int(slot), v)
		}
		from = rest
	}
	return from, nil
}
