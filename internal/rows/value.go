package rows

import (
	"encoding/binary"
	"errors"
	"math"
)

// The first byte of a value in bytes says what it is.
const (
	nullTag byte = iota
	falseTag
	trueTag
	intTag
	floatTag
	numTag
	textTag
	itemsTag
	entriesTag
)

// ErrValue says that bytes hold no value.
var ErrValue = errors.New("the bytes hold no value")

// AppendValue writes a boxed value as bytes: for snapshots, and as a key, since equal values have equal bytes. NaN equals
// itself here, and -0.0 is 0.0.
func AppendValue(to []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(to, trueTag)
		}
		return append(to, falseTag)
	case int64:
		return binary.AppendVarint(append(to, intTag), v)
	case float64:
		if v == 0 || v != v { // NaN alone differs from itself
			v = math.Abs(v)
		}
		return binary.LittleEndian.AppendUint64(append(to, floatTag), math.Float64bits(v))
	case Num:
		return binary.AppendUvarint(binary.AppendVarint(append(to, numTag), v.Hi), v.Lo)
	case string:
		return append(binary.AppendUvarint(append(to, textTag), uint64(len(v))), v...)
	case []any:
		to = binary.AppendUvarint(append(to, itemsTag), uint64(len(v)))
		for _, item := range v {
			to = AppendValue(to, item)
		}
		return to
	case Entries:
		to = binary.AppendUvarint(append(to, entriesTag), uint64(len(v)))
		for _, e := range v {
			to = AppendValue(AppendValue(to, e.Key), e.Value)
		}
		return to
	}
	return append(to, nullTag)
}

// ReadValue reads what AppendValue wrote, and gives the bytes after it. Strings are the value's own.
func ReadValue(from []byte) (v any, rest []byte, err error) {
	if len(from) == 0 {
		return nil, nil, ErrValue
	}
	tag, from := from[0], from[1:]
	switch tag {
	case nullTag:
		return nil, from, nil
	case falseTag, trueTag:
		return tag == trueTag, from, nil
	case intTag:
		n, size := binary.Varint(from)
		return number(n, size, from)
	case floatTag:
		if len(from) < 8 {
			return nil, nil, ErrValue
		}
		return math.Float64frombits(binary.LittleEndian.Uint64(from)), from[8:], nil
	case numTag:
		return readNum(from)
	}
	return readSized(tag, from)
}

func number(v any, size int, from []byte) (any, []byte, error) {
	if size <= 0 {
		return nil, nil, ErrValue
	}
	return v, from[size:], nil
}

func readNum(from []byte) (any, []byte, error) {
	hi, size := binary.Varint(from)
	if size <= 0 {
		return nil, nil, ErrValue
	}
	lo, more := binary.Uvarint(from[size:])
	if more <= 0 {
		return nil, nil, ErrValue
	}
	return Num{hi, lo}, from[size+more:], nil
}

func readSized(tag byte, from []byte) (any, []byte, error) {
	count, size := binary.Uvarint(from)
	if size <= 0 || count > uint64(len(from)-size) {
		return nil, nil, ErrValue
	}
	from = from[size:]
	switch tag {
	case textTag:
		return string(from[:count]), from[count:], nil
	case itemsTag:
		return readItems(int(count), from)
	case entriesTag:
		flat, rest, err := readItems(2*int(count), from)
		if err != nil {
			return nil, nil, err
		}
		items, _ := flat.([]any)
		entries := make(Entries, count)
		for i := range entries {
			entries[i] = Pair{items[2*i], items[2*i+1]}
		}
		return entries, rest, nil
	}
	return nil, nil, ErrValue
}

func readItems(count int, from []byte) (any, []byte, error) {
	items := make([]any, 0, min(count, 64))
	for range count {
		item, rest, err := ReadValue(from)
		if err != nil {
			return nil, nil, err
		}
		items, from = append(items, item), rest
	}
	return items, from, nil
}
