package formats

import (
	"errors"
	"fmt"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
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
	reader   *avroSchema // what the option schema gives; nil without it
	programs map[int]*avroProgram
	last     *avroProgram
	lastID   int
	in       avroReader
}

// avroProgram reads the records of one writer's schema.
type avroProgram struct {
	steps  []avroStep
	absent []absentColumn
}

type avroStep struct {
	column int // -1: step over
	set    avroSet
	skip   avroSkip
}

// absentColumn is one that the writer's schema does not have.
type absentColumn struct {
	column int
	value  any
}

func newAvroDecoder(s Spec) (*avroDecoder, error) {
	r, err := newRegistry(s)
	if err != nil {
		return nil, err
	}
	d := &avroDecoder{registry: r, fields: s.Fields, programs: map[int]*avroProgram{}, lastID: -1}
	if text := s.Options["schema"]; text != "" {
		if d.reader, err = parseAvro(text); err != nil {
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
	d.in = avroReader{data: value}
	to.Grow(to.N + 1)
	if err := d.last.read(&d.in, to.Cols, to.N); err != nil {
		return fmt.Errorf("cannot read Avro of schema %d: %w", id, err)
	}
	if d.in.at < len(value) {
		return fmt.Errorf("%d bytes are left after a value of schema %d", len(value)-d.in.at, id)
	}
	to.Done(rows.Insert)
	return nil
}

func (p *avroProgram) read(r *avroReader, cols []*rows.Column, i int) error {
	for s := range p.steps {
		step := &p.steps[s]
		if step.column < 0 {
			step.skip(r)
		} else {
			step.set(r, cols[step.column], i)
		}
	}
	for _, a := range p.absent {
		Set(cols[a.column], i, a.value)
	}
	return r.err
}

// use takes the program of a writer's schema, and makes it when the schema is met for the first time.
func (d *avroDecoder) use(id int) error {
	p, ok := d.programs[id]
	if !ok {
		text, err := d.registry.schema(id)
		if err != nil {
			return err
		}
		writer, err := parseAvro(text)
		if err != nil {
			return fmt.Errorf("schema %d: %w", id, err)
		}
		if p, err = compileAvro(writer, writer.root, d.fields, d.reader); err != nil {
			return fmt.Errorf("schema %d: %w", id, err)
		}
		d.programs[id] = p
	}
	d.last, d.lastID = p, id
	return nil
}

// compileAvro makes the program that reads records of a writer's schema into columns.
func compileAvro(writer *avroSchema, root *avro.SchemaNode, fields []rows.Field, reader *avroSchema) (*avroProgram, error) {
	root = writer.of(root)
	if root.Type != "record" {
		return nil, errors.New("it is not a record")
	}
	c := &avroCompiler{avroSchema: writer, skips: map[*avro.SchemaNode]*avroSkip{}}
	p, found := &avroProgram{}, make([]bool, len(fields))
	for i := range root.Fields {
		f := &root.Fields[i]
		step := avroStep{column: columnOf(fields, f.Name, reader)}
		var err error
		if step.column < 0 || found[step.column] {
			step.column, step.skip = -1, c.skip(&f.Type)
		} else if step.set, err = c.set(&f.Type, fields[step.column].Type); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		} else {
			found[step.column] = true
		}
		p.steps = append(p.steps, step)
	}
	for i, f := range fields {
		if found[i] {
			continue
		}
		v, err := defaultOf(f, reader)
		if err != nil {
			return nil, err
		}
		p.absent = append(p.absent, absentColumn{column: i, value: v})
	}
	return p, nil
}

// columnOf finds the column of a writer's field: by name, or by an alias that the reader's schema gives.
func columnOf(fields []rows.Field, name string, reader *avroSchema) int {
	if i := rows.Schema(fields).Index(name); i >= 0 || reader == nil {
		return i
	}
	for _, f := range reader.root.Fields {
		for _, alias := range f.Aliases {
			if alias == name {
				return rows.Schema(fields).Index(f.Name)
			}
		}
	}
	return -1
}

// defaultOf is what a column is where the writer's schema has no such field.
func defaultOf(f rows.Field, reader *avroSchema) (any, error) {
	if reader != nil {
		for _, r := range reader.root.Fields {
			if r.Name == f.Name && r.HasDefault {
				return simple(r.Default, f)
			}
		}
	}
	if f.Type.NotNull {
		return nil, fmt.Errorf("it has no field %s, which is NOT NULL and has no default", f.Name)
	}
	return nil, nil
}

// simple makes a value of a default.
func simple(v any, f rows.Field) (any, error) {
	layout := f.Type.Kind.Layout()
	switch d := v.(type) {
	case nil:
		return nil, nil
	case int32:
		return simple(int64(d), f)
	case float32:
		return simple(float64(d), f)
	case int64:
		if layout == rows.FloatLayout {
			return float64(d), nil
		}
	case []byte:
		v = string(d)
	case map[string]any:
		if len(d) == 0 {
			v = rows.Entries{}
		}
	}
	if !suits(v, f.Type) {
		return nil, fmt.Errorf("the default %v of field %s cannot be taken for a %s", v, f.Name, f.Type)
	}
	return v, nil
}

// suits reports whether a default is a value of a type as it is.
func suits(v any, t rows.Type) bool {
	switch v := v.(type) {
	case int64:
		return t.Kind.Layout() == rows.IntLayout && !t.Kind.IsTimestamp()
	case float64:
		return t.Kind.Layout() == rows.FloatLayout
	case bool:
		return t.Kind == rows.Boolean
	case string:
		return t.Kind.Layout() == rows.StringLayout
	case []any:
		return t.Kind == rows.Array && len(v) == 0
	case rows.Entries:
		return t.Kind == rows.Map
	}
	return false
}
