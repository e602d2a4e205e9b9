package state

import (
	"encoding/binary"
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

// AppendOrdered adds row i of a column so that bytes compare as the values do: NULL first or last, ascending or
// descending. Text compares by its bytes, as Flink's does.
func AppendOrdered(to []byte, col *rows.Column, i int, descending, nullsLast bool) []byte {
	if col.Null(i) {
		if nullsLast {
			return append(to, 2)
		}
		return append(to, 0)
	}
	to = append(to, 1)
	from := len(to)
	to = appendAscending(to, col, i)
	if descending {
		for j := from; j < len(to); j++ {
			to[j] = ^to[j]
		}
	}
	return to
}

const sign = 1 << 63

func appendAscending(to []byte, col *rows.Column, i int) []byte {
	switch col.Type.Kind.Layout() {
	case rows.IntLayout:
		return binary.BigEndian.AppendUint64(to, uint64(col.Ints[i])^sign)
	case rows.FloatLayout:
		return binary.BigEndian.AppendUint64(to, orderedFloat(col.Floats[i]))
	case rows.DecimalLayout:
		to = binary.BigEndian.AppendUint64(to, uint64(col.Decimals[i].Hi)^sign)
		return binary.BigEndian.AppendUint64(to, col.Decimals[i].Lo)
	case rows.BoolLayout:
		if col.Bools[i] {
			return append(to, 1)
		}
		return append(to, 0)
	case rows.StringLayout:
		return appendText(to, col.Strings[i])
	default:
		return appendBoxedOrder(to, col.Boxed[i])
	}
}

func orderedFloat(v float64) uint64 {
	if math.IsNaN(v) {
		v = math.NaN()
	}
	b := math.Float64bits(v)
	if b&sign != 0 {
		return ^b
	}
	return b | sign
}

// appendText ends text with two zeros and writes a zero in it as 0, 255, so that a shorter text comes before a longer.
func appendText(to []byte, v string) []byte {
	for j := range len(v) {
		to = append(to, v[j])
		if v[j] == 0 {
			to = append(to, 255)
		}
	}
	return append(to, 0, 0)
}

func appendBoxedOrder(to []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(to, 0)
	case bool:
		if v {
			return append(to, 1, 1)
		}
		return append(to, 1, 0)
	case int64:
		return binary.BigEndian.AppendUint64(append(to, 1), uint64(v)^sign)
	case float64:
		return binary.BigEndian.AppendUint64(append(to, 1), orderedFloat(v))
	case rows.Num:
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(append(to, 1), uint64(v.Hi)^sign), v.Lo)
	case string:
		return appendText(append(to, 1), v)
	case []any:
		for _, member := range v {
			to = appendBoxedOrder(append(to, 1), member)
		}
		return append(to, 0)
	}
	return append(to, 0)
}
