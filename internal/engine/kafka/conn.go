package kafka

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"
)

// maxRequest bounds a request (Kafka: socket.request.max.bytes).
const maxRequest = 100 << 20

// acknowledging are the requests whose answers promise that something is kept.
var acknowledging = map[int16]bool{
	0: true, 8: true, 19: true, 20: true, 21: true, 22: true, 24: true, 25: true, 26: true, 28: true, 30: true, 31: true, 33: true, 37: true, 42: true, 44: true,
	47: true, 49: true, 51: true,
}

// conn holds answers that acknowledge back until what they acknowledge is on disk. Answers leave in the order in which
// they were made; requests behind them are worked on meanwhile.
type conn struct {
	net.Conn
	commits *groupCommit

	mu      sync.Mutex
	holding map[int32]bool // correlation ids of requests that were read and whose answers must wait
	head    [12]byte       // of the request that is being read: size, key, version, correlation id
	have    int            // bytes of it that are there
	left    int64          // bytes of the request after it

	answer []byte // the answer that is being written
	queue  chan outgoing
	closed chan struct{}
	once   sync.Once
}

// outgoing is one answer on its way.
type outgoing struct {
	frame  []byte
	synced <-chan struct{} // nil: need not wait
}

// inFlight bounds how many answers of one connection wait.
const inFlight = 64

func newConn(inner net.Conn, commits *groupCommit) *conn {
	c := &conn{Conn: inner, commits: commits, holding: map[int32]bool{}, queue: make(chan outgoing, inFlight), closed: make(chan struct{})}
	go c.send()
	return c
}

// Read passes requests on and takes note of those that will be acknowledged.
func (c *conn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if failed := c.note(into[:n]); failed != nil {
		c.Close()
		return 0, failed
	}
	return n, err
}

func (c *conn) note(read []byte) error {
	for len(read) > 0 {
		if c.left > 0 {
			skip := min(c.left, int64(len(read)))
			c.left -= skip
			read = read[skip:]
			continue
		}
		n := copy(c.head[c.have:], read)
		c.have += n
		read = read[n:]
		if c.have < len(c.head) {
			return nil
		}
		c.have = 0
		size := int64(int32(binary.BigEndian.Uint32(c.head[:])))
		if size < 8 || size > maxRequest {
			return fmt.Errorf("a request of %d bytes is not taken", size)
		}
		c.left = size - 8
		if acknowledging[int16(binary.BigEndian.Uint16(c.head[4:]))] {
			c.mu.Lock()
			c.holding[int32(binary.BigEndian.Uint32(c.head[8:]))] = true
			c.mu.Unlock()
		}
	}
	return nil
}

// Write takes an answer; it is sent when its turn comes.
func (c *conn) Write(text []byte) (int, error) {
	c.answer = append(c.answer, text...)
	for len(c.answer) >= 8 {
		size := 4 + int(binary.BigEndian.Uint32(c.answer))
		if len(c.answer) < size {
			break
		}
		out := outgoing{frame: c.answer[:size:size]}
		c.answer = c.answer[size:]
		if c.held(int32(binary.BigEndian.Uint32(out.frame[4:]))) {
			out.synced = c.commits.wait()
		}
		select {
		case c.queue <- out:
		case <-c.closed:
			return 0, net.ErrClosed
		}
	}
	if len(c.answer) == 0 {
		c.answer = nil
	}
	return len(text), nil
}

func (c *conn) held(correlation int32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.holding[correlation]
	delete(c.holding, correlation)
	return held
}

func (c *conn) send() {
	for {
		select {
		case <-c.closed:
			return
		case out := <-c.queue:
			if out.synced != nil {
				select {
				case <-out.synced:
				case <-c.closed:
					return
				}
			}
			if _, err := c.Conn.Write(out.frame); err != nil {
				c.Close()
				return
			}
		}
	}
}

// Close drops what has not been sent.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
