package transforms

import (
	"fmt"
	"slices"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// part is the key or the value of a record.
type part bool

const (
	ofValue part = false
	ofKey   part = true
)

func (p part) of(r *data.Record) (**data.Schema, *[]byte) {
	if p == ofKey {
		return &r.KeySchema, &r.Key
	}
	return &r.ValueSchema, &r.Value
}

// reshape makes structs of one schema out of those of another.
type reshape struct {
	schema *data.Schema
	from   []int // for each field of the new schema, the field it is taken from
}

// reshaped appends the fields of a struct in their new order. A null whose schema has a default becomes that default
// where defaults is set (Connect's replace.null.with.default).
func (s reshape) reshaped(into, packed []byte, of *data.Schema, defaults bool) ([]byte, error) {
	values := make([][]byte, len(of.Fields))
	r := data.Read(packed)
	for i, f := range of.Fields {
		values[i] = r.Value(f.Schema)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	for _, i := range s.from {
		into = appendValue(into, of.Fields[i].Schema, values[i], defaults)
	}
	return into, nil
}

// appendValue appends a value that was taken out of a struct, nil for null.
func appendValue(into []byte, s *data.Schema, value []byte, defaults bool) []byte {
	if value == nil && defaults {
		value = s.Default
	}
	switch {
	case value == nil && s.Optional:
		return data.AppendNull(into)
	case s.Optional:
		into = data.AppendPresent(into)
	}
	return append(into, value...)
}

// renamedFields leaves out and renames fields (Kafka Connect, ReplaceField).
type renamedFields struct {
	part     part
	include  []string
	exclude  []string
	renames  map[string]string
	defaults bool
	shapes   map[*data.Schema]reshape
	buf      []byte
}

func replaceField(p part) kind {
	return func(o *options) step {
		t := &renamedFields{
			part: p, include: o.list("include"), exclude: o.list("exclude"), renames: o.pairs("renames"),
			defaults: o.flag("replace.null.with.default", true), shapes: map[*data.Schema]reshape{},
		}
		if len(t.include)+len(t.exclude)+len(t.renames) == 0 {
			o.problem("include", "none of include, exclude and renames is set, so nothing would change")
		}
		return t
	}
}

func (t *renamedFields) apply(r data.Record) (data.Record, bool, error) {
	schema, value := t.part.of(&r)
	if *value == nil {
		return r, true, nil
	}
	if (*schema).Kind != data.Struct {
		return r, false, fmt.Errorf("the %s is no struct but a %s", t.part, (*schema).Kind)
	}
	shape, known := t.shapes[*schema]
	if !known {
		shape = t.shape(*schema)
		t.shapes[*schema] = shape
	}
	var err error
	t.buf, err = shape.reshaped(t.buf[:0], *value, *schema, t.defaults)
	*schema, *value = shape.schema, t.buf
	return r, true, err
}

func (p part) String() string {
	if p == ofKey {
		return "key"
	}
	return "value"
}

func (t *renamedFields) shape(of *data.Schema) reshape {
	s := reshape{schema: basics(of)}
	for i, f := range of.Fields {
		if slices.Contains(t.exclude, f.Name) || len(t.include) > 0 && !slices.Contains(t.include, f.Name) {
			continue
		}
		if name, renamed := t.renames[f.Name]; renamed {
			f.Name = name
		}
		s.schema.Fields = append(s.schema.Fields, f)
		s.from = append(s.from, i)
	}
	return s
}

// basics is a schema without its fields, required and without a default (Connect's SchemaUtil.copySchemaBasics).
func basics(of *data.Schema) *data.Schema {
	copied := *of
	copied.Fields, copied.Optional, copied.Default = nil, false, nil
	return &copied
}

// keyFields makes a key of fields of the value (Kafka Connect, ValueToKey).
type keyFields struct {
	fields   []string
	defaults bool
	shapes   map[*data.Schema]reshape
	buf      []byte
}

func newValueToKey(o *options) step {
	o.needed("fields")
	return &keyFields{fields: o.list("fields"), defaults: o.flag("replace.null.with.default", true), shapes: map[*data.Schema]reshape{}}
}

func (t *keyFields) apply(r data.Record) (data.Record, bool, error) {
	if r.Value == nil || r.ValueSchema.Kind != data.Struct {
		return r, false, fmt.Errorf("a key is to be made of fields of the value, which is no struct; a predicate such as RecordIsTombstone with negate keeps such records away")
	}
	shape, known := t.shapes[r.ValueSchema]
	if !known {
		shape.schema = &data.Schema{Kind: data.Struct}
		for _, name := range t.fields {
			i := r.ValueSchema.Index(name)
			if i < 0 {
				return r, false, fmt.Errorf("the value has no field %s", name)
			}
			shape.schema.Fields = append(shape.schema.Fields, r.ValueSchema.Fields[i])
			shape.from = append(shape.from, i)
		}
		t.shapes[r.ValueSchema] = shape
	}
	var err error
	t.buf, err = shape.reshaped(t.buf[:0], r.Value, r.ValueSchema, t.defaults)
	r.KeySchema, r.Key = shape.schema, t.buf
	return r, true, err
}

// pairs are those of a list such as old:new.
func (o *options) pairs(name string) map[string]string {
	pairs := map[string]string{}
	for _, item := range o.list(name) {
		from, to, ok := cut(item)
		if !ok {
			o.problem(name, "%q is not old:new", item)
			continue
		}
		pairs[from] = to
	}
	return pairs
}
