package gate

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

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

	history *history // nil: nothing is known of rows before

	reuse    bool // what a batch gives is good until the next, as its memory is used again
	arena    []byte
	records  []Record
	verdicts []verdict
}

// output is what becomes of a batch.
type output struct {
	records  []Record // in the order of the batch
	count    Counts
	stop     error           // a stopped: the record behind those that were handled shows why; nil otherwise
	truncate bool            // the record behind those that were handled removes all rows
	handled  int             // how many of the batch are covered by records
	lacking  map[string]bool // keys of rows whose unchanged values are not known
	absent   []string        // fields whose column the source does not have
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

// verdict judges the row of a change by its schema.
func (p *pipeline) verdict(in Record, c change) verdict {
	v := verdict{change: c, place: -1}
	switch {
	case c.action == refused:
		v.refuse(c.check, p.shown(c.faults)...)
	case c.action != upsert:
	case len(c.missing) > 0 && !p.restored(in, &v):
		v.refuse(checkTOAST, fmt.Sprintf("%s did not change, so the database did not write its value, and the last row is not known; set REPLICA IDENTITY FULL on the table", strings.Join(c.missing, ", ")))
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
	out := output{count: newCounts(p.conditions), lacking: map[string]bool{}}
	if !p.reuse {
		p.arena, p.records, p.verdicts = nil, nil, nil
	}
	p.rows, p.arena, out.records = 0, p.arena[:0], p.records[:0]
	room(p.cols, len(batch))
	verdicts := p.verdicts[:0]
	for _, in := range batch {
		v, err := p.judged(ctx, in, &out)
		if err != nil {
			return out, err
		}
		if out.stop != nil || out.truncate {
			break
		}
		verdicts = append(verdicts, v)
	}
	out.handled = len(verdicts)
	p.condition(verdicts, &out.count)
	for i := range verdicts {
		p.write(batch[i], &verdicts[i], &out) //nolint:gosec // there are no more verdicts than records
	}
	p.verdicts, p.records = verdicts, out.records
	return out, nil
}

// judged reads one record and judges it by the schema; or says in out that it is no row's.
func (p *pipeline) judged(ctx context.Context, in Record, out *output) (verdict, error) {
	if p.lane != nil && p.history == nil && p.taken(in) { // what history is for must see all rows
		v := verdict{place: p.rows, lane: true}
		if c, ok := p.lane.decoder.(commits); ok {
			v.at = c.committed()
		}
		p.rows++
		return v, nil
	}
	c, err := p.read(ctx, in)
	if stop, ok := err.(stopped); ok { //nolint:errorlint // it is not wrapped
		out.stop = stop
		return verdict{}, nil
	} else if err != nil {
		return verdict{}, err
	}
	if c.action == truncate && p.spec.Product.Kind == contracts.KindState {
		out.truncate = true
		return verdict{}, nil
	}
	v := p.verdict(in, c)
	p.remember(in, &v)
	if v.check == checkTOAST {
		if key, ok := p.keyOfValues(v.values); ok {
			out.lacking[key] = true
		}
	}
	return v, nil
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
