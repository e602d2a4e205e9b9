package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrMalformed is the error of bytes that are no value of the schema they are read with.
var ErrMalformed = errors.New("the bytes do not fit the schema")

// Reader takes values off packed bytes, one after the other. The first mistake ends it: from then on it
// gives zeros, and Err says why. What it returns lies in the bytes it was given.
type Reader struct {
	rest []byte
	err  error
}

// Read starts at the beginning of packed bytes.
func Read(packed []byte) Reader { return Reader{rest: packed} }

// Err is why the reader stopped, or nil.
func (r *Reader) Err() error { return r.err }

// Rest is what has not been read yet.
func (r *Reader) Rest() []byte { return r.rest }

func (r *Reader) fail() {
	r.rest = nil
	if r.err == nil {
		r.err = ErrMalformed
	}
}

// Present reads the byte before the value of an optional schema: false is null.
func (r *Reader) Present() bool {
	if len(r.rest) == 0 || r.rest[0]&^2 != 0 {
		r.fail()
		return false
	}
	present := r.rest[0] == 2
	r.rest = r.rest[1:]
	return present
}

// Int reads an integer of any kind.
func (r *Reader) Int() int64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		v := r.rest[0]
		r.rest = r.rest[1:]
		return int64(v>>1) ^ -int64(v&1)
	}
	u, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return int64(u>>1) ^ -int64(u&1)
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	b := r.take(1)
	return b != nil && b[0] == 1
}

// Float32 reads a float.
func (r *Reader) Float32() float32 {
	if b := r.take(4); b != nil {
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// Float64 reads a double.
func (r *Reader) Float64() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// Bytes reads a String or Bytes.
func (r *Reader) Bytes() []byte {
	n := r.Int()
	if n < 0 || n > int64(len(r.rest)) {
		r.fail()
		return nil
	}
	return r.take(int(n))
}

// Count reads how many items the next block of an array or a map has; 0 closes it.
func (r *Reader) Count() int {
	n := r.Int()
	if n < 0 || n > int64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *Reader) take(n int) []byte {
	if len(r.rest) < n {
		r.fail()
		return nil
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken
}

// Value takes the whole value of a schema, and tells a null by nil. The bytes are those of the value
// itself: those of an optional schema come without the byte before them.
func (r *Reader) Value(s *Schema) []byte {
	if s.Optional && !r.Present() {
		return nil
	}
	start := r.rest
	r.skip(s)
	if r.err != nil {
		return nil
	}
	n := len(start) - len(r.rest)
	return start[:n:n]
}

// Skip takes the whole value of a schema, with the byte before it if the schema is optional, and gives its bytes.
func (r *Reader) Skip(s *Schema) []byte {
	start := r.rest
	if !s.Optional || r.Present() {
		r.skip(s)
	}
	if r.err != nil {
		return nil
	}
	n := len(start) - len(r.rest)
	return start[:n:n]
}

// Field is the value of a field of a struct, nil for null or when there is no such field.
func (s *Schema) Field(packed []byte, name string) ([]byte, error) {
	r := Read(packed)
	for _, f := range s.Fields {
		v := r.Value(f.Schema)
		if f.Name == name || r.err != nil {
			return v, r.err
		}
	}
	return nil, nil
}

func (r *Reader) skip(s *Schema) {
	switch s.Kind {
	case Int8, Int16, Int32, Int64:
		r.Int()
	case Float32:
		r.take(4)
	case Float64:
		r.take(8)
	case Boolean:
		r.take(1)
	case String, Bytes:
		r.Bytes()
	case Array, Map:
		r.skipItems(s)
	case Struct:
		for i := range s.Fields {
			r.Value(s.Fields[i].Schema)
		}
	default:
		r.err = fmt.Errorf("schema %q has no kind", s.Name)
		r.rest = nil
	}
}

func (r *Reader) skipItems(s *Schema) {
	for n := r.Count(); n > 0; n = r.Count() {
		for ; n > 0 && r.err == nil; n-- {
			if s.Kind == Map {
				r.Value(s.Key)
			}
			r.Value(s.Elem)
		}
	}
}
