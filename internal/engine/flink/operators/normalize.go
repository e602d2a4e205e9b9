package operators

import (
	"bytes"
	"io"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// normalize remembers the last row of each key: so an upsert gets its UpdateBefore, a delete the whole row that it
// deletes, and what comes twice is dropped (Flink's ChangelogNormalize). An UpdateBefore that the input brings is passed
// over, since the UpdateAfter that follows says it all.
type normalize struct {
	node   *plan.Normalize
	before bool
	ttl    expiry
	latestRows
}

func newNormalize(n *plan.Normalize, cfg stream.Config) *normalize {
	d := &normalize{node: n, before: n.Mode == plan.Retract, ttl: newExpiry(cfg.StateTTL), latestRows: newLatestRows(n.Keys, n.Input, n.Out)}
	d.log.codec = &d.codec
	return d
}

// Process compares rows with those that are remembered.
func (d *normalize) Process(_ int, b *rows.Batch, out stream.Output) error {
	d.keys.Encode(columnsAt(b.Cols, d.node.Keys), b.Len)
	d.prefetch(b.Len)
	for i := range b.Len {
		change := b.Change(i)
		switch {
		case change == rows.UpdateBefore:
			continue
		case change.Adds():
			d.put(b, i)
		default:
			d.remove(i)
		}
		if err := d.log.flush(emitAt, out); err != nil {
			return err
		}
	}
	return d.log.flush(1, out)
}

func (d *normalize) put(b *rows.Batch, i int) {
	slot, fresh := d.index.Put(d.keys, i)
	d.refs.Grow(d.index.Slots())
	if fresh || d.ttl.over(slot) {
		d.forget(slot)
	}
	d.row = d.codec.Append(d.row[:0], b.Cols, i)
	d.ttl.write(slot)
	switch before := d.get(slot); {
	case before == nil:
		d.log.give(rows.Insert, d.row)
	case !d.ttl.on() && bytes.Equal(before, d.row):
		return
	default:
		if d.before {
			d.log.give(rows.UpdateBefore, before)
		}
		d.log.give(rows.UpdateAfter, d.row)
	}
	d.set(slot)
}

func (d *normalize) remove(i int) {
	slot := d.index.Find(d.keys, i)
	if slot < 0 {
		return
	}
	if !d.ttl.over(slot) {
		d.log.give(rows.Delete, d.get(slot))
	}
	d.drop(slot)
}

func (d *normalize) drop(slot int32) {
	d.forget(slot)
	d.index.Delete(slot)
}

// Advance does nothing.
func (d *normalize) Advance(int64, stream.Output) error { return nil }

// Tick lets keys expire.
func (d *normalize) Tick(now time.Time, _ stream.Output) error {
	d.ttl.sweep(now, d.index, d.drop)
	return nil
}

// Save writes the remembered rows.
func (d *normalize) Save(w io.Writer) error {
	s := state.NewSaver(w, "Normalize")
	d.save(s, &d.ttl)
	return s.Close()
}

// Load reads what Save wrote.
func (d *normalize) Load(r io.Reader) error {
	l := state.NewLoader(r, "Normalize")
	d.load(l, &d.ttl)
	return l.Err()
}
