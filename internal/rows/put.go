package rows

import "unsafe"

// PutNull says whether row i is NULL, of a column that is filled in place.
func (c *Column) PutNull(i int, null bool) {
	if c.Nulls == nil {
		if !null {
			return
		}
		c.Nulls = make([]bool, max(c.Len(), i+1))
	}
	c.Nulls[i] = null
}

// Put sets row i to a boxed value, in place.
func (c *Column) Put(i int, v any) {
	c.PutNull(i, v == nil)
	switch v := v.(type) {
	case nil:
	case bool:
		c.Bools[i] = v
	case int64:
		c.Ints[i] = v
	case float64:
		c.Floats[i] = v
	case Num:
		c.Decimals[i] = v
	case string:
		c.Strings[i] = v
	default:
		c.Boxed[i] = v
	}
}

// Shared is bytes as a string, without a copy: they are not changed any more.
func Shared(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // by its contract

// FloorDiv divides towards minus infinity.
func FloorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

var grains = [...]int64{1_000_000, 100_000, 10_000, 1_000, 100, 10, 1}

// Cut leaves out digits of the second's fraction, of microseconds.
func Cut(micros int64, precision int) int64 {
	if precision >= 6 {
		return micros
	}
	grain := grains[precision]
	return FloorDiv(micros, grain) * grain
}
