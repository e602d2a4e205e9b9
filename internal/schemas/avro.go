package schemas

import (
	"bytes"
	"encoding/json"
)

// PIITag is the tag that Confluent's clients and rules know personal data by (Confluent: tags in a schema).
const PIITag = "PII"

// Avro writes the record as an Avro schema (Apache Avro 1.12 specification) in one line. The order of attributes is
// fixed, so equal records give equal texts. Nested types are named by their path, so that an edit elsewhere renames
// nothing. Nullable fields are unions whose first branch is that of the default.
func (r Record) Avro() string { return encode(r.avro()) }

// AvroNames gives the full names of all types that the record defines, in order: repeated names make it invalid.
func (r Record) AvroNames() []string {
	var names []string
	collectNames(r.avro(), &names)
	return names
}

func collectNames(node any, names *[]string) {
	switch node := node.(type) {
	case object:
		for _, m := range node {
			if name, ok := m.value.(string); ok && m.key == "name" && isNamed(node) {
				*names = append(*names, name)
			}
			collectNames(m.value, names)
		}
	case []any:
		for _, item := range node {
			collectNames(item, names)
		}
	}
}

func isNamed(node object) bool {
	kind, _ := node[0].value.(string)
	return kind == "record" || kind == "enum"
}

func (r Record) avro() object {
	o := object{{"type", "record"}, {"name", r.Name}}
	if r.Namespace != "" {
		o = append(o, member{"namespace", r.Namespace})
	}
	if r.Description != "" {
		o = append(o, member{"doc", r.Description})
	}
	return append(o, member{"fields", avroFields(r.Fields, r.Name)})
}

func avroFields(fields []Field, path string) []any {
	out := make([]any, 0, len(fields))
	for _, f := range fields {
		out = append(out, f.avro(path))
	}
	return out
}

func (f Field) avro(path string) object {
	o := object{{"name", f.Name}}
	t := avroType(f.Type, path+CamelCase(f.Name))
	switch {
	case f.Required && f.Default != nil:
		o = append(o, member{"type", t}, member{"default", f.Default})
	case f.Required:
		o = append(o, member{"type", t})
	case f.Default != nil:
		o = append(o, member{"type", []any{t, "null"}}, member{"default", f.Default})
	default:
		o = append(o, member{"type", []any{"null", t}}, member{"default", nil})
	}
	if f.Description != "" {
		o = append(o, member{"doc", f.Description})
	}
	if f.PII {
		o = append(o, member{"confluent:tags", []any{PIITag}})
	}
	return o
}

func avroType(t Type, path string) any {
	switch t.Kind {
	case Decimal:
		return object{{"type", "bytes"}, {"logicalType", "decimal"}, {"precision", t.Precision}, {"scale", t.Scale}}
	case Date:
		return object{{"type", "int"}, {"logicalType", "date"}}
	case Time:
		return object{{"type", "int"}, {"logicalType", "time-millis"}}
	case Timestamp:
		if t.Precision == 6 {
			return object{{"type", "long"}, {"logicalType", "timestamp-micros"}}
		}
		return object{{"type", "long"}, {"logicalType", "timestamp-millis"}}
	case UUID:
		return object{{"type", "string"}, {"logicalType", "uuid"}}
	case JSON:
		return object{{"type", "string"}, {"weft.type", "json"}}
	case Enum:
		return avroEnum(t, path)
	case Array:
		return object{{"type", "array"}, {"items", avroType(*t.Items, path)}}
	case Map:
		return object{{"type", "map"}, {"values", avroType(*t.Items, path)}}
	case RecordOf:
		return object{{"type", "record"}, {"name", path}, {"fields", avroFields(t.Fields, path)}}
	}
	return string(t.Kind)
}

func avroEnum(t Type, path string) object {
	symbols := make([]any, len(t.Symbols))
	for i, s := range t.Symbols {
		symbols[i] = s
	}
	o := object{{"type", "enum"}, {"name", path}, {"symbols", symbols}}
	if t.Default != "" {
		o = append(o, member{"default", t.Default})
	}
	return o
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(encode(m.key) + ":" + encode(m.value))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode writes JSON without escaping <, > and &; what it is given here can always be written.
func encode(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value)
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}
