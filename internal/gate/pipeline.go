package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/masks"
	"github.com/weftmesh/weft/internal/quality"
	"github.com/weftmesh/weft/internal/rows"
)

// pipeline turns raw records into those of the product, its masked copy and its quarantine. It touches nothing outside
// but the registry, and belongs to one goroutine.
type pipeline struct {
	spec       Spec
	reader     *reader
	keys       mapping // of the fields of the key alone
	checks     quality.Checks
	conditions []quality.Condition
	judge      *quality.Judge
	columns    rows.Schema
	product    *encoder
	masked     *encoder // nil: no masked copy
	secret     []byte   // keyed hashes are made with it
	now        func() time.Time
	most       int // bytes of a record of the product

	lane     *lane          // nil: all go by the reader
	cols     []*rows.Column // rows that passed so far, those of the lane and those of the reader
	rows     int
	fast     *columnEncoder // of rows that came by the lane
	fastMask *columnEncoder
	hide     *columnMasks

	reuse    bool // what a batch gives is good until the next, as its memory is used again
	arena    []byte
	records  []Record
	verdicts []verdict
}

// output is what becomes of a batch.
type output struct {
	records  []Record // in the order of the batch
	count    Counts
	stop     error    // a stopped: the record behind those that were handled shows why; nil otherwise
	truncate bool     // the record behind those that were handled removes all rows
	handled  int      // how many of the batch are covered by records
	absent   []string // fields whose column the source does not have
}

func newPipeline(ctx context.Context, spec Spec, registry Registry, secret []byte, now func() time.Time) (*pipeline, error) {
	p := &pipeline{spec: spec, reader: newReader(spec, registry), checks: quality.Compile(spec.Topic.Fields), columns: codecs.Columns(spec.Topic.Value.Fields), secret: secret, now: now, most: spec.MaxBytes()}
	p.keys = mapping{}
	for _, f := range p.reader.mapping.fields {
		for _, name := range spec.Product.Key {
			if f.name == name {
				p.keys.fields = append(p.keys.fields, f)
			}
		}
	}
	var problems error
	conditions, found := quality.Conditions(spec.Product, spec.Topic)
	if found.HasErrors() {
		problems = stopped{"the contract's checks cannot be run: " + found[0].Summary, found[0].Fix}
		return nil, problems
	}
	p.conditions = conditions
	var err error
	if p.judge, err = quality.NewJudge(conditions); err != nil {
		return nil, err
	}
	if p.product, err = newEncoder(ctx, spec.Product, spec.Topic, registry); err != nil {
		return nil, err
	}
	if spec.Masked {
		if p.masked, err = newEncoder(ctx, spec.Product, masks.Topic(spec.Product, spec.Topic), registry); err != nil {
			return nil, err
		}
	}
	p.cols = rows.NewBuilder(p.columns.Types()).Cols
	return p, p.fastWays()
}

// fastWays makes the lane, and what writes its rows.
func (p *pipeline) fastWays() (err error) {
	if p.lane = newLane(p.spec, p.checks, p.reader); p.lane == nil {
		return nil
	}
	if p.fast, err = newColumnEncoder(p.product, p.columns); err != nil || p.masked == nil {
		return err
	}
	p.hide = newColumnMasks(p.spec, p.secret)
	p.fastMask, err = newColumnEncoder(p.masked, p.hide.masked)
	return err
}

// verdict is what the gate makes of one record.
type verdict struct {
	change
	row   codecs.Row
	place int      // of an upsert that passed so far: its place in the columns; -1 for none
	lane  bool     // it came by the lane: it is in the columns alone
	check string   // why it goes to quarantine; "" if it does not
	notes []string // the reasons, without personal data
}

func (v *verdict) refuse(check string, notes ...string) {
	if v.check == "" {
		v.check = check
	}
	v.notes = append(v.notes, notes...)
}

