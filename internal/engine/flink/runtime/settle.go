package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
)

// settlePause is between two looks at whether a job has settled.
const settlePause = 50 * time.Microsecond

// Settle waits until the job has done all that can be done before its clock moves on: every task waits, for rows that
// are not there or for a time that has not come. It returns at once when the job has ended. All sources must be able to
// tell that they wait, as tables in memory are. With a virtual clock and tables in memory, a test is
//
//	Settle; Advance the clock; Settle; compare
func (j *Job) Settle(ctx context.Context) error {
	pause := time.NewTicker(settlePause)
	defer pause.Stop()
	last := int64(-1)
	for {
		settled, activity, err := j.settled()
		if err != nil || settled && activity == last {
			return err
		}
		last = -1
		if settled {
			last = activity
		}
		select {
		case <-pause.C:
		case <-j.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// settled looks once. Two looks between which nothing happened are proof.
func (j *Job) settled() (settled bool, activity int64, err error) {
	j.mu.Lock()
	r, state := j.run, j.status.State
	j.mu.Unlock()
	if r == nil || state != Running {
		return false, 0, nil
	}
	settled = true
	for _, t := range r.tasks {
		waits, err := t.waits()
		if err != nil {
			return false, 0, err
		}
		settled = settled && waits
		activity += t.activity.Load()
	}
	return settled, activity, nil
}

// waits reports whether the task can do nothing now.
func (t *task) waits() (bool, error) {
	if t.tickDue.Load() {
		return false, nil
	}
	if t.source == nil {
		return t.resting.Load() && t.gate.quiet(), nil
	}
	if t.source.markDue.Load() {
		return false, nil
	}
	if t.resting.Load() {
		return t.source.nap.calm(), nil
	}
	w, ok := t.source.source.(stream.Waiting)
	if !ok {
		if _, ok := t.source.source.(*constants); ok {
			return false, nil
		}
		return false, fmt.Errorf("%s: %w", t.name(), errNotTelling)
	}
	return w.Waits() && t.source.nap.calm(), nil
}

var errNotTelling = errors.New("the source cannot tell that it waits; only tables in memory can")

// quiet reports whether there is nothing to take and no call to look.
func (g *gate) quiet() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.channels {
		if g.channels[i].n > 0 {
			return false
		}
	}
	return len(g.ready) == 0
}

// calm reports whether no one has cut the wait short.
func (n *nap) calm() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ctx != nil && n.ctx.Err() == nil
}
