// Package data is Kafka Connect's data model: schemas, records, and values that lie packed in bytes.
//
// A value is the Avro binary encoding of its schema (Avro 1.12, "Binary Encoding"), where an optional
// schema is the union of null and the type, in this order: a null is the byte 0, anything else has the
// byte 2 before it. So a row is appended column by column without an allocation, an Avro converter
// copies most of it, and what a transform takes out of a struct is a slice of it.
package data

// Kind is a type of Connect's Schema.Type.
type Kind uint8

// The kinds, in the order of Connect's Schema.Type. In bytes: the integers are Avro's int and long,
// floats and booleans are as in Avro, String and Bytes have their length before them, Array and Map
// are blocks of (count, items...) closed by a count of 0, a Struct is its fields one after the other.
const (
	Int8 Kind = iota + 1
	Int16
	Int32
	Int64
	Float32
	Float64
	Boolean
	String
	Bytes
	Array
	Map
	Struct
)

// String is the name of the kind as Connect's JSON schemas have it: int32, string, struct.
func (k Kind) String() string {
	names := [...]string{"", "int8", "int16", "int32", "int64", "float", "double", "boolean", "string", "bytes", "array", "map", "struct"}
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// Schema is a Connect schema. It does not change once a record refers to it, so converters and
// transforms may keep what they compiled for it under its address: one schema, one pointer. A table
// that changes gets new schemas.
type Schema struct {
	Kind       Kind
	Optional   bool
	Name       string // as in org.apache.kafka.connect.data.Decimal; empty: none
	Version    int    // 0: none
	Doc        string
	Parameters []Parameter // in the order in which they were set
	Default    []byte      // the value of the type itself, without the byte of an optional; nil: none
	Fields     []Field     // of a Struct
	Key        *Schema     // of a Map
	Elem       *Schema     // of an Array, and of the values of a Map
}

// Field is a named part of a struct.
type Field struct {
	Name   string
	Schema *Schema
}

// Parameter is a name and a text that a schema carries, as scale=2.
type Parameter struct{ Name, Value string }

// Parameter is the value of the parameter of this name, if the schema has it.
func (s *Schema) Parameter(name string) (string, bool) {
	for _, p := range s.Parameters {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// Index is the place of the field of this name, or -1.
func (s *Schema) Index(name string) int {
	for i, f := range s.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// AsOptional is the same schema, optional: a copy, unless it is so already.
func (s *Schema) AsOptional() *Schema {
	if s.Optional {
		return s
	}
	optional := *s
	optional.Optional = true
	return &optional
}
