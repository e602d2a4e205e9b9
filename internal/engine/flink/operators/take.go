package operators

import (
	"reflect"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/rows"
)

// takeOrNull gives the rows at the places of sel; NULL for a place below zero.
func takeOrNull(c *rows.Column, sel []int32) *rows.Column {
	if c.Len() == 0 {
		return nulls(c.Type, len(sel))
	}
	missing := slices.ContainsFunc(sel, func(at int32) bool { return at < 0 })
	if !missing {
		return c.Take(sel)
	}
	places := make([]int32, len(sel))
	null := make([]bool, len(sel))
	for i, at := range sel {
		places[i] = max(at, 0)
		null[i] = at < 0 || c.Nulls != nil && c.Nulls[at]
	}
	out := c.Take(places)
	out.Nulls = null
	return out
}

func nulls(t rows.Type, n int) *rows.Column {
	c := rows.NewColumn(t, n)
	if c.Nulls == nil {
		c.Nulls = make([]bool, n)
	}
	for i := range c.Nulls {
		c.Nulls[i] = true
	}
	return c
}

// interleave gives rows of two columns: of a at a place from zero on, of b at the complement of one below.
func interleave(a, b *rows.Column, sel []int32) *rows.Column {
	out := &rows.Column{Type: a.Type}
	switch a.Type.Kind.Layout() {
	case rows.BoolLayout:
		out.Bools = interleaved(a.Bools, b.Bools, sel)
	case rows.IntLayout:
		out.Ints = interleaved(a.Ints, b.Ints, sel)
	case rows.FloatLayout:
		out.Floats = interleaved(a.Floats, b.Floats, sel)
	case rows.DecimalLayout:
		out.Decimals = interleaved(a.Decimals, b.Decimals, sel)
	case rows.StringLayout:
		out.Strings = interleaved(a.Strings, b.Strings, sel)
	case rows.BoxedLayout:
		out.Boxed = interleaved(a.Boxed, b.Boxed, sel)
	}
	if a.Nulls != nil || b.Nulls != nil || a.Type.Kind.Layout() == rows.NoLayout {
		out.Nulls = make([]bool, len(sel))
		for i, at := range sel {
			if at >= 0 {
				out.Nulls[i] = a.Null(int(at))
			} else {
				out.Nulls[i] = b.Null(int(^at))
			}
		}
	}
	return out
}

func interleaved[T any](a, b []T, sel []int32) []T {
	out := make([]T, len(sel))
	for i, at := range sel {
		if at >= 0 {
			out[i] = a[at]
		} else {
			out[i] = b[^at]
		}
	}
	return out
}

// emit hands on rows; changes is nil, or copied from memory that is used again.
func emit(n int, cols []*rows.Column, changes []rows.Change, out stream.Output) error {
	if n == 0 {
		return nil
	}
	b := &rows.Batch{Len: n, Cols: cols}
	for _, c := range changes {
		if c != rows.Insert {
			b.Changes = slices.Clone(changes)
			break
		}
	}
	return out(b)
}

// sized gives a slice of n values in the same memory, if that is enough.
func sized[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n, max(n, rows.BatchSize))
}

// sameValue reports whether row i of two columns is the same.
func sameValue(a, b *rows.Column, i int) bool {
	if a.Null(i) || b.Null(i) {
		return a.Null(i) == b.Null(i)
	}
	switch a.Type.Kind.Layout() {
	case rows.BoolLayout:
		return a.Bools[i] == b.Bools[i]
	case rows.IntLayout:
		return a.Ints[i] == b.Ints[i]
	case rows.FloatLayout:
		return a.Floats[i] == b.Floats[i]
	case rows.DecimalLayout:
		return a.Decimals[i] == b.Decimals[i]
	case rows.StringLayout:
		return a.Strings[i] == b.Strings[i]
	case rows.BoxedLayout:
		return reflect.DeepEqual(a.Boxed[i], b.Boxed[i])
	}
	return true
}
