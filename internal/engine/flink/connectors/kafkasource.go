package connectors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// kafkaSource reads the partitions of its part. Positions are those of the checkpoint, not of the group.
type kafkaSource struct {
	table       *kafkaTable
	set         *Set
	admin       *kadm.Client
	client      *kgo.Client
	part, parts int
	reader      *recordReader
	committed   bool // isolation.level = read_committed

	splits   []*kafkaSplit
	byName   map[topicPartition]*kafkaSplit
	fetched  []fetched // what was polled and not returned yet
	open     int       // splits that have not reached their end
	found    chan []topicPartition
	stop     context.CancelFunc
	watching sync.WaitGroup
}

type kafkaSplit struct {
	topicPartition
	number int
	next   int64 // the offset after the last record that Next returned
	end    int64 // -1: none
	done   bool
}

type fetched struct {
	split   *kafkaSplit
	records []*kgo.Record
}

// kafkaState is a source's part of a checkpoint.
type kafkaState struct {
	Splits []splitState `json:"splits"`
}

type splitState struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Next      int64  `json:"next"`
	End       int64  `json:"end"`
}

func kafkaSourceOf(s *Set, scan *plan.Scan, part, parts int) (stream.Source, error) {
	k, err := parseKafka(scan.Table)
	if err != nil {
		return nil, err
	}
	admin, err := s.admin(k)
	if err != nil {
		return nil, err
	}
	reader, err := newRecordReader(k, scan.Read)
	if err != nil {
		return nil, err
	}
	return &kafkaSource{
		table: k, set: s, admin: admin, part: part, parts: parts, reader: reader, byName: map[topicPartition]*kafkaSplit{},
		committed: k.properties["isolation.level"] == "read_committed", found: make(chan []topicPartition),
	}, nil
}

// Open finds the partitions and where to start in each.
func (s *kafkaSource) Open(ctx context.Context, state []byte) error {
	opts, err := s.table.clientOptions()
	if err != nil {
		return err
	}
	opts = append(opts, kgo.KeepControlRecords(), kgo.FetchMaxWait(500*time.Millisecond))
	if s.committed {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	if s.client, err = kgo.NewClient(opts...); err != nil {
		return err
	}
	all, err := s.table.partitions(ctx, s.admin)
	if err != nil {
		return err
	}
	if err := s.restore(ctx, state); err != nil {
		return err
	}
	if err := s.add(ctx, all, state != nil); err != nil {
		return err
	}
	s.consume(s.splits)
	if s.table.discovery > 0 && s.table.end.mode == "unbounded" {
		watching, stop := context.WithCancel(ctx)
		s.stop = stop
		s.watching.Go(func() { s.discover(watching) })
	}
	return nil
}

// restore takes the positions of a checkpoint. Whether a partition has an end, the options say: one that had none gets
// it, and one that had loses it.
func (s *kafkaSource) restore(ctx context.Context, state []byte) error {
	if state == nil {
		return nil
	}
	var saved kafkaState
	if err := json.Unmarshal(state, &saved); err != nil {
		return fmt.Errorf("positions in the checkpoint: %w", err)
	}
	var endless []topicPartition
	for _, p := range saved.Splits {
		if p.End < 0 {
			endless = append(endless, topicPartition{topic: p.Topic, partition: p.Partition})
		}
	}
	ends, err := s.ends(ctx, endless)
	if err != nil {
		return err
	}
	for _, p := range saved.Splits {
		name := topicPartition{topic: p.Topic, partition: p.Partition}
		if name.owner(s.parts) != s.part {
			continue // of another part, since the job had another parallelism
		}
		if end, ok := ends[name]; ok {
			p.End = end
		} else if s.table.end.mode == "unbounded" {
			p.End = -1
		}
		s.split(name, p.Next, p.End)
	}
	return nil
}

// mergeKafka puts the positions of all parts together.
func mergeKafka(states [][]byte) ([]byte, error) {
	var all kafkaState
	for _, state := range states {
		var one kafkaState
		if state == nil {
			continue
		}
		if err := json.Unmarshal(state, &one); err != nil {
			return nil, fmt.Errorf("positions in the checkpoint: %w", err)
		}
		all.Splits = append(all.Splits, one.Splits...)
	}
	return json.Marshal(all)
}

func (s *kafkaSource) split(p topicPartition, next, end int64) {
	split := &kafkaSplit{topicPartition: p, number: len(s.splits), next: next, end: end}
	split.done = end >= 0 && next >= end
	s.splits = append(s.splits, split)
	s.byName[p] = split
	if !split.done {
		s.open++
	}
}

// add takes the partitions of this part that are not known yet. Those that are new since a checkpoint are read from
// their start.
func (s *kafkaSource) add(ctx context.Context, all []topicPartition, later bool) error {
	var fresh []topicPartition
	for _, p := range all {
		if p.owner(s.parts) == s.part && s.byName[p] == nil {
			fresh = append(fresh, p)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	start := s.table.start
	if later {
		start = offsetRule{mode: "earliest-offset"}
	}
	from, err := start.resolve(ctx, s.admin, s.committed, fresh)
	if err != nil {
		return err
	}
	ends, err := s.ends(ctx, fresh)
	if err != nil {
		return err
	}
	for _, p := range fresh {
		end := int64(-1)
		if ends != nil {
			end = ends[p]
		}
		s.split(p, from[p], end)
	}
	return nil
}

func (s *kafkaSource) ends(ctx context.Context, fresh []topicPartition) (map[topicPartition]int64, error) {
	if s.table.end.mode == "unbounded" {
		return nil, nil
	}
	return s.table.end.resolve(ctx, s.admin, s.committed, fresh)
}

func (s *kafkaSource) consume(splits []*kafkaSplit) {
	from := map[string]map[int32]kgo.Offset{}
	for _, split := range splits {
		if split.done {
			continue
		}
		if from[split.topic] == nil {
			from[split.topic] = map[int32]kgo.Offset{}
		}
		from[split.topic][split.partition] = kgo.NewOffset().At(split.next)
	}
	if len(from) > 0 {
		s.client.AddConsumePartitions(from)
	}
}

// discover looks for new partitions every so often.
func (s *kafkaSource) discover(ctx context.Context) {
	for {
		due := make(chan struct{}, 1)
		stop := s.set.config.Clock.AfterFunc(s.table.discovery, func() { signal(due) })
		select {
		case <-due:
		case <-ctx.Done():
			stop()
			return
		}
		all, err := s.table.partitions(ctx, s.admin)
		if err != nil {
			if ctx.Err() == nil {
				s.set.config.Logger.Warn("looking for new partitions", "table", s.table.table.Name, slog.Any("error", err))
			}
			continue
		}
		select {
		case s.found <- all:
		case <-ctx.Done():
			return
		}
	}
}

// Next gives a batch of one partition.
func (s *kafkaSource) Next(ctx context.Context) (int, *rows.Batch, error) {
	if err := s.takeFound(ctx); err != nil {
		return 0, nil, err
	}
	for {
		if len(s.fetched) > 0 {
			split, b, err := s.batch()
			if b != nil || err != nil {
				return split, b, err
			}
			continue
		}
		if s.open == 0 && s.table.end.mode != "unbounded" {
			return 0, nil, io.EOF
		}
		if err := s.poll(ctx); err != nil || len(s.fetched) == 0 {
			return 0, nil, err
		}
	}
}

func (s *kafkaSource) takeFound(ctx context.Context) error {
	select {
	case all := <-s.found:
		known := len(s.splits)
		if err := s.add(context.WithoutCancel(ctx), all, true); err != nil {
			return err
		}
		s.consume(s.splits[known:])
	default:
	}
	return nil
}

// poll waits for records. What ends its wait is no error.
func (s *kafkaSource) poll(ctx context.Context) error {
	fetches := s.client.PollFetches(ctx)
	var failed error
	fetches.EachError(func(topic string, partition int32, err error) {
		if failed == nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			failed = fmt.Errorf("read partition %d of topic %s: %w", partition, topic, err)
		}
	})
	if failed != nil {
		return failed
	}
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		split := s.byName[topicPartition{topic: p.Topic, partition: p.Partition}]
		if split != nil && !split.done && len(p.Records) > 0 {
			s.fetched = append(s.fetched, fetched{split: split, records: p.Records})
		}
	})
	return nil
}

