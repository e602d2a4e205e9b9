package runtime

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/weftmesh/weft/internal/rows"
)

// The hash of a row decides which task keeps its state, and states are read again by later processes: it never
// changes. It is the sum of the keys' hashes, so that the order of the keys does not matter.

// hashColumns adds the hashes of some columns, row by row, to sums.
func hashColumns(cols []*rows.Column, keys []int, sums []uint64) {
	clear(sums)
	for _, k := range keys {
		hashColumn(cols[k], sums)
	}
}

const nullHash = 0x9e3779b97f4a7c15

func hashColumn(c *rows.Column, sums []uint64) {
	switch c.Type.Kind.Layout() {
	case rows.BoolLayout:
		addHashes(c, c.Bools, sums, func(v bool) uint64 {
			if v {
				return mix(1)
			}
			return mix(0)
		})
	case rows.IntLayout:
		addHashes(c, c.Ints, sums, func(v int64) uint64 { return mix(uint64(v)) })
	case rows.FloatLayout:
		addHashes(c, c.Floats, sums, hashFloat)
	case rows.DecimalLayout:
		addHashes(c, c.Decimals, sums, hashNum)
	case rows.StringLayout:
		addHashes(c, c.Strings, sums, xxhash.Sum64String)
	case rows.BoxedLayout:
		addHashes(c, c.Boxed, sums, hashBoxed)
	case rows.NoLayout:
		for i := range sums {
			sums[i] += nullHash
		}
	}
}

func addHashes[T any](c *rows.Column, values []T, sums []uint64, hash func(T) uint64) {
	if c.Nulls == nil {
		for i, v := range values[:len(sums)] {
			sums[i] += hash(v)
		}
		return
	}
	for i, v := range values[:len(sums)] {
		if c.Nulls[i] {
			sums[i] += nullHash
		} else {
			sums[i] += hash(v)
		}
	}
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// hashFloat gives -0 and 0 the same hash.
func hashFloat(v float64) uint64 { return mix(math.Float64bits(v + 0)) }

func hashNum(v rows.Num) uint64 { return mix(v.Lo) + mix(uint64(v.Hi)^nullHash) }

func hashBoxed(v any) uint64 {
	switch v := v.(type) {
	case nil:
		return nullHash
	case bool:
		return xxhash.Sum64String(fmt.Sprint(v))
	case int64:
		return mix(uint64(v))
	case float64:
		return hashFloat(v)
	case rows.Num:
		return hashNum(v)
	case string:
		return xxhash.Sum64String(v)
	case []any:
		return hashMembers(v)
	case rows.Entries:
		sum := uint64(len(v)) // the order of a map's entries says nothing
		for _, p := range v {
			sum += hashMembers([]any{p.Key, p.Value})
		}
		return sum
	}
	return 0
}

func hashMembers(members []any) uint64 {
	d := xxhash.New()
	var word [8]byte
	for _, m := range members {
		binary.LittleEndian.PutUint64(word[:], hashBoxed(m))
		_, _ = d.Write(word[:])
	}
	return d.Sum64()
}

// target gives the task, of n, that a hash belongs to.
func target(sum uint64, n int) int {
	return int((mix(sum) >> 32) * uint64(n) >> 32)
}
