package connectors

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// kafkaSink writes rows to a topic.
type kafkaSink struct {
	ctx        context.Context //nolint:containedctx // of the run
	table      *kafkaTable
	client     *kgo.Client
	tx         *kafkaTransaction // nil unless exactly-once
	key, value formats.Encoder   // key is nil if records have none
	keyCols    []int             // of the sink's input
	valueCols  []int
	meta       []metaWriter
	partition  int32 // -1: by key; -2: in turns; otherwise the one to take, modulo their number
	turn       int32
	flushed    int64 // the checkpoint of the last flush
	failed     atomic.Pointer[error]
	size       int // of a row, as seen so far
}

// metaWriter puts a metadata column into a record.
type metaWriter struct {
	column int // of the input
	set    func(r *kgo.Record, c *rows.Column, i int)
}

func kafkaSinkOf(s *Set, n *plan.Sink, part, _ int) (stream.Sink, error) {
	k, err := parseKafka(n.Table)
	if err != nil {
		return nil, err
	}
	if len(k.topics) != 1 {
		return nil, fmt.Errorf("a table that is written has exactly one 'topic'")
	}
	sink := &kafkaSink{ctx: s.ctx, table: k, partition: -1}
	switch k.partition {
	case "fixed":
		sink.partition = int32(part)
	case "round-robin":
		sink.partition = -2
	}
	if err := sink.encoders(k, n); err != nil {
		return nil, err
	}
	if k.guarantee == "exactly-once" {
		if sink.tx = s.tx; sink.tx == nil {
			return nil, fmt.Errorf("'sink.delivery-guarantee' = 'exactly-once' needs checkpoints (execution.checkpointing.interval)")
		}
		sink.client = s.tx.client
		return sink, nil
	}
	sink.client, err = s.producer(k)
	return sink, err
}

// encoders prepares the key and the value: which columns of the input go where.
func (s *kafkaSink) encoders(k *kafkaTable, n *plan.Sink) (err error) {
	if s.valueCols, s.value, err = s.encoder(k, n, k.value, false); err != nil {
		return err
	}
	if k.key.format != "" {
		if s.keyCols, s.key, err = s.encoder(k, n, k.key, true); err != nil {
			return err
		}
	}
	for i, c := range n.Columns {
		column := k.table.Columns[c]
		if column.Metadata == "" || column.Virtual {
			continue
		}
		set, ok := metaWriters[column.Metadata]
		if !ok {
			return fmt.Errorf("the metadata '%s' cannot be written; declare its column VIRTUAL", column.Metadata)
		}
		s.meta = append(s.meta, metaWriter{column: i, set: set})
	}
	return nil
}

func (s *kafkaSink) encoder(k *kafkaTable, n *plan.Sink, p kafkaPart, key bool) ([]int, formats.Encoder, error) {
	var input, columns []int
	for _, c := range p.columns {
		at := slices.Index(n.Columns, c)
		if at < 0 {
			return nil, nil, fmt.Errorf("column %s is not written by this statement", k.table.Columns[c].Name)
		}
		input, columns = append(input, at), append(columns, c)
	}
	e, err := formats.NewEncoder(k.spec(p, columns, key))
	return input, e, err
}

var metaWriters = map[string]func(r *kgo.Record, c *rows.Column, i int){
	"timestamp": func(r *kgo.Record, c *rows.Column, i int) {
		if !c.Null(i) {
			r.Timestamp = unixMicros(c.Ints[i] * (1000 / timestampUnit(c.Type)))
		}
	},
	"headers": func(r *kgo.Record, c *rows.Column, i int) {
		entries, _ := c.Value(i).(rows.Entries)
		for _, e := range entries {
			key, _ := e.Key.(string)
			value, _ := e.Value.(string)
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: key, Value: []byte(value)})
		}
	},
}

