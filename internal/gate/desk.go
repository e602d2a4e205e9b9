package gate

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/masks"
)

// Fate is what became of a quarantined record.
type Fate string

// The fates of quarantined records.
const (
	New      Fate = "new"      // it waits for someone to look
	Replayed Fate = "replayed" // it was judged again, and passed
	Dropped  Fate = "dropped"  // someone decided that it is not wanted
)

// Item is a quarantined record, without values of personal data unless they are asked for by who may.
type Item struct {
	ID        string          `json:"id" doc:"PARTITION-OFFSET in the quarantine"`
	Fate      Fate            `json:"status" enum:"new,replayed,dropped"`
	By        string          `json:"by,omitempty" doc:"Who replayed or dropped it"`
	Note      string          `json:"note,omitempty" doc:"What they said"`
	Since     *time.Time      `json:"since,omitempty" doc:"When they did"`
	Check     string          `json:"check" doc:"The check that refused it first"`
	Reason    string          `json:"reason"`
	Time      time.Time       `json:"time" doc:"When it was set aside"`
	Version   string          `json:"version" doc:"Of the contract that it was judged by"`
	Topic     addrs.Topic     `json:"topic" doc:"Where it came from"`
	Partition int32           `json:"partition"`
	Offset    int64           `json:"offset"`
	SchemaID  int             `json:"schema_id,omitempty" doc:"Of the writer, where it has one"`
	Bytes     int             `json:"bytes" doc:"Of its key and value"`
	Row       json.RawMessage `json:"row,omitempty" doc:"What the contract sees of it, masked; absent where it cannot be decoded"`
	Key       *string         `json:"key,omitempty" doc:"As it came; for who may see personal data"`
	Value     *string         `json:"value,omitempty" doc:"As it came; for who may see personal data"`
	Encoding  string          `json:"encoding,omitempty" enum:"text,base64" doc:"Of key and value"`

	record Record
	order  place // in the quarantine
}

// place is where a record lies.
type place struct {
	partition int32
	offset    int64
}

func (p place) String() string { return fmt.Sprintf("%d-%d", p.partition, p.offset) }

// Filter chooses quarantined records. Empty parts choose all.
type Filter struct {
	IDs    []string
	Fate   Fate
	Reason string // a check's name, or a part of the reason's text
	Limit  int    // of a list, newest last; 0: no limit
}

// Desk shows quarantines, and replays or drops what is in them.
type Desk struct {
	config   Config
	statuses addrs.Topic // compacted: what became of records
}

// NewDesk keeps the fates of records in a topic.
func NewDesk(config Config, statuses addrs.Topic) *Desk { return &Desk{config, statuses} }

