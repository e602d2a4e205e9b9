package connectors

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// kafkaTransaction writes the output of all exactly-once sinks of a job, the positions of its sources and the number of
// the checkpoint in one Kafka transaction (KIP-98, KIP-447, KIP-890). The number is the metadata of the offsets that
// are committed for the source's group; without a source on the same brokers, of one that stands for the job.
type kafkaTransaction struct {
	set      *Set
	table    *kafkaTable // of the first sink: its brokers and its prefix
	client   *kgo.Client
	admin    *kadm.Client
	group    string
	sources  bool // the group is that of sources on the same brokers
	implicit bool // transaction.version 2: offsets join the transaction by themselves
	dirty    atomic.Bool
	noted    atomic.Int64 // the checkpoint that was committed last

	mu      sync.Mutex
	settled int64 // the last checkpoint that was committed or abandoned
	changed chan struct{}
}

// Transaction makes the one of a job's exactly-once Kafka sinks; without any, one that only notes for the groups how
// far the sources have come, where they have groups.
func (s *Set) Transaction(ctx context.Context, sinks []*plan.Sink) (stream.Transaction, error) {
	var first *kafkaTable
	for _, n := range sinks {
		k, err := exactlyOnce(n.Table)
		switch {
		case err != nil:
			return nil, fmt.Errorf("table %s: %w", n.Table.Name, err)
		case k == nil:
		case first == nil:
			first = k
		case k.properties["bootstrap.servers"] != first.properties["bootstrap.servers"]:
			return nil, fmt.Errorf("tables %s and %s are exactly-once on different brokers, which no transaction spans; write them by two jobs", first.table.Name, n.Table.Name)
		}
	}
	if first == nil {
		return s.notes(sinks), nil
	}
	t := &kafkaTransaction{set: s, table: first, changed: make(chan struct{})}
	t.group, t.sources = groupOf(sinks, first), true
	if t.group == "" {
		t.group, t.sources = first.prefix, false
	}
	if err := t.open(ctx); err != nil {
		return nil, fmt.Errorf("open the transaction %s: %w", t.id(), err)
	}
	s.tx = t
	return t, nil
}

func exactlyOnce(t *plan.Table) (*kafkaTable, error) {
	switch t.Options["connector"] {
	case "kafka", "upsert-kafka":
	default:
		return nil, nil
	}
	k, err := parseKafka(t)
	if err != nil || k.guarantee != "exactly-once" {
		return nil, err
	}
	return k, nil
}

// groupOf is the group of the first Kafka source on the same brokers.
func groupOf(sinks []*plan.Sink, of *kafkaTable) string {
	group := ""
	seen := map[plan.Node]bool{}
	var walk func(plan.Node)
	walk = func(n plan.Node) {
		if seen[n] || group != "" {
			return
		}
		seen[n] = true
		if scan, ok := n.(*plan.Scan); ok && strings.HasSuffix(scan.Table.Options["connector"], "kafka") {
			if scan.Table.Options["properties.bootstrap.servers"] == of.properties["bootstrap.servers"] {
				group = scan.Table.Options["properties.group.id"]
			}
		}
		for _, in := range n.Inputs() {
			walk(in)
		}
	}
	for _, s := range sinks {
		walk(s)
	}
	return group
}

func (t *kafkaTransaction) id() string { return t.table.prefix }

// open takes the transactional id over from whoever had it: what they left open is aborted, what they were committing
// is completed.
func (t *kafkaTransaction) open(ctx context.Context) (err error) {
	if t.admin, err = t.set.admin(t.table); err != nil {
		return err
	}
	if t.implicit, err = joinsByThemselves(ctx, t.admin); err != nil {
		return err
	}
	opts, err := t.table.producerOptions()
	if err != nil {
		return err
	}
	timeout, err := t.table.whole("transaction.timeout.ms", 15*60*1000)
	if err != nil {
		return err
	}
	versions := kversion.Stable()
	highest := int16(4)
	if t.implicit {
		highest = 5
	}
	versions.SetMaxKeyVersion(28, highest) // TxnOffsetCommit: 6 would want topics by id
	opts = append(opts, kgo.TransactionalID(t.id()), kgo.TransactionTimeout(time.Duration(timeout)*time.Millisecond), kgo.MaxVersions(versions),
		kgo.ConcurrentTransactionsBackoff(2*time.Millisecond))
	if t.client, err = kgo.NewClient(opts...); err != nil {
		return err
	}
	if _, _, err := t.client.ProducerID(ctx); err != nil {
		t.client.Close()
		return err
	}
	return t.client.BeginTransaction()
}

func joinsByThemselves(ctx context.Context, admin *kadm.Client) (bool, error) {
	versions, err := admin.ApiVersions(ctx)
	if err != nil {
		return false, err
	}
	for _, v := range versions {
		if level, ok := level(v, "transaction.version"); ok {
			return level >= 2, nil
		}
	}
	return false, nil
}

func level(v kadm.BrokerApiVersions, feature string) (int16, bool) {
	raw := v.Raw()
	if raw == nil {
		return 0, false
	}
	for _, f := range raw.FinalizedFeatures {
		if f.Name == feature {
			return f.MaxVersionLevel, true
		}
	}
	return 0, false
}