// Write hands records to the producer. It waits while the producer is full, and while a transaction is committed that
// the rows are not to be part of.
func (s *kafkaSink) Write(b *rows.Batch) error {
	if s.tx != nil {
		if err := s.tx.wait(s.ctx, s.flushed); err != nil {
			return err
		}
	}
	if err := s.problem(); err != nil {
		return err
	}
	values, keys := pick(b, s.valueCols), pick(b, s.keyCols)
	records, arena := make([]kgo.Record, b.Len), make([]byte, 0, b.Len*(s.size+8))
	var err error
	for i := range b.Len {
		r := &records[i]
		if s.table.upsert && b.Change(i) == rows.UpdateBefore {
			continue
		}
		if arena, err = s.fill(r, arena, b, values, keys, i); err != nil {
			return fmt.Errorf("write to topic %s: %w", s.table.topics[0], err)
		}
		s.client.Produce(s.ctx, r, s.produced)
	}
	s.size = max(s.size, len(arena)/max(1, b.Len))
	if s.tx != nil {
		s.tx.dirty.Store(true)
	}
	return nil
}

func (s *kafkaSink) fill(r *kgo.Record, arena []byte, b, values, keys *rows.Batch, i int) (_ []byte, err error) {
	r.Topic = s.table.topics[0]
	if s.key != nil {
		start := len(arena)
		if arena, err = s.key.Append(arena, keys, i); err != nil {
			return arena, err
		}
		r.Key = arena[start:len(arena):len(arena)]
	}
	if !s.table.upsert || b.Change(i) != rows.Delete {
		start := len(arena)
		if arena, err = s.value.Append(arena, values, i); err != nil {
			return arena, err
		}
		r.Value = arena[start:len(arena):len(arena)]
	}
	for _, m := range s.meta {
		m.set(r, b.Cols[m.column], i)
	}
	r.Partition = s.partition
	if s.partition == -2 {
		r.Partition = s.turn
		s.turn = (s.turn + 1) & 0x7fffffff
	}
	return arena, nil
}

func (s *kafkaSink) produced(r *kgo.Record, err error) {
	if err != nil {
		err = fmt.Errorf("write to topic %s: %w", r.Topic, err)
		s.failed.CompareAndSwap(nil, &err)
	}
}

func (s *kafkaSink) problem() error {
	if p := s.failed.Load(); p != nil && s.table.guarantee != "none" {
		return *p
	}
	return nil
}

// Flush waits until the brokers have all records.
func (s *kafkaSink) Flush(ctx context.Context, checkpoint int64) error {
	if err := s.client.Flush(ctx); err != nil {
		return err
	}
	s.flushed = checkpoint
	return s.problem()
}

// Close leaves the client to the set, which shares it.
func (s *kafkaSink) Close() error { return nil }

// producer is the client of sinks without transactions, shared by those with the same properties.
func (s *Set) producer(k *kafkaTable) (*kgo.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(k.properties)
	if c, ok := s.producers[key]; ok {
		return c, nil
	}
	opts, err := k.producerOptions()
	if err != nil {
		return nil, err
	}
	c, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, err
	}
	s.producers[key] = c
	s.closes = append(s.closes, func() error { c.Close(); return nil })
	return c, nil
}

// partitioner takes the partition that a record names; -1 leaves it to Kafka's own rule: murmur2 of the key, or without
// one whichever suits.
type partitioner struct{}

// ForTopic keeps what the rule remembers of a topic.
func (partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return &topicPartitioner{rule: kgo.StickyKeyPartitioner(nil).ForTopic(topic)}
}

type topicPartitioner struct {
	mu   sync.Mutex
	rule kgo.TopicPartitioner
}

// RequiresConsistency is so where the partition is given by the record.
func (p *topicPartitioner) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition >= 0 || r.Key != nil
}

// Partition gives the place among n.
func (p *topicPartitioner) Partition(r *kgo.Record, n int) int {
	if r.Partition >= 0 {
		return int(r.Partition) % n
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rule.Partition(r, n)
}

// OnNewBatch lets records without a key go elsewhere with the next batch.
func (p *topicPartitioner) OnNewBatch() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r, ok := p.rule.(kgo.TopicPartitionerOnNewBatch); ok {
		r.OnNewBatch()
	}
}
