package formats

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/avroform"
)

func debeziumAvroFormat() format {
	return format{
		name: "debezium-avro-confluent", options: registryOptions, mode: plan.Retract, accepts: plan.Retract,
		decoder: newDebeziumAvro, encoder: newDebeziumAvroEncoder,
	}
}

// debeziumAvro reads Debezium's envelopes in Confluent's frame.
type debeziumAvro struct {
	registry *registry
	fields   []rows.Field
	programs map[int]*envelopeProgram
}

// envelopeProgram reads the envelopes of one writer's schema, field by field.
type envelopeProgram struct {
	steps []envelopeStep
}

type envelopeStep struct {
	kind     byte // b(efore), a(fter), o(p), or 0 to step over
	skip     avroform.Skip
	row      *avroform.Program
	branches int // of the union that the field is; 0 if it is none
	null     int
	text     func(r *avroform.Reader) string
}

func newDebeziumAvro(s Spec) (Decoder, error) {
	r, err := newRegistry(s)
	return &debeziumAvro{registry: r, fields: s.Fields, programs: map[int]*envelopeProgram{}}, err
}

// Decode reads one envelope.
func (d *debeziumAvro) Decode(message []byte, to *Rows) error {
	if message == nil {
		return nil
	}
	id, value, err := unframe(message)
	if err != nil {
		return err
	}
	p, err := d.program(id)
	if err != nil {
		return fmt.Errorf("schema %d: %w", id, err)
	}
	before := to.N
	if err := p.read(&avroform.Reader{Data: value}, to); err != nil {
		to.Truncate(before)
		return fmt.Errorf("cannot read the Debezium message of schema %d: %w", id, err)
	}
	return nil
}

func (d *debeziumAvro) program(id int) (*envelopeProgram, error) {
	if p, ok := d.programs[id]; ok {
		return p, nil
	}
	text, err := d.registry.schema(id)
	if err != nil {
		return nil, err
	}
	writer, err := avroform.Parse(text)
	if err != nil {
		return nil, err
	}
	p, err := compileEnvelope(writer, d.fields)
	if err != nil {
		return nil, err
	}
	d.programs[id] = p
	return p, nil
}

func compileEnvelope(writer *avroform.Schema, fields []rows.Field) (*envelopeProgram, error) {
	if writer.Root.Type != "record" {
		return nil, errors.New("it is not a record")
	}
	p, met := &envelopeProgram{}, ""
	for i := range writer.Root.Fields {
		f := &writer.Root.Fields[i]
		step := envelopeStep{skip: writer.SkipOf(&f.Type)}
		switch f.Name {
		case "before", "after":
			if err := step.rowOf(writer, &f.Type, fields); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
			step.kind = f.Name[0]
		case "op":
			step.opOf(writer, &f.Type)
			step.kind = 'o'
		}
		if step.kind != 0 {
			met += string(rune(step.kind))
		}
		p.steps = append(p.steps, step)
	}
	if met != "bao" {
		return nil, errors.New("it is not an envelope of Debezium: a record with the fields before, after and op")
	}
	return p, nil
}

func (e *envelopeStep) rowOf(writer *avroform.Schema, n *avro.SchemaNode, fields []rows.Field) (err error) {
	n = writer.Of(n)
	record := n
	if n.Type == "union" {
		e.branches, e.null = len(n.Branches), -1
		for i := range n.Branches {
			if of := writer.Of(&n.Branches[i]); of.Type == "null" {
				e.null = i
			} else {
				record = of
			}
		}
		if e.branches != 2 || e.null < 0 {
			return errors.New("it is neither a record nor null")
		}
	}
	e.row, err = avroform.Compile(writer, record, fields, nil)
	return err
}

func (e *envelopeStep) opOf(writer *avroform.Schema, n *avro.SchemaNode) {
	n = writer.Of(n)
	if n.Type == "union" {
		e.branches, e.null = len(n.Branches), 0
		for i := range n.Branches {
			if writer.Of(&n.Branches[i]).Type == "null" {
				e.null = i
			}
		}
	}
	e.text = func(r *avroform.Reader) string { return shared(r.Bytes()) }
}

// there reads the branch of a union: false for null.
func (e *envelopeStep) there(r *avroform.Reader) bool {
	return e.branches == 0 || r.Branch(e.branches) != e.null
}

// read puts the rows before and after into rows N and N+1, and counts those that the operation stands for.
func (p *envelopeProgram) read(r *avroform.Reader, to *Rows) error {
	to.Grow(to.N + 2)
	var has [2]bool
	op, at := "", to.N
	for i := range p.steps {
		step := &p.steps[i]
		switch {
		case step.kind == 0:
			step.skip(r)
		case !step.there(r):
		case step.kind == 'o':
			op = step.text(r)
		default:
			has[map[byte]int{'b': 0, 'a': 1}[step.kind]] = true
			if err := step.row.Read(r, to.Cols, at); err != nil {
				return err
			}
			at++
		}
	}
	if r.Err != nil {
		return r.Err
	}
	if has[0] && (op == "c" || op == "r") {
		return fmt.Errorf(`an operation %q has a "before"`, op)
	}
	return changes(op, has[0], has[1], func(_ bool, change rows.Change) error { to.Done(change); return nil })
}

// debeziumAvroEncoder writes each change as an insert or a delete, as Flink does.
type debeziumAvroEncoder struct{ inner *avroEncoder }

func newDebeziumAvroEncoder(s Spec) (Encoder, error) {
	row := rows.Type{Kind: rows.Row, Fields: s.Fields}
	s.Fields = []rows.Field{{Name: "before", Type: row}, {Name: "after", Type: row}, {Name: "op", Type: rows.StringType}}
	inner, err := newAvroEncoder(s)
	return &debeziumAvroEncoder{inner: inner}, err
}

// Append writes one envelope.
func (e *debeziumAvroEncoder) Append(to []byte, b *rows.Batch, i int) (_ []byte, err error) {
	if e.inner.id == 0 {
		if e.inner.id, err = e.inner.registry.register(e.inner.subject, e.inner.text); err != nil {
			return to, err
		}
	}
	to = binary.BigEndian.AppendUint32(append(to, 0), uint32(e.inner.id))
	values := []any{nil, b.Row(i), "c"}
	if !b.Change(i).Adds() {
		values = []any{values[1], nil, "d"}
	}
	cols := make([]*rows.Column, len(values))
	for j, t := range []rows.Kind{rows.Row, rows.Row, rows.Varchar} {
		cols[j] = &rows.Column{Type: rows.Type{Kind: t}}
		cols[j].Append(values[j])
	}
	return e.inner.writer.Append(to, cols, 0)
}