// Last reads the number of the last committed checkpoint back.
func (t *kafkaTransaction) Last(ctx context.Context) (int64, error) {
	offsets, err := t.admin.FetchOffsets(kadm.RequireStable(ctx), t.group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return 0, err
	}
	last := int64(0)
	offsets.Each(func(o kadm.OffsetResponse) {
		if n, ok := t.numberIn(o.Metadata); ok {
			last = max(last, n)
		}
	})
	t.settled = last
	t.noted.Store(last)
	return last, nil
}

// note is the metadata of an offset: the job and the checkpoint.
func (t *kafkaTransaction) note(checkpoint int64) string {
	return fmt.Sprintf("weft %s %d", t.set.config.Job, checkpoint)
}

func (t *kafkaTransaction) numberIn(note string) (int64, bool) {
	text, ok := strings.CutPrefix(note, "weft "+t.set.config.Job+" ")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// Commit commits what was written, the positions and the number, all or nothing.
func (t *kafkaTransaction) Commit(ctx context.Context, checkpoint int64) error {
	offsets := t.offsets(checkpoint)
	if !t.dirty.Swap(false) {
		// Nothing was written, so there is nothing that the positions have to be tied to.
		answers, err := t.admin.CommitOffsets(ctx, t.group, offsets)
		if err == nil {
			err = answers.Error()
		}
		if err != nil {
			return err
		}
		t.settle(checkpoint)
		return nil
	}
	if err := t.addOffsets(ctx, offsets); err != nil {
		return err
	}
	if err := t.client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return err
	}
	if err := t.client.BeginTransaction(); err != nil {
		return err
	}
	t.settle(checkpoint)
	return nil
}

// offsets are the positions of the sources, each with the checkpoint's number.
func (t *kafkaTransaction) offsets(checkpoint int64) kadm.Offsets {
	offsets := kadm.Offsets{}
	if t.sources {
		t.set.positionsOf(t.group, func(p topicPartition, next int64) {
			offsets.Add(kadm.Offset{Topic: p.topic, Partition: p.partition, At: next, LeaderEpoch: -1, Metadata: t.note(checkpoint)})
		})
	}
	if len(offsets) == 0 {
		offsets.Add(kadm.Offset{Topic: t.table.topics[0], Partition: 0, At: checkpoint, LeaderEpoch: -1, Metadata: t.note(checkpoint)})
	}
	return offsets
}

func (t *kafkaTransaction) addOffsets(ctx context.Context, offsets kadm.Offsets) error {
	id, epoch, err := t.client.ProducerID(ctx)
	if err != nil {
		return err
	}
	if !t.implicit {
		add := kmsg.NewPtrAddOffsetsToTxnRequest()
		add.TransactionalID, add.ProducerID, add.ProducerEpoch, add.Group = t.id(), id, epoch, t.group
		answer, err := add.RequestWith(ctx, t.client)
		if err != nil {
			return err
		}
		if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
			return err
		}
	}
	commit := kmsg.NewPtrTxnOffsetCommitRequest()
	commit.TransactionalID, commit.ProducerID, commit.ProducerEpoch, commit.Group, commit.Generation = t.id(), id, epoch, t.group, -1
	for topic, partitions := range offsets {
		of := kmsg.NewTxnOffsetCommitRequestTopic()
		of.Topic = topic
		for _, o := range partitions {
			p := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			p.Partition, p.Offset, p.LeaderEpoch, p.Metadata = o.Partition, o.At, o.LeaderEpoch, kmsg.StringPtr(o.Metadata)
			of.Partitions = append(of.Partitions, p)
		}
		commit.Topics = append(commit.Topics, of)
	}
	return t.sendOffsets(ctx, commit)
}

func (t *kafkaTransaction) sendOffsets(ctx context.Context, commit *kmsg.TxnOffsetCommitRequest) error {
	answer, err := commit.RequestWith(ctx, t.client)
	if err != nil {
		return err
	}
	for _, topic := range answer.Topics {
		for _, p := range topic.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return fmt.Errorf("offset of partition %d of topic %s: %w", p.Partition, topic.Topic, err)
			}
		}
	}
	return nil
}

// settle lets the sinks write again that wait for a checkpoint.
func (t *kafkaTransaction) settle(checkpoint int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settled = max(t.settled, checkpoint)
	close(t.changed)
	t.changed = make(chan struct{})
}

// Abandon leaves what was written to the next checkpoint.
func (t *kafkaTransaction) Abandon(checkpoint int64) { t.settle(checkpoint) }

// wait returns once a checkpoint is settled.
func (t *kafkaTransaction) wait(ctx context.Context, checkpoint int64) error {
	for {
		t.mu.Lock()
		settled, changed := t.settled >= checkpoint, t.changed
		t.mu.Unlock()
		if settled {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close aborts what was not committed, so that readers need not wait until it times out.
func (t *kafkaTransaction) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	defer t.client.Close()
	if err := t.client.AbortBufferedRecords(ctx); err != nil {
		return err
	}
	err := t.client.EndTransaction(ctx, kgo.TryAbort)
	if errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.ProducerFenced) {
		return nil // another run has taken over
	}
	return err
}
