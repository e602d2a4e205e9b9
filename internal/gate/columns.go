package gate

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/masks"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/avroform"
	"github.com/weftmesh/weft/internal/schemas"
)

// columnEncoder writes rows that lie in columns, as encoder does those that do not.
type columnEncoder struct {
	*encoder
	names   [][]byte         // of JSON: "name": with quotes and colon
	value   *avroform.Writer // nil: JSON
	keyAvro *avroform.Writer // nil: text
	keyCols []int
}

func newColumnEncoder(e *encoder, columns rows.Schema) (*columnEncoder, error) {
	c := &columnEncoder{encoder: e}
	var err error
	if e.value != nil {
		if c.value, err = columnWriter(e.topic.ValueText, columns); err != nil {
			return nil, err
		}
	}
	for _, f := range e.topic.Value.Fields {
		c.names = append(c.names, append(appendJSONText(nil, f.Name), ':'))
	}
	keys := rows.Schema{}
	for _, name := range e.keys {
		at := columns.Index(name)
		c.keyCols = append(c.keyCols, at)
		keys = append(keys, columns[at])
	}
	if e.key != nil {
		c.keyAvro, err = columnWriter(e.topic.Key.Avro(), keys)
	}
	return c, err
}

func columnWriter(text string, columns rows.Schema) (*avroform.Writer, error) {
	schema, err := avroform.Parse(text)
	if err != nil {
		return nil, err
	}
	return avroform.NewWriter(schema, columns)
}

// appendRow writes row i behind what is there already.
func (c *columnEncoder) appendRow(to []byte, cols []*rows.Column, i int) ([]byte, error) {
	if c.value != nil {
		return c.value.Append(appendFrame(to, c.encoder.value.id), cols, i)
	}
	to = append(to, '{')
	for k, col := range cols {
		if k > 0 {
			to = append(to, ',')
		}
		to = append(to, c.names[k]...)
		if col.Null(i) {
			to = append(to, "null"...)
		} else {
			to = appendJSON(to, c.topic.Value.Fields[k].Type, col, i)
		}
	}
	return append(to, '}'), nil
}

func appendFrame(to []byte, id int) []byte {
	return binary.BigEndian.AppendUint32(append(to, 0), uint32(id))
}

// appendKey writes the key of row i; false where it is empty.
func (c *columnEncoder) appendKey(to []byte, cols []*rows.Column, i int) (_ []byte, ok bool) {
	if c.keyAvro == nil {
		col := cols[c.keyCols[0]]
		return append(to, col.Strings[i]...), col.Strings[i] != ""
	}
	var room [4]*rows.Column
	keys := room[:0]
	for _, k := range c.keyCols {
		keys = append(keys, cols[k])
	}
	to, err := c.keyAvro.Append(appendFrame(to, c.key.id), keys, i)
	return to, err == nil
}

// appendJSON writes a value as codecs.ToJSON does.
func appendJSON(to []byte, t schemas.Type, col *rows.Column, i int) []byte {
	switch t.Kind {
	case schemas.Boolean:
		return strconv.AppendBool(to, col.Bools[i])
	case schemas.Int, schemas.Long:
		return strconv.AppendInt(to, col.Ints[i], 10)
	case schemas.Float:
		return strconv.AppendFloat(to, col.Floats[i], 'g', -1, 32)
	case schemas.Double:
		return strconv.AppendFloat(to, col.Floats[i], 'g', -1, 64)
	case schemas.Decimal:
		return col.Decimals[i].Append(to, t.Scale)
	case schemas.Bytes:
		return append(base64.StdEncoding.AppendEncode(append(to, '"'), []byte(col.Strings[i])), '"')
	case schemas.Date:
		return append(time.Unix(col.Ints[i]*86400, 0).UTC().AppendFormat(append(to, '"'), time.DateOnly), '"')
	case schemas.Time:
		return append(time.UnixMilli(col.Ints[i]).UTC().AppendFormat(append(to, '"'), "15:04:05.000"), '"')
	case schemas.Timestamp:
		return append(appendInstant(append(to, '"'), col.Ints[i], t.Precision), '"')
	}
	return appendJSONText(to, col.Strings[i])
}

