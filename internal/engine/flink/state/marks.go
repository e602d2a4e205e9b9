package state

import (
	"iter"

	"github.com/weftmesh/weft/internal/rows"
)

// Marks remembers up to 32 marks of pairs of a group and a whole number: that DISTINCT has seen a number, say. They are
// never taken off. All of a pair lies together, so that the processor waits for memory once.
type Marks struct {
	parts []markPart
	n     int
	seen  uint32

	hashes []uint64
}

// mark is a pair with its marks; none of them is an empty place.
type mark struct {
	value int64
	group int32
	marks uint32
}

type markPart struct {
	table []mark
	n     int
}

// NewMarks makes an empty set of marks.
func NewMarks() *Marks { return &Marks{parts: make([]markPart, 1)} }

// Len is the number of pairs.
func (m *Marks) Len() int { return m.n }

// Add marks the pairs of groups[i] and values[i] with marks[i], which keeps those that the pair did not have.
func (m *Marks) Add(groups []int32, values []int64, marks []uint32) {
	if cap(m.hashes) < len(groups) {
		m.hashes = make([]uint64, max(len(groups), rows.BatchSize))
	}
	hashes := m.hashes[:len(groups)]
	for i, group := range groups {
		hashes[i] = hashPair(group, values[i])
	}
	m.prefetch(hashes)
	for i, h := range hashes {
		if marks[i] != 0 {
			marks[i] = m.add(h, groups[i], values[i], marks[i])
		}
	}
}

// prefetch looks at the places of a batch all at once, as that of Index does.
func (m *Marks) prefetch(hashes []uint64) {
	if len(m.parts) == 1 {
		return
	}
	sum := uint32(0)
	for _, h := range hashes {
		if p := m.part(h); len(p.table) > 0 {
			sum += p.table[h&uint64(len(p.table)-1)].marks
		}
	}
	m.seen = sum
}

func hashPair(group int32, value int64) uint64 {
	return hashInt(value + int64(uint64(uint32(group))*0xC2B2AE3D27D4EB4F))
}

func (m *Marks) part(h uint64) *markPart {
	if len(m.parts) == 1 {
		return &m.parts[0]
	}
	return &m.parts[h>>(64-partBits)]
}

func (m *Marks) add(h uint64, group int32, value int64, marks uint32) (fresh uint32) {
	p := m.part(h)
	if (p.n+1)*4 > len(p.table)*3 {
		p = m.grow(p, h)
	}
	at := p.find(h, group, value)
	if at.marks == 0 {
		*at = mark{value: value, group: group, marks: marks}
		p.n++
		m.n++
		return marks
	}
	fresh = marks &^ at.marks
	at.marks |= marks
	return fresh
}

// find gives the place of a pair, or the empty one where it belongs.
func (p *markPart) find(h uint64, group int32, value int64) *mark {
	mask := uint64(len(p.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		if at := &p.table[i]; at.marks == 0 || at.value == value && at.group == group {
			return at
		}
	}
}

// grow makes a part larger, or many parts of one, and gives the one for a hash.
func (m *Marks) grow(p *markPart, h uint64) *markPart {
	if len(m.parts) > 1 || p.n < splitAt {
		p.double()
		return p
	}
	m.parts = make([]markPart, parts)
	for _, of := range p.table {
		if of.marks != 0 {
			m.move(of)
		}
	}
	p = m.part(h)
	if (p.n+1)*4 > len(p.table)*3 {
		p.double()
	}
	return p
}

func (m *Marks) move(of mark) {
	h := hashPair(of.group, of.value)
	p := m.part(h)
	if (p.n+1)*4 > len(p.table)*3 {
		p.double()
	}
	*p.find(h, of.group, of.value) = of
	p.n++
}

func (p *markPart) double() {
	old := p.table
	p.table = make([]mark, max(firstSize, 2*len(old)))
	for _, of := range old {
		if of.marks != 0 {
			*p.find(hashPair(of.group, of.value), of.group, of.value) = of
		}
	}
}

// All goes through the groups, values and marks of all pairs, in no order.
func (m *Marks) All() iter.Seq2[int32, Mark] {
	return func(yield func(int32, Mark) bool) {
		for _, p := range m.parts {
			for _, of := range p.table {
				if of.marks != 0 && !yield(of.group, Mark{of.value, of.marks}) {
					return
				}
			}
		}
	}
}

// Mark is a value with its marks.
type Mark struct {
	Value int64
	Marks uint32
}
