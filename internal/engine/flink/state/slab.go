package state

import (
	"math/bits"
	"unsafe"
)

// Ref is the place of a block in a Slab; 0 is none.
type Ref uint64

// Blocks of up to smallest classes are multiples of 16 bytes; above, powers of two; the largest have pages of their own.
const (
	grain       = 16
	smallBlocks = 32   // classes of 16, 32 .. 512 bytes
	largest     = 15   // and of 1 KiB .. 32 KiB
	firstPage   = 4096 // bytes of the first page of a class
	fullPage    = 1 << 18
	offsetBits  = 20
)

const classes = smallBlocks + largest - 9

// Slab hands out blocks of bytes from large pages and takes them back. It never moves a block.
type Slab struct {
	pages [][]byte
	class []uint8
	free  [classes][]Ref
	tip   [classes]tip
	spare []int // pages of large blocks that were freed, to be used again as numbers
	used  int64 // bytes in blocks that are handed out
}

// tip is where the next new block of a class comes from.
type tip struct{ page, offset, size int }

func classOf(n int) int {
	if n <= grain*smallBlocks {
		return max(0, (n-1)/grain)
	}
	c := smallBlocks + bits.Len(uint(n-1)) - 10
	if c >= classes {
		return -1
	}
	return c
}

func classSize(c int) int {
	if c < smallBlocks {
		return (c + 1) * grain
	}
	return 1 << (c - smallBlocks + 10)
}

// Alloc gives a block of at least n bytes. What is in it is not defined.
func (s *Slab) Alloc(n int) Ref {
	c := classOf(n)
	if c < 0 {
		return s.own(n)
	}
	s.used += int64(classSize(c))
	if last := len(s.free[c]) - 1; last >= 0 {
		ref := s.free[c][last]
		s.free[c] = s.free[c][:last]
		return ref
	}
	t := &s.tip[c]
	size := classSize(c)
	if t.offset+size > t.size {
		t.size = min(fullPage, max(firstPage, 2*t.size, size))
		t.page, t.offset = s.page(make([]byte, t.size), c), 0
	}
	ref := Ref(t.page+1)<<offsetBits | Ref(t.offset)
	t.offset += size
	return ref
}

func (s *Slab) own(n int) Ref {
	s.used += int64(n)
	return Ref(s.page(make([]byte, n), classes)+1) << offsetBits
}

func (s *Slab) page(page []byte, class int) int {
	if last := len(s.spare) - 1; last >= 0 {
		at := s.spare[last]
		s.spare = s.spare[:last]
		s.pages[at], s.class[at] = page, uint8(class)
		return at
	}
	s.pages = append(s.pages, page)
	s.class = append(s.class, uint8(class))
	return len(s.pages) - 1
}

// Bytes gives a block: at least as long as was asked for.
func (s *Slab) Bytes(ref Ref) []byte {
	page := int(ref>>offsetBits) - 1
	offset := int(ref & (1<<offsetBits - 1))
	c := int(s.class[page])
	if c == classes {
		return s.pages[page]
	}
	return s.pages[page][offset : offset+classSize(c)]
}

// Free takes a block back.
func (s *Slab) Free(ref Ref) {
	page := int(ref>>offsetBits) - 1
	c := int(s.class[page])
	if c == classes {
		s.used -= int64(len(s.pages[page]))
		s.pages[page] = nil
		s.spare = append(s.spare, page)
		return
	}
	s.used -= int64(classSize(c))
	s.free[c] = append(s.free[c], ref)
}

// Used is the number of bytes in blocks that are handed out.
func (s *Slab) Used() int64 { return s.used }

// Reset takes all blocks back at once.
func (s *Slab) Reset() { *s = Slab{} }

// refs sees a block as an array of references. Blocks begin at multiples of 16 in pages that are aligned.
func refs(block []byte) []Ref {
	if len(block) < 8 {
		return nil
	}
	return unsafe.Slice((*Ref)(unsafe.Pointer(unsafe.SliceData(block))), len(block)/8) //nolint:gosec // aligned, and as long as the block
}

// List is an array of references in a Slab: rows in an order. The zero List is empty.
type List struct {
	block Ref
	n     int32
}

// Len is the number of references.
func (l *List) Len() int { return int(l.n) }

// All gives the references, good until the next change.
func (l *List) All(s *Slab) []Ref {
	if l.n == 0 {
		return nil
	}
	return refs(s.Bytes(l.block))[:l.n]
}

// Insert puts a reference at a place, before what is there.
func (l *List) Insert(s *Slab, at int, ref Ref) {
	if l.block == 0 {
		l.block = s.Alloc(2 * 8)
	}
	room := refs(s.Bytes(l.block))
	if int(l.n) == len(room) {
		wider := s.Alloc(len(room) * 8 * 2)
		copy(refs(s.Bytes(wider)), room)
		s.Free(l.block)
		l.block = wider
		room = refs(s.Bytes(wider))
	}
	copy(room[at+1:l.n+1], room[at:l.n])
	room[at] = ref
	l.n++
}

// Remove takes out the reference at a place. The block that it points to is left alone.
func (l *List) Remove(s *Slab, at int) {
	all := l.All(s)
	copy(all[at:], all[at+1:])
	l.n--
	if l.n == 0 {
		l.Clear(s)
	}
}

// Cut takes out the first n references.
func (l *List) Cut(s *Slab, n int) {
	all := l.All(s)
	copy(all, all[n:])
	l.n -= int32(n)
	if l.n == 0 {
		l.Clear(s)
	}
}

// Clear gives the list's own block back.
func (l *List) Clear(s *Slab) {
	if l.block != 0 {
		s.Free(l.block)
	}
	*l = List{}
}
