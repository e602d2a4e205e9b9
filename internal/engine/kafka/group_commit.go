package kafka

import (
	"fmt"
	"sync"
	"time"
)

// groupCommit puts everything that was written to the data directory's file system on disk, once for all who wait: an
// answer that acknowledges is sent after a sync that began after the answer was made. (Invariant 1.)
//
// A sync begins as soon as no request that it could cover as well is being worked on, and waits for such requests no
// longer than the last sync took: then sharing has stopped to pay.
type groupCommit struct {
	sync   func() error
	failed func(error)

	mu       sync.Mutex
	underway int           // requests that will be acknowledged and have not been answered
	round    chan struct{} // closed once the next sync has returned; nil: nobody waits for one
	since    time.Time     // of the round
	patience time.Duration
	broken   bool

	late    *time.Timer
	wake    chan struct{}
	stopped chan struct{}
	done    chan struct{}
}

// mostPatience bounds how long a sync waits for requests that it could cover, however slow the disk.
const mostPatience = 5 * time.Millisecond

// newGroupCommit takes what puts everything on disk, and whom to tell that it failed; then nothing is acknowledged any
// more.
func newGroupCommit(sync func() error, failed func(error)) *groupCommit {
	g := &groupCommit{
		sync: sync, failed: failed,
		late: time.NewTimer(time.Hour), wake: make(chan struct{}, 1), stopped: make(chan struct{}), done: make(chan struct{}),
	}
	go g.run()
	return g
}

// expect says that a request is being worked on whose answer will wait.
func (g *groupCommit) expect() {
	g.mu.Lock()
	g.underway++
	g.mu.Unlock()
}

// forget says that an expected request will not be answered.
func (g *groupCommit) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underway--
	g.wakeIfDue()
}

// wait says that an expected request has been answered, and gives a channel that is closed once all that has been
// written so far is on disk. Were that to fail, it never is.
func (g *groupCommit) wait() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underway--
	if g.broken {
		return make(chan struct{})
	}
	if g.round == nil {
		g.round, g.since = make(chan struct{}), time.Now()
		if g.underway > 0 {
			g.late.Reset(g.patience)
		}
	}
	g.wakeIfDue()
	return g.round
}

// due is asked under the lock.
func (g *groupCommit) due() bool {
	return g.round != nil && (g.underway <= 0 || time.Since(g.since) >= g.patience)
}

func (g *groupCommit) wakeIfDue() {
	if !g.due() {
		return
	}
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

func (g *groupCommit) run() {
	defer close(g.done)
	for {
		select {
		case <-g.stopped:
			return
		case <-g.wake:
		case <-g.late.C:
		}
		g.commit()
	}
}

// commit syncs for the round that waits, if its time has come. Who comes while it syncs is of the next round.
func (g *groupCommit) commit() {
	g.mu.Lock()
	if !g.due() {
		if g.round != nil {
			g.late.Reset(g.patience - time.Since(g.since))
		}
		g.mu.Unlock()
		return
	}
	round := g.round
	g.round = nil
	g.mu.Unlock()

	began := time.Now()
	err := g.sync()
	if g.isBroken() {
		return
	}
	if err != nil {
		g.breakOff()
		g.failed(fmt.Errorf("write to disk: %w", err))
		return
	}
	close(round)

	g.mu.Lock()
	defer g.mu.Unlock()
	g.patience = min(time.Since(began), mostPatience)
	g.wakeIfDue()
}

// breakOff lets nobody who waits, or will, hear that anything is on disk.
func (g *groupCommit) breakOff() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = true
}

func (g *groupCommit) isBroken() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.broken
}

func (g *groupCommit) close() {
	close(g.stopped)
	<-g.done
	g.late.Stop()
}
