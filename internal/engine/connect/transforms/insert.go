package transforms

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// inserted adds fields to the key or the value (Kafka Connect, InsertField): the topic, the record's time, or a text.
type inserted struct {
	part     part
	fields   []insertion
	defaults bool
	schemas  map[*data.Schema]*data.Schema
	buf      []byte
}

// insertion is a field that is added: its name, and its value for a record.
type insertion struct {
	field data.Field
	value func(into []byte, r data.Record) []byte // the value of the type itself; nil for null
}

const timestampName = "org.apache.kafka.connect.data.Timestamp"

func insertField(p part) kind {
	return func(o *options) step {
		t := &inserted{part: p, defaults: o.flag("replace.null.with.default", true), schemas: map[*data.Schema]*data.Schema{}}
		t.add(o, "topic.field", data.Schema{Kind: data.String}, func(into []byte, r data.Record) []byte { return data.AppendString(into, r.Topic) })
		o.refused("partition.field", "cannot be used: the partition is chosen when the record is written")
		o.refused("offset.field", "is for sink connectors alone")
		t.add(o, "timestamp.field", data.Schema{Kind: data.Int64, Name: timestampName, Version: 1}, func(into []byte, r data.Record) []byte {
			if r.Timestamp == 0 {
				return nil
			}
			return data.AppendInt(into, r.Timestamp)
		})
		text := o.text("static.value", "")
		if o.text("static.field", "") != "" && o.c.config[o.prefix+"static.value"] == "" {
			o.problem("static.value", "is missing, as static.field is set")
		}
		t.add(o, "static.field", data.Schema{Kind: data.String}, func(into []byte, _ data.Record) []byte { return data.AppendString(into, text) })
		if len(t.fields) == 0 {
			o.problem("static.field", "none of topic.field, timestamp.field and static.field is set, so nothing would change")
		}
		return t
	}
}

// add reads the name of a field: name, name? (optional, as without a mark) or name! (required).
func (t *inserted) add(o *options, key string, schema data.Schema, value func([]byte, data.Record) []byte) {
	name := o.text(key, "")
	if name == "" {
		return
	}
	schema.Optional = !strings.HasSuffix(name, "!")
	t.fields = append(t.fields, insertion{data.Field{Name: strings.TrimRight(name, "?!"), Schema: &schema}, value})
}

func (t *inserted) apply(r data.Record) (data.Record, bool, error) {
	schema, value := t.part.of(&r)
	if *value == nil || (*schema).Kind != data.Struct {
		return r, true, nil
	}
	packed, err := withDefaults(t.buf[:0], *schema, *value, t.defaults)
	if err != nil {
		return r, false, err
	}
	for _, f := range t.fields {
		if packed, err = f.append(packed, r); err != nil {
			return r, false, err
		}
	}
	t.buf = packed
	extended, known := t.schemas[*schema]
	if !known {
		extended = basics(*schema)
		extended.Fields = append(extended.Fields, (*schema).Fields...)
		for _, f := range t.fields {
			extended.Fields = append(extended.Fields, f.field)
		}
		t.schemas[*schema] = extended
	}
	*schema, *value = extended, packed
	return r, true, nil
}

func (f insertion) append(into []byte, r data.Record) ([]byte, error) {
	start := len(into)
	if f.field.Schema.Optional {
		into = data.AppendPresent(into)
	}
	if appended := f.value(into, r); appended != nil {
		return appended, nil
	}
	if !f.field.Schema.Optional {
		return nil, fmt.Errorf("field %s is required, and the record has nothing for it", f.field.Name)
	}
	return data.AppendNull(into[:start]), nil
}

// withDefaults appends a struct; if asked for, with the defaults of its fields in the place of nulls.
func withDefaults(into []byte, of *data.Schema, packed []byte, defaults bool) ([]byte, error) {
	if !defaults || !anyDefault(of) {
		return append(into, packed...), nil
	}
	r := data.Read(packed)
	for _, f := range of.Fields {
		into = appendValue(into, f.Schema, r.Value(f.Schema), true)
	}
	return into, r.Err()
}

func anyDefault(of *data.Schema) bool {
	for _, f := range of.Fields {
		if f.Schema.Optional && f.Schema.Default != nil {
			return true
		}
	}
	return false
}

func cut(item string) (from, to string, ok bool) {
	from, to, ok = strings.Cut(item, ":")
	return strings.TrimSpace(from), strings.TrimSpace(to), ok && from != "" && to != "" && !strings.Contains(to, ":")
}
