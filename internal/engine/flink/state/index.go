package state

import (
	"bytes"
	"encoding/binary"
	"iter"

	"github.com/weftmesh/weft/internal/rows"
)

// parts is into how many tables a large index is split: each grows by itself, so that no row pays for moving all keys.
const (
	partBits  = 8
	parts     = 1 << partBits
	splitAt   = 1 << 15
	firstSize = 16
)

// Index maps keys to slots: small numbers, given out in order and used again once they are freed. Whatever an operator
// keeps of a key, it keeps in arrays by slot.
type Index struct {
	mode  keyMode
	codec Codec
	types []rows.Type
	parts []part
	ints  Paged[int64]
	blobs Paged[Ref] // of length and bytes
	slab  Slab
	null  int32 // the slot of the NULL key, plus one
	used  Paged[bool]
	free  []int32
	live  int
	seen  uint64
	one   Keys // a single key, on its way to another index

	loaded  int32  // the first slot that the last Load gave out
	foreign []bool // keys that Load read and another part of the operator keeps; nil: none
}

// part is a table of open addressing: the low half of the hash, then the slot plus one; 0 is empty.
type part struct {
	table []uint64
	n     int
}

// NewIndex makes an index of keys with columns of these types.
func NewIndex(types []rows.Type) *Index {
	return &Index{mode: modeOf(types), types: types, codec: NewCodec(types), parts: make([]part, 1)}
}

// Len is the number of keys; Slots is more than every slot in use.
func (x *Index) Len() int { return x.live }

// Slots is the length that arrays by slot need.
func (x *Index) Slots() int { return x.used.Len() }

// Live reports whether a slot is in use.
func (x *Index) Live(slot int32) bool { return x.used.Get(slot) && !x.isForeign(slot) }

func (x *Index) isForeign(slot int32) bool { return int(slot) < len(x.foreign) && x.foreign[slot] }

// All goes through the slots in use, in their order.
func (x *Index) All() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for slot := range int32(x.used.Len()) {
			if x.Live(slot) && !yield(slot) {
				return
			}
		}
	}
}

// Ranks gives, by slot, its place among the slots in use: the slot that it has after Save and Load.
func (x *Index) Ranks() []int32 {
	ranks, n := make([]int32, x.used.Len()), int32(0)
	for slot := range x.All() {
		ranks[slot] = n
		n++
	}
	return ranks
}

// Large reports whether there are so many keys that the processor's caches do not hold them.
func (x *Index) Large() bool { return len(x.parts) > 1 }

// Find gives the slot of row i's key; -1 if there is none.
func (x *Index) Find(k *Keys, i int) int32 {
	if k.null(i) {
		return x.null - 1
	}
	h := k.hashes[i]
	p := x.part(h)
	if len(p.table) == 0 {
		return -1
	}
	mask := uint64(len(p.table) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		entry := p.table[at]
		if entry == 0 {
			return -1
		}
		if uint32(entry>>32) == uint32(h) {
			if slot := int32(uint32(entry)) - 1; x.same(slot, k, i) {
				return slot
			}
		}
	}
}

// Prefetch looks at the places of a batch's keys all at once, so that the processor waits for memory once and not for
// each row, and guesses their slots: -1 where it has none. Small tables are in its cache anyway: there it guesses nothing.
func (x *Index) Prefetch(k *Keys, n int) (guesses []int32) {
	if !x.Large() {
		return nil
	}
	if cap(k.guesses) < n {
		k.guesses = make([]int32, max(n, rows.BatchSize))
	}
	k.guesses = k.guesses[:n]
	for i, h := range k.hashes[:n] {
		p := x.part(h)
		if k.guesses[i] = -1; len(p.table) == 0 {
			continue
		}
		if entry := p.table[h&uint64(len(p.table)-1)]; entry>>32 == uint64(uint32(h)) {
			k.guesses[i] = int32(uint32(entry)) - 1
		}
	}
	sum := uint64(0)
	for _, slot := range k.guesses {
		switch {
		case slot < 0:
		case x.mode == intKeys:
			sum += uint64(x.ints.Get(slot))
		default:
			sum += uint64(x.blobs.Get(slot))
		}
	}
	x.seen = sum
	return k.guesses
}

// Put gives the slot of row i's key, and whether it is new.
func (x *Index) Put(k *Keys, i int) (slot int32, fresh bool) {
	if slot = x.Find(k, i); slot >= 0 {
		return slot, false
	}
	slot = x.take()
	if k.null(i) {
		x.null = slot + 1
		return slot, true
	}
	if x.mode == intKeys {
		x.ints.Set(slot, k.ints[i])
	} else {
		x.store(slot, k.bytes(i))
	}
	x.add(k.hashes[i], slot)
	return slot, true
}

func (x *Index) part(h uint64) *part {
	if len(x.parts) == 1 {
		return &x.parts[0]
	}
	return &x.parts[h>>(64-partBits)]
}

func (x *Index) same(slot int32, k *Keys, i int) bool {
	if x.mode == intKeys {
		return x.ints.Get(slot) == k.ints[i]
	}
	return bytes.Equal(x.blob(slot), k.bytes(i))
}

func (x *Index) take() int32 {
	x.live++
	if last := len(x.free) - 1; last >= 0 {
		slot := x.free[last]
		x.free = x.free[:last]
		x.used.Set(slot, true)
		return slot
	}
	slot := int32(x.used.Len())
	x.used.Grow(int(slot) + 1)
	x.used.Set(slot, true)
	if x.mode == intKeys {
		x.ints.Grow(int(slot) + 1)
	} else {
		x.blobs.Grow(int(slot) + 1)
	}
	return slot
}

