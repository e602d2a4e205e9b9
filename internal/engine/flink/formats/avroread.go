package formats

import (
	"encoding/binary"
	"errors"
	"math"
)

// avroReader reads Avro's binary encoding (Avro specification, Binary Encoding). After an error all reads give zeros.
type avroReader struct {
	data []byte
	at   int
	err  error
}

var errShort = errors.New("the value ends too early")

func (r *avroReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.at = len(r.data)
}

// long reads a zigzag number of up to 64 bits.
func (r *avroReader) long() int64 {
	if r.at < len(r.data) && r.data[r.at] < 0x80 {
		v := r.data[r.at]
		r.at++
		return int64(v>>1) ^ -int64(v&1)
	}
	v, n := binary.Uvarint(r.data[r.at:])
	if n <= 0 {
		r.fail(errShort)
		return 0
	}
	r.at += n
	return int64(v>>1) ^ -int64(v&1)
}

// take gives the next n bytes; they share memory with the data.
func (r *avroReader) take(n int64) []byte {
	if n < 0 || n > int64(len(r.data)-r.at) {
		r.fail(errShort)
		return nil
	}
	out := r.data[r.at : r.at+int(n)]
	r.at += int(n)
	return out
}

func (r *avroReader) bytes() []byte { return r.take(r.long()) }

func (r *avroReader) boolean() bool {
	b := r.take(1)
	return b != nil && b[0] != 0
}

func (r *avroReader) float() float64 {
	b := r.take(4)
	if b == nil {
		return 0
	}
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
}

func (r *avroReader) double() float64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// blocks visits the items of an array or a map. What takes no bytes cannot come in endless numbers.
func (r *avroReader) blocks(item func()) {
	for {
		n := r.long()
		if n == 0 || r.err != nil {
			return
		}
		if n < 0 {
			n = -n
			r.long() // the block's size in bytes
		}
		if n < 0 || n > int64(len(r.data)-r.at)+maxEmptyItems {
			r.fail(errShort)
			return
		}
		for ; n > 0 && r.err == nil; n-- {
			item()
		}
	}
}

const maxEmptyItems = 1 << 16

// skipBlocks steps over an array or a map, by the sizes of its blocks where they are given.
func (r *avroReader) skipBlocks(item func()) {
	for {
		n := r.long()
		switch {
		case n == 0 || r.err != nil:
			return
		case n < 0:
			r.take(r.long())
			continue
		case n > int64(len(r.data)-r.at)+maxEmptyItems:
			r.fail(errShort)
			return
		}
		for ; n > 0 && r.err == nil; n-- {
			item()
		}
	}
}
