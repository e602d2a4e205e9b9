package operators

import (
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// windowAssign gives each row its windows, of those that lie alike for all rows. Rows without a time are dropped.
type windowAssign struct {
	stateless
	progress
	node         *plan.WindowAssign
	from         []int32
	starts, ends []int64
}

func newWindowAssign(n *plan.WindowAssign, cfg stream.Config) *windowAssign {
	return &windowAssign{progress: newProgress(n.Window, cfg), node: n}
}

// Process gives out each row once for each of its windows.
func (w *windowAssign) Process(_ int, b *rows.Batch, out stream.Output) error {
	w.from, w.starts, w.ends = w.from[:0], w.starts[:0], w.ends[:0]
	for i := range b.Len {
		at := w.now
		if !w.node.Window.ProcTime {
			times := b.Cols[w.node.Window.Time]
			if times.Null(i) {
				continue
			}
			at = millis(times, i)
		}
		w.assign(int32(i), w.clock.local(at))
	}
	n := len(w.from)
	if n == 0 {
		return nil
	}
	result := b
	if n != b.Len || w.node.Window.Kind != plan.Tumble {
		result = b.Take(w.from)
	}
	cols := append(make([]*rows.Column, 0, len(w.node.Out)), result.Cols...)
	for _, name := range []plan.WindowColumn{plan.WindowStart, plan.WindowEnd, plan.WindowTime} {
		cols = append(cols, w.windowColumn(name, w.node.Out[len(cols)].Type, w.starts, w.ends))
	}
	return out(&rows.Batch{Len: n, Cols: cols, Changes: result.Changes})
}

// assign gives the windows of a row in Flink's order: HOP the latest first, CUMULATE the shortest first.
func (w *windowAssign) assign(i int32, at int64) {
	win := &w.node.Window
	switch win.Kind {
	case plan.Hop:
		for start := windowStart(at, win.Offset, win.Slide); start > at-win.Size; start -= win.Slide {
			w.give(i, start, start+win.Size)
		}
	case plan.Cumulate:
		start := windowStart(at, win.Offset, win.Size)
		for end := windowStart(at, win.Offset, win.Slide) + win.Slide; end <= start+win.Size; end += win.Slide {
			w.give(i, start, end)
		}
	default:
		start := windowStart(at, win.Offset, win.Size)
		w.give(i, start, start+win.Size)
	}
}

func (w *windowAssign) give(i int32, start, end int64) {
	w.from = append(w.from, i)
	w.starts, w.ends = append(w.starts, start), append(w.ends, end)
}

// Tick tells the time by which rows without a row time go to windows.
func (w *windowAssign) Tick(now time.Time, _ stream.Output) error {
	w.now = now.UnixMilli()
	return nil
}
