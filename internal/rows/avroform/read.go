package avroform

import (
	"encoding/binary"
	"errors"
	"math"
)

// Reader reads Avro's binary encoding (Avro specification, Binary Encoding). After an error all reads give zeros.
type Reader struct {
	Data []byte
	At   int
	Err  error
}

var errShort = errors.New("the value ends too early")

// Fail notes an error, if there is none yet, and ends the reading.
func (r *Reader) Fail(err error) {
	if r.Err == nil {
		r.Err = err
	}
	r.At = len(r.Data)
}

// Long reads a zigzag number of up to 64 bits.
func (r *Reader) Long() int64 {
	if r.At < len(r.Data) && r.Data[r.At] < 0x80 {
		v := r.Data[r.At]
		r.At++
		return int64(v>>1) ^ -int64(v&1)
	}
	v, n := binary.Uvarint(r.Data[r.At:])
	if n <= 0 {
		r.Fail(errShort)
		return 0
	}
	r.At += n
	return int64(v>>1) ^ -int64(v&1)
}

// Take gives the next n bytes; they share memory with the data.
func (r *Reader) Take(n int64) []byte {
	if n < 0 || n > int64(len(r.Data)-r.At) {
		r.Fail(errShort)
		return nil
	}
	out := r.Data[r.At : r.At+int(n)]
	r.At += int(n)
	return out
}

// Bytes reads a length and as many bytes; they share memory with the data.
func (r *Reader) Bytes() []byte { return r.Take(r.Long()) }

// Boolean reads a byte: 1 is true, as for Java's decoder.
func (r *Reader) Boolean() bool {
	b := r.Take(1)
	return b != nil && b[0] == 1
}

// Float reads four bytes.
func (r *Reader) Float() float64 {
	b := r.Take(4)
	if b == nil {
		return 0
	}
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
}

// Double reads eight bytes.
func (r *Reader) Double() float64 {
	b := r.Take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// blocks visits the items of an array or a map. What takes no bytes cannot come in endless numbers.
func (r *Reader) blocks(item func()) {
	for {
		n := r.Long()
		if n == 0 || r.Err != nil {
			return
		}
		if n < 0 {
			n = -n
			r.Long() // the block's size in bytes
		}
		if n < 0 || n > int64(len(r.Data)-r.At)+maxEmptyItems {
			r.Fail(errShort)
			return
		}
		for ; n > 0 && r.Err == nil; n-- {
			item()
		}
	}
}

const maxEmptyItems = 1 << 16

// skipBlocks steps over an array or a map, by the sizes of its blocks where they are given.
func (r *Reader) skipBlocks(item func()) {
	for {
		n := r.Long()
		switch {
		case n == 0 || r.Err != nil:
			return
		case n < 0:
			r.Take(r.Long())
			continue
		case n > int64(len(r.Data)-r.At)+maxEmptyItems:
			r.Fail(errShort)
			return
		}
		for ; n > 0 && r.Err == nil; n-- {
			item()
		}
	}
}
