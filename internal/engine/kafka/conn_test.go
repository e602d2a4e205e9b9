package kafka

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
)

const (
	keyProduce  = 0
	keyMetadata = 3
)

// frame is a request or an answer with nothing after its head.
func frame(head ...any) []byte {
	text := []byte{0, 0, 0, 0}
	for _, field := range head {
		text, _ = binary.Append(text, binary.BigEndian, field)
	}
	binary.BigEndian.PutUint32(text, uint32(len(text)-4))
	return text
}

func requestOf(key int16, correlation int32) []byte { return frame(key, int16(9), correlation) }

// heldConn is a connection to a bus whose disk syncs when it is let.
type heldConn struct {
	*conn
	client net.Conn
	let    chan struct{}
}

func newHeldConn(t *testing.T) *heldConn {
	ours, client := net.Pipe()
	h := &heldConn{client: client, let: make(chan struct{})}
	commits := newGroupCommit(func() error { <-h.let; return nil }, func(err error) { t.Error(err) })
	h.conn = newConn(ours, commits)
	t.Cleanup(func() {
		h.Close()
		client.Close()
		close(h.let)
		commits.close()
	})
	return h
}

// asks sends a request to the bus, which reads it as kfake does.
func (h *heldConn) asks(t *testing.T, text []byte) {
	t.Helper()
	go h.client.Write(text)
	if _, err := io.ReadFull(h, make([]byte, len(text))); err != nil {
		t.Fatal(err)
	}
}

func (h *heldConn) answers(correlation int32) { go h.Write(frame(correlation)) }

// got gives the correlation ids of the next n answers.
func (h *heldConn) got(t *testing.T, n int) []int32 {
	t.Helper()
	var ids []int32
	for range n {
		text := make([]byte, 8)
		if _, err := io.ReadFull(h.client, text); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, int32(binary.BigEndian.Uint32(text[4:])))
	}
	return ids
}

func TestAnAnswerThatAcknowledgesNothingLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldConn(t)
		h.asks(t, requestOf(keyMetadata, 7))
		h.answers(7)
		if ids := h.got(t, 1); ids[0] != 7 {
			t.Errorf("answers %v", ids)
		}
	})
}

func TestAnAnswerBehindOneThatWaitsWaitsAsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldConn(t)
		h.asks(t, requestOf(keyProduce, 1))
		h.asks(t, requestOf(keyMetadata, 2))
		h.answers(1)
		synctest.Wait()
		h.answers(2)
		synctest.Wait()
		if unsent := h.unsent.Load(); unsent != 2 {
			t.Fatalf("%d answers wait before the disk has synced, want 2", unsent)
		}
		h.let <- struct{}{}
		if ids := h.got(t, 2); ids[0] != 1 || ids[1] != 2 {
			t.Errorf("answers %v, want 1 and 2", ids)
		}
	})
}

func TestAnAnswerToARequestThatNobodyKnowsWaitsForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldConn(t)
		h.answers(99)
		synctest.Wait()
		if unsent := h.unsent.Load(); unsent != 1 {
			t.Fatalf("%d answers wait, want 1", unsent)
		}
		h.let <- struct{}{}
		h.got(t, 1)
	})
}

func TestRequestsWithoutAnAnswerAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeldConn(t)
		for i := range int32(1000) {
			h.asks(t, requestOf(keyProduce, i))
		}
		if len(h.underway) > underwayEach || h.commits.underway > underwayEach {
			t.Errorf("%d requests are remembered and %d expected, want %d at most", len(h.underway), h.commits.underway, underwayEach)
		}
		h.Close()
		if h.commits.underway != 0 {
			t.Errorf("%d requests of a closed connection are still expected", h.commits.underway)
		}
	})
}
