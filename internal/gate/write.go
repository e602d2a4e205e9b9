package gate

import (
	"context"
	"fmt"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
)

// encoder writes rows and keys of one topic: the product's, or its masked copy.
type encoder struct {
	topic contracts.ProductTopic
	keys  []string
	value *codec // nil: JSON
	key   *codec // nil: UTF-8 text
}

// codec is a schema in Avro with its id in the registry.
type codec struct {
	schema *avro.Schema
	id     int
}

func newEncoder(ctx context.Context, p contracts.Product, t contracts.ProductTopic, registry Registry) (*encoder, error) {
	e := &encoder{topic: t, keys: p.Key}
	var err error
	if p.Schema.Type == contracts.Avro {
		if e.value, err = newCodec(ctx, t.Name.ValueSubject(), t.ValueText, registry); err != nil {
			return nil, err
		}
	}
	if t.Key != nil {
		e.key, err = newCodec(ctx, t.Name.KeySubject(), t.Key.Avro(), registry)
	}
	return e, err
}

func newCodec(ctx context.Context, subject addrs.Subject, text string, registry Registry) (*codec, error) {
	schema, err := avro.Parse(text)
	if err != nil {
		return nil, err
	}
	id, err := registry.SchemaID(ctx, subject, text)
	if err != nil {
		return nil, fmt.Errorf("the registry does not have the contract's schema under %s: %w", subject, err)
	}
	return &codec{schema, id}, nil
}

func (e *encoder) row(row codecs.Row) ([]byte, error) {
	if e.value == nil {
		return codecs.ToJSON(e.topic.Value.Fields, row), nil
	}
	return codecs.EncodeAvro(e.value.schema, e.value.id, row)
}

// keyOf is the key of a row: UTF-8 text for one string, uuid or enum, and Avro for all else; nil where the product has
// none.
func (e *encoder) keyOf(row codecs.Row) ([]byte, error) {
	switch {
	case len(e.keys) == 0:
		return nil, nil
	case e.key != nil:
		return codecs.EncodeAvro(e.key.schema, e.key.id, row)
	}
	text, ok := row[e.keys[0]].(string)
	if !ok || text == "" {
		return nil, fmt.Errorf("its key, %s, is empty", e.keys[0])
	}
	return []byte(text), nil
}
