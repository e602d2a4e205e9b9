package operators

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// rank keeps the first rows of each partition in an order. How it goes on depends on what the input may do, as in Flink:
// rows that are only added, updates of rows by key that only move up, or any change.
type rank struct {
	node    *plan.Rank
	numbers bool // changes are told by rank: it is shown, or the first rows are left out
	key     int  // columns of the key of updates, which come first in kept rows; 0 if there are none
	handle  func(list *state.List, b *rows.Batch, i int)
	keys    *state.Keys
	index   *state.Index
	lists   state.Paged[state.List]
	kept    sortedRows
	log     gathered
	batch   *rows.Batch // and the row at hand
	at      int
	old     state.Ref // a row that was replaced, until it is dropped
	ttl     expiry
}

func newRank(n *plan.Rank, cfg stream.Config) *rank {
	schema := n.Input.Schema()
	partition := typesAt(schema, n.Partition)
	r := &rank{
		node: n, numbers: n.Number || n.From > 1, keys: state.NewKeys(partition), index: state.NewIndex(partition), ttl: newExpiry(cfg.StateTTL),
	}
	r.kept.order = n.Order
	r.kept.codec = state.NewCodec(typesOf(schema))
	in := n.Input.Properties()
	switch {
	case n.From == 1 && n.To == 1 && in.Mode != plan.Retract:
		r.handle = r.best
	case in.Mode == plan.InsertOnly:
		r.handle = r.appended
	case in.Mode == plan.Upsert && len(in.Keys) > 0:
		r.key = len(in.Keys[0])
		r.kept.codec = state.NewKeyedCodec(typesOf(schema), in.Keys[0])
		r.handle = r.updated
	default:
		r.handle = r.retracted
	}
	r.log = gathered{codec: &r.kept.codec, rows: state.NewWriter(typesOf(schema))}
	return r
}

// Process brings rows into the order of their partitions.
func (r *rank) Process(_ int, b *rows.Batch, out stream.Output) error {
	r.keys.Encode(columnsAt(b.Cols, r.node.Partition), b.Len)
	r.index.Prefetch(r.keys, b.Len)
	for i := range b.Len {
		slot, fresh := r.index.Put(r.keys, i)
		if fresh {
			r.lists.Grow(r.index.Slots())
		}
		list := r.lists.At(slot)
		if !fresh && r.ttl.over(slot) {
			r.kept.clear(list)
		}
		r.ttl.write(slot)
		r.kept.read(b, i)
		r.batch, r.at, r.kept.last = b, i, 0
		r.handle(list, b, i)
		if list.Len() == 0 {
			r.index.Delete(slot)
		}
		if err := r.flush(emitAt, out); err != nil {
			return err
		}
	}
	return r.flush(1, out)
}

func (r *rank) flush(atLeast int, out stream.Output) error {
	if !r.node.Number {
		return r.log.flush(atLeast, nil, out)
	}
	return r.log.flush(atLeast, &r.node.Out[len(r.node.Out)-1].Type, out)
}

// give emits a kept row at a rank, if that is shown.
func (r *rank) give(change rows.Change, ref state.Ref, at int) {
	if change == rows.UpdateBefore && !r.node.Before {
		return
	}
	if int64(at) < r.node.From || int64(at) > r.node.To {
		return
	}
	if r.node.Number {
		r.log.numbers = append(r.log.numbers, int64(at))
	}
	r.log.sel, r.log.changes = append(r.log.sel, r.read(ref)), append(r.log.changes, change)
}

// read gives the number of a kept row among those that are gathered. The row at hand is taken from its batch.
func (r *rank) read(ref state.Ref) int32 {
	number := r.kept.number(ref)
	if have := binary.LittleEndian.Uint32(number); r.log.has(have, ref) {
		return int32(have)
	}
	if ref == r.kept.last {
		r.log.rows.AppendFrom(r.batch.Cols, r.at)
	} else {
		r.log.rows.AppendRow(r.log.codec, r.kept.rowOf(ref))
	}
	row := r.log.reads(ref)
	binary.LittleEndian.PutUint32(number, row)
	return int32(row)
}

// size is how many rows are in the ranks, at most.
func (r *rank) size() int { return int(min(r.node.To, math.MaxInt32)) }

// full reports whether a list is full and the row at hand not better than its last.
func (r *rank) full(all []state.Ref) bool {
	return len(all) >= r.size() && r.kept.after(all) == len(all)
}

// best keeps one row: a better one updates it (Flink's FastTop1Function).
func (r *rank) best(list *state.List, b *rows.Batch, i int) {
	all := list.All(&r.kept.slab)
	if !b.Change(i).Adds() || r.full(all) {
		return
	}
	r.kept.readRow(b, i)
	r.kept.insert(list)
	all = list.All(&r.kept.slab)
	if len(all) == 1 {
		r.give(rows.Insert, all[0], 1)
		return
	}
	r.give(rows.UpdateBefore, all[1], 1)
	r.give(rows.UpdateAfter, all[0], 1)
	r.kept.remove(list, 1)
}

