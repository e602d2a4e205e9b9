package runtime

import (
	"context"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// receiver is what a step hands its output to: the next step of the same task, or an exchange to other tasks.
type receiver interface {
	take(input int, b *rows.Batch) error
	advance(watermark int64) error
	tick(now time.Time) error
	// pass hands on what is not for steps to see: idleness, barriers, the end.
	pass(m message) error
}

// outlets is everyone who gets a step's output. Batches are not changed once handed on, so all share them.
type outlets []receiver

func (o outlets) emit(b *rows.Batch) error {
	if b == nil || b.Len == 0 {
		return nil
	}
	for _, r := range o {
		if err := r.take(0, b); err != nil {
			return err
		}
	}
	return nil
}

func (o outlets) advance(watermark int64) error {
	for _, r := range o {
		if err := r.advance(watermark); err != nil {
			return err
		}
	}
	return nil
}

func (o outlets) tick(now time.Time) error {
	for _, r := range o {
		if err := r.tick(now); err != nil {
			return err
		}
	}
	return nil
}

func (o outlets) pass(m message) error {
	for _, r := range o {
		if err := r.pass(m); err != nil {
			return err
		}
	}
	return nil
}

// mapping is a step without state: it turns a batch into another, or into none.
type mapping struct {
	outlets
	of func(b *rows.Batch) (*rows.Batch, error)
}

func (m *mapping) take(_ int, b *rows.Batch) error {
	out, err := m.of(b)
	if err != nil {
		return err
	}
	return m.emit(out)
}

// withoutBefore leaves out UpdateBefore.
func withoutBefore(b *rows.Batch) (*rows.Batch, error) {
	if b.Changes == nil {
		return b, nil
	}
	sel := make([]int32, 0, b.Len)
	for i, c := range b.Changes {
		if c != rows.UpdateBefore {
			sel = append(sel, int32(i))
		}
	}
	if len(sel) == b.Len {
		return b, nil
	}
	return b.Take(sel), nil
}

// operating is a step with an operator in it.
type operating struct {
	outlets
	operator stream.Operator
	ticking  stream.Ticking // the operator, if it acts by the clock
	clock    Clock
	key      string   // of its state in a checkpoint
	resume   *resumed // what it goes on from; nil to begin
}

func (o *operating) take(input int, b *rows.Batch) error {
	if o.ticking != nil {
		if err := o.ticking.Tick(o.clock.Now(), o.emit); err != nil {
			return err
		}
	}
	return o.operator.Process(input, b, o.emit)
}

func (o *operating) advance(watermark int64) error {
	if err := o.operator.Advance(watermark, o.emit); err != nil {
		return err
	}
	return o.outlets.advance(watermark)
}

func (o *operating) tick(now time.Time) error {
	if o.ticking != nil {
		if err := o.ticking.Tick(now, o.emit); err != nil {
			return err
		}
	}
	return o.outlets.tick(now)
}

// writing is the step at the end of a plan: it writes to a table.
type writing struct {
	sink    stream.Sink
	node    *plan.Sink
	notNull *required // nil: all columns may be NULL
	metrics *Metrics
	flushed bool // nothing was written since the last flush
}

func (w *writing) take(_ int, b *rows.Batch) error {
	if w.notNull != nil {
		var err error
		if b, err = w.notNull.checked(b); err != nil || b == nil {
			return err
		}
	}
	w.metrics.sent(b.Len)
	w.flushed = false
	return w.sink.Write(b)
}

func (w *writing) advance(int64) error  { return nil }
func (w *writing) tick(time.Time) error { return nil }
func (w *writing) pass(message) error   { return nil }

func (w *writing) flush(ctx context.Context, checkpoint int64) error {
	if err := w.sink.Flush(ctx, checkpoint); err != nil {
		return err
	}
	if s, ok := w.sink.(stream.Staged); ok {
		return s.Stage(ctx, checkpoint)
	}
	return nil
}

// exchange hands the output of a step to the tasks of another vertex: all to one, or each row by the hash of its keys.
type exchange struct {
	ctx     context.Context //nolint:containedctx // the task's own, for as long as it runs
	input   int
	keys    []int // nil: everything goes to the one target
	targets []place
	metrics *Metrics
	sums    []uint64
	sels    [][]int32
}

// place is a channel of a gate.
type place struct {
	gate    *gate
	channel int
}

func (e *exchange) take(_ int, b *rows.Batch) error {
	e.metrics.sent(b.Len)
	if len(e.targets) == 1 {
		return e.send(0, message{kind: batchMessage, batch: b})
	}
	e.divide(b)
	for i, sel := range e.sels {
		switch len(sel) {
		case 0:
			continue
		case b.Len:
			return e.send(i, message{kind: batchMessage, batch: b})
		}
		if err := e.send(i, message{kind: batchMessage, batch: b.Take(sel)}); err != nil {
			return err
		}
	}
	return nil
}

// divide finds the rows that go to each target.
func (e *exchange) divide(b *rows.Batch) {
	if cap(e.sums) < b.Len {
		e.sums = make([]uint64, b.Len)
	}
	e.sums = e.sums[:b.Len]
	if e.sels == nil {
		e.sels = make([][]int32, len(e.targets))
	}
	for i := range e.sels {
		e.sels[i] = e.sels[i][:0]
	}
	hashColumns(b.Cols, e.keys, e.sums)
	for i, sum := range e.sums {
		t := target(sum, len(e.targets))
		e.sels[t] = append(e.sels[t], int32(i))
	}
}

func (e *exchange) send(to int, m message) error {
	start := time.Now()
	waited, err := e.targets[to].gate.put(e.ctx, e.targets[to].channel, m)
	if waited {
		e.metrics.backPressured(time.Since(start))
	}
	return err
}

func (e *exchange) advance(watermark int64) error {
	return e.pass(message{kind: watermarkMessage, value: watermark})
}

func (e *exchange) tick(time.Time) error { return nil }

func (e *exchange) pass(m message) error {
	for i := range e.targets {
		if err := e.send(i, m); err != nil {
			return err
		}
	}
	return nil
}
