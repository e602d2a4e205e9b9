package gate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
)

// Writer is a producer under a transactional id, which one holder at a time has (KIP-98).
type Writer interface {
	// Write writes records in one transaction. Before it commits it asks check, and aborts where that gives an error,
	// which it returns: what check sees was there before the records, or comes behind them.
	Write(ctx context.Context, records []Record, check func(context.Context) error) error
	Close()
}

// Handled is what became of chosen quarantined records.
type Handled struct {
	Done    int       `json:"done"`
	Refused []Refusal `json:"refused,omitempty" doc:"Those that stay as they are, and why"`
}

// Refusal is a record that stays in quarantine.
type Refusal struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Order asks for records to be replayed or dropped.
type Order struct {
	Filter
	Force bool   // replay although newer records of the same key have passed
	By    string // who asks
	Note  string // what they say
}

// Drop marks records as not wanted. Their bytes stay until the quarantine's retention ends.
func (d *Desk) Drop(ctx context.Context, spec Spec, order Order) (Handled, error) {
	writer, items, handled, err := d.begin(ctx, spec, order)
	if err != nil || len(items) == 0 {
		return handled, err
	}
	defer writer.Close()
	var marks []Record
	for _, item := range items {
		marks = append(marks, d.mark(spec, item, Dropped, order))
	}
	if err := writer.Write(ctx, marks, nil); err != nil {
		return handled, err
	}
	handled.Done = len(items)
	return handled, nil
}

// Replay judges records again, by today's contract, and writes those that pass to the product and its masked copy, in
// the order in which they came, each once: with them, in one transaction, that they were replayed. One whose key has
// moved on, as a newer record of the same key has passed or is about to, stays in quarantine unless it is forced.
func (d *Desk) Replay(ctx context.Context, spec Spec, order Order) (Handled, error) {
	if spec.Watch {
		return Handled{}, errWatched
	}
	writer, items, handled, err := d.begin(ctx, spec, order)
	if err != nil || len(items) == 0 {
		return handled, err
	}
	defer writer.Close()
	p, err := newPipeline(ctx, spec, d.config.Registry, d.config.Secret, d.config.Now)
	if err != nil {
		return handled, err
	}
	r := &replay{desk: d, spec: spec, pipeline: p, order: order, handled: handled}
	if err := r.judge(ctx, items); err != nil {
		return Handled{}, err
	}
	if err := r.moved(ctx); err != nil {
		return Handled{}, err
	}
	records := r.records()
	if len(records) == 0 {
		return r.handled, nil
	}
	err = writer.Write(ctx, records, func(ctx context.Context) error {
		before := len(r.passed)
		if err := r.moved(ctx); err != nil || len(r.passed) == before {
			return err
		}
		return errMoved
	})
	r.handled.Done = len(r.passed)
	if err != nil {
		r.handled.Done = 0
	}
	return r.handled, err
}

// errWatched says that a replay would write what is there.
var errWatched = errors.New("what is in this quarantine was copied from the product's own topic, which others write: there is nothing to replay; whoever wrote it can write it anew, or write ingest: gated")

// errMoved says that a record of a replayed key came while it was replayed.
var errMoved = errors.New("newer records of the same keys came in the meantime; nothing was replayed, try again")

