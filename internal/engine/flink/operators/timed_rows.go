package operators

import (
	"encoding/binary"
	"sort"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/rows"
)

// timedRows keeps rows with their times. A block holds the time, the change, marks, the row's length, and the row.
type timedRows struct {
	slab  state.Slab
	codec state.Codec
	lists state.Paged[state.List] // by key
	row   []byte
}

const (
	changeAt = 8
	markAt   = 9
	lengthOf = 12
	timedAt  = 16
)

// The marks of a row.
const (
	marked  = 1 << iota // it has met a row of the other side
	removed             // it is no longer kept, but its block is still there
)

func (t *timedRows) keep(at int64, change rows.Change, mark byte, b *rows.Batch, i int) state.Ref {
	t.row = t.codec.Append(t.row[:0], b.Cols, i)
	return t.put(at, change, mark)
}

func (t *timedRows) put(at int64, change rows.Change, mark byte) state.Ref {
	ref := t.slab.Alloc(timedAt + len(t.row))
	block := t.slab.Bytes(ref)
	binary.LittleEndian.PutUint64(block, uint64(at))
	block[changeAt], block[markAt] = byte(change), mark
	binary.LittleEndian.PutUint32(block[lengthOf:], uint32(len(t.row)))
	copy(block[timedAt:], t.row)
	return ref
}

func (t *timedRows) time(ref state.Ref) int64 {
	return int64(binary.LittleEndian.Uint64(t.slab.Bytes(ref)))
}

func (t *timedRows) change(ref state.Ref) rows.Change {
	return rows.Change(t.slab.Bytes(ref)[changeAt])
}

func (t *timedRows) has(ref state.Ref, mark byte) bool { return t.slab.Bytes(ref)[markAt]&mark != 0 }

func (t *timedRows) mark(ref state.Ref, mark byte) { t.slab.Bytes(ref)[markAt] |= mark }

func (t *timedRows) rowOf(ref state.Ref) []byte {
	block := t.slab.Bytes(ref)
	return block[timedAt : timedAt+binary.LittleEndian.Uint32(block[lengthOf:])]
}

func (t *timedRows) all(slot int32) []state.Ref { return t.lists.At(slot).All(&t.slab) }

// from is the place of the first row that is not before a time, in a list that is sorted by time.
func (t *timedRows) from(all []state.Ref, at int64) int {
	if n := len(all); n == 0 || t.time(all[n-1]) < at {
		return n
	}
	return sort.Search(len(all), func(i int) bool { return t.time(all[i]) >= at })
}

// sorted puts a row behind those of its time.
func (t *timedRows) sorted(slot int32, ref state.Ref) {
	list := t.lists.At(slot)
	list.Insert(&t.slab, t.from(list.All(&t.slab), t.time(ref)+1), ref)
}

func (t *timedRows) append(slot int32, ref state.Ref) {
	list := t.lists.At(slot)
	list.Insert(&t.slab, list.Len(), ref)
}

func (t *timedRows) save(s *state.Saver, slot int32) {
	all := t.all(slot)
	s.Int(int64(len(all)))
	for _, ref := range all {
		s.Int(t.time(ref))
		s.Int(int64(t.slab.Bytes(ref)[changeAt]))
		s.Int(int64(t.slab.Bytes(ref)[markAt]))
		s.Bytes(t.rowOf(ref))
	}
}

func (t *timedRows) load(l *state.Loader, slot int32) {
	for n := l.Count(); n > 0 && l.OK(); n-- {
		at, change, mark := l.Int(), rows.Change(l.Int()), byte(l.Int())
		t.row = append(t.row[:0], l.Bytes()...)
		if l.OK() {
			t.append(slot, t.put(at, change, mark))
		}
	}
}
