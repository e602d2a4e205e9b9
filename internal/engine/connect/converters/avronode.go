package converters

import (
	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// avroSettings are what the Avro form of a schema depends on.
type avroSettings struct {
	nullDefaults bool // a null whose schema has a default comes out as the default, as Connect's Struct gives it
	bare         bool // connect.meta.data=false
}

// avroNode is a schema, compiled for writing packed values as Avro. They are Avro already, but for one thing: an optional
// schema with a default is the union of the type and null, in this order, as a default is of the first branch.
type avroNode struct {
	schema   *data.Schema
	name     string
	text     string // the Avro schema
	rewrites bool   // somewhere within it there is such a union
	fields   []*avroNode
	elem     *avroNode
	swapped  bool         // it is such a union itself
	null     []byte       // what its null is written as
	plain    *data.Schema // the same, not optional
}

func (set avroSettings) compile(s *data.Schema) (*avroNode, error) {
	w := avroWriter{set: set, named: map[string]bool{}}
	text, err := w.schema(s)
	if err != nil {
		return nil, err
	}
	n := set.node(s)
	n.text, n.name = string(text), s.Name
	return n, nil
}

func (set avroSettings) node(s *data.Schema) *avroNode {
	n := &avroNode{schema: s}
	if s.Optional && s.Default != nil {
		plain := *s
		plain.Optional = false
		n.swapped, n.rewrites, n.null, n.plain = true, true, []byte{2}, &plain
		if set.nullDefaults {
			n.null = append([]byte{0}, s.Default...)
		}
	}
	for _, f := range s.Fields {
		child := set.node(f.Schema)
		n.fields = append(n.fields, child)
		n.rewrites = n.rewrites || child.rewrites
	}
	if s.Elem != nil {
		n.elem = set.node(s.Elem)
		n.rewrites = n.rewrites || n.elem.rewrites
	}
	return n
}

// member writes a value with the byte before it, if it is optional.
func (n *avroNode) member(r *data.Reader, into []byte) []byte {
	switch {
	case !n.rewrites:
		return append(into, r.Skip(n.schema)...)
	case !n.schema.Optional:
		return n.write(r, into)
	case !r.Present():
		if n.swapped {
			return append(into, n.null...)
		}
		return append(into, 0)
	case n.swapped:
		return n.write(r, append(into, 0))
	}
	return n.write(r, append(into, 2))
}

// write writes the value itself.
func (n *avroNode) write(r *data.Reader, into []byte) []byte {
	switch n.schema.Kind {
	case data.Struct:
		return n.members(r, into)
	case data.Array, data.Map:
		return n.items(r, into)
	}
	return append(into, r.Skip(n.plain)...)
}

// members writes fields; those next to each other that are Avro already are copied at once.
func (n *avroNode) members(r *data.Reader, into []byte) []byte {
	for i := 0; i < len(n.fields) && r.Err() == nil; i++ {
		if n.fields[i].rewrites {
			into = n.fields[i].member(r, into)
			continue
		}
		start := r.Rest()
		for ; i < len(n.fields) && !n.fields[i].rewrites; i++ {
			r.Skip(n.fields[i].schema)
		}
		i--
		into = append(into, start[:len(start)-len(r.Rest())]...)
	}
	return into
}

func (n *avroNode) items(r *data.Reader, into []byte) []byte {
	for count := r.Count(); count > 0 && r.Err() == nil; count = r.Count() {
		into = data.AppendInt(into, int64(count))
		for ; count > 0 && r.Err() == nil; count-- {
			if n.schema.Kind == data.Map {
				into = append(into, r.Skip(n.schema.Key)...)
			}
			into = n.elem.member(r, into)
		}
	}
	return data.AppendInt(into, 0)
}
