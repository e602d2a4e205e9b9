package expr

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
)

// parseJSON reads the first value of a text; what follows it does not matter, as in Flink. Numbers keep their digits.
func parseJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("the JSON text ends too early")
		}
		return nil, err
	}
	return v, nil
}

// appendJSON writes a value that parseJSON gave, the keys of objects in order.
func appendJSON(to []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(to, v)
	case json.Number:
		return append(to, bigDecimalText(string(v))...)
	case string:
		return appendJSONString(to, v)
	case []any:
		to = append(to, '[')
		for i, item := range v {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendJSON(to, item)
		}
		return append(to, ']')
	case map[string]any:
		to = append(to, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(appendJSONString(to, key), ':')
			to = appendJSON(to, v[key])
		}
		return append(to, '}')
	}
	return append(to, "null"...)
}

// appendJSONString writes a string in quotes, with escapes for what JSON needs them for.
func appendJSONString(to []byte, s string) []byte {
	to = append(to, '"')
	for i := range len(s) {
		to = appendEscaped(to, s[i])
	}
	return append(to, '"')
}

func appendEscaped(to []byte, c byte) []byte {
	const short = "\b\t\n\f\r\"\\"
	if i := strings.IndexByte(short, c); i >= 0 {
		return append(to, '\\', `btnfr"\`[i])
	}
	if c < 0x20 {
		return append(to, `\u00`+strings.ToUpper(strconv.FormatInt(0x100+int64(c), 16))[1:]...)
	}
	return append(to, c)
}

// bigDecimalText writes a number as Java's BigDecimal does: whole numbers and short fractions in full, others as 1.5E+10.
func bigDecimalText(number string) string {
	if !strings.ContainsAny(number, ".eE") {
		return number
	}
	digits, scale, ok := unscaledText(number)
	if !ok {
		return number
	}
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		digits = "0"
	}
	exponent := len(digits) - 1 - scale
	switch {
	case scale == 0:
		return sign + digits
	case scale > 0 && exponent >= -6:
		if missing := scale + 1 - len(digits); missing > 0 {
			digits = strings.Repeat("0", missing) + digits
		}
		return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	text := sign + digits[:1]
	if len(digits) > 1 {
		text += "." + digits[1:]
	}
	if exponent >= 0 {
		return text + "E+" + strconv.Itoa(exponent)
	}
	return text + "E" + strconv.Itoa(exponent)
}

// unscaledText takes the point and the exponent out of a number that is known to be one.
func unscaledText(number string) (digits string, scale int, ok bool) {
	mantissa, exponent := number, "0"
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		mantissa, exponent = number[:i], number[i+1:]
	}
	e, err := strconv.Atoi(exponent)
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return whole + fraction, len(fraction) - e, err == nil
}

// jsonOf turns a value of SQL into what appendJSON writes.
func jsonOf(v any, of rows.Type, zone *time.Location) any {
	switch v := v.(type) {
	case int64:
		switch of.Kind {
		case rows.Timestamp:
			return string(appendISO(nil, v))
		case rows.TimestampLTZ:
			return string(append(appendISO(nil, v), 'Z'))
		case rows.Date, rows.Time, rows.IntervalMonths, rows.IntervalMillis:
			return string(appendInt(nil, v, of, zone))
		}
		return json.Number(strconv.FormatInt(v, 10))
	case float64:
		return json.Number(appendFloat(nil, v, 64))
	case rows.Num:
		return json.Number(v.Append(nil, of.Scale))
	case string:
		if of.Kind.IsBytes() {
			return base64.StdEncoding.EncodeToString([]byte(v))
		}
		return v
	case []any:
		return jsonItems(v, of, zone)
	case rows.Entries:
		object := make(map[string]any, len(v))
		for _, e := range v {
			key, value := of.Key, of.Elem
			if of.Kind == rows.Multiset {
				key, value = of.Elem, &rows.IntType
			}
			object[TextOf(e.Key, *key, zone)] = jsonOf(e.Value, *value, zone)
		}
		return object
	}
	return v
}

func jsonItems(items []any, of rows.Type, zone *time.Location) any {
	if of.Kind == rows.Row {
		object := make(map[string]any, len(items))
		for i, item := range items {
			object[of.Fields[i].Name] = jsonOf(item, of.Fields[i].Type, zone)
		}
		return object
	}
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = jsonOf(item, *of.Elem, zone)
	}
	return out
}

// appendISO writes a timestamp as 2026-01-31T10:00:00.12, without zeros at the fraction's end.
func appendISO(to []byte, micros int64) []byte {
	start := len(to)
	to = appendTimestamp(to, micros, 6)
	to[start+strings.IndexByte(string(to[start:]), ' ')] = 'T'
	text := strings.TrimRight(string(to), "0")
	if strings.HasSuffix(text, ".") {
		return to[:len(text)-1]
	}
	return to[:len(text)]
}

// quoted16 writes a string of JSON in ASCII, as JSON_QUOTE does.
func quoted16(s string) string {
	out := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '/':
			out = append(out, `\/`...)
		case r < utf8.RuneSelf && (r >= ' ' || strings.ContainsRune("\b\t\n\f\r", r)):
			out = appendEscaped(out, byte(r))
		case r < ' ':
			out = append(out, byte(r)) // other control characters stay as they are, as in Flink
		case r > 0xffff:
			r -= 0x10000
			out = appendUnit(appendUnit(out, 0xd800+r>>10), 0xdc00+r&0x3ff)
		default:
			out = appendUnit(out, r)
		}
	}
	return string(append(out, '"'))
}

func appendUnit(to []byte, unit rune) []byte {
	return append(to, `\u`+strconv.FormatInt(0x10000+int64(unit), 16)[1:]...)
}