// fated is what is kept of a record's fate.
type fated struct {
	Fate Fate      `json:"status"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Note string    `json:"note,omitempty"`
}

func fateKey(topic addrs.Topic, at place) string { return fmt.Sprintf("%s/%s", topic, at) }

// fates are what became of the records of a topic's quarantine.
func (d *Desk) fates(ctx context.Context, topic addrs.Topic) (map[string]fated, error) {
	all := map[string]fated{}
	err := d.config.Bus.Scan(ctx, d.statuses, func(r Record) error {
		var f fated
		switch {
		case !strings.HasPrefix(string(r.Key), string(topic)+"/"):
		case r.Value == nil:
			delete(all, string(r.Key))
		case json.Unmarshal(r.Value, &f) == nil:
			all[string(r.Key)] = f
		}
		return nil
	})
	return all, err
}

// List gives the quarantined records of a topic that a filter chooses, in the order in which they came.
func (d *Desk) List(ctx context.Context, spec Spec, filter Filter) ([]Item, error) {
	topic := spec.Topic.Name.Quarantine()
	fates, err := d.fates(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("read what became of quarantined records: %w", err)
	}
	var items []Item
	err = d.config.Bus.Scan(ctx, topic, func(r Record) error {
		item := newItem(r)
		if f, ok := fates[fateKey(topic, item.order)]; ok {
			item.Fate, item.By, item.Note, item.Since = f.Fate, f.By, f.Note, &f.At
		}
		if filter.takes(item) {
			item.record = kept(r)
			items = append(items, item)
		}
		return nil
	})
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.order.partition, b.order.partition), cmp.Compare(a.order.offset, b.order.offset))
	})
	if filter.Limit > 0 && len(items) > filter.Limit {
		items = items[len(items)-filter.Limit:]
	}
	return items, err
}

// kept is a record whose bytes outlive the scan that gave it.
func kept(r Record) Record {
	r.Key, r.Value = slices.Clone(r.Key), slices.Clone(r.Value)
	return r
}

func (f Filter) takes(i Item) bool {
	return (len(f.IDs) == 0 || slices.Contains(f.IDs, i.ID)) && (f.Fate == "" || f.Fate == i.Fate) &&
		(f.Reason == "" || f.Reason == i.Check || strings.Contains(strings.ToLower(i.Reason), strings.ToLower(f.Reason)))
}

// newItem reads what the gate wrote beside a record.
func newItem(r Record) Item {
	at := place{r.Partition, r.Offset}
	item := Item{ID: at.String(), Fate: New, Bytes: len(r.Key) + len(r.Value), order: at}
	for _, h := range r.Headers {
		item.header(h.Key, string(h.Value))
	}
	return item
}

func (i *Item) header(key, text string) {
	number, _ := strconv.ParseInt(text, 10, 64)
	switch key {
	case HeaderReason:
		i.Reason = text
	case HeaderCheck:
		i.Check = text
	case HeaderSchema:
		i.SchemaID = int(number)
	case HeaderTopic:
		i.Topic = addrs.Topic(text)
	case HeaderPartition:
		i.Partition = int32(number)
	case HeaderOffset:
		i.Offset = number
	case HeaderTime:
		i.Time, _ = time.Parse(time.RFC3339Nano, text)
	case HeaderVersion:
		i.Version = text
	}
}

// Show adds to an item what is in the record: the row as the contract sees it, masked; in clear also the record's bytes.
func (d *Desk) Show(ctx context.Context, spec Spec, item Item, inClear bool) (Item, error) {
	c, err := newReader(spec, d.config.Registry).read(ctx, item.raw())
	var stop stopped
	if err != nil && !errors.As(err, &stop) {
		return item, err
	}
	if len(c.values) > 0 {
		row := c.values
		if !inClear {
			row = masks.Row(spec.Topic.Fields, knownFields(spec.Topic.Fields, row), d.config.Secret)
		}
		item.Row = codecs.ToJSON(spec.Topic.Value.Fields, row)
	}
	if inClear {
		item.Encoding = "text"
		if !utf8.Valid(item.record.Key) || !utf8.Valid(item.record.Value) {
			item.Encoding = "base64"
		}
		item.Key, item.Value = shownBytes(item.record.Key, item.Encoding), shownBytes(item.record.Value, item.Encoding)
	}
	return item, nil
}

// knownFields leaves out what the contract does not name: it may be personal data under another name.
func knownFields(fields []contracts.Field, row codecs.Row) codecs.Row {
	known := codecs.Row{}
	for _, f := range fields {
		if value, there := row[f.Name]; there {
			known[f.Name] = value
		}
	}
	return known
}

func shownBytes(data []byte, encoding string) *string {
	switch {
	case data == nil:
		return nil
	case encoding == "base64":
		return new(base64.StdEncoding.EncodeToString(data))
	}
	return new(string(data))
}

// raw is the record as it came, without what the gate wrote beside it.
func (i Item) raw() Record {
	r := i.record
	r.Topic, r.Partition, r.Offset, r.Headers = i.Topic, i.Partition, i.Offset, nil
	for _, h := range i.record.Headers {
		if !strings.HasPrefix(h.Key, headerPrefix) {
			r.Headers = append(r.Headers, h)
		}
	}
	return r
}
