package runtime

import (
	"context"
	"sync"

	"github.com/weftmesh/weft/internal/rows"
)

// messageKind tells apart what flows between tasks.
type messageKind uint8

const (
	batchMessage messageKind = iota
	watermarkMessage
	idleMessage
	activeMessage
	barrierMessage
	endMessage
)

// message is one thing on its way from a task to another.
type message struct {
	kind  messageKind
	batch *rows.Batch
	value int64  // the watermark, or the checkpoint's number
	order uint64 // when it came to its gate
}

// channelBound is how many messages wait in a channel at most: a task that is further ahead waits for its consumer.
const channelBound = 8

// gate is where a task takes what its channels bring. A channel that is blocked keeps its messages, so that a barrier
// on it can wait for those of the others.
type gate struct {
	mu       sync.Mutex
	channels []channel
	arrivals uint64        // messages so far: they are taken in the order in which they came
	ready    chan struct{} // of one place: there may be something to take
}

type channel struct {
	queue   [channelBound]message
	first   int
	n       int
	blocked bool
	space   chan struct{} // of one place: there may be room again
}

func newGate(channels int) *gate {
	g := &gate{channels: make([]channel, channels), ready: make(chan struct{}, 1)}
	for i := range g.channels {
		g.channels[i].space = make(chan struct{}, 1)
	}
	return g
}

// put hands a message over. It waits while the channel is full; waited reports that it did.
func (g *gate) put(ctx context.Context, at int, m message) (waited bool, err error) {
	for !g.offer(at, m) {
		waited = true
		select {
		case <-g.channels[at].space:
		case <-ctx.Done():
			return true, ctx.Err()
		}
	}
	g.wake()
	return waited, nil
}

func (g *gate) offer(at int, m message) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &g.channels[at]
	if c.n == channelBound {
		return false
	}
	g.arrivals++
	m.order = g.arrivals
	c.queue[(c.first+c.n)%channelBound] = m
	c.n++
	return true
}

// wake makes a take that waits look again.
func (g *gate) wake() { signal(g.ready) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take gives the message that came first of all that wait in unblocked channels, if there is one. So what one task
// sends through several channels is taken in the order in which it was sent.
func (g *gate) take() (at int, m message, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at = -1
	for i := range g.channels {
		c := &g.channels[i]
		if c.n > 0 && !c.blocked && (at < 0 || c.queue[c.first].order < g.channels[at].queue[g.channels[at].first].order) {
			at = i
		}
	}
	if at < 0 {
		return 0, message{}, false
	}
	c := &g.channels[at]
	m = c.queue[c.first]
	c.queue[c.first] = message{}
	c.first = (c.first + 1) % channelBound
	c.n--
	signal(c.space)
	return at, m, true
}

func (g *gate) block(at int, blocked bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.channels[at].blocked = blocked
}

// free unblocks all channels.
func (g *gate) free() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.channels {
		g.channels[i].blocked = false
	}
}
