package state

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/weftmesh/weft/internal/rows"
)

// Version is the first byte of every snapshot.
const Version = 1

// maxBlob is more than any block that Save writes has.
const maxBlob = 1 << 30

// Saver writes the parts of a snapshot. The first error stays, and stops what follows.
type Saver struct {
	w   *bufio.Writer
	buf []byte
	err error
}

// NewSaver opens a snapshot of an operator; kind is the operator's name.
func NewSaver(w io.Writer, kind string) *Saver {
	s := &Saver{w: bufio.NewWriterSize(w, 1<<16)}
	s.Bytes([]byte{Version})
	s.Bytes([]byte(kind))
	return s
}

// Int writes a whole number.
func (s *Saver) Int(v int64) {
	if s.err == nil {
		s.buf = binary.AppendVarint(s.buf[:0], v)
		_, s.err = s.w.Write(s.buf)
	}
}

// Bytes writes some bytes with their length.
func (s *Saver) Bytes(b []byte) {
	s.Int(int64(len(b)))
	if s.err == nil {
		_, s.err = s.w.Write(b)
	}
}

// Close ends the snapshot.
func (s *Saver) Close() error {
	if s.err == nil {
		s.err = s.w.Flush()
	}
	if s.err != nil {
		return fmt.Errorf("write state: %w", s.err)
	}
	return nil
}

// Loader reads the parts of a snapshot in the order in which they were written.
type Loader struct {
	r    *bufio.Reader
	buf  []byte
	err  error
	owns func(keys []*rows.Column, owned []bool)
}

// NewLoader opens a snapshot; its operator must be of the kind.
func NewLoader(r io.Reader, kind string) *Loader {
	l := &Loader{r: bufio.NewReaderSize(r, 1<<16)}
	if share, ok := r.(*Share); ok {
		l.owns = share.Owns
	}
	if version := l.Bytes(); l.err == nil && (len(version) != 1 || version[0] != Version) {
		l.err = fmt.Errorf("it has version %v, this engine reads version %d", version, Version)
	}
	if name := string(l.Bytes()); l.err == nil && name != kind {
		l.err = fmt.Errorf("it is of an operator %q, not %q: the job's plan has changed", name, kind)
	}
	return l
}

// Int reads a whole number; 0 after an error.
func (l *Loader) Int() int64 {
	if l.err != nil {
		return 0
	}
	v, err := binary.ReadVarint(l.r)
	l.fail(err)
	return v
}

// Count reads a number of things that follow.
func (l *Loader) Count() int {
	n := l.Int()
	if n < 0 || n > 1<<40 {
		l.fail(errors.New("a count is out of range"))
		return 0
	}
	return int(n)
}

// Bytes reads some bytes, good until the next call.
func (l *Loader) Bytes() []byte {
	n := l.Count()
	if n > maxBlob {
		l.fail(errors.New("a block is too long"))
	}
	if l.err != nil {
		return nil
	}
	if cap(l.buf) < n {
		l.buf = make([]byte, n)
	}
	l.buf = l.buf[:n]
	_, err := io.ReadFull(l.r, l.buf)
	l.fail(err)
	return l.buf
}

// Fail notes an error that what was read has.
func (l *Loader) Fail(err error) { l.fail(err) }

func (l *Loader) fail(err error) {
	if l.err != nil || err == nil {
		return
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	l.err = err
}

// OK reports whether all was well so far: loops over what is read ask it.
func (l *Loader) OK() bool { return l.err == nil }

// Err gives the first error.
func (l *Loader) Err() error {
	if l.err != nil {
		return fmt.Errorf("read state: %w", l.err)
	}
	return nil
}

// Save writes the keys in the order of their slots.
func (x *Index) Save(s *Saver) {
	live := 0
	for range x.All() {
		live++
	}
	s.Int(int64(live))
	for slot := range x.All() {
		switch {
		case slot == x.null-1:
			s.Int(1)
		case x.mode == intKeys:
			s.Int(0)
			s.Int(x.ints.Get(slot))
		default:
			s.Int(0)
			s.Bytes(x.blob(slot))
		}
	}
}

// Load adds what Save wrote: the keys have new slots, one after the other, in the same order. Before the first key is
// deleted it may be called for several snapshots, which share no key.
func (x *Index) Load(l *Loader) {
	x.loaded = int32(x.Slots())
	x.loadKeys(l)
	x.disown(l)
}

// Ranked gives the slot of a key that was the n-th in the snapshot that was loaded last.
func (x *Index) Ranked(n int64) int32 { return x.loaded + int32(n) }

// Loaded goes through the slots of the keys that were loaded last, in the order of their snapshot.
func (x *Index) Loaded() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for slot := x.loaded; int(slot) < x.Slots(); slot++ {
			if !yield(slot) {
				return
			}
		}
	}
}

func (x *Index) loadKeys(l *Loader) {
	k := x.single(-1)
	for n := l.Count(); n > 0 && l.OK(); n-- {
		if k.nulls = nil; l.Int() == 1 {
			k.nulls = []bool{true}
		} else {
			x.read(l, k)
		}
		if l.OK() {
			x.Put(k, 0)
		}
	}
}

func (x *Index) read(l *Loader, k *Keys) {
	switch x.mode {
	case intKeys:
		k.ints[0] = l.Int()
		k.hashes[0] = hashInt(k.ints[0])
	default:
		k.data = l.Bytes()
		k.ends[0] = len(k.data)
		k.texts[0] = view(k.data)
		k.hashes[0] = hashBytes(k.data)
	}
}
