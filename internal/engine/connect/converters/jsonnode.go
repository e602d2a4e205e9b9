package converters

import (
	"encoding/base64"
	"math/big"
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// node is a schema, compiled for writing its values as JSON.
type node struct {
	kind     data.Kind
	optional bool
	null     []byte // what null is written as: null, or the default
	decimal  bool   // a Decimal that is written as a number
	scale    int
	fields   []member
	key      *node // of a map, unless its keys are strings
	elem     *node
	schema   []byte // as JSON, if it is written too
}

// member is a field: its name is written with all that stands before its value.
type member struct {
	before []byte
	node   *node
}

func compile(s *data.Schema, set settings) *node {
	n := &node{kind: s.Kind, optional: s.Optional, null: []byte("null")}
	whole := set
	set.schemas = false // of the parts only the values are written
	if set.numeric && s.Name == "org.apache.kafka.connect.data.Decimal" {
		scale, _ := s.Parameter("scale")
		n.scale, _ = strconv.Atoi(scale)
		n.decimal = true
	}
	for i, f := range s.Fields {
		before := []byte{','}
		if i == 0 {
			before[0] = '{'
		}
		before = append(appendString(before, []byte(f.Name)), ':')
		n.fields = append(n.fields, member{before, compile(f.Schema, set)})
	}
	if s.Kind == data.Map && (s.Key.Kind != data.String || s.Key.Optional) {
		n.key = compile(s.Key, set)
	}
	if s.Elem != nil {
		n.elem = compile(s.Elem, set)
	}
	if s.Default != nil && set.nullDefaults {
		r := data.Read(s.Default)
		n.null, _ = n.encode(&r, nil)
	}
	if whole.schemas {
		n.schema = appendSchema(nil, s, "", set)
	}
	return n
}

// encode appends the value that the reader is at; the byte of an optional one has been read.
func (n *node) encode(r *data.Reader, into []byte) ([]byte, error) {
	into = n.write(r, into)
	return into, r.Err()
}

// member appends a value with its byte before it, if it is optional.
func (n *node) member(r *data.Reader, into []byte) []byte {
	if n.optional && !r.Present() {
		return append(into, n.null...)
	}
	return n.write(r, into)
}

func (n *node) write(r *data.Reader, into []byte) []byte {
	switch n.kind {
	case data.Int8, data.Int16, data.Int32, data.Int64:
		return strconv.AppendInt(into, r.Int(), 10)
	case data.String:
		return appendString(into, r.Bytes())
	case data.Boolean:
		return strconv.AppendBool(into, r.Bool())
	case data.Float32:
		return appendFloat(into, float64(r.Float32()), 32)
	case data.Float64:
		return appendFloat(into, r.Float64(), 64)
	case data.Bytes:
		return n.bytes(r.Bytes(), into)
	case data.Struct:
		return n.object(r, into)
	case data.Array:
		return n.array(r, into)
	}
	return n.entries(r, into)
}

func (n *node) object(r *data.Reader, into []byte) []byte {
	if len(n.fields) == 0 {
		return append(into, "{}"...)
	}
	for i := range n.fields {
		into = append(into, n.fields[i].before...)
		into = n.fields[i].node.member(r, into)
	}
	return append(into, '}')
}

func (n *node) array(r *data.Reader, into []byte) []byte {
	into = append(into, '[')
	first := true
	for count := r.Count(); count > 0; count = r.Count() {
		for ; count > 0 && r.Err() == nil; count-- {
			if !first {
				into = append(into, ',')
			}
			first = false
			into = n.elem.member(r, into)
		}
	}
	return append(into, ']')
}

// entries is a map: an object if its keys are strings, else a list of pairs.
func (n *node) entries(r *data.Reader, into []byte) []byte {
	open, closing := byte('{'), byte('}')
	if n.key != nil {
		open, closing = '[', ']'
	}
	into = append(into, open)
	first := true
	for count := r.Count(); count > 0; count = r.Count() {
		for ; count > 0 && r.Err() == nil; count-- {
			if !first {
				into = append(into, ',')
			}
			first = false
			into = n.entry(r, into)
		}
	}
	return append(into, closing)
}

func (n *node) entry(r *data.Reader, into []byte) []byte {
	if n.key == nil {
		into = append(appendString(into, r.Bytes()), ':')
		return n.elem.member(r, into)
	}
	into = append(n.key.member(r, append(into, '[')), ',')
	return append(n.elem.member(r, into), ']')
}

func (n *node) bytes(b, into []byte) []byte {
	if n.decimal {
		return append(into, plainDecimal(b, n.scale)...)
	}
	return append(base64.StdEncoding.AppendEncode(append(into, '"'), b), '"')
}

// plainDecimal is the number of an unscaled two's complement.
func plainDecimal(b []byte, scale int) string {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
	if scale <= 0 {
		return v.Mul(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-scale)), nil)).String()
	}
	return new(big.Rat).SetFrac(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale)
}
