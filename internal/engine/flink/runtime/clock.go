package runtime

import (
	"sync"
	"time"
)

// Clock is where a job's time comes from: processing time, intervals, time-outs.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, in a goroutine of the clock's, after a duration. Stop calls it off; f may still be running.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// Wall is the machine's clock.
type Wall struct{}

// Now is the present.
func (Wall) Now() time.Time { return time.Now() }

// AfterFunc is time.AfterFunc.
func (Wall) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

// Virtual is a clock that stands still until it is moved.
type Virtual struct {
	mu     sync.Mutex
	now    time.Time
	timers []*alarm // in no order: they are few
}

type alarm struct {
	at time.Time
	f  func()
}

// NewVirtual makes a clock that stands at a time.
func NewVirtual(at time.Time) *Virtual { return &Virtual{now: at} }

// Now is where the clock stands.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// AfterFunc is due when Advance passes the time.
func (v *Virtual) AfterFunc(d time.Duration, f func()) func() {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := &alarm{at: v.now.Add(d), f: f}
	v.timers = append(v.timers, a)
	return func() { v.remove(a) }
}

func (v *Virtual) remove(a *alarm) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, other := range v.timers {
		if other == a {
			v.timers = append(v.timers[:i], v.timers[i+1:]...)
			return
		}
	}
}

// Advance moves the clock to a time and calls what came due on the way, in order, each at its own time.
func (v *Virtual) Advance(to time.Time) {
	for {
		due := v.due(to)
		if due == nil {
			return
		}
		due.f()
	}
}

// due takes the next alarm until a time off the clock and moves to it, or moves to the time if there is none.
func (v *Virtual) due(to time.Time) *alarm {
	v.mu.Lock()
	defer v.mu.Unlock()
	next := -1
	for i, a := range v.timers {
		if !a.at.After(to) && (next < 0 || a.at.Before(v.timers[next].at)) {
			next = i
		}
	}
	if next < 0 {
		if to.After(v.now) {
			v.now = to
		}
		return nil
	}
	a := v.timers[next]
	v.timers = append(v.timers[:next], v.timers[next+1:]...)
	if a.at.After(v.now) {
		v.now = a.at
	}
	return a
}
