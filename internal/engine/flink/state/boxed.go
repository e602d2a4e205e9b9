package state

import (
	"encoding/binary"
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

// The bytes before a boxed value, which say what it is.
const (
	boxNull = iota
	boxFalse
	boxTrue
	boxInt
	boxFloat
	boxNum
	boxText
	boxList
	boxMap
)

func appendBoxed(to []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(to, boxTrue)
		}
		return append(to, boxFalse)
	case int64:
		return binary.AppendVarint(append(to, boxInt), v)
	case float64:
		return appendFloat(append(to, boxFloat), v)
	case rows.Num:
		return appendNum(append(to, boxNum), v)
	case string:
		return append(binary.AppendUvarint(append(to, boxText), uint64(len(v))), v...)
	case []any:
		to = binary.AppendUvarint(append(to, boxList), uint64(len(v)))
		for _, member := range v {
			to = appendBoxed(to, member)
		}
		return to
	case rows.Entries:
		to = binary.AppendUvarint(append(to, boxMap), uint64(len(v)))
		for _, pair := range v {
			to = appendBoxed(appendBoxed(to, pair.Key), pair.Value)
		}
		return to
	}
	return append(to, boxNull)
}

// boxed reads a value; what is in it is its own.
func boxed(b []byte) (v any, rest []byte) {
	kind, b := b[0], b[1:]
	switch kind {
	case boxFalse, boxTrue:
		return kind == boxTrue, b
	case boxInt:
		n, w := binary.Varint(b)
		return n, b[w:]
	case boxFloat:
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), b[8:]
	case boxNum:
		return num(b), b[16:]
	case boxText:
		n, w := binary.Uvarint(b)
		return string(b[w : w+int(n)]), b[w+int(n):]
	case boxList:
		return boxedList(b)
	case boxMap:
		return boxedMap(b)
	}
	return nil, b
}

func boxedList(b []byte) (v any, rest []byte) {
	n, w := binary.Uvarint(b)
	list := make([]any, n)
	b = b[w:]
	for i := range list {
		list[i], b = boxed(b)
	}
	return list, b
}

func boxedMap(b []byte) (v any, rest []byte) {
	n, w := binary.Uvarint(b)
	entries := make(rows.Entries, n)
	b = b[w:]
	for i := range entries {
		entries[i].Key, b = boxed(b)
		entries[i].Value, b = boxed(b)
	}
	return entries, b
}

func num(b []byte) rows.Num {
	return rows.Num{Hi: int64(binary.LittleEndian.Uint64(b)), Lo: binary.LittleEndian.Uint64(b[8:])}
}
