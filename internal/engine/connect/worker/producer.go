package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/settings"
	"github.com/weftmesh/weft/internal/engine/connect/storage"
)

// producer writes the groups of one task, each in a transaction of the connector's own name: whoever starts another task of
// that name fences this one.
type producer struct {
	client    *kgo.Client
	open      func() (*kgo.Client, error)
	store     *storage.Storage
	connector string
	offsets   string // the topic of offsets
	log       *slog.Logger
	keys      map[string][]byte // of its records, by partition of the source
	last      map[string]int64  // where the newest committed record of a key of these lies; -1: there is none
}

// transactionalID is that of Connect: GROUP-CONNECTOR-TASK (KIP-618).
func (w *Worker) transactionalID(connector string) string {
	return w.config.Group + "-" + connector + "-0"
}

// transactionTimeout is when the bus ends a transaction whose worker is gone, and readers go on.
const transactionTimeout = 60 * time.Second

func openProducer(w *Worker, connector string, set *settings.Settings, offsets string, log *slog.Logger) (*producer, error) {
	options := append(slices.Clone(w.config.Kafka),
		kgo.TransactionalID(w.transactionalID(connector)), kgo.TransactionTimeout(transactionTimeout),
		kgo.RecordPartitioner(partitioner{kgo.StickyKeyPartitioner(nil)}),
		kgo.ProducerBatchMaxBytes(int32(set.Producer.MaxRequest)), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(1<<30), kgo.ManualFlushing(), kgo.ProducerLinger(0),
		kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(10), kgo.MetadataMinAge(50*time.Millisecond))
	p := &producer{store: w.store, connector: connector, offsets: offsets, log: log, keys: map[string][]byte{}, last: map[string]int64{}}
	p.open = func() (*kgo.Client, error) { return kgo.NewClient(append(options, set.Producer.Options...)...) }
	var err error
	p.client, err = p.open()
	return p, err
}

func (p *producer) close() { p.client.Close() }

// fence ends the transactions of whoever had this producer's name, and shuts them out.
func (p *producer) fence(ctx context.Context) error {
	return patiently(ctx, p.log, "take over the connector's transactions", func() error {
		_, _, err := p.client.ProducerID(ctx)
		return err
	})
}

