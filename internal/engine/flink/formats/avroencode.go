package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/rows"
)

// avroEncoder writes rows in Confluent's frame, with a schema that is registered before the first.
type avroEncoder struct {
	registry *registry
	subject  string
	text     string // of the schema
	id       int    // 0: not registered yet
	columns  []avroWrite
	order    []int
}

// avroWrite writes row i of a column.
type avroWrite func(to []byte, c *rows.Column, i int) ([]byte, error)

func newAvroEncoder(s Spec) (*avroEncoder, error) {
	r, err := newRegistry(s)
	if err != nil {
		return nil, err
	}
	e := &avroEncoder{registry: r, subject: s.Options["subject"], text: s.Options["schema"]}
	if e.subject == "" {
		if s.Topic == "" {
			return nil, fmt.Errorf("the option '%s.subject' is missing", s.Name)
		}
		e.subject = s.Topic + "-value"
		if s.Key {
			e.subject = s.Topic + "-key"
		}
	}
	if e.text == "" {
		if e.text, err = avroText(s.Fields); err != nil {
			return nil, err
		}
	}
	schema, err := parseAvro(e.text)
	if err != nil {
		return nil, fmt.Errorf("'%s.schema': %w", s.Name, err)
	}
	return e, e.compile(schema, s.Fields)
}

