package formats

import (
	"fmt"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/avroform"
)

func avroConfluentFormat() format {
	return format{
		name: "avro-confluent", options: registryOptions, mode: plan.InsertOnly, accepts: plan.InsertOnly,
		decoder: func(s Spec) (Decoder, error) { return newAvroDecoder(s) },
		encoder: func(s Spec) (Encoder, error) { return newAvroEncoder(s) },
	}
}

// avroDecoder reads values with the schema that each was written with, straight into columns. Fields go to the columns
// of the same name; those of no column are stepped over, and columns of no field get the default, or NULL.
type avroDecoder struct {
	registry *registry
	fields   []rows.Field
	reader   *avroform.Schema // what the option schema gives; nil without it
	programs map[int]*avroform.Program
	last     *avroform.Program
	lastID   int
	in       avroform.Reader
}

func newAvroDecoder(s Spec) (*avroDecoder, error) {
	r, err := newRegistry(s)
	if err != nil {
		return nil, err
	}
	d := &avroDecoder{registry: r, fields: s.Fields, programs: map[int]*avroform.Program{}, lastID: -1}
	if text := s.Options["schema"]; text != "" {
		if d.reader, err = avroform.Parse(text); err != nil {
			return nil, fmt.Errorf("'%s.schema': %w", s.Name, err)
		}
	}
	return d, nil
}

// Decode reads one record.
func (d *avroDecoder) Decode(message []byte, to *Rows) error {
	if message == nil {
		return nil
	}
	id, value, err := unframe(message)
	if err != nil {
		return err
	}
	if id != d.lastID {
		if err := d.use(id); err != nil {
			return err
		}
	}
	d.in = avroform.Reader{Data: value}
	to.Grow(to.N + 1)
	if err := d.last.Read(&d.in, to.Cols, to.N); err != nil {
		return fmt.Errorf("cannot read Avro of schema %d: %w", id, err)
	}
	if d.in.At < len(value) {
		return fmt.Errorf("%d bytes are left after a value of schema %d", len(value)-d.in.At, id)
	}
	to.Done(rows.Insert)
	return nil
}

// use takes the program of a writer's schema, and makes it when the schema is met for the first time.
func (d *avroDecoder) use(id int) error {
	p, ok := d.programs[id]
	if !ok {
		text, err := d.registry.schema(id)
		if err != nil {
			return err
		}
		writer, err := avroform.Parse(text)
		if err != nil {
			return fmt.Errorf("schema %d: %w", id, err)
		}
		if p, err = avroform.Compile(writer, writer.Root, d.fields, d.reader); err != nil {
			return fmt.Errorf("schema %d: %w", id, err)
		}
		d.programs[id] = p
	}
	d.last, d.lastID = p, id
	return nil
}
