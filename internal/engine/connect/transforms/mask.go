package transforms

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// masked puts nothing, or a text, in the place of the values of fields (Kafka Connect, MaskField). A null stays one.
type masked struct {
	part        part
	fields      []string
	replacement string // "": the zero of the type
	defaults    bool
	plans       map[*data.Schema][][]byte
	buf         []byte
}

func maskField(p part) kind {
	return func(o *options) step {
		o.needed("fields")
		t := &masked{
			part: p, fields: o.list("fields"), replacement: o.text("replacement", ""),
			defaults: o.flag("replace.null.with.default", true), plans: map[*data.Schema][][]byte{},
		}
		if _, given := o.c.config[o.prefix+"replacement"]; given && t.replacement == "" {
			o.problem("replacement", "is empty; leave it out to mask by the zero of each type")
		}
		return t
	}
}

func (t *masked) apply(r data.Record) (data.Record, bool, error) {
	schema, value := t.part.of(&r)
	if *value == nil {
		return r, false, fmt.Errorf("the %s is null, so no field of it can be masked; a predicate such as RecordIsTombstone with negate keeps such records away", t.part)
	}
	if (*schema).Kind != data.Struct {
		return r, false, fmt.Errorf("the %s is no struct but a %s", t.part, (*schema).Kind)
	}
	masks, err := t.masks(*schema)
	if err != nil {
		return r, false, err
	}
	packed := t.buf[:0]
	in := data.Read(*value)
	for i, f := range (*schema).Fields {
		v := in.Value(f.Schema)
		if v == nil && t.defaults {
			v = f.Schema.Default
		}
		if v != nil && masks[i] != nil {
			v = masks[i]
		}
		packed = appendValue(packed, f.Schema, v, false)
	}
	t.buf, *value = packed, packed
	return r, true, in.Err()
}

// masks are what takes the place of each field's value; nil: it stays.
func (t *masked) masks(of *data.Schema) ([][]byte, error) {
	if masks, known := t.plans[of]; known {
		return masks, nil
	}
	masks := make([][]byte, len(of.Fields))
	for i, f := range of.Fields {
		if !slices.Contains(t.fields, f.Name) {
			continue
		}
		mask, err := t.mask(f.Schema)
		if err != nil {
			return nil, fmt.Errorf("field %s cannot be masked: %w", f.Name, err)
		}
		masks[i] = mask
	}
	t.plans[of] = masks
	return masks, nil
}

func (t *masked) mask(s *data.Schema) ([]byte, error) {
	switch {
	case s.Kind == data.String:
		return data.AppendString(nil, t.replacement), nil
	case t.replacement != "":
		return t.number(s)
	}
	switch s.Kind {
	case data.Int8, data.Int16, data.Int32, data.Int64, data.Array, data.Map:
		return data.AppendInt(nil, 0), nil // of a list, that none is in it
	case data.Boolean:
		return data.AppendBool(nil, false), nil
	case data.Float32:
		return data.AppendFloat32(nil, 0), nil
	case data.Float64:
		return data.AppendFloat64(nil, 0), nil
	case data.Bytes:
		if s.Name == "org.apache.kafka.connect.data.Decimal" {
			return data.AppendBytes(nil, []byte{0}), nil
		}
	}
	return nil, fmt.Errorf("a %s has no value that says nothing", s.Kind)
}

// number is the replacement as a number of the type.
func (t *masked) number(s *data.Schema) ([]byte, error) {
	bits, whole := map[data.Kind]int{data.Int8: 8, data.Int16: 16, data.Int32: 32, data.Int64: 64}[s.Kind]
	switch {
	case whole:
		n, err := strconv.ParseInt(t.replacement, 10, bits)
		if err != nil {
			return nil, fmt.Errorf("the replacement is no %s", s.Kind)
		}
		return data.AppendInt(nil, n), nil
	case s.Kind == data.Float32 || s.Kind == data.Float64:
		n, err := strconv.ParseFloat(t.replacement, 64)
		if err != nil {
			return nil, fmt.Errorf("the replacement is no %s", s.Kind)
		}
		if s.Kind == data.Float32 {
			return data.AppendFloat32(nil, float32(n)), nil
		}
		return data.AppendFloat64(nil, n), nil
	}
	return nil, fmt.Errorf("a replacement cannot stand for a %s", s.Kind)
}
