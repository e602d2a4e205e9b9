package wal

import (
	"encoding/binary"
	"io"
)

// tap hands messages to pgx's frontend, and never a byte of the message after the one that is being read: so nothing of
// the stream lies in pgx's buffer when the stream's own reader takes over.
type tap struct {
	r       io.Reader
	header  [5]byte
	have    int // bytes of the header that were read
	pending int // bytes of the message that were not handed over yet
	given   int // bytes of the header that were handed over
}

func (t *tap) Read(into []byte) (int, error) {
	if t.pending == 0 && t.have == t.given {
		if err := t.next(); err != nil {
			return 0, err
		}
	}
	if t.given < t.have {
		n := copy(into, t.header[t.given:t.have])
		t.given += n
		if t.given == len(t.header) && t.pending == 0 {
			t.have, t.given = 0, 0
		}
		return n, nil
	}
	n, err := t.r.Read(into[:min(len(into), t.pending)])
	t.pending -= n
	return n, err
}

func (t *tap) next() error {
	t.have, t.given = 0, 0
	n, err := io.ReadFull(t.r, t.header[:])
	if n < len(t.header) {
		return err
	}
	t.have = n
	t.pending = int(binary.BigEndian.Uint32(t.header[1:])) - 4
	return nil
}