// batch decodes records of the first fetched partition; nil if there are none among them for the table.
func (s *kafkaSource) batch() (int, *rows.Batch, error) {
	f := &s.fetched[0]
	split := f.split
	for len(f.records) > 0 && !split.done && s.reader.len() < rows.BatchSize {
		r := f.records[0]
		f.records = f.records[1:]
		if split.end >= 0 && r.Offset >= split.end {
			s.finish(split)
			break
		}
		if !r.Attrs.IsControl() {
			if err := s.take(r); err != nil {
				return 0, nil, fmt.Errorf("partition %d of topic %s, offset %d: %w", r.Partition, r.Topic, r.Offset, err)
			}
		}
		split.next = r.Offset + 1
		if split.end >= 0 && split.next >= split.end {
			s.finish(split)
		}
	}
	if len(f.records) == 0 || split.done {
		s.fetched[0] = fetched{}
		s.fetched = s.fetched[1:]
	}
	return split.number, s.reader.batch(), nil
}

// take decodes a record, or hands it over if it cannot be read (invariant 3).
func (s *kafkaSource) take(r *kgo.Record) error {
	err := s.reader.add(r)
	if err == nil || s.set.config.Poisoned == nil {
		return err
	}
	return s.set.config.Poisoned(Poisoned{
		Table: s.table.table.Name, Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Err: err,
	})
}

func (s *kafkaSource) finish(split *kafkaSplit) {
	split.done = true
	s.open--
	s.client.PauseFetchPartitions(map[string][]int32{split.topic: {split.partition}})
}

// Splits is the number of partitions that have not reached their end.
func (s *kafkaSource) Splits() int { return s.open }

// Ended reports whether a partition has come to its end.
func (s *kafkaSource) Ended(split int) bool { return s.splits[split].done }

// Save gives the next offset of each partition, and notes it for the group.
func (s *kafkaSource) Save() ([]byte, error) {
	var state kafkaState
	for _, p := range s.splits {
		state.Splits = append(state.Splits, splitState{Topic: p.topic, Partition: p.partition, Next: p.next, End: p.end})
	}
	s.set.notePositions(s.table, s.splits)
	return json.Marshal(state)
}

// Close stops reading.
func (s *kafkaSource) Close() error {
	if s.stop != nil {
		s.stop()
	}
	s.watching.Wait()
	if s.client != nil {
		s.client.Close()
	}
	return nil
}
