package kafka

import (
	"fmt"
	"os"
	"sync"
)

// groupCommit puts everything that was written to the data directory's file system on disk, once for all who wait: an
// answer that acknowledges is sent after a sync that began after the answer was made. (Invariant 1.)
type groupCommit struct {
	dir    *os.File
	failed func(error)

	mu      sync.Mutex
	waiting []chan struct{}
	broken  bool
	wake    chan struct{}
	stopped chan struct{}
	done    chan struct{}
}

func newGroupCommit(path string, failed func(error)) (*groupCommit, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	g := &groupCommit{dir: dir, failed: failed, wake: make(chan struct{}, 1), stopped: make(chan struct{}), done: make(chan struct{})}
	go g.run()
	return g, nil
}

// wait gives a channel that is closed once what has been written so far is on disk. Were that to fail, it never is.
func (g *groupCommit) wait() <-chan struct{} {
	synced := make(chan struct{})
	g.mu.Lock()
	if !g.broken {
		g.waiting = append(g.waiting, synced)
	}
	g.mu.Unlock()
	select {
	case g.wake <- struct{}{}:
	default:
	}
	return synced
}

func (g *groupCommit) run() {
	defer close(g.done)
	for {
		select {
		case <-g.stopped:
			return
		case <-g.wake:
			g.commit()
		}
	}
}

func (g *groupCommit) commit() {
	g.mu.Lock()
	ready := g.waiting
	g.waiting = nil
	g.mu.Unlock()
	if len(ready) == 0 {
		return
	}
	err := syncFileSystem(g.dir)
	if g.isBroken() {
		return
	}
	if err != nil {
		g.breakOff()
		g.failed(fmt.Errorf("write %s to disk: %w", g.dir.Name(), err))
		return
	}
	for _, synced := range ready {
		close(synced)
	}
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
	g.dir.Close()
}