// begin takes the right to decide on a quarantine, and then reads what is in it: who decided before is seen.
func (d *Desk) begin(ctx context.Context, spec Spec, order Order) (Writer, []Item, Handled, error) {
	writer, err := d.config.Bus.Writer(ctx, "weft-replay-"+string(spec.Topic.Name), spec.limits())
	if err != nil {
		return nil, nil, Handled{}, err
	}
	order.Limit, order.Fate = 0, ""
	items, err := d.List(ctx, spec, order.Filter)
	handled := decided(order, items)
	items = slices.DeleteFunc(items, func(i Item) bool { return i.Fate != New })
	if err != nil || len(items) == 0 {
		writer.Close()
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return writer, items, handled, err
}

// decided refuses the records that were named, and are not there or were decided on before.
func decided(order Order, items []Item) Handled {
	handled := Handled{Refused: []Refusal{}}
	for _, id := range order.IDs {
		i := slices.IndexFunc(items, func(item Item) bool { return item.ID == id })
		switch {
		case i < 0:
			handled.Refused = append(handled.Refused, Refusal{id, "there is no such record in the quarantine"})
		case items[i].Fate != New:
			handled.Refused = append(handled.Refused, Refusal{id, fmt.Sprintf("it was %s before, by %s", items[i].Fate, items[i].By)})
		}
	}
	return handled
}

// mark is the record of a fate.
func (d *Desk) mark(spec Spec, item Item, fate Fate, order Order) Record {
	value, _ := json.Marshal(fated{Fate: fate, By: order.By, At: d.config.Now().UTC(), Note: order.Note})
	return Record{Topic: d.statuses, Time: d.config.Now(), Key: []byte(fateKey(spec.Topic.Name.Quarantine(), item.order)), Value: value}
}

// replay is one replaying.
type replay struct {
	desk     *Desk
	spec     Spec
	pipeline *pipeline
	order    Order
	passed   []candidate
	handled  Handled
}

// candidate is a record that passes today.
type candidate struct {
	item    Item
	records []Record
	keys    []string // of the product's records that it makes
}

func (r *replay) refuse(item Item, reason string) {
	r.handled.Refused = append(r.handled.Refused, Refusal{item.ID, reason})
}

// judge finds the records that pass by today's contract.
func (r *replay) judge(ctx context.Context, items []Item) error {
	for _, item := range items {
		out, err := r.pipeline.process(ctx, []Record{item.raw()})
		switch {
		case err != nil:
			return err
		case out.stop != nil:
			r.refuse(item, out.stop.Error())
		case out.truncate:
			r.refuse(item, "it removes all rows of the table, which is not replayed")
		case out.count.Quarantined > 0:
			r.refuse(item, header(out.records[0], HeaderReason))
		default:
			r.passed = append(r.passed, candidate{item, out.records, keysOf(r.spec, out.records)})
		}
	}
	return nil
}

func header(r Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// keysOf are the keys of the product's records among some.
func keysOf(spec Spec, records []Record) []string {
	var keys []string
	for _, rec := range records {
		if rec.Topic == spec.Topic.Name && rec.Key != nil {
			keys = append(keys, string(rec.Key))
		}
	}
	return keys
}

// moved refuses candidates whose key has moved on. Order is that of the raw topic's partition: where keys are in several
// partitions they had none.
func (r *replay) moved(ctx context.Context) error {
	if r.order.Force || len(r.passed) == 0 {
		return nil
	}
	newest, starts, err := r.newest(ctx)
	if err != nil {
		return err
	}
	var still []candidate
	for _, c := range r.passed {
		at := place{c.item.Partition, c.item.Offset}
		if why := c.overtaken(newest, starts[at.partition]); why != "" {
			r.refuse(c.item, why)
			continue
		}
		still = append(still, c)
	}
	r.passed = still
	return nil
}

// keyed is a key within a partition of the raw topic.
type keyed struct {
	partition int32
	key       string
}

func (c candidate) overtaken(newest map[keyed]int64, start int64) string {
	if len(c.keys) > 0 && start > c.item.Offset+1 {
		return "the raw topic no longer has what came after it, so its key may have moved on; --force replays it all the same"
	}
	for _, key := range c.keys {
		if at := newest[keyed{c.item.Partition, key}]; at > c.item.Offset {
			return fmt.Sprintf("its key has moved on: the record at offset %d of partition %d is newer; --force replays it all the same", at, c.item.Partition)
		}
	}
	return ""
}

// newest finds, for the keys of the candidates, the newest raw record that passes or was replayed, and where the raw
// topic's partitions begin now.
func (r *replay) newest(ctx context.Context) (newest map[keyed]int64, starts map[int32]int64, err error) {
	newest, from := map[keyed]int64{}, map[int32]int64{}
	wanted := map[string]bool{}
	for _, c := range r.passed {
		if first, ok := from[c.item.Partition]; !ok || c.item.Offset+1 < first {
			from[c.item.Partition] = c.item.Offset + 1
		}
		for _, key := range c.keys {
			wanted[key] = true
		}
	}
	starts, err = r.desk.config.Bus.ScanFrom(ctx, r.spec.Input, from, func(in Record) error {
		return r.seen(ctx, in, wanted, newest)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("look for newer records of the same keys: %w", err)
	}
	return newest, starts, r.replayed(ctx, wanted, newest)
}

// seen notes a raw record that passes.
func (r *replay) seen(ctx context.Context, in Record, wanted map[string]bool, newest map[keyed]int64) error {
	out, err := r.pipeline.process(ctx, []Record{in})
	if err != nil || out.handled == 0 || out.count.Quarantined > 0 {
		return err
	}
	for _, key := range keysOf(r.spec, out.records) {
		if wanted[key] {
			newest[keyed{in.Partition, key}] = max(newest[keyed{in.Partition, key}], in.Offset)
		}
	}
	return nil
}

// replayed notes quarantined records that were replayed before.
func (r *replay) replayed(ctx context.Context, wanted map[string]bool, newest map[keyed]int64) error {
	items, err := r.desk.List(ctx, r.spec, Filter{Fate: Replayed})
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := r.seen(ctx, item.raw(), wanted, newest); err != nil {
			return err
		}
	}
	return nil
}

// records are what is written: rows, copies and fates.
func (r *replay) records() []Record {
	var all []Record
	for _, c := range r.passed {
		all = append(all, c.records...)
		all = append(all, r.desk.mark(r.spec, c.item, Replayed, r.order))
	}
	return all
}

// SpecOf finds the gate of a topic of a product, by its event; "" is the only one.
func SpecOf(specs []Spec, product addrs.Product, event string) (Spec, error) {
	var found []Spec
	var events []string
	for _, s := range specs {
		if s.Product.Addr == product {
			events = append(events, s.Topic.Event)
			if event == "" || event == s.Topic.Event {
				found = append(found, s)
			}
		}
	}
	switch {
	case len(events) == 0:
		return Spec{}, fmt.Errorf("%s has no gate, and so no quarantine: others write its topics, and it has neither checks in SQL nor a masked copy", product)
	case len(found) == 0:
		return Spec{}, fmt.Errorf("%s has no event %s; it has: %s", product, event, strings.Join(events, ", "))
	case len(found) > 1:
		return Spec{}, fmt.Errorf("%s has several events; name one with event: %s", product, strings.Join(events, ", "))
	}
	return found[0], nil
}
