package operators

import (
	"bytes"
	"encoding/binary"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// joinSide is the rows of one side of a join: those of a key are a chain, in the order in which they came. The same row
// twice is there twice. A block holds the next block, how many rows of the other side the row met, the row's length,
// when it was written, and the row.
type joinSide struct {
	keys   []int
	width  int
	unique int // columns of a unique key by which updates replace, first in kept rows; 0 if rows are taken back in full
	codec  state.Codec
	slab   state.Slab
	chains *state.Paged[[2]chain] // by key: of both sides, so that they come into sight together
	number int                    // of this side in them
	row    []byte                 // the row at hand
	any    bool                   // rows of this side were kept, ever
}

// chain is the first and the last row of a key.
type chain struct{ first, last state.Ref }

const (
	metAt     = 8
	lengthAt  = 12
	writtenAt = 16
	rowAt     = 24
)

func newJoinSide(n plan.Node, keys []int, chains *state.Paged[[2]chain], number int) *joinSide {
	s := &joinSide{keys: keys, chains: chains, number: number, width: len(n.Schema()), codec: state.NewCodec(typesOf(n.Schema()))}
	if in := n.Properties(); in.Mode == plan.Upsert && len(in.Keys) > 0 {
		s.unique = len(in.Keys[0])
		s.codec = state.NewKeyedCodec(typesOf(n.Schema()), in.Keys[0])
	}
	return s
}

func (s *joinSide) read(b *rows.Batch, i int) { s.row = s.codec.Append(s.row[:0], b.Cols, i) }

func (s *joinSide) chain(slot int32) *chain { return &s.chains.At(slot)[s.number] }

// touch reads a byte of a block.
func (s *joinSide) touch(ref state.Ref) byte {
	if ref == 0 {
		return 0
	}
	return s.slab.Bytes(ref)[metAt]
}

func (s *joinSide) next(ref state.Ref) state.Ref {
	return state.Ref(binary.LittleEndian.Uint64(s.slab.Bytes(ref)))
}

func (s *joinSide) setNext(ref, next state.Ref) {
	binary.LittleEndian.PutUint64(s.slab.Bytes(ref), uint64(next))
}

func (s *joinSide) met(ref state.Ref) uint32 {
	return binary.LittleEndian.Uint32(s.slab.Bytes(ref)[metAt:])
}

func (s *joinSide) setMet(ref state.Ref, n uint32) {
	binary.LittleEndian.PutUint32(s.slab.Bytes(ref)[metAt:], n)
}

func (s *joinSide) written(ref state.Ref) int64 {
	return int64(binary.LittleEndian.Uint64(s.slab.Bytes(ref)[writtenAt:]))
}

func (s *joinSide) rowOf(ref state.Ref) []byte {
	block := s.slab.Bytes(ref)
	return block[rowAt : rowAt+binary.LittleEndian.Uint32(block[lengthAt:])]
}

// add keeps the row at hand. It reports whether it took the place of a row with the same unique key.
func (s *joinSide) add(slot int32, met uint32, now int64) (replaced bool) {
	ref := s.slab.Alloc(rowAt + len(s.row))
	block := s.slab.Bytes(ref)
	binary.LittleEndian.PutUint64(block, 0)
	binary.LittleEndian.PutUint32(block[metAt:], met)
	binary.LittleEndian.PutUint32(block[lengthAt:], uint32(len(s.row)))
	binary.LittleEndian.PutUint64(block[writtenAt:], uint64(now))
	copy(block[rowAt:], s.row)
	if s.unique > 0 {
		replaced = s.remove(slot)
	}
	c := s.chain(slot)
	if c.last == 0 {
		c.first = ref
	} else {
		s.setNext(c.last, ref)
	}
	c.last, s.any = ref, true
	return replaced
}

// remove forgets the row that is the same as the row at hand, or has its unique key.
func (s *joinSide) remove(slot int32) bool {
	want := s.row
	if s.unique > 0 {
		want = s.codec.Prefix(s.row, s.unique)
	}
	before := state.Ref(0)
	for ref := s.chain(slot).first; ref != 0; before, ref = ref, s.next(ref) {
		row := s.rowOf(ref)
		if s.unique > 0 && bytes.HasPrefix(row, want) || bytes.Equal(row, want) {
			s.cut(slot, before, ref)
			return true
		}
	}
	return false
}

// cut takes a row out of its chain.
func (s *joinSide) cut(slot int32, before, ref state.Ref) {
	c, next := s.chain(slot), s.next(ref)
	if before == 0 {
		c.first = next
	} else {
		s.setNext(before, next)
	}
	if c.last == ref {
		c.last = before
	}
	s.slab.Free(ref)
}

// expire forgets the rows of a key that were written before a time.
func (s *joinSide) expire(slot int32, before int64) {
	prev := state.Ref(0)
	for ref := s.chain(slot).first; ref != 0; {
		next := s.next(ref)
		if s.written(ref) < before {
			s.cut(slot, prev, ref)
		} else {
			prev = ref
		}
		ref = next
	}
}

func (s *joinSide) save(to *state.Saver, slot int32) {
	n := int64(0)
	for ref := s.chain(slot).first; ref != 0; ref = s.next(ref) {
		n++
	}
	to.Int(n)
	for ref := s.chain(slot).first; ref != 0; ref = s.next(ref) {
		to.Int(int64(s.met(ref)))
		to.Int(s.written(ref))
		to.Bytes(s.rowOf(ref))
	}
}

func (s *joinSide) load(l *state.Loader, slot int32) {
	unique := s.unique
	s.unique = 0 // what is loaded replaces nothing
	for n := l.Count(); n > 0 && l.OK(); n-- {
		met, written := l.Int(), l.Int()
		s.row = append(s.row[:0], l.Bytes()...)
		if l.OK() {
			s.add(slot, uint32(met), written)
		}
	}
	s.unique = unique
}