// process judges a batch and makes what is written for it. Its error says that it could not be judged now, such as
// when the registry does not answer.
func (p *pipeline) process(ctx context.Context, batch []Record) (output, error) {
	out := output{count: newCounts(p.conditions)}
	if !p.reuse {
		p.arena, p.records, p.verdicts = nil, nil, nil
	}
	p.rows, p.arena, out.records = 0, p.arena[:0], p.records[:0]
	room(p.cols, len(batch))
	verdicts := p.verdicts[:0]
	for _, in := range batch {
		if p.lane != nil && p.taken(in) {
			verdicts = append(verdicts, verdict{place: p.rows, lane: true})
			p.rows++
			continue
		}
		c, err := p.read(ctx, in)
		if stop, ok := err.(stopped); ok { //nolint:errorlint // it is not wrapped
			out.stop = stop
			break
		} else if err != nil {
			return out, err
		}
		if c.action == truncate && p.spec.Product.Kind == contracts.KindState {
			out.truncate = true
			break
		}
		verdicts = append(verdicts, p.verdict(c))
	}
	out.handled = len(verdicts)
	p.condition(verdicts, &out.count)
	for i := range verdicts {
		p.write(batch[i], &verdicts[i], &out)
	}
	p.verdicts, p.records = verdicts, out.records
	return out, nil
}

// taken reads a record by the lane. One that breaks it is the reader's.
func (p *pipeline) taken(in Record) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return p.lane.take(in, p.cols, p.rows)
}

// read reads one record. One that breaks the decoder is as good as undecodable.
func (p *pipeline) read(ctx context.Context, in Record) (c change, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			debug.PrintStack()
			c, err = refuse(checkDecode, 0, codecs.Fault{Text: fmt.Sprintf("the decoder broke on it: %v", broken)}), nil
		}
	}()
	return p.reader.read(ctx, in)
}

// verdict judges the row of a change by its schema.
func (p *pipeline) verdict(c change) verdict {
	v := verdict{change: c, place: -1}
	switch {
	case c.action == refused:
		v.refuse(c.check, p.shown(c.faults)...)
	case c.action != upsert:
	case len(c.missing) > 0:
		v.refuse(checkTOAST, fmt.Sprintf("%s did not change, so the database did not write its value; set REPLICA IDENTITY FULL on the table", strings.Join(c.missing, ", ")))
	default:
		var faults []codecs.Fault
		if v.row, faults = codecs.FromJSON(p.spec.Topic.Value.Fields, c.values); len(faults) == 0 {
			faults = p.checks.Judge(v.row)
		}
		if len(faults) > 0 {
			v.refuse(checkSchema, p.shown(faults)...)
			break
		}
		for i, value := range codecs.BoxedRow(p.spec.Topic.Value.Fields, v.row) {
			p.cols[i].Put(p.rows, value)
		}
		v.place = p.rows
		p.rows++
	}
	return v
}

// shown are faults as text, without values of personal data.
func (p *pipeline) shown(faults []codecs.Fault) []string {
	texts := make([]string, len(faults))
	for i, f := range faults {
		texts[i] = f.String()
		name, _, _ := strings.Cut(f.Field, ".")
		name, _, _ = strings.Cut(name, "[")
		for _, field := range p.spec.Topic.Fields {
			if field.Name == name && personal(field) && f.Text != "is required and missing" {
				texts[i] = fmt.Sprintf("field %s: its value does not fit %s (it is personal data, and not shown)", f.Field, field.Type)
			}
		}
	}
	return texts
}

// personal reports whether a field is personal data, or has some.
func personal(f contracts.Field) bool {
	if f.PII {
		return true
	}
	members := f.Fields
	if f.Items != nil {
		members = append(members, f.Items.Field)
	}
	if f.Values.Of != nil {
		members = append(members, f.Values.Of.Field)
	}
	for _, m := range members {
		if personal(m) {
			return true
		}
	}
	return false
}

// condition holds the rows that passed so far against the checks in SQL.
func (p *pipeline) condition(verdicts []verdict, count *Counts) {
	if len(p.conditions) == 0 || p.rows == 0 {
		return
	}
	next := 0
	of := func(row int) *verdict { // rows come in order, condition by condition
		for next = min(next, row); verdicts[next].place != row; next++ {
		}
		return &verdicts[next]
	}
	failed := make([]int, len(p.conditions))
	p.judge.Failing(view(p.cols, p.rows), func(c, row int, err error) {
		failed[c]++
		if condition := p.conditions[c]; condition.Refuses() {
			of(row).refuse(condition.Name, conditionNote(condition, err))
		}
	})
	for c := range p.conditions {
		count.Checks[c].Failed += int64(failed[c])
		count.Checks[c].Passed += int64(p.rows - failed[c])
	}
}

func conditionNote(c quality.Condition, err error) string {
	if err != nil {
		return fmt.Sprintf("check %s cannot be worked out: %s", c.Name, c.Check.Check)
	}
	return fmt.Sprintf("check %s does not hold: %s", c.Name, c.Check.Check)
}

