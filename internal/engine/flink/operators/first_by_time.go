package operators

import (
	"io"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// firstByTime keeps the earliest row of each partition until the watermark says that no earlier one can come, and emits
// it, once and for all (Flink's RowTimeDeduplicateKeepFirstRowFunction). A key without a row was emitted.
type firstByTime struct {
	node *plan.Deduplicate
	ttl  expiry
	late func(int)
	now  int64
	latestRows
	timers state.Timers
}

func newFirstByTime(n *plan.Deduplicate, cfg stream.Config) *firstByTime {
	f := &firstByTime{node: n, ttl: newExpiry(cfg.StateTTL), late: cfg.Late, now: stream.MinWatermark, latestRows: newLatestRows(n.Partition, n.Input, n.Out)}
	f.codec = state.NewKeyedCodec(typesOf(n.Input.Schema()), []int{n.Time})
	f.log.codec = &f.codec
	return f
}

// Process keeps rows that are earlier than those of their partitions.
func (f *firstByTime) Process(_ int, b *rows.Batch, _ stream.Output) error {
	f.keys.Encode(columnsAt(b.Cols, f.node.Partition), b.Len)
	times, dropped := b.Cols[f.node.Time], 0
	for i := range b.Len {
		if times.Null(i) {
			return errNoRowTime
		}
		at := millis(times, i)
		if at < f.now {
			dropped++
			continue
		}
		slot, fresh := f.index.Put(f.keys, i)
		f.refs.Grow(f.index.Slots())
		waiting := f.get(slot)
		emitted := !fresh && waiting == nil && !f.ttl.over(slot)
		if emitted || waiting != nil && at >= f.timeOf(waiting) {
			continue
		}
		f.row = f.codec.Append(f.row[:0], b.Cols, i)
		f.set(slot)
		f.ttl.write(slot)
		f.timers.Add(at, slot)
	}
	if dropped > 0 {
		f.late(dropped)
	}
	return nil
}

func (f *firstByTime) timeOf(row []byte) int64 {
	return floorMillis(state.FirstInt(row))
}

// Advance emits the rows of the time up to the watermark.
func (f *firstByTime) Advance(watermark int64, out stream.Output) error {
	f.now = max(f.now, watermark)
	for {
		at, slot, due := f.timers.Pop(watermark)
		if !due {
			return f.log.flush(1, out)
		}
		row := f.get(slot)
		if row == nil || f.timeOf(row) != at {
			continue // an earlier row came after all
		}
		f.log.give(rows.Insert, row)
		f.forget(slot)
		f.ttl.write(slot)
		if err := f.log.flush(emitAt, out); err != nil {
			return err
		}
	}
}

// Tick lets partitions whose row was emitted expire.
func (f *firstByTime) Tick(now time.Time, _ stream.Output) error {
	f.ttl.sweep(now, f.index, func(slot int32) {
		if f.get(slot) == nil {
			f.index.Delete(slot)
		}
	})
	return nil
}

// Save writes the rows that wait and the keys of those that do not.
func (f *firstByTime) Save(w io.Writer) error {
	s := state.NewSaver(w, "FirstByTime")
	s.Int(f.now)
	f.save(s, &f.ttl)
	f.timers.Save(s, f.index, func(at int64, slot int32, _ uint64) bool {
		row := f.get(slot)
		return row != nil && f.timeOf(row) == at
	})
	return s.Close()
}

// Load reads what Save wrote.
func (f *firstByTime) Load(r io.Reader) error {
	l := state.NewLoader(r, "FirstByTime")
	f.now = max(f.now, l.Int())
	f.load(l, &f.ttl)
	f.timers.Load(l, f.index, func(int64, int32, uint64) {})
	return l.Err()
}
