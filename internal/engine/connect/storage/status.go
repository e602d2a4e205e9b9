package storage

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Status is a state as it is written: of a connector or of a task.
type Status struct {
	State   string  `json:"state"`
	Trace   *string `json:"trace"`
	Worker  string  `json:"worker_id"`
	Gen     int     `json:"generation"`
	Version string  `json:"version,omitempty"`
}

// Statuses is the topic of statuses (Connect's KafkaStatusBackingStore): JSON without schemas, under the keys
// status-connector-NAME, status-task-NAME-ID and status-topic-TOPIC:connector-NAME. States are for who looks at the topic
// or takes over: they are written in passing. The topics that a connector uses (KIP-558) are read from it.
type Statuses struct {
	topic    string
	producer *kgo.Client

	mu   sync.Mutex
	used map[string]map[string]bool // connector, topic
}

func openStatuses(ctx context.Context, config Config) (*Statuses, error) {
	s := &Statuses{topic: config.Status, used: map[string]map[string]bool{}}
	if err := readOn(ctx, config.Kafka, config.Status, map[int32]int64{}, s.apply); err != nil {
		return nil, err
	}
	var err error
	s.producer, err = kgo.NewClient(append(append([]kgo.Opt{}, config.Kafka...),
		kgo.DefaultProduceTopic(config.Status), kgo.MetadataMinAge(50*time.Millisecond), kgo.MaxBufferedRecords(10_000), kgo.RecordDeliveryTimeout(patience))...)
	return s, err
}

func (s *Statuses) close() {
	if s.producer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = s.producer.Flush(ctx) // states are found again at the next start
	s.producer.Close()
}

// Connector and Task write a state.
func (s *Statuses) Connector(name string, status Status) {
	s.put("status-connector-"+name, object(status))
}

// Task writes the state of a connector's only task.
func (s *Statuses) Task(name string, status Status) { s.put("status-task-"+name+"-0", object(status)) }

// NoTask writes that a connector has no task.
func (s *Statuses) NoTask(name string) { s.put("status-task-"+name+"-0", nil) }

// Forget writes that there is no such connector.
func (s *Statuses) Forget(name string) {
	s.put("status-connector-"+name, nil)
	s.NoTask(name)
	s.ResetTopics(name)
}

// Uses notes that a connector writes to a topic.
func (s *Statuses) Uses(name, topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[name][topic] {
		return
	}
	s.use(name, topic)
	s.put(topicKey(name, topic), object(map[string]any{"topic": map[string]any{
		"name": topic, "connector": name, "task": 0, "discoverTimestamp": time.Now().UnixMilli(),
	}}))
}

// Topics are the topics that a connector has written to, since they were last reset.
func (s *Statuses) Topics(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	topics := []string{}
	for topic := range s.used[name] {
		topics = append(topics, topic)
	}
	slices.Sort(topics)
	return topics
}

// ResetTopics forgets them.
func (s *Statuses) ResetTopics(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for topic := range s.used[name] {
		s.put(topicKey(name, topic), nil)
	}
	delete(s.used, name)
}

func (s *Statuses) use(name, topic string) {
	if s.used[name] == nil {
		s.used[name] = map[string]bool{}
	}
	s.used[name][topic] = true
}

func topicKey(name, topic string) string { return "status-topic-" + topic + ":connector-" + name }

// put hands a record to the producer. One that cannot be written is not missed: states are found again at the next start.
func (s *Statuses) put(key string, value []byte) {
	s.producer.TryProduce(context.Background(), &kgo.Record{Key: []byte(key), Value: value}, nil)
}

func (s *Statuses) apply(r *kgo.Record) {
	rest, is := strings.CutPrefix(string(r.Key), "status-topic-")
	topic, name, cut := strings.Cut(rest, ":connector-")
	if !is || !cut {
		return
	}
	var record struct{ Topic json.RawMessage }
	if len(r.Value) > 0 && json.Unmarshal(r.Value, &record) == nil && record.Topic != nil {
		s.use(name, topic)
		return
	}
	delete(s.used[name], topic)
}
