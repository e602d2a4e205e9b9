package transforms

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// unwrap takes the row out of an envelope (Debezium, "New Record State Extraction": ExtractNewRecordState).
type unwrap struct {
	deletes  string // delete.tombstone.handling.mode
	fields   []reference
	headers  []reference
	route    string // the field whose value is the topic
	defaults bool
	plans    map[*data.Schema]*plan
	buf      []byte
}

// Ways to handle deletes, and the tombstones that follow them.
const (
	dropDeletes          = "drop"
	tombstones           = "tombstone"
	rewrite              = "rewrite"
	rewriteWithTombstone = "rewrite-with-tombstone"
	deleteToTombstone    = "delete-to-tombstone"
)

// deletedField is added to rows where deletes are rewritten: the text true or false.
const deletedField = "__deleted"

func newUnwrap(o *options) step {
	const modern = "is no longer a key of Debezium 3: write delete.tombstone.handling.mode"
	o.refused("drop.tombstones", modern)
	o.refused("delete.handling.mode", modern)
	o.refused("drop.fields.header.name", "does not run here: nothing makes such a header")
	o.refused("drop.fields.from.key", "goes with drop.fields.header.name, which does not run here")
	o.text("drop.fields.keep.schema.compatible", "")
	return &unwrap{
		deletes: o.choice("delete.tombstone.handling.mode", tombstones, dropDeletes, tombstones, rewrite, rewriteWithTombstone, deleteToTombstone),
		fields:  o.references("add.fields"), headers: o.references("add.headers"), route: o.text("route.by.field", ""),
		defaults: o.flag("replace.null.with.default", true), plans: map[*data.Schema]*plan{},
	}
}

// plan is what is known of an envelope's schema.
type plan struct {
	row     *data.Schema // of before and after
	before  int
	after   int
	fields  []place
	headers []place
	schema  *data.Schema // of rows, with what is added to them
	members [][]byte     // of the envelope at hand
}

// envelope reports whether a schema is one of Debezium's envelopes.
func envelope(s *data.Schema) bool {
	return s != nil && s.Kind == data.Struct && strings.HasSuffix(s.Name, ".Envelope")
}

func (t *unwrap) apply(r data.Record) (data.Record, bool, error) {
	if r.Value == nil {
		r.Headers = t.tombstoneHeaders(r.Headers)
		return r, t.deletes == rewriteWithTombstone, nil
	}
	if !envelope(r.ValueSchema) {
		return r, true, nil
	}
	p, err := t.plan(r.ValueSchema)
	if err != nil {
		return r, false, err
	}
	in := data.Read(r.Value)
	for i, f := range r.ValueSchema.Fields {
		p.members[i] = in.Value(f.Schema)
	}
	if in.Err() != nil {
		return r, false, in.Err()
	}
	if r.Headers, err = p.addHeaders(r.Headers); err != nil {
		return r, false, err
	}
	return t.row(r, p)
}

// row gives the row of an envelope whose members are known.
func (t *unwrap) row(r data.Record, p *plan) (data.Record, bool, error) {
	before, after := p.member(p.before), p.member(p.after)
	switch {
	case after != nil:
		return t.flat(r, p, after, "false")
	case before == nil:
		return r, false, nil // a TRUNCATE
	}
	switch t.deletes {
	case rewrite, rewriteWithTombstone:
		return t.flat(r, p, before, "true")
	case dropDeletes:
		return r, false, nil
	case deleteToTombstone:
		r.ValueSchema, r.Value = nil, nil
	default:
		r.ValueSchema, r.Value = p.row, nil
	}
	err := t.routed(&r, p.row, before)
	return r, true, err
}

func (p *plan) member(i int) []byte {
	if i < 0 {
		return nil
	}
	return p.members[i]
}

// flat gives a row with what is added to it.
func (t *unwrap) flat(r data.Record, p *plan, row []byte, deleted string) (data.Record, bool, error) {
	if err := t.routed(&r, p.row, row); err != nil {
		return r, false, err
	}
	marked := t.marks()
	packed, err := withDefaults(t.buf[:0], p.row, row, marked && t.defaults)
	if err != nil {
		return r, false, err
	}
	if marked {
		packed = data.AppendString(data.AppendPresent(packed), deleted)
	}
	for _, f := range p.fields {
		value, err := f.value(p.members)
		if err != nil {
			return r, false, err
		}
		packed = appendValue(packed, f.schema, value, false)
	}
	t.buf = packed
	r.ValueSchema, r.Value = p.schema, packed
	return r, true, nil
}

func (t *unwrap) marks() bool { return t.deletes == rewrite || t.deletes == rewriteWithTombstone }

// routed gives a record the topic that a field of its row names.
func (t *unwrap) routed(r *data.Record, of *data.Schema, row []byte) error {
	if t.route == "" {
		return nil
	}
	i := of.Index(t.route)
	if i < 0 || of.Fields[i].Schema.Kind != data.String {
		return fmt.Errorf("route.by.field: the row has no text %s", t.route)
	}
	value, err := of.Field(row, t.route)
	if err != nil || value == nil {
		return err
	}
	in := data.Read(value)
	if topic := strings.TrimSpace(string(in.Bytes())); topic != "" {
		r.Topic = topic
	}
	return in.Err()
}

func (t *unwrap) plan(of *data.Schema) (*plan, error) {
	if p, known := t.plans[of]; known {
		return p, nil
	}
	p := &plan{before: of.Index("before"), after: of.Index("after"), members: make([][]byte, len(of.Fields))}
	if p.after < 0 {
		return nil, fmt.Errorf("the envelope %s has no after", of.Name)
	}
	p.row = of.Fields[p.after].Schema
	p.fields, p.headers = places(t.fields, of), places(t.headers, of)
	p.schema = basics(p.row)
	p.schema.Fields = append(p.schema.Fields, p.row.Fields...)
	if t.marks() {
		p.schema.Fields = append(p.schema.Fields, data.Field{Name: deletedField, Schema: &data.Schema{Kind: data.String, Optional: true}})
	}
	for _, f := range p.fields {
		p.schema.Fields = append(p.schema.Fields, data.Field{Name: f.name, Schema: f.schema})
	}
	t.plans[of] = p
	return p, nil
}

// addHeaders gives the headers of a record and those that are added. Headers may be shared, so they are copied.
func (p *plan) addHeaders(headers []data.Header) ([]data.Header, error) {
	if len(p.headers) == 0 {
		return headers, nil
	}
	all := append([]data.Header{}, headers...)
	for _, h := range p.headers {
		value, err := h.value(p.members)
		if err != nil {
			return nil, err
		}
		all = append(all, data.Header{Name: h.name, Schema: h.schema, Value: value})
	}
	return all, nil
}

// tombstoneHeaders are those of a tombstone: of what may be added, it has the operation alone.
func (t *unwrap) tombstoneHeaders(headers []data.Header) []data.Header {
	all := append([]data.Header{}, headers...)
	for _, h := range t.headers {
		if h.field == "op" {
			all = append(all, data.Header{Name: h.name, Schema: &data.Schema{Kind: data.String}, Value: data.AppendString(nil, "d")})
		}
	}
	return all
}
