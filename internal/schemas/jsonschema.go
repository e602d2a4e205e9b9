package schemas

// JSONSchema writes the record as a JSON Schema (draft 7, the newest that Confluent's clients all read) in one line.
// Timestamps are ISO 8601 strings in UTC, decimals are numbers, bytes are base64. The content model is open, as bare
// JSON on a topic has no reader that would drop what it does not know.
func (r Record) JSONSchema() string {
	o := object{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", r.Name}}
	if r.Description != "" {
		o = append(o, member{"description", r.Description})
	}
	return encode(append(o, jsonMembers(r.Fields)...))
}

func jsonMembers(fields []Field) object {
	properties, required := object{}, []any{}
	for _, f := range fields {
		properties = append(properties, member{f.Name, f.json()})
		if f.Required && f.Default == nil {
			required = append(required, f.Name)
		}
	}
	o := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		o = append(o, member{"required", required})
	}
	return o
}

func (f Field) json() object {
	o := jsonType(f.Type)
	if !f.Required {
		o = object{{"oneOf", []any{object{{"type", "null"}}, o}}}
	}
	if f.Description != "" {
		o = append(o, member{"description", f.Description})
	}
	if f.Default != nil {
		o = append(o, member{"default", f.Default})
	}
	if f.PII {
		o = append(o, member{"confluent:tags", []any{PIITag}})
	}
	return o
}

func jsonType(t Type) object {
	switch t.Kind {
	case Int, Long:
		return object{{"type", "integer"}}
	case Float, Double, Decimal:
		return object{{"type", "number"}}
	case Boolean:
		return object{{"type", "boolean"}}
	case Bytes:
		return object{{"type", "string"}, {"contentEncoding", "base64"}}
	case Date:
		return object{{"type", "string"}, {"format", "date"}}
	case Time:
		return object{{"type", "string"}, {"format", "time"}}
	case Timestamp:
		return object{{"type", "string"}, {"format", "date-time"}}
	case UUID:
		return object{{"type", "string"}, {"format", "uuid"}}
	case Enum:
		return jsonEnum(t)
	case Array:
		return object{{"type", "array"}, {"items", jsonType(*t.Items)}}
	case Map:
		return object{{"type", "object"}, {"additionalProperties", jsonType(*t.Items)}}
	case RecordOf:
		return jsonMembers(t.Fields)
	case JSON:
		return object{}
	}
	return object{{"type", "string"}}
}

func jsonEnum(t Type) object {
	symbols := make([]any, len(t.Symbols))
	for i, s := range t.Symbols {
		symbols[i] = s
	}
	return object{{"type", "string"}, {"enum", symbols}}
}
