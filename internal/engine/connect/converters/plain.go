package converters

import (
	"fmt"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// raw is ByteArrayConverter: bytes as they are, and nothing else.
type raw struct{}

func (raw) Encode(topic string, _ bool, s *data.Schema, value, into []byte) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	if s == nil || s.Kind != data.Bytes {
		return nil, fmt.Errorf("topic %s: ByteArrayConverter takes bytes, not a %s", topic, kind(s))
	}
	r := data.Read(value)
	return append(into, r.Bytes()...), r.Err()
}

// text is StringConverter, and SimpleHeaderConverter, which write structs and all else as JSON.
type text struct{}

func (text) Encode(_ string, _ bool, s *data.Schema, value, into []byte) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	r := data.Read(value)
	if s.Kind == data.String {
		return append(into, r.Bytes()...), r.Err()
	}
	return compile(s, settings{nullDefaults: true}).encode(&r, into)
}

func kind(s *data.Schema) string {
	if s == nil {
		return "value without a schema"
	}
	return s.Kind.String()
}
