package operators

import (
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
)

// expiry is the time to live of state by slot: a slot that was not written for so long counts as empty
// (table.exec.state.ttl: set by writes, never returned once expired).
type expiry struct {
	ttl  int64 // milliseconds; 0 for none
	now  int64
	last state.Paged[int64] // by slot: when it was written
	at   int32              // where the next sweep goes on
}

func newExpiry(ttl time.Duration) expiry { return expiry{ttl: ttl.Milliseconds()} }

func (e *expiry) on() bool { return e.ttl > 0 }

// write notes that a slot was written now.
func (e *expiry) write(slot int32) {
	if e.ttl > 0 {
		e.last.Grow(int(slot) + 1)
		e.last.Set(slot, e.now)
	}
}

// over reports whether a slot has expired.
func (e *expiry) over(slot int32) bool {
	return e.ttl > 0 && int(slot) < e.last.Len() && e.now-e.last.Get(slot) >= e.ttl
}

// sweepAt is how many slots a tick looks at.
const sweepAt = 1 << 12

// sweep moves the clock and looks through some slots for those that have expired.
func (e *expiry) sweep(now time.Time, index *state.Index, drop func(slot int32)) {
	e.now = max(e.now, now.UnixMilli())
	if e.ttl == 0 {
		return
	}
	for range min(sweepAt, index.Slots()) {
		if int(e.at) >= index.Slots() {
			e.at = 0
		}
		if slot := e.at; index.Live(slot) && e.over(slot) {
			drop(slot)
		}
		e.at++
	}
}

func (e *expiry) save(s *state.Saver, slots []int32) {
	if e.ttl == 0 {
		s.Int(0)
		return
	}
	s.Int(1)
	for _, slot := range slots {
		s.Int(e.last.Get(slot))
	}
}

// load reads when slots were written. State from before there was a time to live counts as written now.
func (e *expiry) load(l *state.Loader, slots []int32) {
	if l.Int() == 0 {
		for _, slot := range slots {
			e.write(slot)
		}
		return
	}
	for _, slot := range slots {
		at := l.Int()
		if e.ttl > 0 && l.OK() {
			e.write(slot)
			e.last.Set(slot, at)
		}
	}
}
