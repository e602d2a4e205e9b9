// Package schemas holds schemas as contracts know them, and writes them as Avro and JSON Schema.
package schemas

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Kind is what a value is, before precision, symbols or members.
type Kind string

// The kinds of contract.md. A Timestamp is UTC with Precision 3 (milliseconds) or 6 (microseconds).
const (
	String    Kind = "string"
	Int       Kind = "int"
	Long      Kind = "long"
	Float     Kind = "float"
	Double    Kind = "double"
	Boolean   Kind = "boolean"
	Bytes     Kind = "bytes"
	Decimal   Kind = "decimal"
	Date      Kind = "date"
	Time      Kind = "time"
	Timestamp Kind = "timestamp"
	UUID      Kind = "uuid"
	Enum      Kind = "enum"
	Array     Kind = "array"
	Map       Kind = "map"
	RecordOf  Kind = "record"
	JSON      Kind = "json"
)

// Kinds lists every kind by the name that contracts use.
var Kinds = []string{
	"string", "int", "long", "float", "double", "boolean", "bytes", "decimal", "date", "time",
	"timestamp", "uuid", "enum", "array", "map", "record", "json",
}

// Type is a kind with what completes it.
type Type struct {
	Kind      Kind
	Precision int      // decimal: digits in all; timestamp: 3 or 6
	Scale     int      // decimal: digits after the point
	Symbols   []string // enum
	Default   string   // enum: the symbol that readers take for one they do not know; "" for none
	Items     *Type    // array: its items; map: its values
	Fields    []Field  // record
}

// Field is one named value of a record.
type Field struct {
	Name        string
	Type        Type
	Required    bool // false: null is a value
	Default     any  // nil for none; in JSON's types
	Description string
	PII         bool
}

// Record is a schema: what the values (or keys) of one topic look like.
type Record struct {
	Name        string // CamelCase
	Namespace   string // dotted, underscores for hyphens
	Description string
	Fields      []Field
}

var (
	decimalForm   = regexp.MustCompile(`^decimal\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$`)
	timestampForm = regexp.MustCompile(`^timestamp\(\s*(\d)\s*\)$`)
)

// MaxDecimalPrecision is Flink's limit on the digits of a DECIMAL.
const MaxDecimalPrecision = 38

// ParseType reads the text of a type: string, decimal(10,3), timestamp(6). Symbols, items and fields stand beside it
// in a contract and are not read here.
func ParseType(text string) (Type, error) {
	switch m := decimalForm.FindStringSubmatch(text); {
	case m != nil:
		return decimal(m[1], m[2])
	case text == string(Decimal) || strings.HasPrefix(text, "decimal("):
		return Type{}, fmt.Errorf("%q does not say its digits", text)
	}
	switch m := timestampForm.FindStringSubmatch(text); {
	case m != nil && (m[1] == "3" || m[1] == "6"):
		precision, _ := strconv.Atoi(m[1])
		return Type{Kind: Timestamp, Precision: precision}, nil
	case m != nil || strings.HasPrefix(text, "timestamp("):
		return Type{}, fmt.Errorf("%q is not a precision that Weft has", text)
	case text == string(Timestamp):
		return Type{Kind: Timestamp, Precision: 3}, nil
	}
	for _, kind := range Kinds {
		if text == kind {
			return Type{Kind: Kind(kind)}, nil
		}
	}
	return Type{}, fmt.Errorf("%q is not a type", text)
}

func decimal(precisionText, scaleText string) (Type, error) {
	precision, _ := strconv.Atoi(precisionText)
	scale, _ := strconv.Atoi(scaleText)
	if precision < 1 || precision > MaxDecimalPrecision || scale > precision {
		return Type{}, fmt.Errorf("decimal(%d,%d) is out of range", precision, scale)
	}
	return Type{Kind: Decimal, Precision: precision, Scale: scale}, nil
}

// String gives the form that ParseType reads.
func (t Type) String() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Timestamp:
		if t.Precision == 6 {
			return "timestamp(6)"
		}
	}
	return string(t.Kind)
}

// CamelCase turns a name with hyphens, underscores or dots into the form of Avro's type names: status-changed becomes
// StatusChanged.
func CamelCase(name string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_. ", r) }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// Namespace is the Avro namespace of an entity's major version: logistics.shipment.v2, with underscores for hyphens.
func Namespace(domain, entity string, major int) string {
	return strings.ReplaceAll(fmt.Sprintf("%s.%s.v%d", domain, entity, major), "-", "_")
}

// Lookup finds a field by name.
func (r Record) Lookup(name string) (Field, bool) { return lookup(r.Fields, name) }

func lookup(fields []Field, name string) (Field, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Leaves calls visit for every field at any depth with its dotted path; members of arrays and maps are reached
// through [].
func (r Record) Leaves(visit func(path string, field Field)) { leaves("", r.Fields, visit) }

func leaves(prefix string, fields []Field, visit func(string, Field)) {
	for _, f := range fields {
		visit(prefix+f.Name, f)
		t, path := &f.Type, prefix+f.Name
		for t.Items != nil {
			t, path = t.Items, path+"[]"
		}
		leaves(path+".", t.Fields, visit)
	}
}
