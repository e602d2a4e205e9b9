package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"time"
)

// Shorten reads the rest of a message beyond the limit, without the columns that are left out, which come as null: so a row
// whose large column no one wants needs no memory for it. What is beyond the limit all the same comes back as it was, and
// its rest is read over. It is for a row's change, right after the Next that gave it.
func (s *Stream) Shorten(m Message, out func(column int) bool) (Message, error) {
	m.Payload = slices.Clone(m.Payload)
	rest := &rest{s: s}
	short := shortener{r: io.MultiReader(bytes.NewReader(m.Payload), rest), out: out, limit: s.limit}
	err := short.row()
	if rest.woken {
		s.Wake() // what was to be done is done after this message
	}
	switch {
	case errors.Is(err, errBeyond):
		return m, nil
	case err != nil:
		return m, err
	}
	return Message{Start: m.Start, End: m.End, Payload: short.b}, nil
}

// rest reads what is left of the stream's last message.
type rest struct {
	s     *Stream
	woken bool
}

func (r *rest) Read(into []byte) (int, error) {
	s := r.s
	if s.skip == 0 {
		return 0, io.EOF
	}
	into = into[:min(len(into), s.skip)]
	if s.at < s.n {
		n := copy(into, s.buf[s.at:s.n])
		s.at, s.skip = s.at+n, s.skip-n
		return n, nil
	}
	n, err := s.r.Read(into)
	s.skip -= n
	if errors.Is(err, os.ErrDeadlineExceeded) {
		r.woken = true
		err = s.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

var errBeyond = errors.New("beyond the limit")

// shortener copies a message column by column.
type shortener struct {
	r     io.Reader
	out   func(column int) bool
	limit int
	b     []byte
}

// take copies n bytes, and gives them.
func (s *shortener) take(n int) ([]byte, error) {
	if n < 0 || len(s.b)+n > s.limit {
		return nil, errBeyond
	}
	start := len(s.b)
	s.b = slices.Grow(s.b, n)[:start+n]
	_, err := io.ReadFull(s.r, s.b[start:])
	return s.b[start:], err
}

// row copies the kind, the relation, and each tuple with the letter before it.
func (s *shortener) row() error {
	if _, err := s.take(1 + 4); err != nil {
		return err
	}
	for {
		_, err := s.take(1)
		if errors.Is(err, io.EOF) {
			s.b = s.b[:len(s.b)-1]
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.tuple(); err != nil {
			return err
		}
	}
}

func (s *shortener) tuple() error {
	count, err := s.take(2)
	if err != nil {
		return err
	}
	for column := range int(binary.BigEndian.Uint16(count)) {
		if err := s.column(column); err != nil {
			return err
		}
	}
	return nil
}

func (s *shortener) column(column int) error {
	kind, err := s.take(1)
	if err != nil || kind[0] != 't' && kind[0] != 'b' {
		return err
	}
	at := len(s.b) - 1
	head, err := s.take(4)
	if err != nil {
		return err
	}
	length := int(binary.BigEndian.Uint32(head))
	if !s.out(column) {
		_, err = s.take(length)
		return err
	}
	s.b = append(s.b[:at], 'n')
	_, err = io.CopyN(io.Discard, s.r, int64(length))
	return err
}
