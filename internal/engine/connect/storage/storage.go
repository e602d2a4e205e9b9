// Package storage keeps what a worker must not forget in three compacted topics, in Kafka Connect's own record format:
// configurations, source offsets and statuses (config.storage.topic, offset.storage.topic, status.storage.topic). So a
// Kafka Connect may take over what this worker kept, and the other way round.
package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Config says where the topics are.
type Config struct {
	Kafka   []kgo.Opt // brokers, and how a client reaches them
	Group   string    // group.id of the worker: part of the names of transactions
	Configs string
	Offsets string
	Status  string
	// Replication of topics that are made; 0: three, or as many as there are brokers.
	Replication int
}

// Partitions of topics that are made: those of Connect's own defaults (offset.storage.partitions and so on).
const (
	configPartitions = 1
	offsetPartitions = 25
	statusPartitions = 5
)

// patience bounds one request or one reading of a topic.
const patience = 60 * time.Second

// ErrTopic says that a topic is there, and not fit to keep what the worker must not forget.
var ErrTopic = errors.New("the topic is not fit for a worker")

// Storage is the three topics.
type Storage struct {
	Configs *Configs
	Offsets *Offsets
	Status  *Statuses
}

// Open makes the topics where there are none, and reads them. It takes the writing of configurations away from whoever
// had it (KIP-618: the leader's transactional producer).
func Open(ctx context.Context, config Config) (_ *Storage, err error) {
	s := &Storage{}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := prepare(ctx, config); err != nil {
		return nil, err
	}
	if s.Configs, err = openConfigs(ctx, config); err != nil {
		return nil, err
	}
	s.Offsets = newOffsets(config)
	if s.Status, err = openStatuses(ctx, config); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends the clients.
func (s *Storage) Close() {
	if s.Configs != nil {
		s.Configs.producer.Close()
	}
	if s.Status != nil {
		s.Status.close()
	}
}

func prepare(ctx context.Context, config Config) error {
	return admin(config, func(a *kadm.Client) error {
		for _, topic := range []struct {
			name       string
			partitions int32
		}{{config.Configs, configPartitions}, {config.Offsets, offsetPartitions}, {config.Status, statusPartitions}} {
			if err := ensure(ctx, a, topic.name, topic.partitions, config.Replication); err != nil {
				return err
			}
		}
		return nil
	})
}

func admin(config Config, do func(*kadm.Client) error) error {
	client, err := kgo.NewClient(append(slices.Clone(config.Kafka), kgo.MetadataMinAge(50*time.Millisecond))...)
	if err != nil {
		return err
	}
	defer client.Close()
	return do(kadm.NewClient(client))
}

// ensure makes a compacted topic, or checks the one that is there: one that forgets by age would lose connectors.
func ensure(ctx context.Context, a *kadm.Client, topic string, partitions int32, replication int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	there, err := a.ListTopicsWithInternal(ctx, topic)
	if err != nil {
		return fmt.Errorf("ask for topic %s: %w", topic, err)
	}
	if there.Has(topic) {
		return check(ctx, a, topic, partitions, len(there[topic].Partitions))
	}
	if replication == 0 {
		brokers, err := a.ListBrokers(ctx)
		if err != nil {
			return fmt.Errorf("ask for the brokers: %w", err)
		}
		replication = min(3, len(brokers))
	}
	compact := "compact"
	_, err = a.CreateTopic(ctx, partitions, int16(replication), map[string]*string{"cleanup.policy": &compact}, topic)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("create topic %s: %w", topic, err)
	}
	return nil
}

func check(ctx context.Context, a *kadm.Client, topic string, want int32, partitions int) error {
	if want == 1 && partitions != 1 {
		return fmt.Errorf("%w: %s has %d partitions; the topic of configurations has one, or their order is lost", ErrTopic, topic, partitions)
	}
	configs, err := a.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return fmt.Errorf("ask for the configuration of topic %s: %w", topic, err)
	}
	for _, described := range configs {
		for _, c := range described.Configs {
			if c.Key == "cleanup.policy" && c.MaybeValue() != "compact" {
				return fmt.Errorf("%w: %s has cleanup.policy=%s, which would lose connectors in time; set it to compact", ErrTopic, topic, c.MaybeValue())
			}
		}
	}
	return nil
}

// readOn gives every committed record of a topic from where the last reading ended up to its present end, and waits for
// transactions that are open before that. next is advanced.
func readOn(ctx context.Context, kafka []kgo.Opt, topic string, next map[int32]int64, apply func(*kgo.Record)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ends, err := endOffsets(ctx, kafka, topic)
	if err != nil {
		return fmt.Errorf("read topic %s: %w", topic, err)
	}
	from := map[int32]kgo.Offset{}
	for partition, end := range ends {
		if next[partition] < end {
			from[partition] = kgo.NewOffset().At(next[partition])
		}
	}
	if len(from) == 0 {
		return nil
	}
	client, err := kgo.NewClient(append(slices.Clone(kafka),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.MetadataMinAge(50*time.Millisecond), kgo.FetchMaxWait(100*time.Millisecond))...)
	if err != nil {
		return err
	}
	defer client.Close()
	for behind(next, ends) {
		if err := poll(ctx, client, next, apply); err != nil {
			return fmt.Errorf("read topic %s: %w", topic, err)
		}
	}
	return nil
}

func poll(ctx context.Context, client *kgo.Client, next map[int32]int64, apply func(*kgo.Record)) error {
	fetches := client.PollFetches(ctx)
	if err := fetches.Err0(); err != nil {
		return err
	}
	var err error
	fetches.EachError(func(_ string, _ int32, e error) { err = errors.Join(err, e) })
	fetches.EachRecord(func(r *kgo.Record) {
		next[r.Partition] = r.Offset + 1
		if !r.Attrs.IsControl() {
			apply(r)
		}
	})
	return err
}

func behind(next, ends map[int32]int64) bool {
	for partition, end := range ends {
		if next[partition] < end {
			return true
		}
	}
	return false
}

func endOffsets(ctx context.Context, kafka []kgo.Opt, topic string) (map[int32]int64, error) {
	client, err := kgo.NewClient(append(slices.Clone(kafka), kgo.MetadataMinAge(50*time.Millisecond))...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	a := kadm.NewClient(client)
	ends := map[int32]int64{}
	starts, err := a.ListStartOffsets(ctx, topic)
	if err != nil {
		return nil, err
	}
	listed, err := a.ListEndOffsets(ctx, topic)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(starts.Error(), listed.Error()); err != nil {
		return nil, err
	}
	listed.Each(func(o kadm.ListedOffset) {
		if start, _ := starts.Lookup(topic, o.Partition); start.Offset < o.Offset {
			ends[o.Partition] = o.Offset
		}
	})
	return ends, nil
}
