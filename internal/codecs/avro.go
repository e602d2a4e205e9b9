package codecs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/avro"
)

// frame is Confluent's wire format: a zero byte, then the schema's id in four bytes, then the value.
const frameSize = 5

// ErrFrame says that bytes are not in Confluent's frame.
var ErrFrame = errors.New("not in Confluent's frame (a zero byte and the schema's id)")

// Frame puts a schema's id before a value.
func Frame(id int, value []byte) []byte {
	framed := make([]byte, frameSize, frameSize+len(value))
	binary.BigEndian.PutUint32(framed[1:], uint32(id))
	return append(framed, value...)
}

// Unframe takes the schema's id off a value.
func Unframe(framed []byte) (id int, value []byte, err error) {
	if len(framed) < frameSize || framed[0] != 0 {
		return 0, nil, ErrFrame
	}
	return int(binary.BigEndian.Uint32(framed[1:frameSize])), framed[frameSize:], nil
}

// Avro decodes framed values with the schemas that a registry has. It keeps what it parsed; its methods may be called
// at the same time.
type Avro struct {
	schemas Schemas
	mu      sync.RWMutex
	known   map[int]*avro.Schema
}

// NewAvro decodes with the schemas of a registry.
func NewAvro(schemas Schemas) *Avro { return &Avro{schemas: schemas, known: map[int]*avro.Schema{}} }

// Decode reads a framed record.
func (a *Avro) Decode(ctx context.Context, framed []byte) (Row, error) {
	id, value, err := Unframe(framed)
	if err != nil {
		return nil, err
	}
	schema, err := a.schema(ctx, id)
	if err != nil {
		return nil, err
	}
	var row any
	rest, err := schema.Decode(value, &row)
	switch {
	case err != nil:
		return nil, fmt.Errorf("not a value of schema %d: %w", id, err)
	case len(rest) > 0:
		return nil, fmt.Errorf("%d bytes are left after a value of schema %d", len(rest), id)
	}
	if record, ok := row.(map[string]any); ok {
		return record, nil
	}
	return nil, fmt.Errorf("schema %d is not a record", id)
}

func (a *Avro) schema(ctx context.Context, id int) (*avro.Schema, error) {
	a.mu.RLock()
	schema, ok := a.known[id]
	a.mu.RUnlock()
	if ok {
		return schema, nil
	}
	text, err := a.schemas.SchemaByID(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("schema %d: %w", id, err)
	}
	schema, err = avro.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("schema %d: %w", id, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[id] = schema
	return schema, nil
}

// EncodeAvro writes a row with a schema, in the frame of its id. Fields that are absent are null.
func EncodeAvro(schema *avro.Schema, id int, row Row) ([]byte, error) {
	value, err := schema.AppendEncode(Frame(id, nil), row)
	if err != nil {
		return nil, err
	}
	return value, nil
}
