package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/records"
)

// Records writes and reads records of topics.
type Records struct {
	client  *kgo.Client
	options []kgo.Opt
}

var _ records.Log = (*Records)(nil)

// NewRecords writes through a client that the caller keeps, and reads through its own, made with the options.
func NewRecords(client *kgo.Client, options []kgo.Opt) *Records {
	return &Records{client: client, options: options}
}

// Append writes a record once, acknowledged by all in-sync replicas (KIP-98: idempotent producer).
func (r *Records) Append(ctx context.Context, raw records.Raw, done func(records.Raw, error)) {
	record := &kgo.Record{Topic: string(raw.Topic), Key: raw.Key, Value: raw.Value, Timestamp: raw.Time}
	r.client.Produce(ctx, record, func(placed *kgo.Record, err error) {
		raw.Partition, raw.Offset = placed.Partition, placed.Offset
		done(raw, err)
	})
}

// Read gives the committed records of topics.
func (r *Records) Read(ctx context.Context, from records.From, each func(records.Raw) error) error {
	starts, ends, err := r.bounds(ctx, from)
	if err != nil {
		return err
	}
	if !from.Follow && drained(starts, ends) {
		return nil
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt{}, r.options...),
		kgo.ConsumePartitions(consumed(starts)), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), kgo.FetchMaxWait(200*time.Millisecond), kgo.FetchMaxBytes(4<<20))...)
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return ended(err)
		}
		for record := range fetches.RecordsAll() {
			at := place{record.Topic, record.Partition}
			if !from.Follow && record.Offset >= ends[at] {
				continue
			}
			starts[at] = record.Offset + 1
			if err := deliver(record, each); err != nil {
				return err
			}
		}
		if !from.Follow && drained(starts, ends) {
			return nil
		}
	}
}

// deliver hands on a record that is no mark of a transaction.
func deliver(record *kgo.Record, each func(records.Raw) error) error {
	if record.Attrs.IsControl() {
		return nil
	}
	return each(raw(record))
}

// ended turns the end of the caller's context into no error: nobody reads any more.
func ended(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, kgo.ErrClientClosed) {
		return nil
	}
	return err
}

func raw(r *kgo.Record) records.Raw {
	return records.Raw{Topic: addrs.Topic(r.Topic), Partition: r.Partition, Offset: r.Offset, Time: r.Timestamp, Key: r.Key, Value: r.Value}
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

// bounds gives the offsets to start from, and those at which a reading without follow ends.
func (r *Records) bounds(ctx context.Context, from records.From) (starts, ends map[place]int64, err error) {
	topics := make([]string, len(from.Topics))
	for i, topic := range from.Topics {
		topics[i] = string(topic)
	}
	admin := kadm.NewClient(r.client)
	first, err := admin.ListStartOffsets(ctx, topics...)
	if err != nil {
		return nil, nil, err
	}
	last, err := admin.ListCommittedOffsets(ctx, topics...)
	if err != nil {
		return nil, nil, err
	}
	starts, ends = map[place]int64{}, map[place]int64{}
	for _, listed := range last.Offsets().Sorted() {
		at := place{listed.Topic, listed.Partition}
		start, _ := first.Lookup(listed.Topic, listed.Partition)
		ends[at] = listed.At
		starts[at] = listed.At
		switch {
		case from.Earliest:
			starts[at] = start.Offset
		case from.Last > 0:
			starts[at] = max(start.Offset, listed.At-int64(from.Last))
		}
	}
	if len(ends) == 0 {
		return nil, nil, fmt.Errorf("the topics %v do not exist", topics)
	}
	return starts, ends, errors.Join(first.Error(), last.Error())
}

func drained(starts, ends map[place]int64) bool {
	for at, end := range ends {
		if starts[at] < end {
			return false
		}
	}
	return true
}

func consumed(starts map[place]int64) map[string]map[int32]kgo.Offset {
	partitions := map[string]map[int32]kgo.Offset{}
	for at, offset := range starts {
		if partitions[at.topic] == nil {
			partitions[at.topic] = map[int32]kgo.Offset{}
		}
		partitions[at.topic][at.partition] = kgo.NewOffset().At(offset)
	}
	return partitions
}
