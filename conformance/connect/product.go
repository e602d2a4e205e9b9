package connect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Latest reads a topic of Confluent's Avro, read committed, from its beginning to its end, and gives the value that each key
// had last; keys whose last record is a tombstone are not there. Keys are as their bytes, values as JSON has them.
func Latest(ctx context.Context, bootstrap, registry, topic string) (rows []map[string]any, records int, err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords(), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		return nil, 0, err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("the ends of %s: %w", topic, err)
	}
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	r, newest := newReader(registry), map[string]map[string]any{}
	var failed error
	for len(left) > 0 && ctx.Err() == nil && failed == nil {
		client.PollFetches(ctx).EachRecord(func(k *kgo.Record) {
			if !k.Attrs.IsControl() {
				records++
				failed = errors.Join(failed, r.keep(newest, k))
			}
			if k.Offset+1 >= left[k.Partition] {
				delete(left, k.Partition)
			}
		})
	}
	for _, row := range newest {
		rows = append(rows, row)
	}
	return rows, records, errors.Join(failed, ctx.Err())
}

func (r *reader) keep(newest map[string]map[string]any, k *kgo.Record) error {
	if k.Value == nil {
		delete(newest, string(k.Key))
		return nil
	}
	value, err := r.side(k.Value)
	if err != nil {
		return err
	}
	pair, _ := value.(map[string]any)
	row, is := pair["payload"].(map[string]any)
	if !is {
		return fmt.Errorf("%s[%d]: no row in %.200q", k.Topic, k.Offset, k.Value)
	}
	newest[string(k.Key)] = row
	return nil
}
