package masks

import (
	"slices"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/schemas"
)

// Topic is a product's topic as its masked copy: the name and the schemas of the copy. A masked field's type follows
// its mask.
func Topic(p contracts.Product, t contracts.ProductTopic) contracts.ProductTopic {
	t.Name, t.Managed = t.Name.Masked(), true
	t.Value.Fields = maskedFields(t.Fields, t.Value.Fields)
	t.ValueText = t.Value.Avro()
	if p.Schema.Type == contracts.JSON {
		t.ValueText = t.Value.JSONSchema()
	}
	if t.Key != nil {
		key := *t.Key
		key.Fields = slices.Clone(key.Fields)
		for i, f := range key.Fields {
			if personal(t.Fields, f.Name) {
				key.Fields[i].Type = schemas.Type{Kind: schemas.String}
			}
		}
		t.Key = &key
	}
	return t
}

// personal reports whether a field of the topic is personal data.
func personal(fields []contracts.Field, name string) bool {
	return slices.ContainsFunc(fields, func(f contracts.Field) bool { return f.Name == name && f.PII })
}

func maskedFields(fields []contracts.Field, of []schemas.Field) []schemas.Field {
	masked := slices.Clone(of)
	for i := range masked {
		for _, f := range fields {
			if f.Name == masked[i].Name {
				masked[i] = maskedField(f, masked[i])
			}
		}
	}
	return masked
}

func maskedField(f contracts.Field, of schemas.Field) schemas.Field {
	if !f.PII {
		of.Type = maskedMembers(f, of.Type)
		return of
	}
	of.Default = nil
	switch text := isText(of.Type.Kind); {
	case f.Mask == Hash, f.Mask != Null && text:
		of.Type = schemas.Type{Kind: schemas.String}
	default:
		of.Required = false // it is always null
	}
	return of
}

// isText are the kinds whose values are text, so that a mask of text can be shown for them.
func isText(k schemas.Kind) bool {
	return slices.Contains([]schemas.Kind{schemas.String, schemas.Enum, schemas.UUID, schemas.JSON}, k)
}

func maskedMembers(f contracts.Field, t schemas.Type) schemas.Type {
	switch {
	case t.Kind == schemas.RecordOf:
		t.Fields = maskedFields(f.Fields, t.Fields)
	case t.Items != nil && f.Items != nil:
		t.Items = maskedItem(f.Items.Field, *t.Items)
	case t.Items != nil && f.Values.Of != nil:
		t.Items = maskedItem(f.Values.Of.Field, *t.Items)
	}
	return t
}

// maskedItem masks the members of an array's items or a map's values, which cannot be personal data by themselves.
func maskedItem(f contracts.Field, t schemas.Type) *schemas.Type {
	masked := maskedField(f, schemas.Field{Type: t, Required: true})
	return &masked.Type
}

// Key masks the values of a row's key. They stay apart from each other, as hashes, whatever the mask of their fields:
// else all rows of a compacted copy would be one.
func Key(fields []contracts.Field, names []string, row map[string]any, secret []byte) map[string]any {
	key := make(map[string]any, len(names))
	for _, name := range names {
		key[name] = row[name]
		if personal(fields, name) {
			key[name] = hash(row[name], secret)
		}
	}
	return key
}
