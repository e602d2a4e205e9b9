package formats

import (
	"encoding/binary"
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/avroform"
)

// avroEncoder writes rows in Confluent's frame, with a schema that is registered before the first.
type avroEncoder struct {
	registry *registry
	subject  string
	text     string // of the schema
	id       int    // 0: not registered yet
	writer   *avroform.Writer
}

func newAvroEncoder(s Spec) (*avroEncoder, error) {
	r, err := newRegistry(s)
	if err != nil {
		return nil, err
	}
	e := &avroEncoder{registry: r, subject: s.Options["subject"], text: s.Options["schema"]}
	if e.subject == "" {
		if s.Topic == "" {
			return nil, fmt.Errorf("the option '%s.subject' is missing", s.Name)
		}
		e.subject = s.Topic + "-value"
		if s.Key {
			e.subject = s.Topic + "-key"
		}
	}
	if e.text == "" {
		if e.text, err = avroText(s.Fields); err != nil {
			return nil, err
		}
	}
	schema, err := avroform.Parse(e.text)
	if err != nil {
		return nil, fmt.Errorf("'%s.schema': %w", s.Name, err)
	}
	e.writer, err = avroform.NewWriter(schema, s.Fields)
	return e, err
}

// Append writes one value.
func (e *avroEncoder) Append(to []byte, b *rows.Batch, i int) (_ []byte, err error) {
	if e.id == 0 {
		if e.id, err = e.registry.register(e.subject, e.text); err != nil {
			return to, err
		}
	}
	to = binary.BigEndian.AppendUint32(append(to, 0), uint32(e.id))
	return e.writer.Append(to, b.Cols, i)
}
