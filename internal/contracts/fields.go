package contracts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/schemas"
)

var fieldName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// maxFields bounds one product, over all its events and depths.
const maxFields = 5000

// checkFields checks every field of the product, of its events and within records.
func (d *derivation) checkFields() {
	p := &d.p
	if len(p.CommonFields()) == 0 && d.p.Schema.Type != Protobuf && p.Schema.File == "" {
		d.problem("schema", RuleMissing, "the product has no fields", "List them below schema.fields: - {name: id, type: string}. `weft init product` writes a first contract.")
	}
	if n := len(p.AllFields()); n > maxFields {
		d.problem("schema", RuleField, fmt.Sprintf("the product has %d fields; %d are the most", n, maxFields), "Make it several products.")
		return
	}
	d.fieldList(p.FieldsPath(), p.CommonFields())
	for i, event := range p.Events {
		d.fieldList(p.EventPath(i)+".fields", event.Fields)
		for j, f := range event.Fields {
			if hasField(p.CommonFields(), f.Name) {
				d.problem(fmt.Sprintf("%s.fields[%d].name", p.EventPath(i), j), RuleField,
					fmt.Sprintf("event %s adds field %s, which is a common field", event.Type, f.Name), "Rename one of the two.")
			}
		}
	}
}

func (d *derivation) fieldList(path string, fields []Field) {
	seen := map[string]bool{}
	for i, f := range fields {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case f.Name == "":
			d.problem(at, RuleField, "a field has no name", "Write name: and its name.")
		case !fieldName.MatchString(f.Name):
			d.problem(at+".name", RuleName, fmt.Sprintf("field %q cannot be a name in Avro, JSON and SQL alike", f.Name), "Use letters, digits and underscores, not starting with a digit.")
		case seen[f.Name]:
			d.problem(at+".name", RuleField, fmt.Sprintf("field %s is declared twice", f.Name), "Keep one.")
		}
		seen[f.Name] = true
		d.field(at, f)
	}
	for i, f := range fields {
		if f.RenamedFrom != f.Name && seen[f.RenamedFrom] && f.RenamedFrom != "" {
			d.problem(fmt.Sprintf("%s[%d].renamed_from", path, i), RuleField, fmt.Sprintf("field %s is renamed from %s, which is still there", f.Name, f.RenamedFrom), "Remove the old field, or leave renamed_from out.")
		}
	}
}

// field checks a field, or an array's items or a map's values, which have no name.
func (d *derivation) field(at string, f Field) {
	if f.Type == "" && d.p.Has(at+".type") {
		return // said already
	}
	if f.Type == "" {
		d.problem(at, RuleField, fmt.Sprintf("field %s has no type", f.Name), "Write type: and one of: "+strings.Join(schemas.Kinds, ", ")+".")
		return
	}
	t, err := schemas.ParseType(f.Type)
	if err != nil {
		d.problem(at+".type", RuleField, fmt.Sprintf("field %s: %v", f.Name, err), typeFix(f.Type))
		return
	}
	d.completion(at, f, t.Kind)
	d.fieldChoices(at, f)
	d.constraints(at, f, t)
	if f.Items != nil {
		d.field(at+".items", f.Items.Field)
	}
	if f.Values.Of != nil {
		d.field(at+".values", f.Values.Of.Field)
	}
	d.fieldList(at+".fields", f.Fields)
}

// otherNames are types of other systems, by what they are called here.
var otherNames = map[string]string{
	"integer": "int", "bigint": "long", "int64": "long", "int32": "int", "number": "double or decimal(10,2)", "numeric": "decimal(10,2)",
	"varchar": "string", "text": "string", "txt": "string", "str": "string", "bool": "boolean", "datetime": "timestamp", "timestamptz": "timestamp",
	"object": "record", "struct": "record", "list": "array", "real": "float", "binary": "bytes", "jsonb": "json",
}

func typeFix(text string) string {
	switch base := strings.ToLower(baseType(text)); base {
	case "decimal":
		return fmt.Sprintf("Write the digits in all, at most %d, and those after the point, as in decimal(10,2).", schemas.MaxDecimalPrecision)
	case "timestamp":
		return "Write timestamp, which is in milliseconds, or timestamp(6), which is in microseconds."
	}
	if ours, ok := otherNames[strings.ToLower(text)]; ok {
		return "Write type: " + ours + "."
	}
	if closest, ok := diags.Closest(strings.ToLower(text), schemas.Kinds); ok {
		return fmt.Sprintf("Did you mean %q?", closest)
	}
	return "Types: " + strings.Join(schemas.Kinds, ", ") + "; with digits, decimal(10,2)."
}

