package gate

import (
	"slices"
	"strings"
	"time"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/rows/avroform"
	"github.com/weftmesh/weft/internal/schemas"
)

// commits is a lane that knows when a row was committed.
type commits interface {
	committed() time.Time // of the record that was decoded last; zero where it does not say
}

// envelopeLane reads Debezium's envelopes in Avro: rows that came, or were updated under the key that they had. The
// rest is the reader's: removals, rows whose key changed, values that were not written, tables that changed.
type envelopeLane struct {
	spec     Spec
	reader   *reader
	keys     []int // the columns of the key
	programs map[int]*envelopeProgram
	last     *envelopeProgram
	lastID   int
	in       avroform.Reader
	at       int64 // source.ts_ms
	old      []*rows.Column
}

// envelopeProgram reads the envelopes of one writer's schema.
type envelopeProgram struct {
	steps []envelopeStep
	row   *avroform.Program
	texts []instantColumn
	into  []*rows.Column // room for the columns that are read, texts among them
}

// envelopeStep reads one field of the envelope.
type envelopeStep struct {
	part   byte // b(efore), a(fter), s(ource), o(p); 0: step over
	null   int  // of the union that it is: the branch of null; -1: it is none
	skip   avroform.Skip
	source []avroform.Skip // of the source's fields before ts_ms, and those behind it
	stamp  int             // where ts_ms is among them
}

// instantColumn is a column of instants that are written as text (io.debezium.time.ZonedTimestamp).
type instantColumn struct {
	column int
	text   *rows.Column
	field  jsonField
}

func newEnvelopeLane(spec Spec, r *reader) *envelopeLane {
	columns := codecs.Columns(spec.Topic.Value.Fields)
	l := &envelopeLane{spec: spec, reader: r, programs: map[int]*envelopeProgram{}, lastID: -1, old: rows.NewBuilder(columns.Types()).Cols}
	for _, name := range spec.Product.Key {
		l.keys = append(l.keys, columns.Index(name))
	}
	room(l.old, 1)
	return l
}

func (l *envelopeLane) committed() time.Time {
	if l.at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(l.at)
}

func (l *envelopeLane) decode(in Record, cols []*rows.Column, i int) bool {
	id, value, err := codecs.Unframe(in.Value)
	if err != nil || id != l.lastID && !l.use(id) || l.last == nil {
		return false
	}
	l.in, l.at = avroform.Reader{Data: value}, 0
	before, ok := l.envelope(cols, i)
	return ok && l.in.Err == nil && l.in.At == len(value) && (!before || l.sameKey(cols, i))
}

// envelope reads the parts, and says whether there is a row before.
func (l *envelopeLane) envelope(cols []*rows.Column, i int) (before, ok bool) { //nolint:gocyclo // a case for each part
	after := false
	for k := range l.last.steps {
		step := &l.last.steps[k]
		switch {
		case step.part == 0:
			step.skip(&l.in)
		case step.null >= 0 && l.in.Branch(2) == step.null:
		case step.part == 'b':
			before = true
			ok = l.last.read(&l.in, l.old, 0)
		case step.part == 'a':
			after = true
			ok = l.last.read(&l.in, cols, i)
		case step.part == 's':
			l.source(step)
		case step.part == 'o':
			if op := string(l.in.Bytes()); op != "c" && op != "r" && op != "u" {
				return before, false
			}
		}
		if l.in.Err != nil || (step.part == 'b' && before || step.part == 'a' && after) && !ok {
			return before, false
		}
	}
	return before, after
}

func (l *envelopeLane) source(step *envelopeStep) {
	for k, skip := range step.source {
		if k == step.stamp {
			l.at = l.in.Long()
		} else {
			skip(&l.in)
		}
	}
}

// sameKey reports whether a row has the key that it had before.
func (l *envelopeLane) sameKey(cols []*rows.Column, i int) bool {
	for _, k := range l.keys {
		if cols[k].Null(i) || l.old[k].Null(0) || cols[k].Value(i) != l.old[k].Value(0) {
			return false
		}
	}
	return true
}

// read reads a row into row i, and refuses values that were not written.
func (p *envelopeProgram) read(in *avroform.Reader, cols []*rows.Column, i int) bool {
	into := cols
	if len(p.texts) > 0 {
		p.into = append(p.into[:0], cols...)
		into = p.into
		for _, t := range p.texts {
			t.text.Resize(max(i+1, t.text.Len()))
			into[t.column] = t.text
		}
	}
	if p.row.Read(in, into, i) != nil {
		return false
	}
	for k := range p.texts {
		t := &p.texts[k]
		null := t.text.Null(i)
		cols[t.column].PutNull(i, null)
		if !null && !t.field.instant(t.text.Strings[i], cols[t.column], i) {
			return false
		}
	}
	for _, c := range cols {
		if c.Strings != nil && !c.Null(i) && strings.HasPrefix(c.Strings[i], unavailable) {
			return false
		}
	}
	return true
}

// use takes the program of a writer's schema, once the reader has met it.
func (l *envelopeLane) use(id int) bool {
	p, made := l.programs[id]
	if !made {
		w, met := l.reader.writers[id]
		if !met {
			return false
		}
		p = l.compile(w.text)
		l.programs[id] = p
	}
	l.last, l.lastID = p, id
	return true
}