// write adds what a verdict makes of a record.
func (p *pipeline) write(in Record, v *verdict, out *output) {
	out.count.In++
	out.absent = v.absent
	before := len(out.records)
	if v.check == "" {
		p.pass(in, v, out)
	}
	if v.check != "" {
		if v.lane && p.spec.Framed {
			v.schema = frameID(in.Value)
		}
		out.records = append(out.records[:before], p.quarantined(in, v))
		out.count.Quarantined++
		out.count.Refused[v.check]++
	}
}

// pass adds the records of the product and its masked copy.
func (p *pipeline) pass(in Record, v *verdict, out *output) {
	state := p.spec.Product.Kind == contracts.KindState
	switch {
	case v.action == upsert:
		p.upserted(in, v, out)
	case v.action == remove && state:
		p.removed(in, v, out)
	case v.action == remove && !p.spec.Captured():
		v.refuse(checkDecode, "it has no value, and a product of events has no rows that could be removed")
	default: // a table's row that is gone is no fact of a product of events, and a tombstone says nothing more
		out.count.Absorbed++
	}
}

func (p *pipeline) upserted(in Record, v *verdict, out *output) {
	if v.lane {
		p.passed(in, v, out)
		return
	}
	key, err := p.product.keyOf(v.row)
	if err != nil {
		v.refuse(checkKey, err.Error())
		return
	}
	if v.old != nil && p.spec.Product.Kind == contracts.KindState {
		p.moved(in, v, key, out)
	}
	value, err := p.product.row(v.row)
	if err != nil {
		v.refuse(checkSchema, err.Error())
		return
	}
	record := p.record(in, v, p.product, key, value)
	if size := sizeOf(record); size > p.most {
		v.refuse(checkSize, fmt.Sprintf("as a record of the product it has %d bytes, and the topic takes %d", size, p.most))
		return
	}
	out.records = append(out.records, record)
	out.count.Passed++
	if p.masked != nil {
		p.mask(in, v, out)
	}
}

// passed writes a row that came by the lane. Avro that was written with the product's own schema stays as it is.
func (p *pipeline) passed(in Record, v *verdict, out *output) {
	key, ok := in.Key, true
	if len(p.product.keys) > 0 {
		if key, ok = p.kept(in.Key, v.place); !ok {
			v.refuse(checkKey, "its key, "+p.product.keys[0]+", is empty")
			return
		}
	}
	value := in.Value
	if p.product.value == nil || frameID(value) != p.product.value.id {
		start := len(p.arena)
		var err error
		if p.arena, err = p.fast.appendRow(p.arena, p.cols, v.place); err != nil {
			v.refuse(checkSchema, err.Error())
			return
		}
		value = p.arena[start:len(p.arena):len(p.arena)]
	}
	record := p.record(in, v, p.product, key, value)
	if size := sizeOf(record); size > p.most {
		v.refuse(checkSize, fmt.Sprintf("as a record of the product it has %d bytes, and the topic takes %d", size, p.most))
		return
	}
	out.records = append(out.records, record)
	out.count.Passed++
	if p.masked != nil {
		p.maskPassed(in, v, out)
	}
}

// kept is the key of a row; the record's own bytes, if they are the same.
func (p *pipeline) kept(raw []byte, at int) ([]byte, bool) {
	start := len(p.arena)
	var ok bool
	p.arena, ok = p.fast.appendKey(p.arena, p.cols, at)
	key := p.arena[start:len(p.arena):len(p.arena)]
	if string(key) == string(raw) {
		p.arena = p.arena[:start]
		return raw, ok
	}
	return key, ok
}

// frameID is the id of the schema that a framed value was written with.
func frameID(value []byte) int {
	id, _, err := codecs.Unframe(value)
	if err != nil {
		return -1
	}
	return id
}

func (p *pipeline) maskPassed(in Record, v *verdict, out *output) {
	row, keys := p.hide.row(p.cols, v.place)
	var key []byte
	start := len(p.arena)
	if len(p.masked.keys) > 0 {
		p.arena, _ = p.fastMask.appendKey(p.arena, keys, 0)
		key = p.arena[start:len(p.arena):len(p.arena)]
	}
	start = len(p.arena)
	var err error
	if p.arena, err = p.fastMask.appendRow(p.arena, row, 0); err != nil {
		out.count.Passed--
		v.refuse(checkSchema, "its masked copy cannot be written: "+err.Error())
		return
	}
	out.records = append(out.records, p.record(in, v, p.masked, key, p.arena[start:len(p.arena):len(p.arena)]))
}

