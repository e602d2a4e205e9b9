package formats

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
)

func csvFormat() format {
	return format{
		name: "csv", mode: plan.InsertOnly, accepts: plan.InsertOnly,
		options: []string{
			"field-delimiter", "disable-quote-character", "quote-character", "allow-comments", "ignore-parse-errors", "array-element-delimiter",
			"escape-character", "null-literal", "write-bigdecimal-in-scientific-notation",
		},
		decoder: func(s Spec) (Decoder, error) { return newCSVDecoder(s) },
		encoder: func(s Spec) (Encoder, error) { return newCSVEncoder(s) },
	}
}

// dialect is how a CSV is written (Flink, CSV Format).
type dialect struct {
	delimiter, quote, escape byte // quote and escape are 0 where there is none
	comments, lenient        bool
	null                     string
	hasNull                  bool
	elements                 string
	scientific               bool
}

func dialectOf(s Spec) (d dialect, err error) {
	o := s.Options
	character := func(key string, unset byte) byte {
		text, ok := o[key]
		switch {
		case !ok:
			return unset
		case text == `\t`:
			return '\t'
		case len(text) != 1:
			err = fmt.Errorf("'%s.%s' = '%s' is not one character (of ASCII)", s.Name, key, text)
			return unset
		}
		return text[0]
	}
	d.delimiter, d.quote, d.escape = character("field-delimiter", ','), character("quote-character", '"'), character("escape-character", 0)
	d.null, d.hasNull = o["null-literal"]
	if d.elements = o["array-element-delimiter"]; d.elements == "" {
		d.elements = ";"
	}
	for key, to := range map[string]*bool{"allow-comments": &d.comments, "ignore-parse-errors": &d.lenient} {
		flag, ferr := s.Bool(key)
		*to, err = flag, errors.Join(err, ferr)
	}
	without, werr := s.Bool("disable-quote-character")
	if without {
		d.quote = 0
	}
	d.scientific = o["write-bigdecimal-in-scientific-notation"] != "false"
	return d, errors.Join(err, werr)
}

// csvDecoder reads lines, their fields by position.
type csvDecoder struct {
	dialect
	fields []rows.Field
	at     []int // by field of the line: the column; -1 for one that is not read
	cells  []string
	quoted []bool
}

func newCSVDecoder(s Spec) (*csvDecoder, error) {
	d := &csvDecoder{fields: s.Fields}
	var err error
	if d.dialect, err = dialectOf(s); err != nil {
		return nil, err
	}
	for _, f := range s.Table {
		d.at = append(d.at, rows.Schema(s.Fields).Index(f.Name))
	}
	for _, f := range s.Fields {
		if f.Type.Kind == rows.Map || f.Type.Kind == rows.Multiset {
			return nil, errType(s.Name, f)
		}
	}
	return d, nil
}

// Decode reads one line.
func (d *csvDecoder) Decode(message []byte, to *Rows) error {
	line := strings.TrimRight(shared(message), "\r\n")
	if message == nil || line == "" || d.comments && line[0] == '#' {
		return nil
	}
	to.Grow(to.N + 1)
	err := d.split(line)
	if err == nil {
		err = d.row(to)
	}
	if err == nil {
		to.Done(rows.Insert)
		return nil
	}
	err = fmt.Errorf("cannot read CSV %s: %w", jsonform.Clip(message), err)
	if d.lenient {
		return Skipped{err}
	}
	return err
}

// split cuts a line into its cells.
func (d *csvDecoder) split(line string) error {
	d.cells, d.quoted = d.cells[:0], d.quoted[:0]
	for at := 0; ; at++ {
		cell, next, quoted, err := d.cell(line, at)
		if err != nil {
			return err
		}
		d.cells, d.quoted = append(d.cells, cell), append(d.quoted, quoted)
		if at = next; at >= len(line) {
			return nil
		}
		if line[at] != d.delimiter {
			return fmt.Errorf("there is %q after a quoted field", line[at])
		}
	}
}

