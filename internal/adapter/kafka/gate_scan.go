package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/gate"
)

// Scan gives the committed records of a topic.
func (g *Gates) Scan(ctx context.Context, topic addrs.Topic, each func(gate.Record) error) error {
	starts, ends, err := g.bounds(ctx, topic)
	if err != nil {
		return err
	}
	return g.scan(ctx, starts, ends, each)
}

// ScanFrom gives the committed records of some partitions, from an offset on.
func (g *Gates) ScanFrom(ctx context.Context, topic addrs.Topic, from map[int32]int64, each func(gate.Record) error) (map[int32]int64, error) {
	starts, ends, err := g.bounds(ctx, topic)
	if err != nil {
		return nil, err
	}
	begin, chosen := map[int32]int64{}, map[place]int64{}
	for at, start := range starts {
		begin[at.partition] = start
		if offset, wanted := from[at.partition]; wanted {
			chosen[at] = min(max(start, offset), ends[at])
		} else {
			delete(ends, at)
		}
	}
	return begin, g.scan(ctx, chosen, ends, each)
}

// bounds are where a topic's partitions begin, and where their committed records end.
func (g *Gates) bounds(ctx context.Context, topic addrs.Topic) (starts, ends map[place]int64, err error) {
	client, err := kgo.NewClient(g.options...)
	if err != nil {
		return nil, nil, err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	first, err := admin.ListStartOffsets(ctx, string(topic))
	if err != nil {
		return nil, nil, err
	}
	last, err := admin.ListCommittedOffsets(ctx, string(topic))
	if err != nil {
		return nil, nil, err
	}
	starts, ends = map[place]int64{}, map[place]int64{}
	for _, end := range last.Offsets().Sorted() {
		at := place{end.Topic, end.Partition}
		start, _ := first.Lookup(end.Topic, end.Partition)
		starts[at], ends[at] = start.Offset, end.At
	}
	return starts, ends, errors.Join(first.Error(), last.Error())
}

// scan reads from starts to ends.
func (g *Gates) scan(ctx context.Context, starts, ends map[place]int64, each func(gate.Record) error) error {
	if drained(starts, ends) {
		return nil
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt{}, g.options...), kgo.ConsumePartitions(consumed(starts)),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(200*time.Millisecond))...)
	if err != nil {
		return err
	}
	defer client.Close()
	for !drained(starts, ends) {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		for r := range fetches.RecordsAll() {
			at := place{r.Topic, r.Partition}
			if r.Offset >= ends[at] {
				continue
			}
			starts[at] = r.Offset + 1
			if r.Attrs.IsControl() {
				continue
			}
			if err := each(gateRecord(r)); err != nil {
				return err
			}
		}
	}
	return nil
}