// commit writes a group: it returns once records and position are committed, whatever becomes of the bus meanwhile, or with
// an error when that will not be. (invariants 1 and 2)
func (p *producer) commit(ctx context.Context, g *group) error {
	key, err := p.key(ctx, g)
	if err != nil {
		return err
	}
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		at, err := p.attempt(ctx, key, g)
		if err == nil {
			p.last[string(key)] = at.at
			return nil
		}
		committed, lost := p.recover(ctx, key, at, err)
		switch {
		case lost != nil:
			return lost
		case committed:
			p.last[string(key)] = at.at
			return nil
		case final(err) || ctx.Err() != nil:
			return fmt.Errorf("the records of connector %s cannot be written: %w%s", p.connector, err, advice(err))
		}
		p.log.Warn("a transaction failed; trying again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// recover makes the producer usable again after an attempt that failed, and tells whether it was committed after all. It gives
// an error if the connector is another worker's by now: before it touches what is the other's.
func (p *producer) recover(ctx context.Context, key []byte, at place, cause error) (committed bool, err error) {
	err = patiently(ctx, p.log, "look who leads", func() error { return p.store.Configs.Lead(ctx) })
	if err != nil {
		return false, p.fenced(errors.Join(err, cause))
	}
	if err := p.end(ctx); err != nil {
		return false, fmt.Errorf("a transaction of connector %s cannot be ended: %w", p.connector, errors.Join(err, cause))
	}
	newest := int64(-1)
	err = patiently(ctx, p.log, "look whether a transaction was committed", func() error {
		newest, err = p.store.Offsets.At(ctx, p.offsets, key)
		return err
	})
	switch {
	case err != nil:
		return false, err
	case at.written && newest == at.at:
		return true, nil
	case newest != p.last[string(key)]:
		return false, p.fenced(errors.Join(errors.New("another position than its own is committed"), cause))
	}
	return false, nil
}

func (p *producer) fenced(cause error) error {
	return fmt.Errorf("another worker runs connector %s: this task was fenced: %w", p.connector, cause)
}

// end ends the transaction that is open. A producer that cannot be used any more is replaced, which ends it too.
func (p *producer) end(ctx context.Context) error {
	return patiently(ctx, p.log, "end a transaction", func() error {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		_ = p.client.AbortBufferedRecords(bounded) // what is left of them fails with the client
		if p.client.EndTransaction(bounded, kgo.TryAbort) == nil && p.usable(bounded) {
			return nil
		}
		fresh, err := p.open()
		if err != nil {
			return err
		}
		p.client.Close()
		p.client = fresh
		_, _, err = fresh.ProducerID(bounded)
		return err
	})
}

// usable tells whether a transaction can be begun: it begins and ends an empty one.
func (p *producer) usable(ctx context.Context) bool {
	return p.client.BeginTransaction() == nil && p.client.EndTransaction(ctx, kgo.TryAbort) == nil
}

// place is where the record of a position was written, before its transaction was ended.
type place struct {
	written bool
	at      int64
}

func (p *producer) attempt(ctx context.Context, key []byte, g *group) (place, error) {
	if err := p.client.BeginTransaction(); err != nil {
		return place{}, err
	}
	var at place
	var failed firstError
	records := g.produced()
	for i := range records {
		p.client.Produce(ctx, &records[i], failed.promise)
	}
	p.client.Produce(ctx, &kgo.Record{Topic: p.offsets, Partition: -1, Key: key, Value: g.offset}, func(r *kgo.Record, err error) {
		failed.promise(r, err)
		at = place{err == nil, r.Offset}
	})
	if err := p.client.Flush(ctx); err != nil {
		return place{}, err
	}
	if err := failed.get(); err != nil {
		return place{}, err
	}
	return at, p.client.EndTransaction(context.WithoutCancel(ctx), kgo.TryCommit)
}

// key is the key of a group's position. The first time it is asked for, it is found out what is committed under it.
func (p *producer) key(ctx context.Context, g *group) ([]byte, error) {
	if key, has := p.keys[string(g.partition)]; has {
		return key, nil
	}
	key, err := p.store.Offsets.Key(p.offsets, p.connector, g.partition)
	if err != nil {
		return nil, err
	}
	err = patiently(ctx, p.log, "read the offsets", func() error {
		newest, err := p.store.Offsets.At(ctx, p.offsets, key)
		p.last[string(key)] = newest
		return err
	})
	if err == nil {
		p.keys[string(g.partition)] = key
	}
	return key, err
}

// final tells of errors that come again with every try.
func final(err error) bool {
	for _, e := range []error{
		storage.ErrTopic, kerr.MessageTooLarge, kerr.RecordListTooLarge, kerr.InvalidRecord, kerr.TopicAuthorizationFailed, kerr.ClusterAuthorizationFailed,
		kerr.TransactionalIDAuthorizationFailed, kerr.UnknownTopicOrPartition, kerr.InvalidTopicException, kerr.PolicyViolation, kerr.SaslAuthenticationFailed,
		kerr.InvalidReplicationFactor, kerr.InvalidPartitions, kerr.InvalidConfig,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// advice says what to do, where that is known.
func advice(err error) string {
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return "; the topic is not there and the bus does not make it: make it, or set topic.creation.default.partitions and topic.creation.default.replication.factor"
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.RecordListTooLarge):
		return "; raise max.message.bytes of the topic to producer.override.max.request.size"
	}
	return ""
}

// ensure makes a topic that is not there, if the configuration says how.
func (p *producer) ensure(ctx context.Context, topic string, creation settings.Creation) error {
	rule, made := creation.For(topic)
	if !made {
		return nil
	}
	admin := kadm.NewClient(p.client)
	return patiently(ctx, p.log, "make topic "+topic, func() error {
		there, err := admin.ListTopicsWithInternal(ctx, topic)
		if err != nil || there.Has(topic) {
			return err
		}
		configs := map[string]*string{}
		for key, value := range rule.Config {
			configs[key] = &value
		}
		_, err = admin.CreateTopic(ctx, rule.Partitions, rule.ReplicationFactor, configs, topic)
		if err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
			p.log.Info("made a topic", "topic", topic)
			return nil
		}
		return fmt.Errorf("create topic %s: %w", topic, err)
	})
}

// firstError keeps the first error of a transaction's records.
type firstError struct{ err error }

// promise is called by one goroutine at a time, and before Flush returns.
func (f *firstError) promise(r *kgo.Record, err error) {
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("topic %s: %w", r.Topic, err)
	}
}

func (f *firstError) get() error { return f.err }

// partitioner takes the partition that a record names, and else that of Kafka's default partitioner.
type partitioner struct{ kgo.Partitioner }

func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return topicPartitioner{p.Partitioner.ForTopic(topic)}
}

type topicPartitioner struct{ kgo.TopicPartitioner }

func (p topicPartitioner) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition >= 0 || p.TopicPartitioner.RequiresConsistency(r)
}

func (p topicPartitioner) Partition(r *kgo.Record, n int) int {
	if r.Partition >= 0 {
		return int(r.Partition)
	}
	return p.TopicPartitioner.Partition(r, n)
}
