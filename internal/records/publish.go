package records

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/quality"
	"github.com/weftmesh/weft/internal/rows"
)

// Limits on what is published at once.
const (
	MaxLine     = 1 << 20 // bytes of one line
	MaxRefusals = 1000    // refusals that are told one by one; the rest is counted
)

// Desk writes and reads the records of products.
type Desk struct {
	config Config
	avro   *codecs.Avro
}

// NewDesk makes a desk.
func NewDesk(config Config) *Desk {
	return &Desk{config: config, avro: codecs.NewAvro(config.Registry)}
}

// Published is what became of the lines that were given.
type Published struct {
	Accepted int       `json:"accepted" doc:"Lines that were written and are durable"`
	Refused  int       `json:"refused" doc:"Lines that were not written"`
	Refusals []Refusal `json:"refusals,omitempty" doc:"Why, for the first thousand"`

	Checks map[string]int `json:"checks,omitempty" doc:"Lines that were written and do not keep a check that only counts, by its name"`
}

// Refusal is a line that was not written.
type Refusal struct {
	Line   int            `json:"line" doc:"Counted from 1"`
	Faults []codecs.Fault `json:"faults"`
}

// Publish judges each line of JSON against the contract and writes the good ones; a bad one is refused with its
// reasons, and the rest goes on. It returns when all that it accepted is durable. (Invariant 1.)
func (d *Desk) Publish(ctx context.Context, p contracts.Product, t contracts.ProductTopic, lines io.Reader) (Published, error) {
	e, err := d.encoder(ctx, p, t)
	if err != nil {
		return Published{}, err
	}
	run := &publishing{}
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(make([]byte, 64<<10), MaxLine)
	for line := 1; scanner.Scan(); line++ {
		if len(scanner.Bytes()) == 0 {
			continue
		}
		record, faults := e.encode(scanner.Bytes(), run.count)
		if len(faults) > 0 {
			run.refuse(line, faults)
			continue
		}
		run.flight.Add(1)
		d.config.Log.Append(ctx, record, run.written(line))
	}
	run.flight.Wait()
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return run.published, fmt.Errorf("a line is longer than %d bytes; what came before it was handled", MaxLine)
	} else if err != nil {
		return run.published, err
	}
	return run.published, nil
}

// publishing counts what becomes of lines.
type publishing struct {
	mu        sync.Mutex
	flight    sync.WaitGroup
	published Published
}

func (r *publishing) refuse(line int, faults []codecs.Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.published.Refused++
	if len(r.published.Refusals) < MaxRefusals {
		r.published.Refusals = append(r.published.Refusals, Refusal{line, faults})
	}
}

// count counts a line that a check does not refuse.
func (r *publishing) count(check string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.published.Checks == nil {
		r.published.Checks = map[string]int{}
	}
	r.published.Checks[check]++
}

func (r *publishing) written(line int) func(Raw, error) {
	return func(_ Raw, err error) {
		defer r.flight.Done()
		if err != nil {
			r.refuse(line, []codecs.Fault{{Text: "not written: " + err.Error()}})
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.published.Accepted++
	}
}

// encoder turns lines into records of one topic.
type encoder struct {
	topic   contracts.ProductTopic
	keys    []string
	format  string
	checks  quality.Checks
	rules   *quality.Judge // the contract's checks in SQL
	named   []quality.Condition
	value   *avro.Schema
	valueID int
	keyAvro *avro.Schema
	keyID   int
}

func (d *Desk) encoder(ctx context.Context, p contracts.Product, t contracts.ProductTopic) (*encoder, error) {
	e := &encoder{topic: t, keys: p.Key, format: p.Schema.Type, checks: quality.Compile(t.Fields)}
	if p.Gated() {
		e.topic.Name = t.Name.In() // the gate judges again, and writes the masked copy
	}
	var err error
	if e.named, _ = quality.Conditions(p, t); len(e.named) > 0 {
		if e.rules, err = quality.NewJudge(e.named); err != nil {
			return nil, err
		}
	}
	switch p.Schema.Type {
	case contracts.Avro:
		if e.value, e.valueID, err = d.schema(ctx, t.Name.ValueSubject(), t.ValueText); err != nil {
			return nil, err
		}
	case contracts.Protobuf:
		return nil, errors.New("this version of Weft does not write Protobuf")
	}
	if t.Key != nil {
		if e.keyAvro, e.keyID, err = d.schema(ctx, t.Name.KeySubject(), t.Key.Avro()); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (d *Desk) schema(ctx context.Context, subject addrs.Subject, text string) (*avro.Schema, int, error) {
	schema, err := avro.Parse(text)
	if err != nil {
		return nil, 0, err
	}
	id, err := d.config.Registry.SchemaID(ctx, subject, text)
	if err != nil {
		return nil, 0, fmt.Errorf("the registry does not have the contract's schema under %s: %w; apply the contract first", subject, err)
	}
	return schema, id, nil
}

func (e *encoder) encode(line []byte, count func(check string)) (Raw, []codecs.Fault) {
	object, err := codecs.ParseObject(line)
	if err != nil {
		return Raw{}, []codecs.Fault{{Text: err.Error()}}
	}
	row, faults := codecs.FromJSON(e.topic.Value.Fields, object)
	if faults = append(faults, e.checks.Judge(row)...); len(faults) > 0 {
		return Raw{}, faults
	}
	if faults = e.broken(row, count); len(faults) > 0 {
		return Raw{}, faults
	}
	record := Raw{Topic: e.topic.Name, Time: time.Now()}
	if record.Key, err = e.key(row); err == nil {
		record.Value, err = e.encodeValue(row)
	}
	if err != nil {
		return Raw{}, []codecs.Fault{{Text: err.Error()}}
	}
	return record, nil
}

// broken are the checks in SQL that a row breaks and that refuse it; the others that it breaks are counted.
func (e *encoder) broken(row codecs.Row, count func(check string)) []codecs.Fault {
	if e.rules == nil {
		return nil
	}
	b := rows.NewBuilder(codecs.Columns(e.topic.Value.Fields).Types())
	b.Append(rows.Insert, codecs.BoxedRow(e.topic.Value.Fields, row))
	var faults []codecs.Fault
	e.rules.Failing(b.Batch(), func(c, _ int, _ error) {
		if !e.named[c].Refuses() {
			count(e.named[c].Name)
			return
		}
		faults = append(faults, codecs.Fault{Text: "check " + e.named[c].Name + " does not hold: " + e.named[c].Check.Check})
	})
	return faults
}

func (e *encoder) encodeValue(row codecs.Row) ([]byte, error) {
	if e.format == contracts.JSON {
		return codecs.ToJSON(e.topic.Value.Fields, row), nil
	}
	return codecs.EncodeAvro(e.value, e.valueID, row)
}

// key is UTF-8 text for one string, uuid or enum, and Avro for all else.
func (e *encoder) key(row codecs.Row) ([]byte, error) {
	switch {
	case len(e.keys) == 0:
		return nil, nil
	case e.keyAvro != nil:
		return codecs.EncodeAvro(e.keyAvro, e.keyID, row)
	}
	text, ok := row[e.keys[0]].(string)
	if !ok {
		return nil, fmt.Errorf("the key %s is missing", e.keys[0])
	}
	return []byte(text), nil
}
