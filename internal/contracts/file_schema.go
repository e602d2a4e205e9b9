package contracts

import (
	"fmt"
	"path"

	"github.com/weftmesh/weft/internal/schemas"
)

// fieldsFromFile takes the fields from schema.file; the contract's own list then annotates them.
func (d *derivation) fieldsFromFile() {
	p := &d.p
	if p.Schema.File == "" {
		return
	}
	text, err := companion(d.fsys, p.File, p.Schema.File)
	if err != nil {
		d.problem("schema.file", RuleCompanion, fmt.Sprintf("schema.file %s cannot be read: %v", p.Schema.File, err), "Name a file beside the contract.")
		return
	}
	p.fileText = text
	if p.Schema.Type != Avro || path.Ext(p.Schema.File) != ".avsc" {
		return
	}
	record, err := schemas.ParseAvro(text)
	if err != nil {
		d.problem("schema.file", RuleCompanion, fmt.Sprintf("schema.file %s: %v", p.Schema.File, err), "Fix the file; it must be one Avro record in JSON.")
		return
	}
	d.annotate(record)
}

// annotate lays what the contract says of a field over what the file says.
func (d *derivation) annotate(record schemas.Record) {
	p := &d.p
	written := p.CommonFields()
	for i, f := range written {
		if _, ok := record.Lookup(f.Name); !ok {
			d.problem(fmt.Sprintf("%s[%d].name", p.FieldsPath(), i), RuleReference, fmt.Sprintf("%s is not a field of %s", f.Name, p.Schema.File), "Name one of its fields.")
		}
	}
	var fields []Field
	for _, from := range record.Fields {
		field := fieldOf(from)
		for _, f := range written {
			if f.Name == from.Name {
				field = overlay(field, f)
			}
		}
		fields = append(fields, field)
	}
	if len(p.Contract.Fields) > 0 {
		p.Contract.Fields = fields
		return
	}
	p.Schema.Fields = fields
}

func overlay(field, written Field) Field {
	written.Type, written.Values, written.Items, written.Fields = field.Type, field.Values, field.Items, field.Fields
	written.Required, written.Default = field.Required, field.Default
	if written.Description == "" {
		written.Description = field.Description
	}
	return written
}

// fieldOf is a schema's field as a contract would write it.
func fieldOf(f schemas.Field) Field {
	field := Field{Name: f.Name, Type: f.Type.String(), Required: f.Required, Default: f.Default, Description: f.Description, PII: f.PII}
	field.Values.Symbols = f.Type.Symbols
	for _, inner := range f.Type.Fields {
		field.Fields = append(field.Fields, fieldOf(inner))
	}
	if f.Type.Items != nil {
		member := &Member{Field: fieldOf(schemas.Field{Type: *f.Type.Items, Required: true})}
		if f.Type.Kind == schemas.Map {
			field.Values.Of = member
		} else {
			field.Items = member
		}
	}
	return field
}