// cell reads up to the next delimiter.
func (d *csvDecoder) cell(line string, at int) (cell string, next int, quoted bool, err error) {
	if d.quote == 0 || at >= len(line) || line[at] != d.quote {
		if i := strings.IndexByte(line[at:], d.delimiter); i >= 0 {
			return d.unescape(line[at : at+i]), at + i, false, nil
		}
		return d.unescape(line[at:]), len(line), false, nil
	}
	var b []byte
	for at++; at < len(line); at++ {
		switch c := line[at]; {
		case d.escape != 0 && c == d.escape && at+1 < len(line):
			at++
			b = append(b, line[at])
		case c != d.quote:
			b = append(b, c)
		case at+1 < len(line) && line[at+1] == d.quote:
			at++
			b = append(b, c)
		default:
			return string(b), at + 1, true, nil
		}
	}
	return "", at, true, errors.New("a quoted field does not end")
}

func (d *csvDecoder) unescape(cell string) string {
	if d.escape == 0 || strings.IndexByte(cell, d.escape) < 0 {
		return cell
	}
	var b []byte
	for i := 0; i < len(cell); i++ {
		if cell[i] == d.escape && i+1 < len(cell) {
			i++
		}
		b = append(b, cell[i])
	}
	return string(b)
}

func (d *csvDecoder) row(to *Rows) error {
	if len(d.cells) != len(d.at) && !d.lenient {
		return fmt.Errorf("it has %d fields, where %d are expected", len(d.cells), len(d.at))
	}
	for i, column := range d.at {
		if column < 0 {
			continue
		}
		c := to.Cols[column]
		if i >= len(d.cells) {
			SetNull(c, to.N, true)
			continue
		}
		v, err := d.value(d.cells[i], c.Type)
		switch {
		case err != nil && !d.lenient:
			return fmt.Errorf("field %s: %w", d.fields[column].Name, err)
		case err != nil:
			v = nil
		}
		Set(c, to.N, v)
	}
	return nil
}

// value reads a cell. One that is empty is NULL unless it is text.
func (d *csvDecoder) value(cell string, t rows.Type) (any, error) {
	if d.hasNull && cell == d.null || cell == "" && !t.Kind.IsText() {
		return nil, nil
	}
	trimmed := strings.TrimSpace(cell)
	switch t.Kind.Layout() {
	case rows.BoolLayout:
		return strings.EqualFold(trimmed, "true"), nil
	case rows.IntLayout:
		return boxing(csvWhole(trimmed, t))
	case rows.FloatLayout:
		return boxing(strconv.ParseFloat(trimmed, 64))
	case rows.DecimalLayout:
		if n, ok := rows.ParseNum(trimmed, t.Precision, t.Scale); ok {
			return n, nil
		}
		if rows.IsNum(trimmed) {
			return nil, nil
		}
		return nil, fmt.Errorf("%q is no %s", trimmed, t)
	case rows.StringLayout:
		if !t.Kind.IsBytes() {
			return cell, nil
		}
		decoded, err := base64.StdEncoding.DecodeString(cell)
		return string(decoded), err
	}
	return d.list(cell, t)
}

func csvWhole(text string, t rows.Type) (int64, error) {
	switch t.Kind {
	case rows.Date:
		if days, ok := jsonform.ParseDate(text); ok && len(text) == 10 {
			return days, nil
		}
	case rows.Time:
		if micros, rest, ok := jsonform.ParseTime(text, true); ok && rest == "" {
			return micros / 1000, nil
		}
	case rows.Timestamp, rows.TimestampLTZ:
		return stamp{}.parse(text, t)
	default:
		return strconv.ParseInt(text, 10, widths[t.Kind])
	}
	return 0, fmt.Errorf("%q is no %s", text, t)
}

// list reads an array or a row, whose members stand in one cell.
func (d *csvDecoder) list(cell string, t rows.Type) (any, error) {
	parts := strings.Split(cell, d.elements)
	list := make([]any, 0, len(parts))
	for i, p := range parts {
		of := t.Elem
		if t.Kind == rows.Row {
			if i >= len(t.Fields) {
				return nil, fmt.Errorf("a row of %d members has %d", len(t.Fields), len(parts))
			}
			of = &t.Fields[i].Type
		}
		v, err := d.value(p, *of)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	for t.Kind == rows.Row && len(list) < len(t.Fields) {
		list = append(list, nil)
	}
	return list, nil
}
