package runtime

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
)

// task runs one parallel part of a vertex in a goroutine of its own.
type task struct {
	vertex   *vertex
	part     int
	ctx      context.Context //nolint:containedctx // of the run that the task belongs to
	clock    Clock
	metrics  *Metrics
	acks     chan<- ack
	head     receiver
	steps    []*operating
	sinks    []*writing
	ticking  bool
	tickDue  atomic.Bool
	ended    bool
	resting  atomic.Bool  // it waits for something to do
	activity atomic.Int64 // counts what it did
	// requested is the checkpoint that the coordinator asked for last. Sources act upon it, and tasks whose inputs have
	// ended, since no barrier will reach those.
	requested atomic.Pointer[trigger]
	taken     int64 // the last checkpoint that the task took part in
	store     func() *pending

	// Of tasks with inputs.
	gate    *gate
	inputs  []int // by channel: the input of the head
	valve   *valve
	closed  []bool
	open    int
	aligned []bool // the channels that have brought the barrier of aligning
	waiting message

	// Of tasks without.
	source *sourcing
}

// trigger asks for a checkpoint.
type trigger struct {
	checkpoint int64
	stop       bool // sources give no rows after it
	drain      bool // event time comes to its end before it
}

// ack says how a task's part in a checkpoint went.
type ack struct {
	task       *task
	checkpoint int64
	states     []savedState
	err        error
	ended      bool // the task has ended; no checkpoint is meant
}

func (t *task) name() string {
	return fmt.Sprintf("%s (%d/%d)", t.vertex.name(), t.part+1, t.vertex.parallelism)
}

// run does the task's work until it fails or the context ends; it stays there for checkpoints after its inputs ended.
func (t *task) run() error {
	if t.ticking {
		defer t.startTicking()()
	}
	if t.source != nil {
		return t.runSource()
	}
	for {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if err := t.tickIfDue(); err != nil {
			return err
		}
		at, m, ok := t.gate.take()
		if !ok {
			if err := t.rest(); err != nil {
				return err
			}
			continue
		}
		if err := t.handle(at, m); err != nil {
			return err
		}
	}
}

// rest waits until there may be something to do.
func (t *task) rest() error {
	if t.ended {
		if err := t.takePartWhenEnded(); err != nil {
			return err
		}
	}
	start := time.Now()
	t.resting.Store(true)
	select {
	case <-t.gate.ready:
	case <-t.ctx.Done():
	}
	t.resting.Store(false)
	t.activity.Add(1)
	t.metrics.idled(time.Since(start))
	return nil
}

func (t *task) startTicking() (stop func()) {
	var again func()
	var halt atomic.Bool
	again = func() {
		if halt.Load() {
			return
		}
		t.tickDue.Store(true)
		t.wake()
		t.clock.AfterFunc(stream.TickEvery, again)
	}
	cancel := t.clock.AfterFunc(stream.TickEvery, again)
	return func() { halt.Store(true); cancel() }
}

func (t *task) tickIfDue() error {
	if !t.tickDue.Swap(false) {
		return nil
	}
	return t.head.tick(t.clock.Now())
}

// wake makes the task look for what it is asked.
func (t *task) wake() {
	if t.source != nil {
		t.source.nap.interrupt()
		return
	}
	t.gate.wake()
}

// request asks the task to take part in a checkpoint.
func (t *task) request(r *trigger) {
	t.requested.Store(r)
	t.wake()
}

func (t *task) handle(at int, m message) error {
	switch m.kind {
	case batchMessage:
		t.metrics.received(m.batch.Len)
		return t.head.take(t.inputs[at], m.batch)
	case watermarkMessage:
		if t.valve.mark(at, m.value) {
			return t.advance(t.valve.last)
		}
	case idleMessage, activeMessage:
		return t.status(at, m.kind == idleMessage)
	case barrierMessage:
		return t.align(at, m)
	case endMessage:
		return t.close(at)
	}
	return nil
}

func (t *task) advance(watermark int64) error {
	t.metrics.inMark.Store(watermark)
	return t.head.advance(watermark)
}

func (t *task) status(at int, idle bool) error {
	risen, changed := t.valve.status(at, idle)
	if risen {
		if err := t.advance(t.valve.last); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	kind := activeMessage
	if t.valve.quiet {
		kind = idleMessage
	}
	return t.head.pass(message{kind: kind})
}

// align holds a channel back that has brought the barrier, until all others have.
func (t *task) align(at int, m message) error {
	t.waiting = m
	t.aligned[at] = true
	t.gate.block(at, true)
	return t.takePartWhenAligned()
}

func (t *task) takePartWhenAligned() error {
	if t.waiting.kind != barrierMessage {
		return nil
	}
	for at, there := range t.aligned {
		if !there && !t.closed[at] {
			return nil
		}
	}
	m := t.waiting
	t.waiting = message{}
	clear(t.aligned)
	t.gate.free()
	return t.takePart(m)
}

// close notes that a channel brings nothing more. When none does, the task has ended.
func (t *task) close(at int) error {
	t.closed[at] = true
	t.open--
	if err := t.takePartWhenAligned(); err != nil {
		return err
	}
	if t.open > 0 {
		return nil
	}
	return t.end()
}

// end hands on that there is no more, flushes the sinks, and tells the coordinator.
func (t *task) end() error {
	if err := t.head.pass(message{kind: endMessage}); err != nil {
		return err
	}
	for _, s := range t.sinks {
		if err := s.sink.Flush(t.ctx, 0); err != nil {
			return err
		}
	}
	t.ended = true
	return t.tell(ack{task: t, ended: true})
}

func (t *task) tell(a ack) error {
	select {
	case t.acks <- a:
		return nil
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
}

func (t *task) takePartWhenEnded() error {
	r := t.requested.Load()
	if r == nil || r.checkpoint <= t.taken {
		return nil
	}
	return t.takePart(message{kind: barrierMessage, value: r.checkpoint})
}

// takePart hands the barrier on and saves the state of all steps. A state that cannot be written fails the
// checkpoint, not the task; a sink that cannot be flushed fails the task.
func (t *task) takePart(m message) error {
	t.taken = m.value
	if !t.ended {
		if err := t.head.pass(m); err != nil {
			return err
		}
	}
	for _, s := range t.sinks {
		if err := s.flush(t.ctx, m.value); err != nil {
			return err
		}
	}
	states, err := t.save(m.value)
	return t.tell(ack{task: t, checkpoint: m.value, states: states, err: err})
}

func (t *task) save(checkpoint int64) ([]savedState, error) {
	p := t.store()
	if p == nil || p.id != checkpoint {
		return nil, fmt.Errorf("checkpoint %d was given up", checkpoint)
	}
	var states []savedState
	if t.source != nil {
		state, err := t.source.source.Save()
		if err != nil {
			return nil, fmt.Errorf("save the position of %s: %w", t.name(), err)
		}
		states = append(states, inlined(t.source.key, t.part, state))
	}
	for _, s := range t.steps {
		w := p.writer(s.key, t.part)
		if err := s.operator.Save(w); err != nil {
			w.abandon()
			return nil, fmt.Errorf("save the state of %s: %w", t.name(), err)
		}
		state, err := w.finish()
		if err != nil {
			return nil, fmt.Errorf("save the state of %s: %w", t.name(), err)
		}
		states = append(states, state)
	}
	return states, nil
}
