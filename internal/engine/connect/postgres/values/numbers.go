package values

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"unsafe"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// number are the integers, floats, booleans, numeric and money.
func (m Modes) number(t *Type, mod int32) (Conversion, bool) {
	switch t.OID {
	case oidInt2:
		return integer(data.Int16), true
	case oidInt4:
		return integer(data.Int32), true
	case oidInt8, oidOID:
		return integer(data.Int64), true
	case oidFloat4:
		return Conversion{Schema: &data.Schema{Kind: data.Float32}, Append: appendFloat32, Zero: data.AppendFloat32(nil, 0)}, true
	case oidFloat8:
		return double(appendFloat64), true
	case oidBool:
		return Conversion{Schema: &data.Schema{Kind: data.Boolean}, Append: appendBool, Zero: data.AppendBool(nil, false)}, true
	case oidNumeric:
		return m.numeric(mod), true
	case oidMoney:
		return m.money(), true
	}
	return Conversion{}, false
}

func integer(kind data.Kind) Conversion {
	return Conversion{Schema: &data.Schema{Kind: kind}, Append: appendInteger, Zero: data.AppendInt(nil, 0)}
}

func double(convert func(into, text []byte) ([]byte, error)) Conversion {
	return Conversion{Schema: &data.Schema{Kind: data.Float64}, Append: convert, Zero: data.AppendFloat64(nil, 0)}
}

func appendInteger(into, text []byte) ([]byte, error) {
	v, err := parseInt(text)
	if err != nil {
		return nil, err
	}
	return data.AppendInt(into, v), nil
}

// parseInt reads a decimal of at most 64 bits. It is several times faster than strconv's with its bases.
func parseInt(text []byte) (int64, error) {
	digits, negative := text, false
	if len(digits) > 0 && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	if len(digits) == 0 || len(digits) > 18 {
		return strconv.ParseInt(alias(text), 10, 64)
	}
	var v int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%q is no integer", text)
		}
		v = v*10 + int64(c-'0')
	}
	if negative {
		v = -v
	}
	return v, nil
}

// alias is the text without a copy, for a call that does not keep it.
func alias(text []byte) string {
	return unsafe.String(unsafe.SliceData(text), len(text)) //nolint:gosec // no call that gets it keeps it or changes the text
}

func appendBool(into, text []byte) ([]byte, error) {
	return data.AppendBool(into, len(text) > 0 && (text[0] == 't' || text[0] == 'T')), nil
}

func appendFloat32(into, text []byte) ([]byte, error) {
	v, err := strconv.ParseFloat(alias(text), 32)
	if err != nil && !math.IsInf(v, 0) {
		return nil, fmt.Errorf("%q is no real", text)
	}
	return data.AppendFloat32(into, float32(v)), nil
}

func appendFloat64(into, text []byte) ([]byte, error) {
	v, err := strconv.ParseFloat(alias(text), 64)
	if err != nil && !math.IsInf(v, 0) {
		return nil, fmt.Errorf("%q is no double precision", text)
	}
	return data.AppendFloat64(into, v), nil
}

// decimal is Connect's Decimal, with Debezium's parameter of the precision if there is one.
func decimal(precision, scale int) *data.Schema {
	s := named(data.Bytes, "org.apache.kafka.connect.data.Decimal")
	s.Parameters = []data.Parameter{{Name: "scale", Value: strconv.Itoa(scale)}}
	if precision > 0 {
		s.Parameters = append(s.Parameters, data.Parameter{Name: "connect.decimal.precision", Value: strconv.Itoa(precision)})
	}
	return s
}

func (m Modes) numeric(mod int32) Conversion {
	switch m.Decimal {
	case "double":
		return double(appendFloat64)
	case "string":
		scale := scaleOf(mod)
		return textual(&data.Schema{Kind: data.String}, strconv.FormatFloat(0, 'f', scale, 64), func(into, text []byte) ([]byte, error) {
			return appendDecimalText(into, text, scale)
		})
	}
	if mod < 4 {
		return variableScale()
	}
	precision, scale := int(mod-4)>>16, scaleOf(mod)
	return Conversion{
		Schema: decimal(precision, scale),
		Append: func(into, text []byte) ([]byte, error) { return appendDecimal(into, text, scale) },
		Zero:   data.AppendBytes(nil, []byte{0}),
	}
}

// scaleOf is the scale in a numeric's modifier. It has 11 bits; a negative scale, which PostgreSQL 15 brought, comes out as
// pgjdbc reads it, as 2048 less so many.
func scaleOf(mod int32) int {
	if mod < 4 {
		return 0
	}
	return int(mod-4) & 0x7ff
}

// variableScale is for a numeric without a scale of its own: each value brings its scale.
func variableScale() Conversion {
	s := named(data.Struct, "io.debezium.data.VariableScaleDecimal")
	s.Doc = "Variable scaled decimal"
	s.Fields = []data.Field{{Name: "scale", Schema: &data.Schema{Kind: data.Int32}}, {Name: "value", Schema: &data.Schema{Kind: data.Bytes}}}
	return Conversion{Schema: s, Append: appendVariableScale, Zero: data.AppendBytes(data.AppendInt(nil, 0), []byte{0})}
}

// appendDecimalText writes the special values as Debezium's SpecialValueDecimal does, and other texts with all decimals of
// the scale.
func appendDecimalText(into, text []byte, scale int) ([]byte, error) {
	switch alias(text) {
	case "NaN":
		return data.AppendString(into, "NAN"), nil
	case "Infinity":
		return data.AppendString(into, "POSITIVE_INFINITY"), nil
	case "-Infinity":
		return data.AppendString(into, "NEGATIVE_INFINITY"), nil
	}
	missing := scale
	dot := bytes.IndexByte(text, '.')
	if dot >= 0 {
		missing -= len(text) - dot - 1
	}
	if missing <= 0 {
		return data.AppendBytes(into, text), nil
	}
	padded := append([]byte(nil), text...)
	if dot < 0 {
		padded = append(padded, '.')
	}
	return data.AppendBytes(into, append(padded, bytes.Repeat([]byte{'0'}, missing)...)), nil
}

// money comes with the signs of lc_monetary, which the connector's sessions set to C: -$1,234.56.
func (m Modes) money() Conversion {
	digits := m.MoneyDigits
	bare := func(text []byte) []byte {
		plain := make([]byte, 0, len(text))
		for _, c := range text {
			if c == '-' || c == '.' || c >= '0' && c <= '9' {
				plain = append(plain, c)
			}
		}
		if bytes.HasPrefix(text, []byte("(")) {
			plain = append([]byte("-"), plain...)
		}
		return plain
	}
	switch m.Decimal {
	case "double":
		return double(func(into, text []byte) ([]byte, error) { return appendFloat64(into, bare(text)) })
	case "string":
		return textual(&data.Schema{Kind: data.String}, strconv.FormatFloat(0, 'f', digits, 64), func(into, text []byte) ([]byte, error) {
			return data.AppendBytes(into, bare(text)), nil
		})
	}
	return Conversion{
		Schema: decimal(0, digits),
		Append: func(into, text []byte) ([]byte, error) { return appendDecimal(into, bare(text), digits) },
		Zero:   data.AppendBytes(nil, []byte{0}),
	}
}
