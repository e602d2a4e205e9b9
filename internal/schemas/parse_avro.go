package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ParseAvro reads an Avro record schema into a Record. It takes what contracts can express: records, enums, arrays,
// maps, the logical types of Avro 1.12 that contracts have, and unions of null and one type. Anything else is an error
// that names it. References to types that the same schema defines are resolved once; recursion is refused.
func ParseAvro(text string) (Record, error) {
	var node any
	if err := json.Unmarshal([]byte(text), &node); err != nil {
		return Record{}, fmt.Errorf("not JSON: %w", err)
	}
	top, ok := node.(map[string]any)
	if !ok || top["type"] != "record" {
		return Record{}, errors.New("the schema is not a record")
	}
	r := avroReader{named: map[string]Type{}}
	t, err := r.read(top, textOf(top["namespace"]))
	if err != nil {
		return Record{}, err
	}
	name, namespace := textOf(top["name"]), textOf(top["namespace"])
	if i := strings.LastIndex(name, "."); i >= 0 {
		name, namespace = name[i+1:], name[:i]
	}
	return Record{Name: name, Namespace: namespace, Description: textOf(top["doc"]), Fields: t.Fields}, nil
}

// avroReader remembers the types that a schema has defined so far, by full name.
type avroReader struct{ named map[string]Type }

func textOf(value any) string {
	text, _ := value.(string)
	return text
}

func (r avroReader) read(node any, namespace string) (Type, error) {
	switch node := node.(type) {
	case string:
		return r.reference(node, namespace)
	case map[string]any:
		return r.complex(node, namespace)
	case []any:
		return Type{}, errors.New("a union of several types is not something that a contract can express")
	}
	return Type{}, errors.New("a type is missing")
}

func (r avroReader) reference(name, namespace string) (Type, error) {
	switch Kind(name) {
	case String, Int, Long, Float, Double, Boolean, Bytes:
		return Type{Kind: Kind(name)}, nil
	}
	if t, ok := r.named[fullName(name, namespace)]; ok {
		return t, nil
	}
	return Type{}, fmt.Errorf("%q is not a type that the schema defines before", name)
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func (r avroReader) complex(node map[string]any, namespace string) (Type, error) {
	if ns, ok := node["namespace"].(string); ok {
		namespace = ns
	}
	if logical, ok := logicalType(node); ok {
		return logical, nil
	}
	switch kind := textOf(node["type"]); kind {
	case "record":
		return r.record(node, namespace)
	case "enum":
		t := Type{Kind: Enum, Default: textOf(node["default"])}
		symbols, _ := node["symbols"].([]any)
		for _, s := range symbols {
			t.Symbols = append(t.Symbols, textOf(s))
		}
		r.named[fullName(textOf(node["name"]), namespace)] = t
		return t, nil
	case "array":
		items, err := r.read(node["items"], namespace)
		return Type{Kind: Array, Items: &items}, err
	case "map":
		values, err := r.read(node["values"], namespace)
		return Type{Kind: Map, Items: &values}, err
	case "fixed":
		return Type{}, errors.New("fixed is not something that a contract can express")
	default:
		return r.read(node["type"], namespace)
	}
}

func logicalType(node map[string]any) (Type, bool) {
	switch textOf(node["logicalType"]) {
	case "decimal":
		precision, _ := node["precision"].(float64)
		scale, _ := node["scale"].(float64)
		return Type{Kind: Decimal, Precision: int(precision), Scale: int(scale)}, node["type"] == "bytes"
	case "date":
		return Type{Kind: Date}, true
	case "time-millis":
		return Type{Kind: Time}, true
	case "timestamp-millis":
		return Type{Kind: Timestamp, Precision: 3}, true
	case "timestamp-micros":
		return Type{Kind: Timestamp, Precision: 6}, true
	case "uuid":
		return Type{Kind: UUID}, true
	}
	if node["weft.type"] == "json" {
		return Type{Kind: JSON}, true
	}
	return Type{}, false
}

func (r avroReader) record(node map[string]any, namespace string) (Type, error) {
	t := Type{Kind: RecordOf}
	fields, _ := node["fields"].([]any)
	for _, item := range fields {
		member, _ := item.(map[string]any)
		f, err := r.field(member, namespace)
		if err != nil {
			return t, fmt.Errorf("field %s: %w", textOf(member["name"]), err)
		}
		t.Fields = append(t.Fields, f)
	}
	r.named[fullName(textOf(node["name"]), namespace)] = t
	return t, nil
}

func (r avroReader) field(node map[string]any, namespace string) (Field, error) {
	f := Field{Name: textOf(node["name"]), Description: textOf(node["doc"]), Default: wholeNumber(node["default"]), Required: true}
	tags, _ := node["confluent:tags"].([]any)
	for _, tag := range tags {
		f.PII = f.PII || tag == PIITag
	}
	of := node["type"]
	if union, ok := of.([]any); ok && len(union) == 2 {
		switch {
		case union[0] == "null":
			f.Required, of = false, union[1]
		case union[1] == "null":
			f.Required, of = false, union[0]
		}
	}
	t, err := r.read(of, namespace)
	f.Type = t
	return f, err
}

// wholeNumber turns JSON's floating numbers without a fraction into int64, as defaults have them.
func wholeNumber(value any) any {
	if f, ok := value.(float64); ok && f == float64(int64(f)) {
		return int64(f)
	}
	return value
}
