package avroform

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/rows"
)

// typedWrite writes a value of a layout.
type typedWrite[T any] func(to []byte, v T) ([]byte, error)

// boxedWrite is the same of a boxed value.
func boxedWrite[T any](w typedWrite[T], err error) (valueWrite, error) {
	return func(to []byte, v any) ([]byte, error) {
		typed, _ := v.(T)
		return w(to, typed)
	}, err
}

// valueWrite writes a boxed value.
type valueWrite func(to []byte, v any) ([]byte, error)

var errNullNotAllowed = errors.New("the value is NULL, which the schema does not allow")

func (s *Schema) writeValue(n *avro.SchemaNode, t rows.Type) (valueWrite, error) {
	n = s.Of(n)
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
func (s *Schema) writeUnion(n *avro.SchemaNode, t rows.Type) (valueWrite, error) {
	null, other := -1, -1
	var value valueWrite
	err := errAvro(n, t)
	for i := range n.Branches {
		if s.Of(&n.Branches[i]).Type == "null" {
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

func (s *Schema) writePlain(n *avro.SchemaNode, t rows.Type) (valueWrite, error) {
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
		return appendLong(to, rows.FloorDiv(whole*times, over)), nil
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

func (s *Schema) writeNested(n *avro.SchemaNode, t rows.Type) (valueWrite, error) {
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

func (s *Schema) writeMap(n *avro.SchemaNode, t rows.Type) (valueWrite, error) {
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

func (s *Schema) writeRecord(n *avro.SchemaNode, t rows.Type) (valueWrite, error) {
	members, at := make([]valueWrite, len(n.Fields)), make([]int, len(n.Fields))
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
