package operators

import (
	"math"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// windowAggregate aggregates windows that lie alike for all keys. Each row goes to one slice; overlapping windows are
// put together from slices when they fire, as in Flink's slicing window operators.
type windowAggregate struct {
	progress
	node    *plan.WindowAggregate
	retract bool
	types   []rows.Type // of the keys
	keys    *state.Keys
	aggs    *aggregates
	counts  state.Paged[int64] // rows of a slot; only with retractions
	free    []int32            // slots of accumulators
	slots   int32
	slices  map[int64]*slice // by end
	sums    map[int64]*slice // CUMULATE: what has fired of a window, by start
	spare   []*slice
	late    func(int)
	next    int64 // when the first window fires, in the time of progress

	assigned []int32
	writer   *state.Writer
}

// slice is the groups of a stretch of time, in the order in which they came.
type slice struct {
	start, end int64
	index      *state.Index
	accs       state.Paged[int32] // by the index's slots
}

func newWindowAggregate(n *plan.WindowAggregate, cfg stream.Config) *windowAggregate {
	types := typesAt(n.Input.Schema(), n.Keys)
	w := &windowAggregate{
		progress: newProgress(n.Window, cfg), node: n, retract: retracts(n.Input), types: types, keys: state.NewKeys(types),
		slices: map[int64]*slice{}, sums: map[int64]*slice{}, late: cfg.Late,
		next: math.MaxInt64, writer: state.NewWriter(types),
	}
	w.aggs = newAggregates(n.Aggregates, n.Input, w.retract, false)
	return w
}

// interval is the length of slices; 0 if the input says where they end.
func (w *windowAggregate) interval() int64 {
	switch w.node.Window.Kind {
	case plan.Hop, plan.Cumulate:
		return w.node.Window.Slide
	case plan.Attached:
		return 0
	}
	return w.node.Window.Size
}

// lastEnd is the end of the last window that a slice belongs to.
func (w *windowAggregate) lastEnd(end int64) int64 {
	switch w.node.Window.Kind {
	case plan.Hop:
		return end - w.node.Window.Slide + w.node.Window.Size
	case plan.Cumulate:
		return w.sumStart(end) + w.node.Window.Size
	}
	return end
}

// sumStart is the start of the longest CUMULATE window that a slice belongs to.
func (w *windowAggregate) sumStart(end int64) int64 {
	return windowStart(end-1, w.node.Window.Offset, w.node.Window.Size)
}

// Process adds rows to their slices.
func (w *windowAggregate) Process(_ int, b *rows.Batch, _ stream.Output) error {
	w.keys.Encode(columnsAt(b.Cols, w.node.Keys), b.Len)
	w.assigned = sized(w.assigned, b.Len)
	var current *slice
	last, dropped := int64(math.MinInt64), 0
	for i := range b.Len {
		start, end, err := w.sliceOf(b, i)
		if err != nil {
			return err
		}
		if end != last {
			current, last = w.open(start, end), end
		}
		if current == nil {
			dropped++
			w.assigned[i] = -1
			continue
		}
		w.assigned[i] = w.slot(current, b, i)
	}
	if dropped > 0 {
		w.late(dropped)
	}
	return w.add(b, dropped > 0)
}

// sliceOf gives the slice of a row, in local time.
func (w *windowAggregate) sliceOf(b *rows.Batch, i int) (start, end int64, err error) {
	win := &w.node.Window
	if win.Kind == plan.Attached {
		if b.Cols[win.End].Null(i) {
			return 0, 0, errNoRowTime
		}
		return millis(b.Cols[win.Start], i), millis(b.Cols[win.End], i), nil
	}
	at := w.now
	if !win.ProcTime {
		if b.Cols[win.Time].Null(i) {
			return 0, 0, errNoRowTime
		}
		at = millis(b.Cols[win.Time], i)
	}
	size := w.interval()
	start = windowStart(w.clock.local(at), win.Offset, size)
	if win.ProcTime && w.fired(start+size) { // in the window's last millisecond, once it has fired
		start += size
	}
	return start, start + size, nil
}

// open gives the slice with an end, or nil if all its windows have fired. What comes late for a CUMULATE window that goes
// on is added to what has fired of it.
func (w *windowAggregate) open(start, end int64) *slice {
	if w.fired(end) {
		if w.fired(w.lastEnd(end)) {
			return nil
		}
		if w.node.Window.Kind == plan.Cumulate {
			return w.find(w.sums, w.sumStart(end), w.sumStart(end), end)
		}
	}
	return w.find(w.slices, end, start, end)
}

func (w *windowAggregate) find(in map[int64]*slice, key, start, end int64) *slice {
	if s := in[key]; s != nil {
		return s
	}
	s := w.fresh(start, end)
	in[key] = s
	for last := w.lastEnd(end); end < last && w.fired(end); {
		end += w.interval()
	}
	w.next = min(w.next, w.clock.timer(end-1))
	return s
}

func (w *windowAggregate) fresh(start, end int64) *slice {
	if last := len(w.spare) - 1; last >= 0 {
		s := w.spare[last]
		w.spare = w.spare[:last]
		s.start, s.end = start, end
		return s
	}
	return &slice{start: start, end: end, index: state.NewIndex(w.types)}
}

func (w *windowAggregate) slot(s *slice, b *rows.Batch, i int) int32 {
	at, fresh := s.index.Put(w.keys, i)
	acc := w.accOf(s, at, fresh)
	if w.retract {
		if b.Change(i).Adds() {
			*w.counts.At(acc)++
		} else {
			*w.counts.At(acc)--
		}
	}
	return acc
}

// accOf gives the accumulators' slot of a group in a slice.
func (w *windowAggregate) accOf(s *slice, at int32, fresh bool) int32 {
	if !fresh {
		return s.accs.Get(at)
	}
	acc := w.slots
	if last := len(w.free) - 1; last >= 0 {
		acc = w.free[last]
		w.free = w.free[:last]
	} else {
		w.slots++
		if w.retract {
			w.counts.Grow(int(w.slots))
		}
	}
	s.accs.Grow(s.index.Slots())
	s.accs.Set(at, acc)
	return acc
}

func (w *windowAggregate) add(b *rows.Batch, missing bool) error {
	w.aggs.grow(int(w.slots))
	w.aggs.prepare(b, w.assigned, missing, nil)
	if missing {
		for i, slot := range w.assigned {
			w.assigned[i] = max(slot, 0)
		}
		w.aggs.grow(1)
	}
	return w.aggs.add(b, w.assigned)
}

// Advance fires the windows that end by the watermark.
func (w *windowAggregate) Advance(watermark int64, out stream.Output) error {
	if w.node.Window.ProcTime {
		return nil
	}
	return w.fire(watermark, out)
}

// Tick fires windows of processing time.
func (w *windowAggregate) Tick(now time.Time, out stream.Output) error {
	if !w.node.Window.ProcTime {
		return nil
	}
	return w.fire(now.UnixMilli(), out)
}

func (w *windowAggregate) fire(now int64, out stream.Output) error {
	if now <= w.now {
		return nil
	}
	var due []int64
	if now >= w.next {
		due = w.due(now)
	}
	w.now = now
	for _, end := range due {
		if err := w.fireWindow(end, out); err != nil {
			return err
		}
	}
	return nil
}

// due gives the ends of the windows that have rows and fire by now, in order, and notes when the next one does.
func (w *windowAggregate) due(now int64) []int64 {
	var ends []int64
	w.next = math.MaxInt64
	step := w.interval()
	collect := func(end, last int64) {
		for ; end <= last; end += step {
			if !w.firedBy(end, now) {
				w.next = min(w.next, w.clock.timer(end-1))
				return
			}
			if !w.fired(end) {
				ends = append(ends, end)
			}
			if step == 0 {
				return
			}
		}
	}
	for end := range w.slices {
		collect(end, w.lastEnd(end))
	}
	for start := range w.sums {
		collect(start+step, start+w.node.Window.Size)
	}
	slices.Sort(ends)
	return slices.Compact(ends)
}

func (w *windowAggregate) fireWindow(end int64, out stream.Output) error {
	switch w.node.Window.Kind {
	case plan.Hop:
		return w.fireHop(end, out)
	case plan.Cumulate:
		return w.fireCumulate(end, out)
	}
	s := w.slices[end]
	delete(w.slices, end)
	if err := w.emit(s, s.start, end, out); err != nil {
		return err
	}
	w.release(s)
	return nil
}

// fireHop puts the slices of a window together, the oldest first, and lets go of the first, which no later window has.
func (w *windowAggregate) fireHop(end int64, out stream.Output) error {
	start := end - w.node.Window.Size
	sum := w.fresh(start, end)
	for at := start + w.node.Window.Slide; at <= end; at += w.node.Window.Slide {
		if s := w.slices[at]; s != nil {
			if err := w.mergeSlice(sum, s); err != nil {
				return err
			}
		}
	}
	if err := w.emit(sum, start, end, out); err != nil {
		return err
	}
	w.release(sum)
	if s := w.slices[start+w.node.Window.Slide]; s != nil {
		delete(w.slices, s.end)
		w.release(s)
	}
	return nil
}

func (w *windowAggregate) fireCumulate(end int64, out stream.Output) error {
	start := w.sumStart(end)
	sum := w.find(w.sums, start, start, end)
	if s := w.slices[end]; s != nil {
		if err := w.mergeSlice(sum, s); err != nil {
			return err
		}
		delete(w.slices, end)
		w.release(s)
	}
	if err := w.emit(sum, start, end, out); err != nil {
		return err
	}
	if end == start+w.node.Window.Size {
		delete(w.sums, start)
		w.release(sum)
	}
	return nil
}

// mergeSlice adds the groups of a slice to those of another.
func (w *windowAggregate) mergeSlice(into, from *slice) error {
	for at := range from.index.All() {
		to, fresh := into.index.PutFrom(from.index, at)
		acc := w.accOf(into, to, fresh)
		if fresh {
			w.aggs.grow(int(w.slots))
		}
		if err := w.aggs.merge(acc, from.accs.Get(at)); err != nil {
			return err
		}
		if w.retract {
			*w.counts.At(acc) += w.counts.Get(from.accs.Get(at))
		}
	}
	return nil
}

// release frees a slice with all its accumulators.
func (w *windowAggregate) release(s *slice) {
	for at := range s.index.All() {
		acc := s.accs.Get(at)
		w.aggs.clear(acc)
		if w.retract {
			w.counts.Set(acc, 0)
		}
		w.free = append(w.free, acc)
	}
	s.index.Reset()
	s.accs.Reset()
	w.spare = append(w.spare, s)
}

// emitAt is how many rows are emitted at once when a window fires.
const emitAt = 4096

// emit gives the results of a window's groups.
func (w *windowAggregate) emit(s *slice, start, end int64, out stream.Output) error {
	w.assigned = w.assigned[:0]
	for at := range s.index.All() {
		acc := s.accs.Get(at)
		if w.retract && w.counts.Get(acc) == 0 {
			continue
		}
		s.index.AppendKey(at, w.writer)
		w.assigned = append(w.assigned, acc)
		if len(w.assigned) == emitAt {
			if err := w.flush(start, end, out); err != nil {
				return err
			}
		}
	}
	return w.flush(start, end, out)
}

func (w *windowAggregate) flush(start, end int64, out stream.Output) error {
	n := len(w.assigned)
	if n == 0 {
		return nil
	}
	cols := w.writer.Take()
	results := make([]*rows.Column, 0, len(w.aggs.calls))
	for _, t := range w.aggs.types() {
		c := rows.NewColumn(t, n)
		c.Resize(0)
		results = append(results, c)
	}
	if err := w.aggs.values(w.assigned, results); err != nil {
		return err
	}
	cols = append(cols, results...)
	cols = append(cols, w.windowColumns(w.node.Columns, typesOf(w.node.Out[len(cols):]), start, end, n)...)
	w.assigned = w.assigned[:0]
	return emit(n, cols, nil, out)
}
