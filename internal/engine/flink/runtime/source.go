package runtime

import (
	"context"
	"errors"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// sourcing reads a table at the head of a task: rows, then the scan's columns, event time and filter.
type sourcing struct {
	source    stream.Source
	key       string // of its state in a checkpoint
	state     []byte // to go on from; nil to begin
	nap       nap
	project   []*expr.Program // nil: the columns are as they are read
	watermark *expr.Program   // nil: the table has none
	filter    *expr.Program   // nil: there is none
	marks     *splitMarks
	perRow    bool // watermarks come after the row that raises them, not every so often
	interval  time.Duration
	markDue   atomic.Bool
	idle      bool
	out       outlets
	stopped   bool // by a savepoint: nothing is read any more
}

// nap is a wait that others can cut short.
type nap struct {
	mu     sync.Mutex
	parent context.Context //nolint:containedctx // of the run
	ctx    context.Context //nolint:containedctx // of the present wait
	cancel context.CancelFunc
}

// fresh gives a context that the next interrupt ends.
func (n *nap) fresh() context.Context {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ctx == nil || n.ctx.Err() != nil {
		n.ctx, n.cancel = context.WithCancel(n.parent)
	}
	return n.ctx
}

func (n *nap) interrupt() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cancel != nil {
		n.cancel()
	}
}

func (t *task) runSource() error {
	s := t.source
	defer s.nap.interrupt()
	if s.watermark != nil && (!s.perRow || s.marks.timeout > 0) {
		defer t.startMarking()()
	}
	for {
		ctx := s.nap.fresh()
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if err := t.attend(); err != nil {
			return err
		}
		if t.ended || s.stopped {
			t.resting.Store(true)
			<-ctx.Done()
			t.resting.Store(false)
			t.activity.Add(1)
			continue
		}
		if err := t.read(ctx); err != nil {
			return err
		}
	}
}

// attend does what was asked for while the source was waiting for rows: ticks, watermarks, checkpoints.
func (t *task) attend() error {
	s := t.source
	if err := t.tickIfDue(); err != nil {
		return err
	}
	if s.markDue.Swap(false) && !t.ended && !s.stopped {
		if err := t.emitMark(); err != nil {
			return err
		}
	}
	r := t.requested.Load()
	if r == nil || r.checkpoint <= t.taken {
		return nil
	}
	if r.drain && !t.ended {
		if err := s.out.advance(stream.MaxWatermark); err != nil {
			return err
		}
	}
	s.stopped = s.stopped || r.stop
	return t.takePart(message{kind: barrierMessage, value: r.checkpoint})
}

// startMarking makes a watermark due every so often.
func (t *task) startMarking() (stop func()) {
	s := t.source
	var halt atomic.Bool
	var again func()
	again = func() {
		if halt.Load() {
			return
		}
		s.markDue.Store(true)
		s.nap.interrupt()
		t.clock.AfterFunc(s.interval, again)
	}
	cancel := t.clock.AfterFunc(s.interval, again)
	return func() { halt.Store(true); cancel() }
}

func (t *task) read(ctx context.Context) error {
	s := t.source
	start := time.Now()
	split, batch, err := s.source.Next(ctx)
	t.activity.Add(1)
	if batch == nil {
		t.metrics.idled(time.Since(start))
	}
	switch {
	case errors.Is(err, io.EOF):
		if err := s.out.advance(stream.MaxWatermark); err != nil {
			return err
		}
		return t.end()
	case err != nil && ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return nil
	case err != nil:
		return err
	case batch == nil || batch.Len == 0:
		return nil
	}
	t.metrics.received(batch.Len)
	return t.feed(split, batch)
}

// feed takes a batch through the scan: columns, event time, filter.
func (t *task) feed(split int, b *rows.Batch) (err error) {
	s := t.source
	if s.project != nil {
		if b, err = computed(s.project, b); err != nil {
			return err
		}
	}
	if s.watermark == nil {
		return s.emit(b)
	}
	times, err := s.watermark.Eval(b)
	if err != nil {
		return err
	}
	mark := s.marks.saw(split, t.clock.Now())
	s.marks.current = split
	defer func() { s.marks.current = -1 }()
	if s.idle {
		s.idle = false
		if err := s.out.pass(message{kind: activeMessage}); err != nil {
			return err
		}
	}
	if s.perRow {
		return t.feedByRow(mark, b, times)
	}
	mark.mark = max(mark.mark, greatest(times, b.Len))
	return s.emit(b)
}

// feedByRow cuts the batch after each row that raises the watermark: rows that are late by it are so in the same
// batch. The two rows of an update stay together.
func (t *task) feedByRow(mark *splitMark, b *rows.Batch, times *rows.Column) error {
	s, from, raised := t.source, 0, false
	for i := range b.Len {
		if !times.Null(i) && floorMillis(times.Ints[i]) > mark.mark {
			mark.mark, raised = floorMillis(times.Ints[i]), true
		}
		if !raised || i+1 < b.Len && b.Change(i) == rows.UpdateBefore && b.Change(i+1) == rows.UpdateAfter {
			continue
		}
		raised = false
		if before := s.marks.last; !t.raises(before) {
			continue
		}
		if err := s.emit(b.Slice(from, i+1)); err != nil {
			return err
		}
		from = i + 1
		t.metrics.outMark.Store(s.marks.last)
		if err := s.out.advance(s.marks.last); err != nil {
			return err
		}
	}
	if from == b.Len {
		return nil
	}
	return s.emit(b.Slice(from, b.Len))
}

func (t *task) raises(before int64) bool {
	s := t.source
	splits := s.source.Splits()
	if s.marks.ended != nil && s.marks.ended.Ended(s.marks.current) {
		splits++ // it has ended with the rows that are under way
	}
	watermark, _ := s.marks.common(splits, t.clock.Now())
	return watermark > before
}

// emitMark hands on the watermark, or that all splits are idle.
func (t *task) emitMark() error {
	s := t.source
	before := s.marks.last
	watermark, all := s.marks.common(s.source.Splits(), t.clock.Now())
	if all != s.idle {
		s.idle = all
		kind := activeMessage
		if all {
			kind = idleMessage
		}
		if err := s.out.pass(message{kind: kind}); err != nil {
			return err
		}
	}
	if watermark == before {
		return nil
	}
	t.metrics.outMark.Store(watermark)
	return s.out.advance(watermark)
}

func (s *sourcing) emit(b *rows.Batch) (err error) {
	if s.filter != nil {
		if b, err = kept(s.filter, b); err != nil {
			return err
		}
	}
	return s.out.emit(b)
}

// greatest is the latest time of a column, in milliseconds.
func greatest(times *rows.Column, n int) int64 {
	latest := int64(math.MinInt64)
	for i, v := range times.Ints[:n] {
		if !times.Null(i) {
			latest = max(latest, v)
		}
	}
	if latest == math.MinInt64 {
		return stream.MinWatermark
	}
	return floorMillis(latest)
}

func floorMillis(micros int64) int64 {
	ms := micros / 1000
	if micros%1000 < 0 {
		ms--
	}
	return ms
}
