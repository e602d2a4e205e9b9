package schemas

// EnumsAsText gives the record with each enum, at any depth, as a string that holds its symbol.
func (r Record) EnumsAsText() Record {
	r.Fields = enumsAsText(r.Fields)
	return r
}

func enumsAsText(fields []Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		f.Type = enumAsText(f.Type)
		out[i] = f
	}
	return out
}

func enumAsText(t Type) Type {
	if t.Kind == Enum {
		return Type{Kind: String}
	}
	if t.Items != nil {
		items := enumAsText(*t.Items)
		t.Items = &items
	}
	if t.Fields != nil {
		t.Fields = enumsAsText(t.Fields)
	}
	return t
}
