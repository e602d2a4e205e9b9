package state

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/weftmesh/weft/internal/rows"
)

// Codec writes the values of a row one after the other, and reads them back. Rows with the same values have the same
// bytes, so that bytes are compared in place of rows.
type Codec struct {
	kinds []rows.Layout
	order []int // which column is written when
}

// NewCodec makes a codec of rows with columns of these types.
func NewCodec(types []rows.Type) Codec {
	order := make([]int, len(types))
	for i := range order {
		order[i] = i
	}
	return newCodec(types, order)
}

// NewKeyedCodec makes a codec that writes the columns of a key first: Prefix finds where they end.
func NewKeyedCodec(types []rows.Type, key []int) Codec {
	first := make([]bool, len(types))
	order := append(make([]int, 0, len(types)), key...)
	for _, c := range key {
		first[c] = true
	}
	for i := range types {
		if !first[i] {
			order = append(order, i)
		}
	}
	return newCodec(types, order)
}

func newCodec(types []rows.Type, order []int) Codec {
	c := Codec{kinds: make([]rows.Layout, len(types)), order: order}
	for i, t := range types {
		c.kinds[i] = t.Kind.Layout()
	}
	return c
}

// The bytes before a value.
const (
	isNull  = 0
	isValue = 1
)

// Append adds row i of columns.
func (c *Codec) Append(to []byte, cols []*rows.Column, i int) []byte {
	for _, at := range c.order {
		to = appendValue(to, c.kinds[at], cols[at], i)
	}
	return to
}

// Size is how many bytes Append adds.
func (c *Codec) Size(cols []*rows.Column, i int) int {
	n := 0
	for _, at := range c.order {
		n += sizeOf(c.kinds[at], cols[at], i)
	}
	return n
}

func sizeOf(layout rows.Layout, col *rows.Column, i int) int {
	if layout == rows.NoLayout || col.Nulls != nil && col.Nulls[i] {
		return 1
	}
	switch layout {
	case rows.IntLayout, rows.FloatLayout:
		return 9
	case rows.BoolLayout:
		return 2
	case rows.DecimalLayout:
		return 17
	case rows.StringLayout:
		n := len(col.Strings[i])
		return 1 + (bits.Len64(uint64(n)|1)+6)/7 + n
	default:
		return 1 + len(appendBoxed(nil, col.Boxed[i]))
	}
}

func appendValue(to []byte, layout rows.Layout, col *rows.Column, i int) []byte {
	if layout == rows.NoLayout || col.Nulls != nil && col.Nulls[i] {
		return append(to, isNull)
	}
	switch layout {
	case rows.IntLayout:
		return binary.LittleEndian.AppendUint64(append(to, isValue), uint64(col.Ints[i]))
	case rows.StringLayout:
		to = binary.AppendUvarint(append(to, isValue), uint64(len(col.Strings[i])))
		return append(to, col.Strings[i]...)
	case rows.BoolLayout:
		if col.Bools[i] {
			return append(to, isValue, 1)
		}
		return append(to, isValue, 0)
	case rows.FloatLayout:
		return appendFloat(append(to, isValue), col.Floats[i])
	case rows.DecimalLayout:
		return appendNum(append(to, isValue), col.Decimals[i])
	default:
		return appendBoxed(append(to, isValue), col.Boxed[i])
	}
}

func appendFloat(to []byte, v float64) []byte {
	if math.IsNaN(v) {
		v = math.NaN()
	}
	return binary.LittleEndian.AppendUint64(to, math.Float64bits(v))
}

func appendNum(to []byte, v rows.Num) []byte {
	to = binary.LittleEndian.AppendUint64(to, uint64(v.Hi))
	return binary.LittleEndian.AppendUint64(to, v.Lo)
}

// Prefix gives the bytes of the first n values that were written.
func (c *Codec) Prefix(row []byte, n int) []byte {
	at := 0
	for _, col := range c.order[:n] {
		at += valueSize(row[at:], c.kinds[col])
	}
	return row[:at]
}

func valueSize(b []byte, layout rows.Layout) int {
	if b[0] == isNull {
		return 1
	}
	switch layout {
	case rows.IntLayout, rows.FloatLayout:
		return 9
	case rows.BoolLayout:
		return 2
	case rows.DecimalLayout:
		return 17
	case rows.StringLayout:
		n, w := binary.Uvarint(b[1:])
		return 1 + w + int(n)
	default:
		_, rest := boxed(b[1:])
		return len(b) - len(rest)
	}
}

// FirstInt gives the value that was written first, if it is a whole number and not NULL.
func FirstInt(row []byte) int64 { return int64(binary.LittleEndian.Uint64(row[1:])) }

// OneInt gives the only value of a row: a whole number, or NULL.
func OneInt(row []byte) (v int64, null bool, err error) {
	switch {
	case len(row) == 1 && row[0] == isNull:
		return 0, true, nil
	case len(row) == 9 && row[0] == isValue:
		return FirstInt(row), false, nil
	}
	return 0, false, fmt.Errorf("%x is no row of one whole number", row)
}
