package converters

import (
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// appendSchema appends a schema as JsonConverter describes it beside a value; field is its name within a struct.
func appendSchema(into []byte, s *data.Schema, field string, set settings) []byte {
	into = append(append(append(into, `{"type":"`...), s.Kind.String()...), '"')
	into = appendParts(into, s, set)
	into = strconv.AppendBool(append(into, `,"optional":`...), s.Optional)
	if s.Name != "" {
		into = appendString(append(into, `,"name":`...), []byte(s.Name))
	}
	if s.Version != 0 {
		into = strconv.AppendInt(append(into, `,"version":`...), int64(s.Version), 10)
	}
	if s.Doc != "" {
		into = appendString(append(into, `,"doc":`...), []byte(s.Doc))
	}
	into = appendParameters(into, s)
	if s.Default != nil {
		r := data.Read(s.Default)
		into = compile(&data.Schema{Kind: s.Kind, Name: s.Name, Parameters: s.Parameters, Fields: s.Fields, Key: s.Key, Elem: s.Elem}, set).
			write(&r, append(into, `,"default":`...))
	}
	if field != "" {
		into = appendString(append(into, `,"field":`...), []byte(field))
	}
	return append(into, '}')
}

func appendParts(into []byte, s *data.Schema, set settings) []byte {
	switch s.Kind {
	case data.Array:
		return appendSchema(append(into, `,"items":`...), s.Elem, "", set)
	case data.Map:
		into = appendSchema(append(into, `,"keys":`...), s.Key, "", set)
		return appendSchema(append(into, `,"values":`...), s.Elem, "", set)
	case data.Struct:
		into = append(into, `,"fields":[`...)
		for i, f := range s.Fields {
			if i > 0 {
				into = append(into, ',')
			}
			into = appendSchema(into, f.Schema, f.Name, set)
		}
		return append(into, ']')
	}
	return into
}

func appendParameters(into []byte, s *data.Schema) []byte {
	for i, p := range s.Parameters {
		if i == 0 {
			into = append(into, `,"parameters":{`...)
		} else {
			into = append(into, ',')
		}
		into = append(appendString(into, []byte(p.Name)), ':')
		into = appendString(into, []byte(p.Value))
	}
	if len(s.Parameters) > 0 {
		into = append(into, '}')
	}
	return into
}
