// Package avroform reads Avro's binary encoding straight into columns, and writes it from them, by programs that are made
// once for a schema.
package avroform

import (
	"fmt"
	"strings"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/rows"
)

// Schema is a parsed schema whose named types can be found.
type Schema struct {
	Root  *avro.SchemaNode
	named map[string]*avro.SchemaNode
}

// Parse reads a schema.
func Parse(text string) (*Schema, error) {
	parsed, err := avro.Parse(text)
	if err != nil {
		return nil, err
	}
	s := &Schema{Root: parsed.Root(), named: map[string]*avro.SchemaNode{}}
	s.collect(s.Root)
	return s, nil
}

// collect finds the definitions of named types.
func (s *Schema) collect(n *avro.SchemaNode) {
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

// Of follows a reference to a named type.
func (s *Schema) Of(n *avro.SchemaNode) *avro.SchemaNode {
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

// Skip steps over a value.
type Skip func(r *Reader)

// box reads a value of a known SQL type, boxed; nil is NULL.
type box func(r *Reader) any

// setter reads a value into row i of a column.
type setter func(r *Reader, c *rows.Column, i int)

// compiler makes readers for one writer's schema.
type compiler struct {
	*Schema
	skips  map[*avro.SchemaNode]*Skip
	strict bool // a decimal that does not fit is an error, and not NULL as in Flink
}

// SkipOf makes what steps over values of a schema.
func (s *Schema) SkipOf(n *avro.SchemaNode) Skip {
	return (&compiler{Schema: s, skips: map[*avro.SchemaNode]*Skip{}}).skip(n)
}

// skip makes what steps over values of a schema, which may refer to itself.
func (a *compiler) skip(n *avro.SchemaNode) Skip {
	n = a.Of(n)
	if known, ok := a.skips[n]; ok {
		return func(r *Reader) { (*known)(r) }
	}
	made := new(Skip)
	a.skips[n] = made
	*made = a.newSkip(n)
	return *made
}

func (a *compiler) newSkip(n *avro.SchemaNode) Skip {
	switch n.Type {
	case "null":
		return func(*Reader) {}
	case "boolean":
		return func(r *Reader) { r.Take(1) }
	case "int", "long", "enum":
		return func(r *Reader) { r.Long() }
	case "float":
		return func(r *Reader) { r.Take(4) }
	case "double":
		return func(r *Reader) { r.Take(8) }
	case "bytes", "string":
		return func(r *Reader) { r.Bytes() }
	case "fixed":
		size := int64(n.Size)
		return func(r *Reader) { r.Take(size) }
	case "array":
		item := a.skip(n.Items)
		return func(r *Reader) { r.skipBlocks(func() { item(r) }) }
	case "map":
		value := a.skip(n.Values)
		return func(r *Reader) { r.skipBlocks(func() { r.Bytes(); value(r) }) }
	case "union":
		return a.skipUnion(n)
	}
	return a.skipRecord(n)
}

func (a *compiler) skipUnion(n *avro.SchemaNode) Skip {
	branches := make([]Skip, len(n.Branches))
	for i := range n.Branches {
		branches[i] = a.skip(&n.Branches[i])
	}
	return func(r *Reader) {
		if i := r.Branch(len(branches)); i >= 0 {
			branches[i](r)
		}
	}
}

func (a *compiler) skipRecord(n *avro.SchemaNode) Skip {
	fields := make([]Skip, len(n.Fields))
	for i := range n.Fields {
		fields[i] = a.skip(&n.Fields[i].Type)
	}
	return func(r *Reader) {
		for _, f := range fields {
			if r.Err != nil {
				return
			}
			f(r)
		}
	}
}

// Branch reads which branch of a union comes; -1 if there is no such branch.
func (r *Reader) Branch(n int) int {
	i := r.Long()
	if i < 0 || i >= int64(n) {
		r.Fail(fmt.Errorf("branch %d of a union of %d", i, n))
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