func (e *avroEncoder) compile(schema *avroSchema, fields []rows.Field) error {
	if schema.root.Type != "record" {
		return errors.New("the schema is not a record")
	}
	for i := range schema.root.Fields {
		f := &schema.root.Fields[i]
		at := rows.Schema(fields).Index(f.Name)
		var w avroWrite
		var err error
		if at < 0 {
			w, err = absentWrite(schema, f)
		} else {
			w, err = schema.write(&f.Type, fields[at].Type)
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		e.columns, e.order = append(e.columns, w), append(e.order, at)
	}
	for _, f := range fields {
		if columnOfSchema(schema, f.Name) < 0 {
			return fmt.Errorf("the schema has no field for column %s", f.Name)
		}
	}
	return nil
}

func columnOfSchema(schema *avroSchema, name string) int {
	for i, f := range schema.root.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// absentWrite writes null for a field that no column has.
func absentWrite(schema *avroSchema, f *avro.SchemaField) (avroWrite, error) {
	n := schema.of(&f.Type)
	for i := range n.Branches {
		if n.Branches[i].Type == "null" {
			return func(to []byte, _ *rows.Column, _ int) ([]byte, error) { return appendLong(to, int64(i)), nil }, nil
		}
	}
	return nil, errors.New("the table has no column for it, and it cannot be null")
}

// Append writes one value.
func (e *avroEncoder) Append(to []byte, b *rows.Batch, i int) (_ []byte, err error) {
	if e.id == 0 {
		if e.id, err = e.registry.register(e.subject, e.text); err != nil {
			return to, err
		}
	}
	to = binary.BigEndian.AppendUint32(append(to, 0), uint32(e.id))
	return e.record(to, b.Cols, i)
}

func (e *avroEncoder) record(to []byte, cols []*rows.Column, i int) (_ []byte, err error) {
	for j, w := range e.columns {
		var c *rows.Column
		if e.order[j] >= 0 {
			c = cols[e.order[j]]
		}
		if to, err = w(to, c, i); err != nil {
			return to, err
		}
	}
	return to, nil
}

func appendLong(to []byte, v int64) []byte {
	return binary.AppendUvarint(to, uint64(v)<<1^uint64(v>>63))
}

func appendBytes(to []byte, v string) []byte { return append(appendLong(to, int64(len(v))), v...) }

// write makes what writes a column as a schema says: a simple type without boxes.
func (s *avroSchema) write(n *avro.SchemaNode, t rows.Type) (avroWrite, error) {
	n = s.of(n)
	null, other := -1, -1
	if n.Type == "union" && len(n.Branches) == 2 {
		for i := range n.Branches {
			if s.of(&n.Branches[i]).Type == "null" {
				null, other = i, 1-i
			}
		}
	}
	inner := n
	if null >= 0 {
		inner = s.of(&n.Branches[other])
	}
	plain, err := simpleWrite(inner, t)
	if err != nil {
		return nil, err
	}
	if plain == nil {
		value, err := s.writeValue(n, t)
		return func(to []byte, c *rows.Column, i int) ([]byte, error) { return value(to, c.Value(i)) }, err
	}
	return func(to []byte, c *rows.Column, i int) ([]byte, error) {
		switch {
		case !c.Null(i) && null < 0:
			return plain(to, c, i)
		case !c.Null(i):
			return plain(appendLong(to, int64(other)), c, i)
		case null < 0:
			return to, errNullNotAllowed
		}
		return appendLong(to, int64(null)), nil
	}, nil
}

// simpleWrite writes what is not null of a column without boxed values; nil if there is no such way.
func simpleWrite(n *avro.SchemaNode, t rows.Type) (avroWrite, error) {
	if n.Type == "union" {
		return nil, nil
	}
	switch t.Kind.Layout() {
	case rows.IntLayout:
		w, err := writeWhole(n, t)
		return func(to []byte, c *rows.Column, i int) ([]byte, error) { return w(to, c.Ints[i]) }, err
	case rows.FloatLayout:
		w, err := writeFloat(n, t)
		return func(to []byte, c *rows.Column, i int) ([]byte, error) { return w(to, c.Floats[i]) }, err
	case rows.DecimalLayout:
		w, err := writeDecimal(n, t)
		return func(to []byte, c *rows.Column, i int) ([]byte, error) { return w(to, c.Decimals[i]) }, err
	case rows.StringLayout:
		w, err := writeString(n, t)
		return func(to []byte, c *rows.Column, i int) ([]byte, error) { return w(to, c.Strings[i]) }, err
	}
	return nil, nil
}

// typedWrite writes a value of a layout.
type typedWrite[T any] func(to []byte, v T) ([]byte, error)

// boxedWrite is the same of a boxed value.
func boxedWrite[T any](w typedWrite[T], err error) (avroWriteValue, error) {
	return func(to []byte, v any) ([]byte, error) {
		typed, _ := v.(T)
		return w(to, typed)
	}, err
}

// avroWriteValue writes a boxed value.
type avroWriteValue func(to []byte, v any) ([]byte, error)

var errNullNotAllowed = errors.New("the value is NULL, which the schema does not allow")

func (s *avroSchema) writeValue(n *avro.SchemaNode, t rows.Type) (avroWriteValue, error) {
	n = s.of(n)
	if n.Type == "union" {
		return s.writeUnion(n, t)
	}
	plain, err := s.writePlain(n, t)
	if err != nil {
		return nil, err
	}
	return func(to []byte, v any) ([]byte, error) {
		if v == nil {
			return to, errNullNotAllowed
		}
		return plain(to, v)
	}, nil
}

// writeUnion takes the first branch that the type fits, and that of null.
func (s *avroSchema) writeUnion(n *avro.SchemaNode, t rows.Type) (avroWriteValue, error) {
	null, other := -1, -1
	var value avroWriteValue
	err := errAvro(n, t)
	for i := range n.Branches {
		if s.of(&n.Branches[i]).Type == "null" {
			null = i
			continue
		}
		if other >= 0 {
			continue
		}
		if w, werr := s.writeValue(&n.Branches[i], t); werr == nil {
			value, other = w, i
		} else {
			err = werr
		}
	}
	if other < 0 {
		return nil, err
	}
	return func(to []byte, v any) ([]byte, error) {
		switch {
		case v != nil:
			return value(appendLong(to, int64(other)), v)
		case null < 0:
			return to, errNullNotAllowed
		}
		return appendLong(to, int64(null)), nil
	}, nil
}

func (s *avroSchema) writePlain(n *avro.SchemaNode, t rows.Type) (avroWriteValue, error) {
	switch t.Kind.Layout() {
	case rows.BoolLayout:
		if n.Type == "boolean" {
			return func(to []byte, v any) ([]byte, error) {
				if v == true {
					return append(to, 1), nil
				}
				return append(to, 0), nil
			}, nil
		}
	case rows.IntLayout:
		return boxedWrite(writeWhole(n, t))
	case rows.FloatLayout:
		return boxedWrite(writeFloat(n, t))
	case rows.DecimalLayout:
		return boxedWrite(writeDecimal(n, t))
	case rows.StringLayout:
		return boxedWrite(writeString(n, t))
	}
	return s.writeNested(n, t)
}

func writeWhole(n *avro.SchemaNode, t rows.Type) (typedWrite[int64], error) {
	if n.Type != "int" && n.Type != "long" || t.Kind == rows.BigInt && n.Type == "int" {
		return nil, errAvro(n, t)
	}
	times, over := int64(1), int64(1)
	switch {
	case t.Kind.IsTimestamp():
		switch n.LogicalType {
		case "timestamp-millis", "local-timestamp-millis", "":
			over = 1000
		case "timestamp-nanos", "local-timestamp-nanos":
			times = 1000
		}
	case t.Kind == rows.Time && n.LogicalType == "time-micros":
		times = 1000
	}
	return func(to []byte, whole int64) ([]byte, error) {
		return appendLong(to, floorDiv(whole*times, over)), nil
	}, nil
}

func writeFloat(n *avro.SchemaNode, t rows.Type) (typedWrite[float64], error) {
	switch n.Type {
	case "float":
		return func(to []byte, f float64) ([]byte, error) {
			return binary.LittleEndian.AppendUint32(to, math.Float32bits(float32(f))), nil
		}, nil
	case "double":
		return func(to []byte, f float64) ([]byte, error) {
			return binary.LittleEndian.AppendUint64(to, math.Float64bits(f)), nil
		}, nil
	}
	return nil, errAvro(n, t)
}

func writeDecimal(n *avro.SchemaNode, t rows.Type) (typedWrite[rows.Num], error) {
	if n.Type != "bytes" && n.Type != "fixed" || n.LogicalType != "decimal" {
		return nil, errAvro(n, t)
	}
	return func(to []byte, num rows.Num) ([]byte, error) {
		num, ok := num.Rescale(t.Scale, n.Scale)
		if !ok || !num.Fits(n.Precision) {
			return to, fmt.Errorf("%s does not fit DECIMAL(%d, %d) of the schema", num.Text(n.Scale), n.Precision, n.Scale)
		}
		var room [16]byte
		short := bytesOf(room[:0], num)
		if n.Type == "bytes" {
			return append(appendLong(to, int64(len(short))), short...), nil
		}
		fill := byte(0)
		if num.Hi < 0 {
			fill = 0xff
		}
		for range n.Size - len(short) {
			to = append(to, fill)
		}
		return append(to, short...), nil
	}, nil
}

func writeString(n *avro.SchemaNode, t rows.Type) (typedWrite[string], error) {
	switch n.Type {
	case "string", "bytes":
		return func(to []byte, text string) ([]byte, error) {
			return appendBytes(to, text), nil
		}, nil
	case "enum":
		symbols := map[string]int64{}
		for i, name := range n.Symbols {
			symbols[name] = int64(i)
		}
		return func(to []byte, text string) ([]byte, error) {
			i, ok := symbols[text]
			if !ok {
				return to, fmt.Errorf("%q is none of the enum's symbols %v", text, n.Symbols)
			}
			return appendLong(to, i), nil
		}, nil
	case "fixed":
		return func(to []byte, text string) ([]byte, error) {
			if len(text) != n.Size {
				return to, fmt.Errorf("%d bytes, where the schema wants %d", len(text), n.Size)
			}
			return append(to, text...), nil
		}, nil
	}
	return nil, errAvro(n, t)
}

func (s *avroSchema) writeNested(n *avro.SchemaNode, t rows.Type) (avroWriteValue, error) {
	switch {
	case n.Type == "array" && t.Kind == rows.Array:
		item, err := s.writeValue(n.Items, *t.Elem)
		return func(to []byte, v any) (_ []byte, err error) {
			list, _ := v.([]any)
			if len(list) > 0 {
				to = appendLong(to, int64(len(list)))
			}
			for _, m := range list {
				if to, err = item(to, m); err != nil {
					return to, err
				}
			}
			return append(to, 0), nil
		}, err
	case n.Type == "map" && (t.Kind == rows.Map || t.Kind == rows.Multiset):
		return s.writeMap(n, t)
	case n.Type == "record" && t.Kind == rows.Row:
		return s.writeRecord(n, t)
	}
	return nil, errAvro(n, t)
}

func (s *avroSchema) writeMap(n *avro.SchemaNode, t rows.Type) (avroWriteValue, error) {
	of := rows.IntType
	if t.Kind == rows.Map {
		of = *t.Elem
	}
	value, err := s.writeValue(n.Values, of)
	return func(to []byte, v any) (_ []byte, err error) {
		entries, _ := v.(rows.Entries)
		if len(entries) > 0 {
			to = appendLong(to, int64(len(entries)))
		}
		for _, p := range entries {
			key, ok := p.Key.(string)
			if !ok {
				return to, errors.New("a map's key is NULL, or no string, which Avro does not have")
			}
			if to, err = value(appendBytes(to, key), p.Value); err != nil {
				return to, err
			}
		}
		return append(to, 0), nil
	}, err
}

func (s *avroSchema) writeRecord(n *avro.SchemaNode, t rows.Type) (avroWriteValue, error) {
	members, at := make([]avroWriteValue, len(n.Fields)), make([]int, len(n.Fields))
	for i := range n.Fields {
		at[i] = rows.Schema(t.Fields).Index(n.Fields[i].Name)
		of := rows.Type{}
		if at[i] >= 0 {
			of = t.Fields[at[i]].Type
		}
		w, err := s.writeValue(&n.Fields[i].Type, of)
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", n.Fields[i].Name, err)
		}
		members[i] = w
	}
	return func(to []byte, v any) (_ []byte, err error) {
		row, _ := v.([]any)
		for i, w := range members {
			var m any
			if at[i] >= 0 && at[i] < len(row) {
				m = row[at[i]]
			}
			if to, err = w(to, m); err != nil {
				return to, err
			}
		}
		return to, nil
	}, nil
}
