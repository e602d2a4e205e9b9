package formats

import (
	"fmt"
	"strings"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/rows"
)

// avroSchema is a parsed schema whose named types can be found.
type avroSchema struct {
	root  *avro.SchemaNode
	named map[string]*avro.SchemaNode
}

func parseAvro(text string) (*avroSchema, error) {
	parsed, err := avro.Parse(text)
	if err != nil {
		return nil, err
	}
	s := &avroSchema{root: parsed.Root(), named: map[string]*avro.SchemaNode{}}
	s.collect(s.root)
	return s, nil
}

// collect finds the definitions of named types.
func (s *avroSchema) collect(n *avro.SchemaNode) {
	switch n.Type {
	case "record", "error", "enum", "fixed":
		full := fullName(n)
		if _, ok := s.named[full]; ok {
			return
		}
		s.named[full], s.named[n.Name] = n, n
	}
	for i := range n.Fields {
		s.collect(&n.Fields[i].Type)
	}
	for i := range n.Branches {
		s.collect(&n.Branches[i])
	}
	if n.Items != nil {
		s.collect(n.Items)
	}
	if n.Values != nil {
		s.collect(n.Values)
	}
}

func fullName(n *avro.SchemaNode) string {
	if n.Namespace == "" || strings.Contains(n.Name, ".") {
		return n.Name
	}
	return n.Namespace + "." + n.Name
}

// of follows a reference to a named type.
func (s *avroSchema) of(n *avro.SchemaNode) *avro.SchemaNode {
	switch n.Type {
	case "null", "boolean", "int", "long", "float", "double", "bytes", "string", "array", "map", "union", "record", "error", "enum", "fixed":
		return n
	}
	if known, ok := s.named[n.Type]; ok {
		return known
	}
	if n.Namespace != "" {
		if known, ok := s.named[n.Namespace+"."+n.Type]; ok {
			return known
		}
	}
	return n
}

// avroSkip steps over a value.
type avroSkip func(r *avroReader)

// avroBox reads a value of a known SQL type, boxed; nil is NULL.
type avroBox func(r *avroReader) any

// avroSet reads a value into row i of a column.
type avroSet func(r *avroReader, c *rows.Column, i int)

// avroCompiler makes readers for one writer's schema.
type avroCompiler struct {
	*avroSchema
	skips map[*avro.SchemaNode]*avroSkip
}

// skip makes what steps over values of a schema, which may refer to itself.
func (a *avroCompiler) skip(n *avro.SchemaNode) avroSkip {
	n = a.of(n)
	if known, ok := a.skips[n]; ok {
		return func(r *avroReader) { (*known)(r) }
	}
	made := new(avroSkip)
	a.skips[n] = made
	*made = a.newSkip(n)
	return *made
}

func (a *avroCompiler) newSkip(n *avro.SchemaNode) avroSkip {
	switch n.Type {
	case "null":
		return func(*avroReader) {}
	case "boolean":
		return func(r *avroReader) { r.take(1) }
	case "int", "long", "enum":
		return func(r *avroReader) { r.long() }
	case "float":
		return func(r *avroReader) { r.take(4) }
	case "double":
		return func(r *avroReader) { r.take(8) }
	case "bytes", "string":
		return func(r *avroReader) { r.bytes() }
	case "fixed":
		size := int64(n.Size)
		return func(r *avroReader) { r.take(size) }
	case "array":
		item := a.skip(n.Items)
		return func(r *avroReader) { r.skipBlocks(func() { item(r) }) }
	case "map":
		value := a.skip(n.Values)
		return func(r *avroReader) { r.skipBlocks(func() { r.bytes(); value(r) }) }
	case "union":
		return a.skipUnion(n)
	}
	return a.skipRecord(n)
}

func (a *avroCompiler) skipUnion(n *avro.SchemaNode) avroSkip {
	branches := make([]avroSkip, len(n.Branches))
	for i := range n.Branches {
		branches[i] = a.skip(&n.Branches[i])
	}
	return func(r *avroReader) {
		if i := r.branch(len(branches)); i >= 0 {
			branches[i](r)
		}
	}
}

func (a *avroCompiler) skipRecord(n *avro.SchemaNode) avroSkip {
	fields := make([]avroSkip, len(n.Fields))
	for i := range n.Fields {
		fields[i] = a.skip(&n.Fields[i].Type)
	}
	return func(r *avroReader) {
		for _, f := range fields {
			if r.err != nil {
				return
			}
			f(r)
		}
	}
}

// branch reads which branch of a union comes; -1 if there is no such branch.
func (r *avroReader) branch(n int) int {
	i := r.long()
	if i < 0 || i >= int64(n) {
		r.fail(fmt.Errorf("branch %d of a union of %d", i, n))
		return -1
	}
	return int(i)
}

// errAvro says that what was written is no value of a column's type.
func errAvro(n *avro.SchemaNode, t rows.Type) error {
	kind := n.Type
	if n.LogicalType != "" {
		kind += " (" + n.LogicalType + ")"
	}
	return fmt.Errorf("it was written as %s, which is no %s", kind, t)
}
