package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Target is the state that people want a connector to be in.
type Target string

// The targets (TargetState).
const (
	Started Target = "STARTED"
	Paused  Target = "PAUSED"
	Stopped Target = "STOPPED"
)

// ErrFenced says that another worker has taken the topics over. What this one does from then on has no effect.
var ErrFenced = errors.New("another worker has taken over")

// Connector is a connector as it was configured: config providers stand in it as they were written.
type Connector struct {
	Config map[string]string
	Target Target
}

// Configs are the connectors of the topic of configurations (Connect's KafkaConfigBackingStore): JSON without schemas,
// under the keys connector-NAME, target-state-NAME, task-NAME-ID and commit-NAME.
type Configs struct {
	topic    string
	producer *kgo.Client
	kafka    []kgo.Opt
	next     map[int32]int64

	writing    sync.Mutex // one transaction at a time
	mu         sync.RWMutex
	connectors map[string]Connector
}

// openConfigs takes the fence by initialising the leader's transactional producer, so what another worker has begun is ended
// before the topic is read.
func openConfigs(ctx context.Context, config Config) (*Configs, error) {
	producer, err := kgo.NewClient(append(append([]kgo.Opt{}, config.Kafka...),
		kgo.TransactionalID("connect-cluster-"+config.Group), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(50*time.Millisecond), kgo.ProducerLinger(0))...)
	if err != nil {
		return nil, err
	}
	c := &Configs{topic: config.Configs, producer: producer, kafka: config.Kafka, next: map[int32]int64{}, connectors: map[string]Connector{}}
	if _, _, err := producer.ProducerID(ctx); err != nil {
		producer.Close()
		return nil, fmt.Errorf("take over topic %s: %w", config.Configs, err)
	}
	if err := readOn(ctx, config.Kafka, config.Configs, c.next, c.apply); err != nil {
		producer.Close()
		return nil, err
	}
	return c, nil
}

// All are the connectors that have a configuration.
func (c *Configs) All() map[string]Connector {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := map[string]Connector{}
	for name, connector := range c.connectors {
		if connector.Config != nil {
			all[name] = connector
		}
	}
	return all
}

// Put writes a configuration, and a target unless it is empty. It returns when the topic has both. (invariant 1)
func (c *Configs) Put(ctx context.Context, name string, config map[string]string, target Target) error {
	records := []*kgo.Record{c.record("connector-"+name, properties(config))}
	if target != "" {
		records = append([]*kgo.Record{c.record("target-state-"+name, states(target))}, records...)
	}
	return c.write(ctx, records)
}

// Aim writes a target.
func (c *Configs) Aim(ctx context.Context, name string, target Target) error {
	return c.write(ctx, []*kgo.Record{c.record("target-state-"+name, states(target))})
}

// Delete writes that there is no such connector.
func (c *Configs) Delete(ctx context.Context, name string) error {
	return c.write(ctx, []*kgo.Record{c.record("connector-"+name, nil), c.record("target-state-"+name, nil)})
}

// Tasks writes the configurations of a connector's tasks, for a Kafka Connect that takes over.
func (c *Configs) Tasks(ctx context.Context, name string, tasks []map[string]string) error {
	var records []*kgo.Record
	for i, task := range tasks {
		records = append(records, c.record("task-"+name+"-"+strconv.Itoa(i), properties(task)))
	}
	return c.write(ctx, append(records, c.record("commit-"+name, object(map[string]int{"tasks": len(tasks)}))))
}

func (c *Configs) record(key string, value []byte) *kgo.Record {
	return &kgo.Record{Topic: c.topic, Key: []byte(key), Value: value}
}

func (c *Configs) write(ctx context.Context, records []*kgo.Record) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.commit(ctx, records); err != nil {
		return c.failed(ctx, err)
	}
	for _, r := range records {
		c.apply(r)
	}
	return nil
}

func (c *Configs) commit(ctx context.Context, records []*kgo.Record) error {
	if err := c.producer.BeginTransaction(); err != nil {
		return err
	}
	if err := c.producer.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	return c.producer.EndTransaction(context.WithoutCancel(ctx), kgo.TryCommit)
}

// failed ends a transaction that went wrong, and reads what became of it.
func (c *Configs) failed(ctx context.Context, err error) error {
	if Fenced(err) {
		return fmt.Errorf("write topic %s: %w: %w", c.topic, ErrFenced, err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = c.producer.AbortBufferedRecords(ctx)
	if aborted := c.producer.EndTransaction(ctx, kgo.TryAbort); aborted != nil {
		err = errors.Join(err, aborted)
	}
	_ = readOn(ctx, c.kafka, c.topic, c.next, c.apply) // the next write finds out as well
	return fmt.Errorf("write topic %s: %w", c.topic, err)
}

// Fenced tells that a transactional producer was replaced by another one of its name.
func Fenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, ErrFenced)
}

func (c *Configs) apply(r *kgo.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := string(r.Key)
	if name, is := strings.CutPrefix(key, "connector-"); is {
		connector := c.connectors[name]
		connector.Config = readProperties(r.Value)
		c.keep(name, connector)
	}
	if name, is := strings.CutPrefix(key, "target-state-"); is {
		connector := c.connectors[name]
		connector.Target = readTarget(r.Value)
		c.keep(name, connector)
	}
}

func (c *Configs) keep(name string, connector Connector) {
	if connector.Config == nil && connector.Target == "" {
		delete(c.connectors, name)
		return
	}
	c.connectors[name] = connector
}

func properties(config map[string]string) []byte {
	return object(map[string]any{"properties": config})
}

func readProperties(value []byte) map[string]string {
	var record struct{ Properties map[string]*string }
	if len(value) == 0 || json.Unmarshal(value, &record) != nil || record.Properties == nil {
		return nil
	}
	config := map[string]string{}
	for key, value := range record.Properties {
		if value != nil {
			config[key] = *value
		}
	}
	return config
}

// states is a target as Connect writes it since KIP-875: those that read state alone take STOPPED for PAUSED.
func states(target Target) []byte {
	old := target
	if target == Stopped {
		old = Paused
	}
	return object(map[string]Target{"state": old, "state.v2": target})
}

func readTarget(value []byte) Target {
	var record struct {
		State Target
		V2    Target `json:"state.v2"`
	}
	if len(value) == 0 || json.Unmarshal(value, &record) != nil {
		return ""
	}
	if record.V2 != "" {
		return record.V2
	}
	return record.State
}

func object(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // maps of texts and numbers can be
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
