package postgres

import (
	"context"
	"encoding/json"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// batchBytes is about how large a batch becomes before it is handed on.
const batchBytes = 512 << 10

// batch is records, and the memory in which they lie.
type batch struct {
	records []data.Record
	bytes   []byte
	offset  []byte
}

// batches hands batches to the sink from a goroutine of its own, so that one is filled while another is taken. There are
// three: one is being filled, one waits, one is with the sink; put waits when they are all under way.
type batches struct {
	partition json.RawMessage
	most      int
	now       *batch
	free      chan *batch
	full      chan *batch
	failed    chan struct{} // closed once the sink has refused a batch
	err       error         // why, after failed is closed
}

func newBatches(partition json.RawMessage, most int) *batches {
	b := &batches{
		partition: partition, most: most,
		free: make(chan *batch, 3), full: make(chan *batch, 1), failed: make(chan struct{}),
	}
	for range 2 {
		b.free <- &batch{}
	}
	b.now = &batch{}
	return b
}

// deliver runs until the batches end or the sink refuses one.
func (b *batches) deliver(ctx context.Context, sink source.Sink) error {
	for full := range b.full {
		err := sink.Put(ctx, source.Batch{Records: full.records, Partition: b.partition, Offset: full.offset})
		if err != nil {
			b.err = err
			close(b.failed)
			return err
		}
		clear(full.records)
		if cap(full.bytes) > 4*batchBytes {
			full.bytes = nil // it grew for one large row
		}
		full.records, full.bytes = full.records[:0], full.bytes[:0]
		b.free <- full
	}
	return nil
}

// end tells deliver that there is nothing more.
func (b *batches) end() { close(b.full) }

// crowded tells whether the batch is as large as it should become.
func (b *batches) crowded() bool {
	return len(b.now.bytes) >= batchBytes || len(b.now.records) >= b.most
}

// empty tells whether there is nothing to hand on.
func (b *batches) empty() bool { return len(b.now.records) == 0 }

// put hands the batch on with the position after it.
func (b *batches) put(ctx context.Context, p *position) error {
	b.now.offset = p.append(b.now.offset[:0])
	select {
	case b.full <- b.now:
	case <-b.failed:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case b.now = <-b.free:
		return nil
	case <-b.failed:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pack appends to the batch's memory, and returns what was appended.
func (b *batches) pack(appendTo func(into []byte) ([]byte, error)) ([]byte, error) {
	start := len(b.now.bytes)
	packed, err := appendTo(b.now.bytes)
	if err != nil {
		return nil, err
	}
	b.now.bytes = packed
	return packed[start:len(packed):len(packed)], nil
}

func (b *batches) add(r data.Record) { b.now.records = append(b.now.records, r) }