// appendInstant writes ISO 8601 in UTC with as many digits as the precision has.
func appendInstant(to []byte, micros int64, precision int) []byte {
	const day = 86_400_000_000
	days := rows.FloorDiv(micros, day)
	rest := micros - days*day
	to = time.Unix(days*86400, 0).UTC().AppendFormat(to, time.DateOnly)
	to = append(to, 'T')
	seconds := rest / 1_000_000
	for k, v := range [3]int64{seconds / 3600, seconds / 60 % 60, seconds % 60} {
		if k > 0 {
			to = append(to, ':')
		}
		to = append(to, byte('0'+v/10), byte('0'+v%10))
	}
	to = append(to, '.')
	fraction, unit := rest%1_000_000, int64(100_000)
	for range precision {
		to = append(to, byte('0'+fraction/unit%10))
		unit /= 10
	}
	return append(to, 'Z')
}

// appendJSONText writes a string as encoding/json does without escaping for HTML: U+2028 and U+2029 are escaped, as are
// control characters.
func appendJSONText(to []byte, v string) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	start := 0
	for i := 0; i < len(v); {
		c := v[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(v[i:])
			if r != '\u2028' && r != '\u2029' {
				i += size
				continue
			}
			to = append(append(to, v[start:i]...), '\\', 'u', '2', '0', '2', hex[r&15])
			i += size
			start = i
			continue
		}
		to = append(to, v[start:i]...)
		switch c {
		case '"', '\\':
			to = append(to, '\\', c)
		case '\n':
			to = append(to, '\\', 'n')
		case '\r':
			to = append(to, '\\', 'r')
		case '\t':
			to = append(to, '\\', 't')
		case '\b':
			to = append(to, '\\', 'b')
		case '\f':
			to = append(to, '\\', 'f')
		default:
			to = append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(to, v[start:]...), '"')
}

// columnMasks hide the personal data of rows in columns.
type columnMasks struct {
	fields []contracts.Field
	types  []schemas.Type
	masked rows.Schema // of the copy
	secret []byte
	cols   []*rows.Column
	keyed  []*rows.Column
}

func newColumnMasks(spec Spec, secret []byte) *columnMasks {
	m := &columnMasks{fields: spec.Topic.Fields, masked: codecs.Columns(masks.Topic(spec.Product, spec.Topic).Value.Fields), secret: secret}
	for _, f := range spec.Topic.Value.Fields {
		m.types = append(m.types, f.Type)
	}
	m.cols, m.keyed = make([]*rows.Column, len(m.fields)), make([]*rows.Column, len(m.fields))
	for i, f := range m.fields {
		m.cols[i], m.keyed[i] = &rows.Column{Type: m.masked[i].Type}, nil
		for _, k := range spec.Product.Key {
			if k == f.Name && f.PII {
				m.keyed[i] = &rows.Column{Type: rows.StringType}
			}
		}
	}
	return m
}

// row masks row i: columns of one row, and those that the key is made of.
func (m *columnMasks) row(cols []*rows.Column, i int) (row, key []*rows.Column) {
	row, key = make([]*rows.Column, len(cols)), make([]*rows.Column, len(cols))
	for k, col := range cols {
		if f := m.fields[k]; f.PII {
			native := codecs.Native(m.types[k], col.Value(i))
			row[k] = m.put(m.cols[k], masks.Value(f.Mask, native, m.secret))
			if m.keyed[k] != nil {
				key[k] = m.put(m.keyed[k], masks.Value(masks.Hash, native, m.secret))
				continue
			}
			key[k] = row[k]
			continue
		}
		row[k] = col.Slice(i, i+1)
		key[k] = row[k]
	}
	return row, key
}

// put makes a column of one value.
func (m *columnMasks) put(col *rows.Column, value any) *rows.Column {
	col.Resize(1)
	col.Put(0, value)
	return col
}

// room makes columns long enough for a batch.
func room(cols []*rows.Column, n int) {
	for _, c := range cols {
		if c.Len() < n {
			c.Resize(n)
		}
	}
}

// view is the first n rows of columns.
func view(cols []*rows.Column, n int) *rows.Batch {
	b := &rows.Batch{Len: n, Cols: make([]*rows.Column, len(cols))}
	for i, c := range cols {
		b.Cols[i] = c.Slice(0, n)
	}
	return b
}