// appended keeps no more rows than there are ranks (AppendOnlyTopNFunction).
func (r *rank) appended(list *state.List, b *rows.Batch, i int) {
	if r.full(list.All(&r.kept.slab)) {
		return
	}
	r.kept.readRow(b, i)
	r.entered(list, r.kept.insert(list))
	if list.Len() > r.size() {
		r.kept.remove(list, list.Len()-1)
	}
}

// entered emits what a row that was put into its place changes.
func (r *rank) entered(list *state.List, at int) {
	all := list.All(&r.kept.slab)
	size, last := r.size(), len(all)-1
	switch {
	case at >= size:
	case r.numbers:
		for rank := at + 1; rank <= min(last, size); rank++ {
			r.give(rows.UpdateBefore, all[rank], rank)
			r.give(rows.UpdateAfter, all[rank-1], rank)
		}
		if last < size {
			r.give(rows.Insert, all[last], last+1)
		}
	default:
		if last >= size {
			r.give(rows.Delete, all[size], 1)
		}
		r.give(rows.Insert, all[at], 1)
	}
}

// retracted keeps all rows, since those in front may be taken back (RetractableTopNFunction).
func (r *rank) retracted(list *state.List, b *rows.Batch, i int) {
	r.kept.readRow(b, i)
	if b.Change(i).Adds() {
		r.entered(list, r.kept.insert(list))
		return
	}
	if at := r.kept.find(list.All(&r.kept.slab)); at >= 0 {
		r.left(list, at)
	}
}

// left takes a row out, and emits what that changes.
func (r *rank) left(list *state.List, at int) {
	all := list.All(&r.kept.slab)
	size, n := r.size(), len(all)
	switch {
	case at >= size:
	case r.numbers:
		for rank := at + 1; rank <= min(n-1, size); rank++ {
			r.give(rows.UpdateBefore, all[rank-1], rank)
			r.give(rows.UpdateAfter, all[rank], rank)
		}
		if n <= size {
			r.give(rows.Delete, all[n-1], n)
		}
	default:
		r.give(rows.Delete, all[at], 1)
		if n > size {
			r.give(rows.Insert, all[size], 1)
		}
	}
	r.kept.remove(list, at)
}

// updated finds the row that is updated by its key (UpdatableTopNFunction).
func (r *rank) updated(list *state.List, b *rows.Batch, i int) {
	r.kept.readRow(b, i)
	old := r.kept.findKey(list.All(&r.kept.slab), r.key)
	switch {
	case !b.Change(i).Adds():
		if old >= 0 {
			r.left(list, old)
		}
	case old < 0:
		r.appended(list, b, i)
	case r.numbers:
		r.moved(list, old)
	default:
		all := list.All(&r.kept.slab)
		r.give(rows.UpdateBefore, all[old], 1)
		at := r.replace(list, old)
		r.give(rows.UpdateAfter, list.All(&r.kept.slab)[at], 1)
		r.drop()
	}
}

// replace puts the row at hand in place of an old one, which stays readable until drop; it gives its new place.
func (r *rank) replace(list *state.List, old int) int {
	all := list.All(&r.kept.slab)
	r.old = all[old]
	same := string(r.kept.sortOf(r.old)) == string(r.kept.sort)
	if same {
		all[old] = r.kept.keep()
		return old
	}
	list.Remove(&r.kept.slab, old)
	return r.kept.insert(list)
}

func (r *rank) drop() { r.kept.slab.Free(r.old) }

// moved emits the ranks between the old and the new place of a row.
func (r *rank) moved(list *state.List, old int) {
	at := r.replace(list, old)
	defer r.drop()
	all := list.All(&r.kept.slab)
	if at > old {
		r.give(rows.UpdateBefore, r.old, old+1)
		for rank := old + 1; rank <= at; rank++ {
			r.give(rows.UpdateBefore, all[rank-1], rank+1)
			r.give(rows.UpdateAfter, all[rank-1], rank)
		}
		r.give(rows.UpdateAfter, all[at], at+1)
		return
	}
	for place := at; place < old; place++ {
		r.give(rows.UpdateBefore, all[place+1], place+1)
		if place == at {
			r.give(rows.UpdateBefore, r.old, old+1)
		}
		r.give(rows.UpdateAfter, all[place], place+1)
	}
	if at == old {
		r.give(rows.UpdateBefore, r.old, old+1)
	}
	r.give(rows.UpdateAfter, all[old], old+1)
}

// Advance does nothing: the order is of values alone.
func (r *rank) Advance(int64, stream.Output) error { return nil }

// Tick lets partitions expire.
func (r *rank) Tick(now time.Time, _ stream.Output) error {
	r.ttl.sweep(now, r.index, func(slot int32) {
		r.kept.clear(r.lists.At(slot))
		r.index.Delete(slot)
	})
	return nil
}