// completion checks what a type needs beside its name.
func (d *derivation) completion(at string, f Field, kind schemas.Kind) {
	need := func(missing bool, summary, fix string) {
		if missing {
			d.problem(at, RuleField, fmt.Sprintf("field %s: %s", f.Name, summary), fix)
		}
	}
	symbols := f.Values.Symbols
	need(kind == schemas.Enum && len(symbols) == 0, "an enum without values", "Write values: [created, delivered].")
	need(kind != schemas.Enum && len(symbols) > 0, "values is for enums", "Write type: enum, or leave values out.")
	need(kind == schemas.Array && f.Items == nil, "an array without items", "Write items: {type: string}.")
	need(kind == schemas.Map && f.Values.Of == nil && f.Items == nil, "a map without values", "Write values: {type: string}; the keys are strings.")
	need(kind == schemas.RecordOf && len(f.Fields) == 0, "a record without fields", "Write fields: and the record's own fields.")
	need(kind != schemas.Array && kind != schemas.Map && f.Items != nil, "items is for arrays", "Write type: array, or leave items out.")
	need(kind != schemas.RecordOf && len(f.Fields) > 0, "fields is for records", "Write type: record, or leave fields out.")
	written := map[string]bool{}
	for _, s := range symbols {
		need(written[s], fmt.Sprintf("value %s is listed twice", s), "Keep one.")
		need(d.p.Schema.Type == Avro && !fieldName.MatchString(s), fmt.Sprintf("value %q cannot be a symbol in Avro", s), "Use letters, digits and underscores, not starting with a digit.")
		written[s] = true
	}
}

// Formats are the forms of text that a field can ask for.
var Formats = []string{"email", "uri", "hostname", "ipv4", "ipv6", "iban", "phone", "country", "currency", "language"}

func (d *derivation) fieldChoices(at string, f Field) {
	if f.Mask != "" && !slices.Contains(Masks, f.Mask) {
		d.badChoice(at+".mask", f.Mask, Masks)
	}
	if f.Mask != "" && !f.PII {
		d.problem(at+".mask", RuleCombination, fmt.Sprintf("field %s has a mask and is not marked as personal data", f.Name), "Add pii: true, or leave mask out.")
	}
	if f.Format != "" && !slices.Contains(Formats, f.Format) {
		d.badChoice(at+".format", f.Format, Formats)
	}
	d.origin(at, f)
	if f.PII && f.Declassify != nil {
		d.problem(at+".declassify", RuleCombination, fmt.Sprintf("field %s is marked as personal data and declassified", f.Name), "Keep one of the two.")
	}
	if f.Declassify != nil && (f.Declassify.Reason == "" || f.Declassify.By == "") {
		d.problem(at+".declassify", RuleMissing, fmt.Sprintf("field %s is declassified without a reason and a name", f.Name), "Write declassify: {reason: WHY, by: WHO}.")
	}
}

// origin checks what a field says of where it was or comes from.
func (d *derivation) origin(at string, f Field) {
	if f.RenamedFrom != "" && f.RenamedFrom == f.Name {
		d.problem(at+".renamed_from", RuleField, fmt.Sprintf("field %s is renamed from itself", f.Name), "Write the name that it had before, or leave renamed_from out.")
	}
	if f.From != nil && f.From.Unit != "" && !slices.Contains([]string{"s", "ms", "us", "ns"}, f.From.Unit) {
		d.badChoice(at+".from.unit", f.From.Unit, []string{"s", "ms", "us", "ns"})
	}
	if f.From != nil && d.p.Source == nil && d.p.Ingest != Gated {
		d.problem(at+".from", RuleCombination, fmt.Sprintf("field %s has from, and the product has no source", f.Name), "Add source: or ingest: gated, or leave from out.")
	}
}

// schema is the field as a schema knows it; a type that is wrong becomes a string.
func (f Field) schema() schemas.Field {
	t, err := schemas.ParseType(f.Type)
	if err != nil {
		t = schemas.Type{Kind: schemas.String}
	}
	t.Symbols = f.Values.Symbols
	if symbol, ok := f.Default.(string); ok && t.Kind == schemas.Enum {
		t.Default = symbol
	}
	switch t.Kind {
	case schemas.Array, schemas.Map:
		t.Items = f.member()
	case schemas.RecordOf:
		for _, inner := range f.Fields {
			t.Fields = append(t.Fields, inner.schema())
		}
	}
	return schemas.Field{Name: f.Name, Type: t, Required: f.Required, Default: f.Default, Description: f.Description, PII: f.PII}
}

func (f Field) member() *schemas.Type {
	member := f.Items
	if member == nil {
		member = f.Values.Of
	}
	if member == nil {
		return &schemas.Type{Kind: schemas.String}
	}
	t := member.schema().Type
	return &t
}

func closestField(name string, fields []Field) (string, bool) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return diags.Closest(name, names)
}
