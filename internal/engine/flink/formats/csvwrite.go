package formats

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
)

// csvEncoder writes lines without their end.
type csvEncoder struct {
	dialect
	fields []rows.Field
	json   *jsonEncoder // for the text of numbers and times
	cell   []byte
}

func newCSVEncoder(s Spec) (*csvEncoder, error) {
	e := &csvEncoder{fields: s.Fields, json: &jsonEncoder{}}
	var err error
	if e.dialect, err = dialectOf(s); err != nil {
		return nil, err
	}
	for _, f := range s.Fields {
		if f.Type.Kind == rows.Map || f.Type.Kind == rows.Multiset {
			return nil, errType(s.Name, f)
		}
	}
	return e, nil
}

// Append writes one line.
func (e *csvEncoder) Append(to []byte, b *rows.Batch, i int) ([]byte, error) {
	for j, c := range b.Cols {
		if j > 0 {
			to = append(to, e.delimiter)
		}
		if c.Null(i) {
			to = append(to, e.null...)
			continue
		}
		e.cell = e.text(e.cell[:0], c.Value(i), c.Type)
		if e.quotes(e.cell, c.Type) {
			to = e.quoteInto(to, e.cell)
		} else {
			to = append(to, e.cell...)
		}
	}
	return to, nil
}

func (e *csvEncoder) text(to []byte, v any, t rows.Type) []byte {
	switch v := v.(type) {
	case nil:
		return append(to, e.null...)
	case bool:
		return strconv.AppendBool(to, v)
	case int64:
		return []byte(strings.Trim(string(e.json.whole(to, v, t)), `"`))
	case float64:
		return []byte(strings.Trim(string(appendFloat(to, v, t)), `"`))
	case rows.Num:
		if e.scientific {
			return appendStripped(to, v, t.Scale)
		}
		return v.Append(to, t.Scale)
	case string:
		if t.Kind.IsBytes() {
			return base64.StdEncoding.AppendEncode(to, []byte(v))
		}
		return append(to, v...)
	case []any:
		for i, m := range v {
			if i > 0 {
				to = append(to, e.elements...)
			}
			of := t.Elem
			if t.Kind == rows.Row {
				of = &t.Fields[i].Type
			}
			to = append(to, e.text(nil, m, *of)...)
		}
	}
	return to
}

// longCell is from what length on text is quoted without a look at it, as in Flink's CSV writer.
const longCell = 24

// quotes reports whether a cell is quoted: text in which a character comes before the delimiter or the quote in the
// order of characters, or is one of them, and long text.
func (e *csvEncoder) quotes(cell []byte, t rows.Type) bool {
	if e.quote == 0 || t.Kind.IsNumeric() || t.Kind == rows.Boolean {
		return false
	}
	if utf8.RuneCount(cell) > longCell {
		return true
	}
	safe := max(e.delimiter, e.quote, '\r') + 1
	for _, c := range cell {
		if c < safe || e.escape != 0 && c == e.escape {
			return true
		}
	}
	return false
}

func (e *csvEncoder) quoteInto(to, cell []byte) []byte {
	to = append(to, e.quote)
	for _, c := range cell {
		if c == e.quote || e.escape != 0 && c == e.escape {
			mark := e.quote
			if e.escape != 0 {
				mark = e.escape
			}
			to = append(to, mark)
		}
		to = append(to, c)
	}
	return append(to, e.quote)
}
