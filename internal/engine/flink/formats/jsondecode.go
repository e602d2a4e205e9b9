package formats

import (
	"errors"
	"fmt"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
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
	scan    jsonform.Scanner
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
	d.scan = jsonform.Scanner{Data: message}
	err := d.object(to)
	if err == nil && d.scan.Peek() != 0 {
		err = d.scan.Problem("there is more after the object")
	}
	if err != nil {
		err = fmt.Errorf("cannot read JSON %s: %w", jsonform.Clip(message), err)
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
	if d.scan.Peek() != '{' {
		return d.scan.Problem("there is no object")
	}
	s := &d.scan
	s.At++
	next := 0
	for first := true; ; first = false {
		more, err := s.More(first, '}')
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
	name, escaped, err := s.Str()
	if err != nil {
		return 0, err
	}
	if escaped {
		if name, err = jsonform.Unescaped(name); err != nil {
			return 0, err
		}
	}
	if err := s.Expect(':'); err != nil {
		return 0, err
	}
	i := next
	if i >= len(d.fields) || d.fields[i].Name != string(name) {
		var ok bool
		if i, ok = d.index[string(name)]; !ok {
			return next, s.Skip(0)
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
	if s.Null() {
		SetNull(c, i, true)
		return nil
	}
	start := s.At
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
	s.At = start
	return s.Skip(0)
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
