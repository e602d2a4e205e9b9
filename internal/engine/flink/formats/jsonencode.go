package formats

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
)

// jsonEncoder writes each row as an object, its fields in the order of the columns.
type jsonEncoder struct {
	names     [][]byte // "name": with its quotes and colon
	fields    []rows.Field
	stamp     stamp
	plain     bool // encode.decimal-as-plain-number
	sparse    bool // encode.ignore-null-fields
	nullKeys  string
	nullKeyAs string
}

func newJSONEncoder(s Spec) (*jsonEncoder, error) {
	e := &jsonEncoder{fields: s.Fields, nullKeys: s.Options["map-null-key.mode"], nullKeyAs: "null"}
	var err error
	if e.stamp, err = stampOf(s); err != nil {
		return nil, err
	}
	if e.plain, err = s.Bool("encode.decimal-as-plain-number"); err != nil {
		return nil, err
	}
	if e.sparse, err = s.Bool("encode.ignore-null-fields"); err != nil {
		return nil, err
	}
	if literal, ok := s.Options["map-null-key.literal"]; ok {
		e.nullKeyAs = literal
	}
	switch e.nullKeys {
	case "", "FAIL", "DROP", "LITERAL":
	default:
		return nil, fmt.Errorf("'%s.map-null-key.mode' = '%s' is none of FAIL, DROP, LITERAL", s.Name, e.nullKeys)
	}
	for _, f := range s.Fields {
		if err := checkJSON(f.Type, f); err != nil {
			return nil, err
		}
		e.names = append(e.names, append(appendText(nil, f.Name), ':'))
	}
	return e, nil
}

// Append writes one object.
func (e *jsonEncoder) Append(to []byte, b *rows.Batch, i int) (_ []byte, err error) {
	to = append(to, '{')
	first := true
	for j, c := range b.Cols {
		null := c.Null(i)
		if null && e.sparse {
			continue
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(to, e.names[j]...)
		if null {
			to = append(to, "null"...)
			continue
		}
		if to, err = e.column(to, c, i); err != nil {
			return to, fmt.Errorf("column %s: %w", e.fields[j].Name, err)
		}
	}
	return append(to, '}'), nil
}

func (e *jsonEncoder) column(to []byte, c *rows.Column, i int) ([]byte, error) {
	switch c.Type.Kind.Layout() {
	case rows.BoolLayout:
		return strconv.AppendBool(to, c.Bools[i]), nil
	case rows.IntLayout:
		return e.whole(to, c.Ints[i], c.Type), nil
	case rows.FloatLayout:
		return appendFloat(to, c.Floats[i], c.Type), nil
	case rows.DecimalLayout:
		return e.decimal(to, c.Decimals[i], c.Type), nil
	case rows.StringLayout:
		return appendString(to, c.Strings[i], c.Type), nil
	}
	return e.boxed(to, c.Value(i), c.Type)
}

func (e *jsonEncoder) whole(to []byte, v int64, t rows.Type) []byte {
	switch t.Kind {
	case rows.Date:
		return append(jsonform.AppendDate(append(to, '"'), v), '"')
	case rows.Time:
		return append(jsonform.AppendTime(append(to, '"'), v/1000*1_000_000), '"') // without the fraction, as in Flink
	case rows.Timestamp, rows.TimestampLTZ:
		return append(e.stamp.append(append(to, '"'), v, t), '"')
	}
	return strconv.AppendInt(to, v, 10)
}

// appendFloat writes as Java's Double.toString does: 1.0, 1.0E10.
func appendFloat(to []byte, v float64, t rows.Type) []byte {
	size := 64
	if t.Kind == rows.Float {
		size = 32
	}
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return append(to, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(to, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(to, `"-Infinity"`...)
	case a == 0 || a >= 1e-3 && a < 1e7:
		start := len(to)
		to = strconv.AppendFloat(to, v, 'f', -1, size)
		for _, c := range to[start:] {
			if c == '.' {
				return to
			}
		}
		return append(to, ".0"...)
	}
	return appendExponent(to, v, size)
}

func appendExponent(to []byte, v float64, size int) []byte {
	var room [40]byte
	text := strconv.AppendFloat(room[:0], v, 'e', -1, size) // d.ddde+XX
	for i, c := range text {
		if c != 'e' {
			continue
		}
		mantissa, exponent := text[:i], text[i+1:]
		to = append(to, mantissa...)
		if len(mantissa) < 3 {
			to = append(to, ".0"...)
		}
		power, _ := strconv.Atoi(string(exponent))
		return strconv.AppendInt(append(to, 'E'), int64(power), 10)
	}
	return append(to, text...)
}

// decimal writes the number in full, or without zeros at its end and, where that makes it shorter, with an exponent, as
// BigDecimal.stripTrailingZeros does (Flink's default).
func (e *jsonEncoder) decimal(to []byte, n rows.Num, t rows.Type) []byte {
	if e.plain {
		return n.Append(to, t.Scale)
	}
	return appendStripped(to, n, t.Scale)
}

func appendStripped(to []byte, n rows.Num, scale int) []byte {
	var room [64]byte
	digits := n.Append(room[:0], 0)
	sign := 0
	if digits[0] == '-' {
		sign = 1
	}
	if string(digits) == "0" {
		return append(to, '0')
	}
	for len(digits) > sign+1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		scale--
	}
	exponent := len(digits) - sign - 1 - scale
	if scale >= 0 && exponent >= -6 {
		return appendPointed(to, digits, sign, scale)
	}
	to = append(to, digits[:sign+1]...)
	if rest := digits[sign+1:]; len(rest) > 0 {
		to = append(append(to, '.'), rest...)
	}
	to = append(to, 'E')
	if exponent >= 0 {
		to = append(to, '+')
	}
	return strconv.AppendInt(to, int64(exponent), 10)
}

func appendPointed(to, digits []byte, sign, scale int) []byte {
	to = append(to, digits[:sign]...)
	digits = digits[sign:]
	if scale == 0 {
		return append(to, digits...)
	}
	whole := len(digits) - scale
	if whole <= 0 {
		to = append(to, "0."...)
		for range -whole {
			to = append(to, '0')
		}
		return append(to, digits...)
	}
	to = append(append(to, digits[:whole]...), '.')
	return append(to, digits[whole:]...)
}

func appendString(to []byte, v string, t rows.Type) []byte {
	if t.Kind.IsBytes() {
		to = base64.StdEncoding.AppendEncode(append(to, '"'), []byte(v))
		return append(to, '"')
	}
	return appendText(to, v)
}

// appendText writes a string with the escapes that JSON requires.
func appendText(to []byte, v string) []byte {
	to = append(to, '"')
	start := 0
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		to = append(to, v[start:i]...)
		to = appendEscape(to, c)
		start = i + 1
	}
	return append(append(to, v[start:]...), '"')
}

