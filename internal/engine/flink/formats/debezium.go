package formats

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/jsonform"
)

func debeziumJSONFormat() format {
	return format{
		name: "debezium-json", options: append(slices.Clone(jsonOptions), "schema-include"), mode: plan.Retract, accepts: plan.Retract,
		decoder: newDebeziumJSON, encoder: newDebeziumJSONEncoder,
	}
}

// debeziumJSON reads Debezium's envelopes: r and c insert, u takes the old row back and brings the new one, d takes it
// back. A tombstone says nothing that a d has not said.
type debeziumJSON struct {
	rows    *jsonDecoder
	payload bool // schema-include: the envelope lies in a member of that name
	lenient bool
}

// envelope is where the parts of a message lie.
type envelope struct {
	before, after []byte // nil where they are null or missing
	op            string
}

func newDebeziumJSON(s Spec) (Decoder, error) {
	d := &debeziumJSON{}
	var err error
	if d.lenient, err = s.Bool("ignore-parse-errors"); err != nil {
		return nil, err
	}
	if d.payload, err = s.Bool("schema-include"); err != nil {
		return nil, err
	}
	d.rows, err = newJSONDecoder(s)
	return d, err
}

// Decode reads one envelope.
func (d *debeziumJSON) Decode(message []byte, to *Rows) error {
	if len(message) == 0 {
		return nil
	}
	before := to.N
	err := d.decode(message, to)
	if err == nil {
		return nil
	}
	to.Truncate(before)
	err = fmt.Errorf("cannot read the Debezium message %s: %w", jsonform.Clip(message), err)
	if d.lenient {
		return Skipped{err}
	}
	return err
}

func (d *debeziumJSON) decode(message []byte, to *Rows) error {
	var e envelope
	s := &jsonform.Scanner{Data: message}
	read := e.read
	if d.payload {
		read = func(s *jsonform.Scanner) error {
			return s.Members(0, func(name []byte) error {
				if string(name) == "payload" && s.Peek() == '{' {
					return e.read(s)
				}
				return s.Skip(1)
			})
		}
	}
	if err := read(s); err != nil {
		return err
	}
	return changes(e.op, e.before != nil, e.after != nil, func(after bool, change rows.Change) error {
		d.rows.scan = jsonform.Scanner{Data: e.before}
		if after {
			d.rows.scan.Data = e.after
		}
		if err := d.rows.object(to); err != nil {
			return err
		}
		to.Done(change)
		return nil
	})
}

// read finds the members of an envelope.
func (e *envelope) read(s *jsonform.Scanner) error {
	return s.Members(0, func(name []byte) (err error) {
		switch string(name) {
		case "op":
			e.op, err = s.Text()
			return err
		case "before":
			e.before, err = object(s)
			return err
		case "after":
			e.after, err = object(s)
			return err
		}
		return s.Skip(1)
	})
}

// object gives the bytes of an object; nil for null.
func object(s *jsonform.Scanner) ([]byte, error) {
	if s.Null() {
		return nil, nil
	}
	s.Peek()
	start := s.At
	err := s.Skip(1)
	return s.Data[start:s.At], err
}

var errBefore = errors.New(`the "before" field is null; if the source is PostgreSQL, set the table's REPLICA IDENTITY to FULL`)

// changes says which rows an operation of Debezium stands for.
func changes(op string, before, after bool, emit func(after bool, change rows.Change) error) error {
	switch {
	case op == "c" || op == "r":
		if !after {
			return fmt.Errorf(`the "after" field of an operation %q is null`, op)
		}
		return emit(true, rows.Insert)
	case op == "u" && !after:
		return errors.New(`the "after" field of an update is null`)
	case op == "u" && before:
		if err := emit(false, rows.UpdateBefore); err != nil {
			return err
		}
		return emit(true, rows.UpdateAfter)
	case op == "d" && before:
		return emit(false, rows.Delete)
	case op == "u" || op == "d":
		return errBefore
	}
	return fmt.Errorf(`"op" is %q, which is none of c, r, u, d`, op)
}

// debeziumJSONEncoder writes each change as an insert or a delete, as Flink does.
type debeziumJSONEncoder struct{ rows *jsonEncoder }

func newDebeziumJSONEncoder(s Spec) (Encoder, error) {
	if included, _ := s.Bool("schema-include"); included {
		return nil, fmt.Errorf("'%s.schema-include' is for reading; the schema is not written", s.Name)
	}
	e, err := newJSONEncoder(s)
	return &debeziumJSONEncoder{rows: e}, err
}

// Append writes one envelope.
func (e *debeziumJSONEncoder) Append(to []byte, b *rows.Batch, i int) (_ []byte, err error) {
	if b.Change(i).Adds() {
		if to, err = e.rows.Append(append(to, `{"before":null,"after":`...), b, i); err != nil {
			return to, err
		}
		return append(to, `,"op":"c"}`...), nil
	}
	if to, err = e.rows.Append(append(to, `{"before":`...), b, i); err != nil {
		return to, err
	}
	return append(to, `,"after":null,"op":"d"}`...), nil
}