func (x *Index) store(slot int32, key []byte) {
	ref := x.slab.Alloc(4 + len(key))
	block := x.slab.Bytes(ref)
	binary.LittleEndian.PutUint32(block, uint32(len(key)))
	copy(block[4:], key)
	x.blobs.Set(slot, ref)
}

func (x *Index) blob(slot int32) []byte {
	block := x.slab.Bytes(x.blobs.Get(slot))
	return block[4 : 4+binary.LittleEndian.Uint32(block)]
}

func (x *Index) add(h uint64, slot int32) {
	if x.live > splitAt && len(x.parts) == 1 {
		x.split()
	}
	p := x.part(h)
	if (p.n+1)*4 > len(p.table)*3 {
		p.grow()
	}
	p.insert(uint64(uint32(h))<<32 | uint64(uint32(slot+1)))
}

func (p *part) insert(entry uint64) {
	mask := uint64(len(p.table) - 1)
	at := entry >> 32 & mask
	for p.table[at] != 0 {
		at = (at + 1) & mask
	}
	p.table[at] = entry
	p.n++
}

func (p *part) grow() {
	old := p.table
	p.table = make([]uint64, max(firstSize, 2*len(old)))
	p.n = 0
	for _, entry := range old {
		if entry != 0 {
			p.insert(entry)
		}
	}
}

// split deals the keys of one table out to many.
func (x *Index) split() {
	old := x.parts[0].table
	x.parts = make([]part, parts)
	for _, entry := range old {
		if entry == 0 {
			continue
		}
		slot := int32(uint32(entry)) - 1
		p := x.part(x.hash(slot))
		if (p.n+1)*4 > len(p.table)*3 {
			p.grow()
		}
		p.insert(entry)
	}
}

func (x *Index) hash(slot int32) uint64 {
	switch x.mode {
	case intKeys:
		return hashInt(x.ints.Get(slot))
	default:
		return hashBytes(x.blob(slot))
	}
}

// Delete frees a slot.
func (x *Index) Delete(slot int32) {
	x.live--
	x.used.Set(slot, false)
	x.free = append(x.free, slot)
	if slot == x.null-1 {
		x.null = 0
		return
	}
	h := x.hash(slot)
	x.part(h).remove(uint64(uint32(h))<<32 | uint64(uint32(slot+1)))
	if x.mode != intKeys {
		x.slab.Free(x.blobs.Get(slot))
	}
}

// remove closes the gap that an entry leaves, so that no search ends too early.
func (p *part) remove(entry uint64) {
	mask := uint64(len(p.table) - 1)
	at := entry >> 32 & mask
	for p.table[at] != entry {
		at = (at + 1) & mask
	}
	p.n--
	for next := (at + 1) & mask; ; next = (next + 1) & mask {
		e := p.table[next]
		if e == 0 {
			break
		}
		if home := e >> 32 & mask; (next-home)&mask >= (next-at)&mask {
			p.table[at] = e
			at = next
		}
	}
	p.table[at] = 0
}

// PutFrom gives the slot of a key of another index with the same types, and whether it is new.
func (x *Index) PutFrom(from *Index, slot int32) (int32, bool) {
	return x.Put(from.single(slot), 0)
}

// single sees the key of a slot as that of a batch with one row; -1 is a key to be filled in.
func (x *Index) single(slot int32) *Keys {
	k := &x.one
	if k.hashes == nil {
		*k = Keys{mode: x.mode, hashes: make([]uint64, 1), ints: make([]int64, 1), texts: make([]string, 1), ends: make([]int, 1)}
	}
	if slot < 0 {
		return k
	}
	if k.nulls = nil; slot == x.null-1 {
		k.nulls = []bool{true}
		return k
	}
	k.hashes[0] = x.hash(slot)
	switch x.mode {
	case intKeys:
		k.ints[0] = x.ints.Get(slot)
	case textKeys:
		k.texts[0] = view(x.blob(slot))
	case encodedKeys:
		k.data = x.blob(slot)
		k.ends[0] = len(k.data)
	}
	return k
}

// AppendKey adds the values of a slot's key to columns.
func (x *Index) AppendKey(slot int32, to *Writer) {
	switch {
	case x.mode == encodedKeys:
		to.AppendRow(&x.codec, x.blob(slot))
	case slot == x.null-1:
		appendNull(to.cols[0])
	case x.mode == intKeys:
		appendInt(to.cols[0], x.ints.Get(slot))
	default:
		appendString(to.cols[0], to.text.keep(x.blob(slot)))
	}
}

// Reset forgets all keys.
func (x *Index) Reset() {
	if len(x.parts) == 1 && len(x.parts[0].table) <= 4*splitAt {
		clear(x.parts[0].table)
		x.parts[0].n = 0
	} else {
		x.parts = make([]part, 1)
	}
	x.ints.Reset()
	x.blobs.Reset()
	x.used.Reset()
	x.slab.Reset()
	x.free, x.null, x.live, x.foreign = x.free[:0], 0, 0, nil
}

// Encoded gives the bytes of a slot's key, of two columns or more, to be read only.
func (x *Index) Encoded(slot int32) []byte { return x.blob(slot) }

// PutEncoded is Put of a key whose bytes Encoded gave.
func (x *Index) PutEncoded(key []byte) (int32, bool) {
	k := x.single(-1)
	k.nulls, k.data, k.ends[0], k.hashes[0] = nil, key, len(key), hashBytes(key)
	return x.Put(k, 0)
}
