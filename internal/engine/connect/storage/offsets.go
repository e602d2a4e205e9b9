package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Offset is the position of a connector in a partition of its source; both are JSON objects. A null offset is none.
type Offset struct {
	Partition json.RawMessage `json:"partition"`
	Offset    json.RawMessage `json:"offset"`
}

// Offsets are the topics of source offsets (Connect's KafkaOffsetBackingStore): JSON without schemas, the key
// ["CONNECTOR",{partition}], the value the offset or null. A connector may name a topic of its own
// (offsets.storage.topic, KIP-618).
type Offsets struct {
	config Config
	mu     sync.Mutex
	topics map[string]*offsetTopic
}

type offsetTopic struct {
	mu   sync.Mutex
	next map[int32]int64
	kept map[string]keptOffset // by the key in its canonical form
}

// keptOffset is the newest committed record of a key.
type keptOffset struct {
	connector string
	key       []byte // as it stands in the topic: to be replaced by the same bytes
	offset    Offset
	at        int64 // the record's own offset
}

func newOffsets(config Config) *Offsets {
	return &Offsets{config: config, topics: map[string]*offsetTopic{}}
}

// Topic is the topic of a connector that names none.
func (o *Offsets) Topic() string { return o.config.Offsets }

// Ensure makes a topic that a connector names.
func (o *Offsets) Ensure(ctx context.Context, topic string) error {
	if topic == o.config.Offsets {
		return nil
	}
	return admin(o.config, func(a *kadm.Client) error { return ensure(ctx, a, topic, offsetPartitions, o.config.Replication) })
}

// Of are the committed offsets of a connector, read up to the topic's present end.
func (o *Offsets) Of(ctx context.Context, topic, connector string) ([]Offset, error) {
	t := o.open(topic)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := readOn(ctx, o.config.Kafka, topic, t.next, t.apply); err != nil {
		return nil, err
	}
	var offsets []Offset
	for _, kept := range t.kept {
		if kept.connector == connector && kept.offset.Offset != nil {
			offsets = append(offsets, kept.offset)
		}
	}
	slices.SortFunc(offsets, func(a, b Offset) int { return bytes.Compare(a.Partition, b.Partition) })
	return offsets, nil
}

// At is the place in the topic of the newest committed record of a key; -1: there is none.
func (o *Offsets) At(ctx context.Context, topic string, key []byte) (int64, error) {
	t := o.open(topic)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := readOn(ctx, o.config.Kafka, topic, t.next, t.apply); err != nil {
		return -1, err
	}
	if kept, has := t.kept[canonical(key)]; has {
		return kept.at, nil
	}
	return -1, nil
}

// Key is the key of a connector's partition: as it stands in the topic, if it does.
func (o *Offsets) Key(topic, connector string, partition json.RawMessage) ([]byte, error) {
	key, err := offsetKey(connector, partition)
	if err != nil {
		return nil, err
	}
	t := o.open(topic)
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, has := t.kept[canonical(key)]; has {
		return kept.key, nil
	}
	return key, nil
}

// Same tells whether two JSON objects are the same, whatever the order of their keys.
func Same(a, b json.RawMessage) bool { return canonical(a) == canonical(b) }

func (o *Offsets) open(topic string) *offsetTopic {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.topics[topic]
	if t == nil {
		t = &offsetTopic{next: map[int32]int64{}, kept: map[string]keptOffset{}}
		o.topics[topic] = t
	}
	return t
}

func (t *offsetTopic) apply(r *kgo.Record) {
	var parts []json.RawMessage
	var connector string
	if json.Unmarshal(r.Key, &parts) != nil || len(parts) != 2 || json.Unmarshal(parts[0], &connector) != nil {
		return // no record of Connect's
	}
	kept := keptOffset{connector: connector, key: r.Key, offset: Offset{Partition: parts[1]}, at: r.Offset}
	if len(r.Value) > 0 && string(r.Value) != "null" {
		kept.offset.Offset = r.Value
	}
	t.kept[canonical(r.Key)] = kept
}

func offsetKey(connector string, partition json.RawMessage) ([]byte, error) {
	name, err := json.Marshal(connector)
	if err != nil {
		return nil, err
	}
	var key bytes.Buffer
	key.WriteByte('[')
	key.Write(name)
	key.WriteByte(',')
	if err := json.Compact(&key, partition); err != nil {
		return nil, fmt.Errorf("the partition %s of connector %s is no JSON: %w", partition, connector, err)
	}
	key.WriteByte(']')
	return key.Bytes(), nil
}

// canonical is JSON with the keys of objects in order, and numbers as they were written.
func canonical(text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return string(text)
	}
	return strings.TrimSpace(string(object(value)))
}