func (p *pipeline) mask(in Record, v *verdict, out *output) {
	row := masks.Row(p.spec.Topic.Fields, v.row, p.secret)
	key, err := p.masked.keyOf(masks.Key(p.spec.Topic.Fields, p.spec.Product.Key, v.row, p.secret))
	if err == nil {
		var value []byte
		if value, err = p.masked.row(row); err == nil {
			out.records = append(out.records, p.record(in, v, p.masked, key, value))
			return
		}
	}
	out.count.Passed--
	v.refuse(checkSchema, "its masked copy cannot be written: "+err.Error())
}

// removed adds the tombstones of a key.
func (p *pipeline) removed(in Record, v *verdict, out *output) {
	if v.rawKey != nil {
		key, err := p.rawKey(v.rawKey)
		if err != nil {
			v.refuse(checkKey, err.Error())
			return
		}
		p.tombstones(in, v, key, out)
		return
	}
	key, ok := p.oldKey(v)
	if !ok {
		v.refuse(checkKey, "the row is gone, and the record does not say of all fields of the key which it was; set REPLICA IDENTITY FULL on the table, or message.key.columns")
		return
	}
	p.tombstones(in, v, key, out)
}

// rawKey reads a key that an application wrote by itself, to remove its row: in the form that the product's keys have.
func (p *pipeline) rawKey(raw []byte) (codecs.Row, error) {
	if p.product.key == nil {
		if !utf8.Valid(raw) || len(raw) == 0 {
			return nil, errors.New("it has no value, and its key is no text")
		}
		return codecs.Row{p.product.keys[0]: string(raw)}, nil
	}
	id, value, err := codecs.Unframe(raw)
	var key codecs.Row
	if err == nil {
		_, err = p.product.key.schema.Decode(value, &key)
	}
	if err != nil || id != p.product.key.id {
		return nil, fmt.Errorf("it has no value, and its key is none of the product's schema %d", p.product.key.id)
	}
	return key, nil
}

// moved adds the tombstones of the key that a row had before, where that is another.
func (p *pipeline) moved(in Record, v *verdict, key []byte, out *output) {
	old, ok := p.oldKey(v)
	if !ok {
		return
	}
	if before, err := p.product.keyOf(old); err == nil && string(before) != string(key) {
		p.tombstones(in, v, old, out)
	}
}

// oldKey are the key's fields of the row before.
func (p *pipeline) oldKey(v *verdict) (codecs.Row, bool) {
	row, err := p.keys.take(v.old, v.oldForm)
	if err != nil || len(row.absent) > 0 || len(row.unavailable) > 0 {
		return nil, false
	}
	key := codecs.Row{}
	for _, f := range p.keys.fields {
		field := f.of
		field.Required = true
		one, faults := codecs.FromJSON(fieldsOf(field), map[string]any{f.name: row.values[f.name]})
		if len(faults) > 0 {
			return nil, false
		}
		key[f.name] = one[f.name]
	}
	return key, true
}

func (p *pipeline) tombstones(in Record, v *verdict, key codecs.Row, out *output) {
	text, err := p.product.keyOf(key)
	if err != nil {
		v.refuse(checkKey, err.Error())
		return
	}
	out.records = append(out.records, p.record(in, v, p.product, text, nil))
	out.count.Removed++
	if p.masked == nil {
		return
	}
	hidden, err := p.masked.keyOf(masks.Key(p.spec.Topic.Fields, p.spec.Product.Key, key, p.secret))
	if err == nil {
		out.records = append(out.records, p.record(in, v, p.masked, hidden, nil))
	}
}

// record is one of the product's, or of its masked copy. Its time is that of the raw record, or, where the product has
// no event time of its own, that of the commit.
func (p *pipeline) record(in Record, v *verdict, e *encoder, key, value []byte) Record {
	r := Record{Topic: e.topic.Name, Time: in.Time, Key: key, Value: value}
	if p.spec.Captured() {
		if p.spec.Product.EventTime.Field == "" && !v.at.IsZero() {
			r.Time = v.at
		}
		return r
	}
	r.Headers = in.Headers
	return r
}

// sizeOf is about the bytes of a record in a batch (Kafka, "Record Batch").
func sizeOf(r Record) int {
	const overhead = 70 + 20 // of a batch with one record
	n := len(r.Key) + len(r.Value) + overhead
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value) + 10
	}
	return n
}
