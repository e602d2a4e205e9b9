package formats

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
)

// word gives a scalar as text: a string's value, or a number or word as it stands; containers have none.
func (d *jsonDecoder) word() (string, error) {
	switch d.scan.Peek() {
	case '"':
		return d.scan.Text()
	case '{', '[':
		return "", d.scan.Problem("there is an object or array where a single value should be")
	case 0:
		return "", jsonform.ErrEnd
	}
	w := d.scan.Bare()
	return shared(w), d.scan.Scalar(w)
}

func (d *jsonDecoder) boolean() (bool, error) {
	w, err := d.word()
	return strings.EqualFold(strings.TrimSpace(w), "true"), err
}

func (d *jsonDecoder) whole(t rows.Type) (int64, error) {
	quoted := d.scan.Peek() == '"'
	w, err := d.word()
	if err != nil {
		return 0, err
	}
	switch t.Kind {
	case rows.Date:
		if days, ok := jsonform.ParseDate(w); ok && len(w) == 10 {
			return days, nil
		}
		return 0, fmt.Errorf("%q is no date; it would look like 2026-11-24", jsonform.Clip([]byte(w)))
	case rows.Time:
		if micros, rest, ok := jsonform.ParseTime(w, false); ok && rest == "" {
			return cut(micros, t.Precision) / 1000, nil
		}
		return 0, fmt.Errorf("%q is no time; it would look like 08:00:00", jsonform.Clip([]byte(w)))
	case rows.Timestamp, rows.TimestampLTZ:
		return d.stamp.parse(w, t)
	}
	return wholeOf(w, quoted, t.Kind)
}

var widths = map[rows.Kind]int{
	rows.TinyInt: 8, rows.SmallInt: 16, rows.Int: 32, rows.IntervalMonths: 32, rows.BigInt: 64, rows.IntervalMillis: 64,
}

// wholeOf reads a whole number. A number with a fraction loses it for INT and BIGINT, as in Flink.
func wholeOf(w string, quoted bool, kind rows.Kind) (int64, error) {
	if v, ok := shortWhole(w); ok && fitsBits(v, widths[kind]) {
		return v, nil
	}
	v, err := strconv.ParseInt(strings.TrimSpace(w), 10, widths[kind])
	if err == nil {
		return v, nil
	}
	if !quoted && widths[kind] >= 32 {
		if f, ferr := strconv.ParseFloat(w, 64); ferr == nil && f == f && math.Abs(f) < math.Ldexp(1, widths[kind]-1) {
			return int64(f), nil
		}
	}
	return 0, fmt.Errorf("%q is no %s", jsonform.Clip([]byte(w)), kind)
}

// shortWhole reads up to 18 digits.
func shortWhole(w string) (v int64, ok bool) {
	digits := strings.TrimPrefix(w, "-")
	if digits == "" || len(digits) > 18 {
		return 0, false
	}
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	if len(digits) < len(w) {
		v = -v
	}
	return v, true
}

func fitsBits(v int64, n int) bool { return v<<(64-n)>>(64-n) == v }

func (d *jsonDecoder) float(t rows.Type) (float64, error) {
	w, err := d.word()
	if err != nil {
		return 0, err
	}
	size := 64
	if t.Kind == rows.Float {
		size = 32
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(w), size)
	if err != nil && !math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is no %s", jsonform.Clip([]byte(w)), t.Kind)
	}
	return v, nil
}

// decimal reads a number. One with too many digits is none, which is NULL in Flink and no error; ok tells.
func (d *jsonDecoder) decimal(t rows.Type) (n rows.Num, ok bool, err error) {
	w, err := d.word()
	if err != nil {
		return rows.Num{}, false, err
	}
	if v, ok := shortDecimal(w, t.Precision, t.Scale); ok {
		return rows.NumOf(v), true, nil
	}
	if n, ok = rows.ParseNum(w, t.Precision, t.Scale); !ok && !rows.IsNum(w) {
		return n, false, fmt.Errorf("%q is no %s", jsonform.Clip([]byte(w)), t)
	}
	return n, ok, nil
}

