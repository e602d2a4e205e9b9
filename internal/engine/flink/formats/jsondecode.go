package formats

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

var jsonOptions = []string{
	"fail-on-missing-field", "ignore-parse-errors", "timestamp-format.standard", "map-null-key.mode", "map-null-key.literal",
	"encode.decimal-as-plain-number", "encode.ignore-null-fields", "decode.json-parser.enabled",
}

func jsonFormat() format {
	return format{
		name: "json", options: jsonOptions, mode: plan.InsertOnly, accepts: plan.InsertOnly,
		decoder: func(s Spec) (Decoder, error) { return newJSONDecoder(s) },
		encoder: func(s Spec) (Encoder, error) { return newJSONEncoder(s) },
	}
}

// jsonDecoder reads a JSON object for each row. Conversions are those of Flink's JSON format: a number or a string for
// either, text of anything, NULL where a field is missing.
type jsonDecoder struct {
	scan    scanner
	fields  []rows.Field
	index   map[string]int
	seen    []int // by field: the number of the row in which it was seen last
	row     int
	strict  bool // fail-on-missing-field
	lenient bool // ignore-parse-errors
	stamp   stamp
}

func newJSONDecoder(s Spec) (*jsonDecoder, error) {
	d := &jsonDecoder{fields: s.Fields, index: map[string]int{}, seen: make([]int, len(s.Fields))}
	var err error
	if d.strict, err = s.Bool("fail-on-missing-field"); err != nil {
		return nil, err
	}
	if d.lenient, err = s.Bool("ignore-parse-errors"); err != nil {
		return nil, err
	}
	if d.strict && d.lenient {
		return nil, fmt.Errorf("%s: fail-on-missing-field and ignore-parse-errors shouldn't both be true", s.Name)
	}
	if d.stamp, err = stampOf(s); err != nil {
		return nil, err
	}
	for i, f := range s.Fields {
		d.index[f.Name] = i
		if err := checkJSON(f.Type, f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func stampOf(s Spec) (stamp, error) {
	switch text := s.Options["timestamp-format.standard"]; text {
	case "", "SQL":
		return stamp{}, nil
	case "ISO-8601":
		return stamp{iso: true}, nil
	default:
		return stamp{}, fmt.Errorf("'%s.timestamp-format.standard' = '%s' is neither SQL nor ISO-8601", s.Name, text)
	}
}

func checkJSON(t rows.Type, f rows.Field) error {
	switch t.Kind {
	case rows.Map:
		if !t.Key.Kind.IsText() {
			return fmt.Errorf("column %s: JSON has no map with keys of type %s", f.Name, t.Key)
		}
		return checkJSON(*t.Elem, f)
	case rows.Multiset:
		if !t.Elem.Kind.IsText() {
			return fmt.Errorf("column %s: JSON has no multiset of %s", f.Name, t.Elem)
		}
	case rows.Array:
		return checkJSON(*t.Elem, f)
	case rows.Row:
		for _, m := range t.Fields {
			if err := checkJSON(m.Type, f); err != nil {
				return err
			}
		}
	case rows.Null, rows.Symbol:
		return errType("json", f)
	}
	return nil
}

// Decode reads one object. An empty message is none.
func (d *jsonDecoder) Decode(message []byte, to *Rows) error {
	if len(message) == 0 {
		return nil
	}
	d.scan = scanner{data: message}
	err := d.object(to)
	if err == nil && d.scan.peek() != 0 {
		err = d.scan.problem("there is more after the object")
	}
	if err != nil {
		err = fmt.Errorf("cannot read JSON %s: %w", clip(message), err)
		if d.lenient {
			return Skipped{err}
		}
		return err
	}
	to.Done(rows.Insert)
	return nil
}

// object reads the row's fields into row N.
func (d *jsonDecoder) object(to *Rows) error {
	to.Grow(to.N + 1)
	d.row++
	if d.scan.peek() != '{' {
		return d.scan.problem("there is no object")
	}
	s := &d.scan
	s.at++
	next := 0
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			return d.missing(to)
		}
		if next, err = d.member(to, next); err != nil {
			return err
		}
	}
}

// member reads one; next is the field that is likely to come, and then the one after it.
func (d *jsonDecoder) member(to *Rows, next int) (int, error) {
	s := &d.scan
	name, escaped, err := s.str()
	if err != nil {
		return 0, err
	}
	if escaped {
		if name, err = unescaped(name); err != nil {
			return 0, err
		}
	}
	if err := s.expect(':'); err != nil {
		return 0, err
	}
	i := next
	if i >= len(d.fields) || d.fields[i].Name != string(name) {
		var ok bool
		if i, ok = d.index[string(name)]; !ok {
			return next, s.skip(0)
		}
	}
	d.seen[i] = d.row
	return i + 1, d.field(to.Cols[i], to.N, d.fields[i].Name)
}

func (d *jsonDecoder) missing(to *Rows) error {
	for i, row := range d.seen {
		if row == d.row {
			continue
		}
		if d.strict {
			return fmt.Errorf("there is no field %q", d.fields[i].Name)
		}
		SetNull(to.Cols[i], to.N, true)
	}
	return nil
}

// field reads a value into a column. What does not fit is NULL if parse errors are ignored.
func (d *jsonDecoder) field(c *rows.Column, i int, name string) error {
	s := &d.scan
	if s.null() {
		SetNull(c, i, true)
		return nil
	}
	start := s.at
	err := d.value(c, i)
	if err == nil {
		SetNull(c, i, false)
		return nil
	}
	SetNull(c, i, true)
	if errors.Is(err, errNull) {
		return nil
	}
	if !d.lenient {
		return fmt.Errorf("field %q: %w", name, err)
	}
	s.at = start
	return s.skip(0)
}

// value reads a value that is not null straight into a column.
func (d *jsonDecoder) value(c *rows.Column, i int) (err error) {
	switch c.Type.Kind.Layout() {
	case rows.BoolLayout:
		c.Bools[i], err = d.boolean()
	case rows.IntLayout:
		c.Ints[i], err = d.whole(c.Type)
	case rows.FloatLayout:
		c.Floats[i], err = d.float(c.Type)
	case rows.DecimalLayout:
		err = d.decimalInto(c, i)
	case rows.StringLayout:
		c.Strings[i], err = d.text(c.Type)
	case rows.BoxedLayout:
		c.Boxed[i], err = d.boxed(c.Type, 0)
	}
	return err
}

func (d *jsonDecoder) decimalInto(c *rows.Column, i int) error {
	n, ok, err := d.decimal(c.Type)
	c.Decimals[i] = n
	if err == nil && !ok {
		return errNull
	}
	return err
}

// errNull says that a value counts as NULL: a number with too many digits for its column.
var errNull = errors.New("it is NULL")

// word gives a scalar as text: a string's value, or a number or word as it stands; containers have none.
func (d *jsonDecoder) word() (string, error) {
	switch d.scan.peek() {
	case '"':
		return d.scan.text()
	case '{', '[':
		return "", d.scan.problem("there is an object or array where a single value should be")
	case 0:
		return "", errEnd
	}
	w := d.scan.bare()
	return shared(w), d.scan.scalar(w)
}

func (d *jsonDecoder) boolean() (bool, error) {
	w, err := d.word()
	return strings.EqualFold(strings.TrimSpace(w), "true"), err
}

func (d *jsonDecoder) whole(t rows.Type) (int64, error) {
	quoted := d.scan.peek() == '"'
	w, err := d.word()
	if err != nil {
		return 0, err
	}
	switch t.Kind {
	case rows.Date:
		if days, ok := parseDate(w); ok && len(w) == 10 {
			return days, nil
		}
		return 0, fmt.Errorf("%q is no date; it would look like 2026-11-24", clip([]byte(w)))
	case rows.Time:
		if micros, rest, ok := parseTime(w, false); ok && rest == "" {
			return micros / 1_000_000 * 1000, nil // Flink's JSON format drops the fraction
		}
		return 0, fmt.Errorf("%q is no time; it would look like 08:00:00", clip([]byte(w)))
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
	return 0, fmt.Errorf("%q is no %s", clip([]byte(w)), kind)
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
		return 0, fmt.Errorf("%q is no %s", clip([]byte(w)), t.Kind)
	}
	return v, nil
}

// decimal reads a number. One with too many digits is none, which is NULL in Flink and no error; ok tells.
func (d *jsonDecoder) decimal(t rows.Type) (n rows.Num, ok bool, err error) {
	w, err := d.word()
	if err != nil {
		return rows.Num{}, false, err
	}
	if n, ok = rows.ParseNum(w, t.Precision, t.Scale); !ok && !rows.IsNum(w) {
		return n, false, fmt.Errorf("%q is no %s", clip([]byte(w)), t)
	}
	return n, ok, nil
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
	switch d.scan.peek() {
	case '"':
		return d.scan.text()
	case '{', '[':
		start := d.scan.at
		if err := d.scan.skip(0); err != nil {
			return "", err
		}
		return compact(d.scan.data[start:d.scan.at]), nil
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
	if d.scan.null() {
		return nil, nil
	}
	if depth > nesting {
		return nil, d.scan.problem("values lie too deep in each other")
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
	d.scan.peek()
	start := d.scan.at
	v, err := d.boxed(t, depth+1)
	if err == nil || !d.lenient {
		return v, err
	}
	d.scan.at = start
	return nil, d.scan.skip(0)
}

func (d *jsonDecoder) array(t rows.Type, depth int) (any, error) {
	list := []any{}
	err := d.scan.elements(func() error {
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
	err := d.scan.members(depth, func(name []byte) error {
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
	err := d.scan.members(depth, func(name []byte) (err error) {
		for i, f := range t.Fields {
			if f.Name == string(name) {
				seen[i] = true
				row[i], err = d.inner(f.Type, depth)
				return err
			}
		}
		return d.scan.skip(0)
	})
	for i := range seen {
		if err == nil && d.strict && !seen[i] {
			err = fmt.Errorf("there is no field %q", t.Fields[i].Name)
		}
	}
	return row, err
}
