package values

import (
	"bytes"
	"fmt"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// without are the elements that Debezium has no arrays of: money, name, interval, varbit, xml, point.
func without(elem *Type) bool {
	switch elem.OID {
	case oidMoney, oidName, oidInterval, oidVarbit, oidXML, oidPoint:
		return true
	}
	return false
}

// array is the conversion of an array. A vector, as int2vector, is none though the catalog calls it so: its text has no
// braces, and it comes out empty, as Debezium's records have it.
func (m Modes) array(elem *Type, mod int32, vector bool) (Conversion, bool) {
	if without(elem) {
		return Conversion{}, false
	}
	if elem.OID == oidBit {
		return m.bitArray(elem, mod)
	}
	c, ok := m.element(elem, mod)
	if !ok {
		return Conversion{}, false
	}
	if vector {
		bare := *c.Schema
		bare.Optional = false
		c.Schema = &bare
	}
	a := array{elem: c, vector: vector}
	return Conversion{
		Schema:      &data.Schema{Kind: data.Array, Elem: c.Schema},
		Append:      a.append,
		Zero:        data.AppendInt(nil, 0),
		Unavailable: m.unavailableArray(elem, c),
	}, true
}

// bitArray is null, in the schema of one element: so Debezium has arrays of bit.
func (m Modes) bitArray(elem *Type, mod int32) (Conversion, bool) {
	c, _ := m.bits(elem, mod)
	c.Append = func(_, _ []byte) ([]byte, error) { return nil, ErrNull }
	return c, true
}

// element is the conversion of elements, optional as far as Debezium's arrays are: not those of enums. Of a domain nothing
// is known within an array.
func (m Modes) element(elem *Type, mod int32) (Conversion, bool) {
	if elem.Base != nil {
		return m.Encoded(), m.Unknown
	}
	c, ok := m.Of(elem, mod)
	if !ok || elem.Elem != nil {
		return c, false
	}
	if len(elem.Labels) == 0 {
		c.Schema = c.Schema.AsOptional()
	}
	return c, true
}

// unavailableArray is one element that is the placeholder; of integers it is the placeholder's bytes, one by one.
func (m Modes) unavailableArray(elem *Type, c Conversion) []byte {
	item := func(into []byte) []byte {
		if c.Schema.Optional {
			return data.AppendPresent(into)
		}
		return into
	}
	switch {
	case c.Schema.Kind == data.Int16 || c.Schema.Kind == data.Int32 || c.Schema.Kind == data.Int64:
		packed := data.AppendInt(nil, int64(len(m.Placeholder)))
		for i := range len(m.Placeholder) {
			packed = data.AppendInt(item(packed), int64(m.Placeholder[i]))
		}
		return data.AppendInt(packed, 0)
	case elem.OID == oidUUID:
		return data.AppendInt(append(item(data.AppendInt(nil, 1)), data.AppendString(nil, nameUUID(m.Placeholder))...), 0)
	case c.Unavailable != nil:
		return data.AppendInt(append(item(data.AppendInt(nil, 1)), c.Unavailable...), 0)
	}
	return nil
}

type array struct {
	elem   Conversion
	vector bool
}

// append packs "{1,NULL,3}". Of an array of arrays the items are null, as Debezium has no arrays within arrays.
func (a array) append(into, text []byte) ([]byte, error) {
	if a.vector {
		return data.AppendInt(into, 0), nil
	}
	items, n, err := countItems(text)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		into = data.AppendInt(into, int64(n))
	}
	var scratch []byte
	for range n {
		var item []byte
		var null bool
		item, items, scratch, null = nextItem(items, scratch)
		if into, err = a.item(into, item, null); err != nil {
			return nil, err
		}
	}
	return data.AppendInt(into, 0), nil
}

func (a array) item(into, item []byte, null bool) ([]byte, error) {
	if !a.elem.Schema.Optional {
		if null {
			return nil, ErrNull // such an array has no null: the column is null instead
		}
		return a.elem.Append(into, item)
	}
	if null {
		return data.AppendNull(into), nil
	}
	packed, err := a.elem.Append(data.AppendPresent(into), item)
	if err == ErrNull { //nolint:errorlint // never wrapped
		return data.AppendNull(into), nil
	}
	return packed, err
}

// countItems is what lies between the braces, and how many items of the first dimension.
func countItems(text []byte) ([]byte, int, error) {
	if len(text) > 0 && text[0] == '[' {
		if at := bytes.IndexByte(text, '='); at > 0 {
			text = text[at+1:] // [0:2]={...}: the bounds are not kept
		}
	}
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, 0, fmt.Errorf("%.20q is no array", text)
	}
	text = text[1 : len(text)-1]
	if len(text) == 0 {
		return text, 0, nil
	}
	n, rest := 0, text
	for len(rest) > 0 {
		rest = rest[min(itemEnd(rest)+1, len(rest)):]
		n++
	}
	return text, n, nil
}

// itemEnd is where the item ends that text begins with: at a comma outside of quotes and braces, or the end.
func itemEnd(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == ',' && depth == 0:
			return i
		}
	}
	return len(text)
}

func nextItem(text, scratch []byte) (item, rest, kept []byte, null bool) {
	end := itemEnd(text)
	item, rest = text[:end], text[min(end+1, len(text)):]
	switch {
	case len(item) == 0:
		return item, rest, scratch, false
	case item[0] == '{' || alias(item) == "NULL":
		return nil, rest, scratch, true
	case item[0] == '"':
		item = item[1 : len(item)-1]
	}
	if bytes.IndexByte(item, '\\') >= 0 {
		scratch = unescape(scratch[:0], item)
		item = scratch
	}
	return item, rest, scratch, false
}

func unescape(into, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		into = append(into, text[i])
	}
	return into
}
