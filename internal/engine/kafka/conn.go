package kafka

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
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

	reader *bufio.Reader
	head   [12]byte // of the request that is being read: size, key, version, correlation id
	have   int      // bytes of it that are there
	left   int64    // bytes of the request after it

	mu       sync.Mutex
	underway []request // read and not answered, in order
	gone     bool

	answer []byte       // the part of an answer that is there
	unsent atomic.Int64 // answers in the queue, or on their way from it
	queue  chan outgoing
	closed chan struct{}
}

// request is one that was read.
type request struct {
	correlation  int32
	acknowledged bool // its answer must wait for the disk
}

// outgoing is one answer on its way.
type outgoing struct {
	frame  []byte
	synced <-chan struct{} // nil: need not wait
}

const (
	// inFlight bounds how many answers of one connection wait.
	inFlight = 64
	// readAhead is enough for a small request; of a large one, the rest is read to where it belongs.
	readAhead = 4 << 10
	// underwayEach is how many requests of a connection kfake holds: one that it works on, and the next. One before
	// them has had its answer, or is owed none (acks=0).
	underwayEach = 2
)

func newConn(inner net.Conn, commits *groupCommit) *conn {
	c := &conn{
		Conn: inner, commits: commits, reader: bufio.NewReaderSize(inner, readAhead),
		queue: make(chan outgoing, inFlight), closed: make(chan struct{}),
	}
	go c.send()
	return c
}

// Read passes requests on and takes note of those that will be acknowledged.
func (c *conn) Read(into []byte) (int, error) {
	n, err := c.reader.Read(into)
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
		c.begin(request{int32(binary.BigEndian.Uint32(c.head[8:])), acknowledging[int16(binary.BigEndian.Uint16(c.head[4:]))]})
	}
	return nil
}

func (c *conn) begin(r request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return
	}
	if len(c.underway) == underwayEach {
		c.drop(1)
	}
	c.underway = append(c.underway, r)
	if r.acknowledged {
		c.commits.expect()
	}
}

// drop forgets the first requests underway. It is called under the lock.
func (c *conn) drop(n int) {
	for _, r := range c.underway[:n] {
		if r.acknowledged {
			c.commits.forget()
		}
	}
	c.underway = slices.Delete(c.underway, 0, n)
}

// Write takes an answer; it is sent when its turn comes.
func (c *conn) Write(text []byte) (int, error) {
	if len(c.answer) == 0 && frameSize(text) == len(text) {
		return len(text), c.pass(text)
	}
	c.answer = append(c.answer, text...)
	for size := frameSize(c.answer); size > 0 && size <= len(c.answer); size = frameSize(c.answer) {
		if err := c.pass(c.answer[:size]); err != nil {
			return 0, err
		}
		c.answer = c.answer[size:]
	}
	return len(text), nil
}

// frameSize is the size of the answer that a text begins with, or 0 where too little of it is there.
func frameSize(text []byte) int {
	if len(text) < 8 {
		return 0
	}
	return 4 + int(binary.BigEndian.Uint32(text))
}

// pass sends an answer that need not wait, for the disk or for others before it, and queues a copy of any other.
func (c *conn) pass(frame []byte) error {
	synced := c.synced(int32(binary.BigEndian.Uint32(frame[4:])))
	if synced == nil && c.unsent.Load() == 0 {
		_, err := c.Conn.Write(frame)
		return err
	}
	c.unsent.Add(1)
	select {
	case c.queue <- outgoing{slices.Clone(frame), synced}:
		return nil
	case <-c.closed:
		return net.ErrClosed
	}
}

// synced gives what the answer to a request must wait for, nil for nothing. An answer to a request that is not known
// waits. (Invariant 1.)
func (c *conn) synced(correlation int32) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.underway, func(r request) bool { return r.correlation == correlation })
	if at < 0 {
		c.commits.expect()
		return c.commits.wait()
	}
	c.drop(at)
	acknowledged := c.underway[0].acknowledged
	c.underway = slices.Delete(c.underway, 0, 1)
	if !acknowledged {
		return nil
	}
	return c.commits.wait()
}

// send writes queued answers when their time has come, those whose time has come as well together with them.
func (c *conn) send() {
	var next *outgoing
	for {
		if next == nil {
			select {
			case <-c.closed:
				return
			case out := <-c.queue:
				next = &out
			}
		}
		if next.synced != nil {
			select {
			case <-next.synced:
			case <-c.closed:
				return
			}
		}
		frames := net.Buffers{next.frame}
		frames, next = c.ready(frames)
		sent := int64(len(frames))
		if _, err := frames.WriteTo(c.Conn); err != nil {
			c.Close()
			return
		}
		c.unsent.Add(-sent)
	}
}

// ready adds the queued answers that need not wait any more, and gives the first that must.
func (c *conn) ready(frames net.Buffers) (net.Buffers, *outgoing) {
	for {
		select {
		case out := <-c.queue:
			select {
			case <-out.synced:
			default:
				if out.synced != nil {
					return frames, &out
				}
			}
			frames = append(frames, out.frame)
		default:
			return frames, nil
		}
	}
}

// Close drops what has not been sent.
func (c *conn) Close() error {
	c.mu.Lock()
	if !c.gone {
		c.gone = true
		close(c.closed)
		c.drop(len(c.underway))
	}
	c.mu.Unlock()
	return c.Conn.Close()
}
