package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	bufferBytes = 256 << 10
	headBytes   = 64 << 10 // what is kept of a message beyond the limit
)

// ErrEnded is the error of a stream that the server closed in order.
var ErrEnded = errors.New("the server has ended the stream")

// ErrWoken is the error of a Next that Wake has ended.
var ErrWoken = errors.New("woken")

// Message is one message of the stream. The payload holds until the next call of Next.
type Message struct {
	Start     LSN  // where the change lies; 0 in a keepalive
	End       LSN  // how far the server's log reaches
	Keepalive bool // no payload
	Reply     bool // of a keepalive: the server wants a status at once
	Payload   []byte
	Cut       int // bytes that were left out, as the message is beyond the limit
}

// Stream is a replication connection in copy-both mode. Next is for one goroutine; Confirm for any.
type Stream struct {
	conn  net.Conn
	r     io.Reader
	limit int
	buf   []byte
	at, n int // what was read and not taken yet
	skip  int // bytes of the last message that are still to be read and dropped

	mu     sync.Mutex
	status [1 + 4 + 1 + 8 + 8 + 8 + 8 + 1]byte
}

func newStream(conn net.Conn, r io.Reader, limit int) *Stream {
	return &Stream{conn: conn, r: r, limit: max(limit, bufferBytes), buf: make([]byte, bufferBytes)}
}

// Close cuts the connection; a Next that waits fails.
func (s *Stream) Close() error { return s.conn.Close() }

// Buffered tells whether Next will return a message without waiting for the server.
func (s *Stream) Buffered() bool {
	have := s.n - s.at
	return s.skip == 0 && have >= 5 && have >= 1+s.length()
}

// length is that of the message that begins at s.at, without its type.
func (s *Stream) length() int { return int(binary.BigEndian.Uint32(s.buf[s.at+1:])) }

// Wake ends a Next that waits, or the next one, with ErrWoken. It may be called from any goroutine.
func (s *Stream) Wake() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) } // a closed connection wakes by itself

// Next waits for a message. After ErrWoken it goes on where it was.
func (s *Stream) Next() (Message, error) {
	for {
		kind, body, cut, err := s.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return Message{}, errors.Join(ErrWoken, s.conn.SetReadDeadline(time.Time{}))
		}
		if err != nil {
			return Message{}, err
		}
		switch kind {
		case 'd':
			return parse(body, cut)
		case 'E':
			var response pgproto3.ErrorResponse
			if err := response.Decode(body); err != nil {
				return Message{}, err
			}
			return Message{}, pgconn.ErrorResponseToPgError(&response)
		case 'c', 'C', 'Z':
			return Message{}, ErrEnded
		}
	}
}

func (s *Stream) next() (kind byte, body []byte, cut int, err error) {
	if err := s.drop(); err != nil {
		return 0, nil, 0, err
	}
	if err := s.fill(5); err != nil {
		return 0, nil, 0, err
	}
	size := 1 + s.length()
	if size < 5 {
		return 0, nil, 0, fmt.Errorf("a message of %d bytes", size)
	}
	whole := size
	if size > s.limit {
		whole = headBytes
	}
	if err := s.fill(whole); err != nil {
		return 0, nil, 0, err
	}
	kind, body = s.buf[s.at], s.buf[s.at+5:s.at+whole]
	s.at, s.skip = s.at+whole, size-whole
	return kind, body, s.skip, nil
}

// drop reads over what is left of a message beyond the limit.
func (s *Stream) drop() error {
	for s.skip > 0 {
		if s.at == s.n {
			s.at, s.n = 0, 0
			n, err := s.r.Read(s.buf)
			if err != nil {
				return err
			}
			s.n = n
		}
		taken := min(s.skip, s.n-s.at)
		s.at += taken
		s.skip -= taken
	}
	return nil
}

// fill sees to it that so many bytes are there from s.at on. A buffer that grew for one large message is given up again.
func (s *Stream) fill(want int) error {
	if s.n-s.at >= want {
		return nil
	}
	if s.at+want > len(s.buf) || len(s.buf) > bufferBytes && want <= bufferBytes {
		into := s.buf
		if want > len(s.buf) {
			into = make([]byte, want)
		} else if len(s.buf) > bufferBytes && s.n-s.at <= bufferBytes && want <= bufferBytes {
			into = make([]byte, bufferBytes)
		}
		s.n = copy(into, s.buf[s.at:s.n])
		s.buf, s.at = into, 0
	}
	for s.n-s.at < want {
		n, err := s.r.Read(s.buf[s.n:])
		s.n += n
		if err != nil {
			return err
		}
	}
	return nil
}

func parse(body []byte, cut int) (Message, error) {
	switch {
	case len(body) >= 25 && body[0] == 'w':
		return Message{
			Start: LSN(binary.BigEndian.Uint64(body[1:])), End: LSN(binary.BigEndian.Uint64(body[9:])), Payload: body[25:], Cut: cut,
		}, nil
	case len(body) >= 18 && body[0] == 'k':
		return Message{End: LSN(binary.BigEndian.Uint64(body[1:])), Keepalive: true, Reply: body[17] != 0}, nil
	}
	return Message{}, fmt.Errorf("a replication message of %d bytes that is none of the protocol's", len(body))
}

// Confirm tells the server that everything up to a position is kept elsewhere, so that the slot may let go of it.
func (s *Stream) Confirm(lsn LSN) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.status[:0]
	b = append(b, 'd')
	b = binary.BigEndian.AppendUint32(b, 4+1+8+8+8+8+1)
	b = append(b, 'r')
	for range 3 { // written, flushed, applied
		b = binary.BigEndian.AppendUint64(b, uint64(lsn))
	}
	b = binary.BigEndian.AppendUint64(b, uint64(time.Now().UnixMicro()-postgresEpoch))
	b = append(b, 0)
	_, err := s.conn.Write(b)
	return err
}
