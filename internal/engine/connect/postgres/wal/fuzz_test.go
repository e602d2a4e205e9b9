package wal

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// FuzzDecode feeds bytes that may be no message: a reader must neither fail in another way than by its error nor give
// columns that do not lie in the payload.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("I\x00\x00\x00\x07N\x00\x02t\x00\x00\x00\x01xn"))
	f.Add([]byte("U\x00\x00\x00\x07K\x00\x01t\x00\x00\x00\x01xN\x00\x01u"))
	f.Add([]byte("D\x00\x00\x00\x07O\x00\x01n"))
	f.Add([]byte("T\x00\x00\x00\x01\x00\x00\x00\x00\x07"))
	f.Add([]byte("M\x01\x00\x00\x00\x00\x00\x00\x00\x09p\x00\x00\x00\x00\x01x"))
	f.Add([]byte("R\x00\x00\x00\x07public\x00t\x00d\x00\x01\x01id\x00\x00\x00\x00\x17\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var c Change
		if c.Decode(payload, false) == nil {
			total := 0
			for _, column := range append(c.Old, c.New...) {
				total += len(column.Text)
			}
			if total > len(payload) {
				t.Errorf("%d bytes of columns in a message of %d", total, len(payload))
			}
		}
		_ = c.Decode(payload, true)
		_, _ = Describe(payload)
	})
}

// message frames a payload as the server does.
func message(start uint64, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{'d'}, uint32(4+25+len(payload)))
	b = binary.BigEndian.AppendUint64(append(b, 'w'), start)
	b = binary.BigEndian.AppendUint64(b, start)
	return append(binary.BigEndian.AppendUint64(b, 0), payload...)
}

// TestMessagesOfAnySizeAreRead sends small messages, one larger than the buffer, and one beyond the limit, in pieces.
func TestMessagesOfAnySizeAreRead(t *testing.T) {
	sizes := []int{0, 1, 100, bufferBytes - 30, bufferBytes, 3 * bufferBytes, 5, 5 * bufferBytes, 7}
	server, client := net.Pipe()
	go func() {
		for i, size := range sizes {
			for piece := message(uint64(i), bytes.Repeat([]byte{byte(i)}, size)); len(piece) > 0; {
				n := min(len(piece), 70_001)
				if _, err := server.Write(piece[:n]); err != nil {
					return
				}
				piece = piece[n:]
			}
		}
		_ = server.Close()
	}()
	s := newStream(client, client, 4*bufferBytes)
	for i, size := range sizes {
		m, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if int(m.Start) != i || len(m.Payload)+m.Cut != size || m.Cut > 0 != (size > 4*bufferBytes) {
			t.Errorf("message %d of %d bytes came as %d, %d bytes, %d cut", i, size, m.Start, len(m.Payload), m.Cut)
		}
		for _, c := range m.Payload {
			if int(c) != i {
				t.Fatalf("message %d has a byte of message %d", i, c)
			}
		}
	}
	if _, err := s.Next(); err != io.EOF { //nolint:errorlint // as a Reader's
		t.Errorf("after the last message: %v", err)
	}
}

func TestAReaderIsWokenAndGoesOnWhereItWas(t *testing.T) {
	server, client := net.Pipe()
	s := newStream(client, client, 0)
	whole := message(7, []byte("abc"))
	woken := make(chan error)
	go func() {
		_, err := s.Next()
		woken <- err
	}()
	if _, err := server.Write(whole[:9]); err != nil {
		t.Fatal(err)
	}
	s.Wake()
	if err := <-woken; err == nil || err.Error() != ErrWoken.Error() {
		t.Fatalf("woken with %v", err)
	}
	go func() { _, _ = server.Write(whole[9:]) }()
	m, err := s.Next()
	if err != nil || string(m.Payload) != "abc" {
		t.Errorf("%q, %v", m.Payload, err)
	}
}