// compile makes the program of a schema; nil where its envelopes are the reader's.
func (l *envelopeLane) compile(text string) *envelopeProgram {
	schema, err := avroform.Parse(text)
	if err != nil || schema.Root.Type != "record" {
		return nil
	}
	p := &envelopeProgram{}
	met := ""
	for i := range schema.Root.Fields {
		f := &schema.Root.Fields[i]
		step := envelopeStep{null: -1, skip: schema.SkipOf(&f.Type)}
		if part, known := map[string]byte{"before": 'b', "after": 'a', "source": 's', "op": 'o'}[f.Name]; known {
			step.part = part
			met += string(rune(part))
			if !step.opened(schema, &f.Type) || !l.part(p, &step, schema, &f.Type) {
				return nil
			}
		}
		p.steps = append(p.steps, step)
	}
	if met != "baso" || p.row == nil {
		return nil
	}
	return p
}

// opened finds the branch of null of a part.
func (s *envelopeStep) opened(schema *avroform.Schema, n *avro.SchemaNode) bool {
	n = schema.Of(n)
	if n.Type != "union" {
		return true
	}
	for i := range n.Branches {
		if schema.Of(&n.Branches[i]).Type == "null" {
			s.null = i
		}
	}
	return len(n.Branches) == 2 && s.null >= 0
}

func (l *envelopeLane) part(p *envelopeProgram, step *envelopeStep, schema *avroform.Schema, n *avro.SchemaNode) bool {
	of := present(schema, n)
	switch {
	case of == nil:
		return false
	case step.part == 'o':
		return of.Type == "string"
	case of.Type != "record":
		return false
	case step.part == 's':
		return step.stamped(schema, of)
	case p.row != nil: // before and after are of one type
		return true
	}
	record, fields, texts, ok := l.columns(schema, of)
	if !ok {
		return false
	}
	var err error
	p.row, err = avroform.CompileStrict(schema, record, fields)
	p.texts = texts
	return err == nil
}

// stamped finds ts_ms among the fields of the source.
func (s *envelopeStep) stamped(schema *avroform.Schema, source *avro.SchemaNode) bool {
	s.stamp = -1
	for i := range source.Fields {
		f := &source.Fields[i]
		if f.Name == "ts_ms" && schema.Of(&f.Type).Type == "long" {
			s.stamp = i
		}
		s.source = append(s.source, schema.SkipOf(&f.Type))
	}
	return s.stamp >= 0
}

// columns says how each field is read out of the table's record: the record with Debezium's logical types as those of
// Avro that mean the same.
func (l *envelopeLane) columns(schema *avroform.Schema, table *avro.SchemaNode) (*avro.SchemaNode, []rows.Field, []instantColumn, bool) {
	record := *table
	record.Fields = slices.Clone(table.Fields)
	var fields []rows.Field
	var texts []instantColumn
	for k, m := range l.reader.mapping.fields {
		at := slices.IndexFunc(record.Fields, func(f avro.SchemaField) bool { return f.Name == m.path[0] })
		if len(m.path) != 1 || m.unit != "" || at < 0 {
			return nil, nil, nil, false
		}
		n := present(schema, &record.Fields[at].Type)
		if n == nil {
			return nil, nil, nil, false
		}
		column := rows.Field{Name: m.path[0], Type: codecs.ColumnType(m.of.Type)}
		logical, text, ok := readable(n, m.of.Type)
		if !ok {
			return nil, nil, nil, false
		}
		if text {
			column.Type = rows.StringType
			texts = append(texts, instantColumn{column: k, text: &rows.Column{Type: rows.StringType}, field: jsonField{kind: m.of.Type.Kind, of: m.of.Type}})
		}
		record.Fields[at].Type = named(schema, &record.Fields[at].Type, logical)
		fields = append(fields, column)
	}
	return &record, fields, texts, true
}

// named is a type with another logical type.
func named(schema *avroform.Schema, n *avro.SchemaNode, logical string) avro.SchemaNode {
	out := *schema.Of(n)
	if out.Type != "union" {
		out.LogicalType = logical
		return out
	}
	out.Branches = slices.Clone(out.Branches)
	for i := range out.Branches {
		if of := *schema.Of(&out.Branches[i]); of.Type != "null" {
			of.LogicalType = logical
			out.Branches[i] = of
		}
	}
	return out
}

// readable says under which logical type of Avro a column is read as a contract's type, or that it is text to be read as
// an instant; not ok where it is the reader's.
func readable(n *avro.SchemaNode, t schemas.Type) (logical string, text, ok bool) { //nolint:gocyclo // a case for each kind
	name, _ := n.Props["connect.name"].(string)
	name = strings.TrimPrefix(name, debeziumTime)
	switch t.Kind {
	case schemas.String, schemas.UUID, schemas.Enum:
		return "", false, n.Type == "string" && n.LogicalType == ""
	case schemas.Int, schemas.Float, schemas.Double, schemas.Boolean, schemas.Bytes:
		return "", false, n.Type == string(t.Kind) && name == "" && n.LogicalType == ""
	case schemas.Long:
		return "", false, (n.Type == "int" || n.Type == "long") && name == "" && n.LogicalType == ""
	case schemas.Decimal:
		return "decimal", false, n.Type == "bytes" && n.LogicalType == "decimal" && n.Scale == t.Scale
	case schemas.Date:
		return "date", false, n.Type == "int" && (name == "Date" || name == connectDate)
	case schemas.Time:
		switch name {
		case "MicroTime":
			return "time-micros", false, n.Type == "long"
		case "Time":
			return "time-millis", false, n.Type == "int"
		}
	case schemas.Timestamp:
		switch name {
		case "MicroTimestamp":
			return "timestamp-micros", false, n.Type == "long"
		case "Timestamp":
			return "timestamp-millis", false, n.Type == "long"
		case "ZonedTimestamp":
			return "", true, n.Type == "string"
		}
	}
	return "", false, false
}