// shortDecimal reads a number of up to 18 digits that needs no rounding.
func shortDecimal(w string, precision, scale int) (v int64, ok bool) {
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(w, "-"), ".")
	if len(whole)+scale > 18 || len(fraction) > scale || pointed && fraction == "" {
		return 0, false
	}
	v, ok = shortDigits(0, whole)
	if !ok || whole == "" {
		return 0, false
	}
	if v, ok = shortDigits(v, fraction); !ok {
		return 0, false
	}
	for range scale - len(fraction) {
		v *= 10
	}
	if w[0] == '-' {
		v = -v
	}
	return v, precision >= 18 || rows.NumOf(v).Fits(precision)
}

// shortDigits puts digits behind a number.
func shortDigits(v int64, digits string) (int64, bool) {
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	return v, true
}

func (d *jsonDecoder) text(t rows.Type) (string, error) {
	if t.Kind.IsBytes() {
		w, err := d.word()
		if err != nil {
			return "", err
		}
		decoded, err := base64.StdEncoding.DecodeString(w)
		return string(decoded), err
	}
	switch d.scan.Peek() {
	case '"':
		return d.scan.Text()
	case '{', '[':
		start := d.scan.At
		if err := d.scan.Skip(0); err != nil {
			return "", err
		}
		return compact(d.scan.Data[start:d.scan.At]), nil
	}
	return d.word()
}

// compact leaves out the white space between tokens.
func compact(data []byte) string {
	out := make([]byte, 0, len(data))
	quoted := false
	for i := 0; i < len(data); i++ {
		c := data[i]
		if quoted && c == '\\' {
			out = append(out, c, data[i+1])
			i++
			continue
		}
		if c == '"' {
			quoted = !quoted
		}
		if quoted || c > ' ' {
			out = append(out, c)
		}
	}
	return string(out)
}

// boxed reads a value of any type; nil for null.
func (d *jsonDecoder) boxed(t rows.Type, depth int) (any, error) {
	if d.scan.Null() {
		return nil, nil
	}
	if depth > jsonform.Nesting {
		return nil, d.scan.Problem("values lie too deep in each other")
	}
	switch t.Kind.Layout() {
	case rows.BoolLayout:
		return boxing(d.boolean())
	case rows.IntLayout:
		return boxing(d.whole(t))
	case rows.FloatLayout:
		return boxing(d.float(t))
	case rows.DecimalLayout:
		n, ok, err := d.decimal(t)
		if err != nil || !ok {
			return nil, err
		}
		return n, nil
	case rows.StringLayout:
		return boxing(d.text(t))
	}
	switch t.Kind {
	case rows.Array:
		return d.array(t, depth)
	case rows.Map, rows.Multiset:
		return d.entries(t, depth)
	}
	return d.record(t, depth)
}

func boxing[T any](v T, err error) (any, error) { return v, err }

// inner is a value within another; it is NULL if it does not fit and parse errors are ignored.
func (d *jsonDecoder) inner(t rows.Type, depth int) (any, error) {
	d.scan.Peek()
	start := d.scan.At
	v, err := d.boxed(t, depth+1)
	if err == nil || !d.lenient {
		return v, err
	}
	d.scan.At = start
	return nil, d.scan.Skip(0)
}

func (d *jsonDecoder) array(t rows.Type, depth int) (any, error) {
	list := []any{}
	err := d.scan.Elements(func() error {
		v, err := d.inner(*t.Elem, depth)
		list = append(list, v)
		return err
	})
	return list, err
}

func (d *jsonDecoder) entries(t rows.Type, depth int) (any, error) {
	of := rows.IntType
	if t.Kind == rows.Map {
		of = *t.Elem
	}
	entries := rows.Entries{}
	err := d.scan.Members(depth, func(name []byte) error {
		v, err := d.inner(of, depth)
		key := string(name)
		for i, e := range entries {
			if e.Key == key {
				entries[i].Value = v
				return err
			}
		}
		entries = append(entries, rows.Pair{Key: key, Value: v})
		return err
	})
	return entries, err
}

func (d *jsonDecoder) record(t rows.Type, depth int) (any, error) {
	row, seen := make([]any, len(t.Fields)), make([]bool, len(t.Fields))
	err := d.scan.Members(depth, func(name []byte) (err error) {
		for i, f := range t.Fields {
			if f.Name == string(name) {
				seen[i] = true
				row[i], err = d.inner(f.Type, depth)
				return err
			}
		}
		return d.scan.Skip(0)
	})
	for i := range seen {
		if err == nil && d.strict && !seen[i] {
			err = fmt.Errorf("there is no field %q", t.Fields[i].Name)
		}
	}
	return row, err
}
