package avroform

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/rows"
)

// columnWrite writes row i of a column.
type columnWrite func(to []byte, c *rows.Column, i int) ([]byte, error)

// Writer writes rows with a schema.
type Writer struct {
	columns []columnWrite
	order   []int
}

// NewWriter makes a writer of columns, which are found by the names of the schema's fields.
func NewWriter(schema *Schema, fields []rows.Field) (*Writer, error) {
	w := &Writer{}
	return w, w.compile(schema, fields)
}

func (e *Writer) compile(schema *Schema, fields []rows.Field) error {
	if schema.Root.Type != "record" {
		return errors.New("the schema is not a record")
	}
	for i := range schema.Root.Fields {
		f := &schema.Root.Fields[i]
		at := rows.Schema(fields).Index(f.Name)
		var w columnWrite
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

func columnOfSchema(schema *Schema, name string) int {
	for i, f := range schema.Root.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// absentWrite writes null for a field that no column has.
func absentWrite(schema *Schema, f *avro.SchemaField) (columnWrite, error) {
	n := schema.Of(&f.Type)
	for i := range n.Branches {
		if n.Branches[i].Type == "null" {
			return func(to []byte, _ *rows.Column, _ int) ([]byte, error) { return appendLong(to, int64(i)), nil }, nil
		}
	}
	return nil, errors.New("the table has no column for it, and it cannot be null")
}

// Append writes row i of columns behind what is there already.
func (e *Writer) Append(to []byte, cols []*rows.Column, i int) (_ []byte, err error) {
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
func (s *Schema) write(n *avro.SchemaNode, t rows.Type) (columnWrite, error) {
	n = s.Of(n)
	null, other := -1, -1
	if n.Type == "union" && len(n.Branches) == 2 {
		for i := range n.Branches {
			if s.Of(&n.Branches[i]).Type == "null" {
				null, other = i, 1-i
			}
		}
	}
	inner := n
	if null >= 0 {
		inner = s.Of(&n.Branches[other])
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
func simpleWrite(n *avro.SchemaNode, t rows.Type) (columnWrite, error) {
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
