package data

import (
	"encoding/binary"
	"math"
)

// AppendNull appends the null of an optional schema.
func AppendNull(into []byte) []byte { return append(into, 0) }

// AppendPresent announces a value of an optional schema; the value is appended next.
func AppendPresent(into []byte) []byte { return append(into, 2) }

// AppendInt appends an integer of any of the four kinds.
func AppendInt(into []byte, v int64) []byte {
	return binary.AppendUvarint(into, uint64(v)<<1^uint64(v>>63))
}

// AppendBool appends a boolean.
func AppendBool(into []byte, v bool) []byte {
	if v {
		return append(into, 1)
	}
	return append(into, 0)
}

// AppendFloat32 appends a float.
func AppendFloat32(into []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(into, math.Float32bits(v))
}

// AppendFloat64 appends a double.
func AppendFloat64(into []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(into, math.Float64bits(v))
}

// AppendString appends a text in UTF-8, and AppendBytes what has no charset.
func AppendString(into []byte, v string) []byte {
	return append(AppendInt(into, int64(len(v))), v...)
}

// AppendBytes appends bytes. A text that lies in bytes is appended with it as well.
func AppendBytes(into, v []byte) []byte {
	return append(AppendInt(into, int64(len(v))), v...)
}
