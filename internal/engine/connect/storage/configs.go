package storage

import (
	"bytes"
	"context"
	"crypto/rand"
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
	topic string
	group string
	kafka []kgo.Opt
	mine  []byte // what this worker signs with

	writing    sync.Mutex // one transaction, or reading, at a time
	producer   *kgo.Client
	next       map[int32]int64
	lost       error // another worker has taken over, once and for all
	mu         sync.RWMutex
	leader     []byte // who signed last
	connectors map[string]Connector
}

// leaderKey is the key that the worker signs under which has taken over last. Kafka Connect passes it over.
const leaderKey = "weft-leader"

// openConfigs takes the fence by initialising the leader's transactional producer, so what another worker has begun is ended
// before the topic is read. Then it signs: by that, and not by epochs, a worker tells that another has taken over. A bus raises
// epochs by itself when it ends a transaction that was left open.
func openConfigs(ctx context.Context, config Config) (*Configs, error) {
	c := &Configs{
		topic: config.Configs, group: config.Group, kafka: config.Kafka, mine: object(map[string]string{"leader": rand.Text()}),
		next: map[int32]int64{}, connectors: map[string]Connector{},
	}
	if err := c.take(ctx); err != nil {
		return nil, fmt.Errorf("take over topic %s: %w", config.Configs, err)
	}
	err := readOn(ctx, c.kafka, c.topic, c.next, c.apply)
	if err == nil {
		err = c.commit(ctx, []*kgo.Record{c.record(leaderKey, c.mine)})
	}
	if err != nil {
		c.producer.Close()
		return nil, fmt.Errorf("take over topic %s: %w", config.Configs, err)
	}
	return c, nil
}

// take makes a new producer, which fences the one before.
func (c *Configs) take(ctx context.Context) error {
	producer, err := kgo.NewClient(append(append([]kgo.Opt{}, c.kafka...),
		kgo.TransactionalID("connect-cluster-"+c.group), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(50*time.Millisecond), kgo.ProducerLinger(0))...)
	if err != nil {
		return err
	}
	if _, _, err := producer.ProducerID(ctx); err != nil {
		producer.Close()
		return err
	}
	if c.producer != nil {
		c.producer.Close()
	}
	c.producer = producer
	return nil
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

// Lead reads on, and gives ErrFenced if another worker has taken over.
func (c *Configs) Lead(ctx context.Context) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.lead(ctx)
}

func (c *Configs) lead(ctx context.Context) error {
	if c.lost != nil {
		return c.lost
	}
	if err := readOn(ctx, c.kafka, c.topic, c.next, c.apply); err != nil {
		return err
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !bytes.Equal(c.leader, c.mine) {
		c.lost = fmt.Errorf("topic %s: %w", c.topic, ErrFenced)
	}
	return c.lost
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

// write commits records, and tries once more when that went wrong: they may be there twice.
func (c *Configs) write(ctx context.Context, records []*kgo.Record) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.lost != nil {
		return c.lost
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := c.commit(ctx, records)
	if err != nil {
		if lost := c.regain(ctx); lost != nil {
			return fmt.Errorf("write topic %s: %w", c.topic, errors.Join(lost, err))
		}
		err = c.commit(ctx, records)
	}
	if err != nil {
		return fmt.Errorf("write topic %s: %w", c.topic, err)
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
	if err := c.producer.EndTransaction(context.WithoutCancel(ctx), kgo.TryCommit); err != nil {
		return err
	}
	for _, r := range records {
		c.apply(r)
		c.next[r.Partition] = r.Offset + 1
	}
	return nil
}

// regain makes the producer usable again after an error, unless another worker has taken over.
func (c *Configs) regain(ctx context.Context) error {
	if err := c.lead(ctx); err != nil {
		return err
	}
	if err := c.take(ctx); err != nil {
		return err
	}
	return c.lead(ctx)
}

// Fenced tells that a transactional producer was replaced by another one of its name.
func Fenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, ErrFenced)
}

func (c *Configs) apply(r *kgo.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := string(r.Key)
	if key == leaderKey {
		c.leader = r.Value
	}
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
