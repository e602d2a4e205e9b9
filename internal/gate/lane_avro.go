package gate

import (
	"slices"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/avroform"
	"github.com/weftmesh/weft/internal/schemas"
)

// avroLane reads records whose writer's schema has the contract's fields, as the contract has them.
type avroLane struct {
	spec     Spec
	reader   *reader
	columns  rows.Schema
	programs map[int]*avroform.Program // nil for a schema that has no lane
	last     *avroform.Program
	lastID   int
	in       avroform.Reader
}

func newAvroLane(spec Spec, r *reader) *avroLane {
	return &avroLane{spec: spec, reader: r, columns: codecs.Columns(spec.Topic.Value.Fields), programs: map[int]*avroform.Program{}, lastID: -1}
}

func (l *avroLane) decode(in Record, cols []*rows.Column, i int) bool {
	id, value, err := codecs.Unframe(in.Value)
	if err != nil {
		return false
	}
	if id != l.lastID && !l.use(id) {
		return false
	}
	if l.last == nil {
		return false
	}
	l.in = avroform.Reader{Data: value}
	return l.last.Read(&l.in, cols, i) == nil && l.in.At == len(value)
}

// use takes the program of a writer's schema. It is made once the reader has met the schema: that asks the registry.
func (l *avroLane) use(id int) bool {
	p, made := l.programs[id]
	if !made {
		w, met := l.reader.writers[id]
		if !met {
			return false
		}
		p = l.compile(w.text)
		l.programs[id] = p
	}
	l.last, l.lastID = p, id
	return true
}

func (l *avroLane) compile(text string) *avroform.Program {
	schema, err := avroform.Parse(text)
	if err != nil || schema.Root.Type != "record" {
		return nil
	}
	own, err := avroform.Parse(schemas.Record{Name: "Own", Fields: l.spec.Topic.Value.Fields}.Avro())
	if err != nil {
		return nil
	}
	for _, m := range l.reader.mapping.fields {
		if len(m.path) != 1 || m.path[0] != m.name || m.unit != "" {
			return nil
		}
	}
	for i := range own.Root.Fields {
		f := &own.Root.Fields[i]
		at := slices.IndexFunc(schema.Root.Fields, func(w avro.SchemaField) bool { return w.Name == f.Name })
		if at < 0 || !alike(schema, own, &schema.Root.Fields[at].Type, &f.Type) {
			return nil
		}
	}
	if l.spec.Own && len(schema.Root.Fields) != len(own.Root.Fields) {
		return nil
	}
	p, err := avroform.CompileStrict(schema, schema.Root, l.columns)
	if err != nil {
		return nil
	}
	return p
}

// alike reports whether a writer's type is the contract's, whether or not it may be null.
func alike(writer, own *avroform.Schema, w, o *avro.SchemaNode) bool {
	w, o = present(writer, w), present(own, o)
	if w != nil && o != nil && o.Type == "enum" && w.Type == "string" && w.LogicalType == "" {
		return true // as jobs write enums
	}
	if w == nil || o == nil || w.Type != o.Type || w.LogicalType != o.LogicalType || w.Precision != o.Precision || w.Scale != o.Scale {
		return false
	}
	return !slices.Contains([]string{"array", "map", "record", "union"}, w.Type)
}

// present is what a type is when it is not null; nil for a union of several.
func present(s *avroform.Schema, n *avro.SchemaNode) *avro.SchemaNode {
	n = s.Of(n)
	if n.Type != "union" {
		return n
	}
	var found *avro.SchemaNode
	for i := range n.Branches {
		switch of := s.Of(&n.Branches[i]); {
		case of.Type == "null":
		case found != nil:
			return nil
		default:
			found = of
		}
	}
	return found
}