func appendEscape(to []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(to, '\\', c)
	case '\n':
		return append(to, `\n`...)
	case '\t':
		return append(to, `\t`...)
	case '\r':
		return append(to, `\r`...)
	case '\b':
		return append(to, `\b`...)
	case '\f':
		return append(to, `\f`...)
	}
	const hex = "0123456789ABCDEF"
	return append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

func (e *jsonEncoder) boxed(to []byte, v any, t rows.Type) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(to, "null"...), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case int64:
		return e.whole(to, v, t), nil
	case float64:
		return appendFloat(to, v, t), nil
	case rows.Num:
		return e.decimal(to, v, t), nil
	case string:
		return appendString(to, v, t), nil
	case rows.Entries:
		return e.entries(to, v, t)
	case []any:
		return e.members(to, v, t)
	}
	return to, fmt.Errorf("a value of %T has no form in JSON", v)
}

func (e *jsonEncoder) members(to []byte, v []any, t rows.Type) (_ []byte, err error) {
	open, closing := byte('['), byte(']')
	if t.Kind == rows.Row {
		open, closing = '{', '}'
	}
	to = append(to, open)
	for i, m := range v {
		if i > 0 {
			to = append(to, ',')
		}
		of := t.Elem
		if t.Kind == rows.Row {
			of = &t.Fields[i].Type
			to = append(appendText(to, t.Fields[i].Name), ':')
		}
		if to, err = e.boxed(to, m, *of); err != nil {
			return to, err
		}
	}
	return append(to, closing), nil
}

func (e *jsonEncoder) entries(to []byte, v rows.Entries, t rows.Type) (_ []byte, err error) {
	of := rows.IntType
	if t.Kind == rows.Map {
		of = *t.Elem
	}
	to = append(to, '{')
	first := true
	for _, p := range v {
		key, ok := p.Key.(string)
		switch {
		case ok:
		case e.nullKeys == "DROP":
			continue
		case e.nullKeys == "LITERAL":
			key = e.nullKeyAs
		default:
			return to, fmt.Errorf("a map has NULL as a key; 'map-null-key.mode' can be DROP or LITERAL")
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(appendText(to, key), ':')
		if to, err = e.boxed(to, p.Value, of); err != nil {
			return to, err
		}
	}
	return append(to, '}'), nil
}
