package operators

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// newDeduplicate picks the operator that Flink picks: by time of events or of processing, the first row or the last,
// with or without changes.
func newDeduplicate(n *plan.Deduplicate, cfg stream.Config) stream.Operator {
	switch {
	case n.Windowed:
		return newWindowDeduplicate(n, cfg)
	case n.ProcTime && !n.Last:
		return newFirstSeen(n, cfg)
	case !n.ProcTime && !n.Last && n.Mode == plan.InsertOnly:
		return newFirstByTime(n, cfg)
	}
	return newDeduplication(n, cfg)
}

// deduplicate keeps one row of each partition and emits its updates.
type deduplicate struct {
	node *plan.Deduplicate
	ttl  expiry
	latestRows
	updates updates
}

// latestRows keeps one row by key: its length and its bytes.
type latestRows struct {
	keys  *state.Keys
	index *state.Index
	refs  state.Paged[state.Ref]
	slab  state.Slab
	codec state.Codec
	row   []byte
	log   changelog
	ahead []state.Ref
	seen  byte
}

func newLatestRows(key []int, in plan.Node, out rows.Schema) latestRows {
	types := typesAt(in.Schema(), key)
	return latestRows{keys: state.NewKeys(types), index: state.NewIndex(types), codec: state.NewCodec(typesOf(in.Schema())), log: newChangelog(typesOf(out), nil)}
}

// prefetch looks at the rows of a batch's keys all at once.
func (r *latestRows) prefetch(n int) {
	for _, slot := range r.index.Prefetch(r.keys, n) {
		if slot >= 0 {
			r.ahead = append(r.ahead, r.refs.Get(slot))
		}
	}
	for _, ref := range r.ahead {
		if ref != 0 {
			r.seen += r.slab.Bytes(ref)[0]
		}
	}
	r.ahead = r.ahead[:0]
}

func (r *latestRows) get(slot int32) []byte {
	ref := r.refs.Get(slot)
	if ref == 0 {
		return nil
	}
	block := r.slab.Bytes(ref)
	return block[4 : 4+binary.LittleEndian.Uint32(block)]
}

// set keeps the row at hand, in place of another.
func (r *latestRows) set(slot int32) { copy(r.room(slot, len(r.row)), r.row) }

// keep keeps row i of columns, in place of another.
func (r *latestRows) keep(slot int32, cols []*rows.Column, i int) {
	r.codec.Append(r.room(slot, r.codec.Size(cols, i))[:0], cols, i)
}

// room gives the bytes of a new row of a key.
func (r *latestRows) room(slot int32, n int) []byte {
	ref := r.refs.Get(slot)
	if ref == 0 || len(r.slab.Bytes(ref)) < 4+n {
		r.forget(slot)
		ref = r.slab.Alloc(4 + n)
		r.refs.Set(slot, ref)
	}
	block := r.slab.Bytes(ref)
	binary.LittleEndian.PutUint32(block, uint32(n))
	return block[4 : 4+n]
}

func (r *latestRows) forget(slot int32) {
	if ref := r.refs.Get(slot); ref != 0 {
		r.slab.Free(ref)
		r.refs.Set(slot, 0)
	}
}

func (r *latestRows) save(s *state.Saver, ttl *expiry) {
	slots := slices.Collect(r.index.All())
	r.index.Save(s)
	ttl.save(s, slots)
	for _, slot := range slots {
		s.Bytes(r.get(slot))
	}
}

func (r *latestRows) load(l *state.Loader, ttl *expiry) {
	r.index.Load(l)
	r.refs.Grow(r.index.Slots())
	slots := slices.Collect(r.index.Loaded())
	ttl.load(l, slots)
	for _, slot := range slots {
		if r.row = append(r.row[:0], l.Bytes()...); len(r.row) > 0 {
			r.set(slot)
		}
	}
}

func newDeduplication(n *plan.Deduplicate, cfg stream.Config) *deduplicate {
	d := &deduplicate{node: n, ttl: newExpiry(cfg.StateTTL), latestRows: newLatestRows(n.Partition, n.Input, n.Out)}
	if !n.ProcTime { // the time is found at the beginning of a kept row
		d.codec = state.NewKeyedCodec(typesOf(n.Input.Schema()), []int{n.Time})
	}
	d.updates = updates{codec: &d.codec, kept: state.NewWriter(typesOf(n.Input.Schema()))}
	return d
}

// Process compares rows with those of their partitions.
func (d *deduplicate) Process(_ int, b *rows.Batch, out stream.Output) error {
	d.keys.Encode(columnsAt(b.Cols, d.node.Partition), b.Len)
	d.prefetch(b.Len)
	for i := range b.Len {
		if !d.node.ProcTime && b.Cols[d.node.Time].Null(i) {
			return errNoRowTime
		}
		slot, fresh := d.index.Put(d.keys, i)
		d.refs.Grow(d.index.Slots())
		if fresh || d.ttl.over(slot) {
			d.forget(slot)
		}
		before := d.get(slot)
		if before != nil && !d.node.ProcTime && !d.better(before, b.Cols[d.node.Time].Ints[i]) {
			continue
		}
		d.ttl.write(slot)
		if d.emit(before, b, i) {
			d.keep(slot, b.Cols, i)
		}
	}
	return d.updates.emit(b, out)
}

// better reports whether a row of this time replaces another: a later one, or of the same time, is last.
func (d *deduplicate) better(before []byte, at int64) bool {
	have := state.FirstInt(before)
	if d.node.Last {
		return have <= at
	}
	return at < have
}

// emit gives a row in place of another. The same row again is silent by processing time, unless state expires: then it
// reports false.
func (d *deduplicate) emit(before []byte, b *rows.Batch, i int) bool {
	if before == nil {
		d.updates.give(rows.Insert, i)
		return true
	}
	if d.node.ProcTime && !d.ttl.on() {
		d.row = d.codec.Append(d.row[:0], b.Cols, i)
		if bytes.Equal(before, d.row) {
			return false
		}
	}
	if d.node.Before {
		d.updates.giveKept(rows.UpdateBefore, before)
	}
	d.updates.give(rows.UpdateAfter, i)
	return true
}

// Advance does nothing: each row is emitted as it comes.
func (d *deduplicate) Advance(int64, stream.Output) error { return nil }

// Tick lets partitions expire.
func (d *deduplicate) Tick(now time.Time, _ stream.Output) error {
	d.ttl.sweep(now, d.index, func(slot int32) {
		d.forget(slot)
		d.index.Delete(slot)
	})
	return nil
}

// Save writes the kept rows.
func (d *deduplicate) Save(w io.Writer) error {
	s := state.NewSaver(w, "Deduplicate")
	d.save(s, &d.ttl)
	return s.Close()
}

// Load reads what Save wrote.
func (d *deduplicate) Load(r io.Reader) error {
	l := state.NewLoader(r, "Deduplicate")
	d.load(l, &d.ttl)
	return l.Err()
}
