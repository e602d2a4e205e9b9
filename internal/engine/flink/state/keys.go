package state

import (
	"hash/maphash"
	"unsafe"

	"github.com/weftmesh/weft/internal/rows"
)

// keyMode is how keys are held: whole numbers as they are, text as its bytes, all others encoded.
type keyMode uint8

const (
	intKeys keyMode = iota
	textKeys
	encodedKeys
)

func modeOf(types []rows.Type) keyMode {
	if len(types) == 1 {
		switch types[0].Kind.Layout() {
		case rows.IntLayout:
			return intKeys
		case rows.StringLayout:
			return textKeys
		}
	}
	return encodedKeys
}

// seed is the same in the whole process, so that tables can take over hashes from one another. No order depends on it.
var seed = maphash.MakeSeed()

// Keys is the keys of a batch's rows, encoded and hashed once for all tables that they are looked up in. It is used for
// one batch after the other.
type Keys struct {
	mode   keyMode
	codec  Codec
	hashes []uint64
	nulls  []bool // of a single column; nil if none is NULL
	ints   []int64
	texts  []string
	data   []byte
	ends   []int

	guesses []int32
}

// NewKeys makes an encoder of keys with columns of these types.
func NewKeys(types []rows.Type) *Keys {
	return &Keys{mode: modeOf(types), codec: NewCodec(types)}
}

// Encode takes the keys of n rows.
func (k *Keys) Encode(cols []*rows.Column, n int) {
	if cap(k.hashes) < n {
		k.hashes = make([]uint64, n, max(n, rows.BatchSize))
	}
	k.hashes = k.hashes[:n]
	switch k.mode {
	case intKeys:
		k.nulls, k.ints = cols[0].Nulls, cols[0].Ints[:n]
		for i, v := range k.ints {
			k.hashes[i] = hashInt(v)
		}
	case textKeys:
		k.nulls, k.texts = cols[0].Nulls, cols[0].Strings[:n]
		for i, v := range k.texts {
			k.hashes[i] = hashBytes(raw(v))
		}
	case encodedKeys:
		k.encode(cols, n)
	}
}

func (k *Keys) encode(cols []*rows.Column, n int) {
	k.data, k.ends = k.data[:0], k.ends[:0]
	for i := range n {
		from := len(k.data)
		k.data = k.codec.Append(k.data, cols, i)
		k.ends = append(k.ends, len(k.data))
		k.hashes[i] = hashBytes(k.data[from:])
	}
}

// bytes gives the key of row i, but for whole numbers.
func (k *Keys) bytes(i int) []byte {
	if k.mode == textKeys {
		return raw(k.texts[i])
	}
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.data[from:k.ends[i]]
}

func (k *Keys) null(i int) bool { return k.mode != encodedKeys && k.nulls != nil && k.nulls[i] }

func hashBytes(b []byte) uint64 { return maphash.Bytes(seed, b) }

func hashInt(v int64) uint64 {
	h := uint64(v) * 0x9E3779B97F4A7C15
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	return h ^ h>>29
}

// raw sees a string as bytes, to be read only; view sees bytes as a string, as long as they do not change.
func raw(text string) []byte {
	return unsafe.Slice(unsafe.StringData(text), len(text)) //nolint:gosec // read only
}

func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // read only, while the bytes stay
}
