package operators

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// sortedRows keeps rows in lists by their sort keys; those with the same key in the order in which they came. A block
// holds the lengths of the sort key and the row, a number for whoever reads the row, then both.
type sortedRows struct {
	slab  state.Slab
	last  state.Ref // the row that was kept last
	codec state.Codec
	order []plan.SortKey
	sort  []byte // of the row at hand
	row   []byte
}

// read encodes the sort key of a row; the row itself follows only if it is kept.
func (s *sortedRows) read(b *rows.Batch, i int) {
	s.sort = s.sort[:0]
	for _, k := range s.order {
		s.sort = state.AppendOrdered(s.sort, b.Cols[k.Column], i, k.Descending, k.NullsLast)
	}
}

func (s *sortedRows) readRow(b *rows.Batch, i int) { s.row = s.codec.Append(s.row[:0], b.Cols, i) }

const (
	numberAt = 8
	sortAt   = 12

	unread = math.MaxUint32 // the number of a row that no one has read
)

// keep stores the row at hand.
func (s *sortedRows) keep() state.Ref {
	ref := s.slab.Alloc(sortAt + len(s.sort) + len(s.row))
	block := s.slab.Bytes(ref)
	binary.LittleEndian.PutUint32(block, uint32(len(s.sort)))
	binary.LittleEndian.PutUint32(block[4:], uint32(len(s.row)))
	binary.LittleEndian.PutUint32(block[numberAt:], unread)
	copy(block[sortAt:], s.sort)
	copy(block[sortAt+len(s.sort):], s.row)
	s.last = ref
	return ref
}

func (s *sortedRows) sortOf(ref state.Ref) []byte {
	block := s.slab.Bytes(ref)
	return block[sortAt : sortAt+binary.LittleEndian.Uint32(block)]
}

func (s *sortedRows) rowOf(ref state.Ref) []byte {
	block := s.slab.Bytes(ref)
	from := sortAt + binary.LittleEndian.Uint32(block)
	return block[from : from+binary.LittleEndian.Uint32(block[4:])]
}

// number gives the place of the number that goes with a row.
func (s *sortedRows) number(ref state.Ref) []byte { return s.slab.Bytes(ref)[numberAt:sortAt] }

// after is the place behind all rows whose sort key is not greater than that of the row at hand.
func (s *sortedRows) after(all []state.Ref) int {
	if n := len(all); n == 0 || bytes.Compare(s.sortOf(all[n-1]), s.sort) <= 0 {
		return n
	}
	return sort.Search(len(all), func(i int) bool { return bytes.Compare(s.sortOf(all[i]), s.sort) > 0 })
}

// find is the place of the first row that is the same as the row at hand; -1 if there is none.
func (s *sortedRows) find(all []state.Ref) int {
	from := sort.Search(len(all), func(i int) bool { return bytes.Compare(s.sortOf(all[i]), s.sort) >= 0 })
	for i := from; i < len(all) && bytes.Equal(s.sortOf(all[i]), s.sort); i++ {
		if bytes.Equal(s.rowOf(all[i]), s.row) {
			return i
		}
	}
	return -1
}

// findKey is the place of the row with the key of the row at hand, whose first columns it is; -1 if there is none.
func (s *sortedRows) findKey(all []state.Ref, columns int) int {
	key := s.codec.Prefix(s.row, columns)
	for i, ref := range all {
		if bytes.HasPrefix(s.rowOf(ref), key) {
			return i
		}
	}
	return -1
}

// insert keeps the row at hand in its place, which it gives.
func (s *sortedRows) insert(list *state.List) int {
	at := s.after(list.All(&s.slab))
	list.Insert(&s.slab, at, s.keep())
	return at
}

// remove forgets the row at a place.
func (s *sortedRows) remove(list *state.List, at int) {
	s.slab.Free(list.All(&s.slab)[at])
	list.Remove(&s.slab, at)
}

func (s *sortedRows) clear(list *state.List) {
	for _, ref := range list.All(&s.slab) {
		s.slab.Free(ref)
	}
	list.Clear(&s.slab)
}

func (s *sortedRows) save(to *state.Saver, list *state.List) {
	to.Int(int64(list.Len()))
	for _, ref := range list.All(&s.slab) {
		to.Bytes(s.sortOf(ref))
		to.Bytes(s.rowOf(ref))
	}
}

func (s *sortedRows) load(l *state.Loader, list *state.List) {
	for n := l.Count(); n > 0 && l.OK(); n-- {
		s.sort = append(s.sort[:0], l.Bytes()...)
		s.row = append(s.row[:0], l.Bytes()...)
		if l.OK() {
			list.Insert(&s.slab, list.Len(), s.keep())
		}
	}
}
