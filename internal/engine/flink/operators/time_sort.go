package operators

import (
	"bytes"
	"io"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// timeSort keeps rows until the watermark reaches their time, and emits them in the order of time, then of the other
// keys, then of arrival. A row whose time was emitted already is late.
type timeSort struct {
	node    *plan.TimeSort
	kept    sortedRows // by time, then the other keys
	waiting []state.Ref
	sorted  bool
	emitted int64 // the newest time that was emitted
	late    func(int)
	log     changelog
}

func newTimeSort(n *plan.TimeSort, cfg stream.Config) *timeSort {
	t := &timeSort{node: n, emitted: stream.MinWatermark, late: cfg.Late}
	t.kept.order = append([]plan.SortKey{{Column: n.Time}}, n.Order...)
	t.kept.codec = state.NewKeyedCodec(typesOf(n.Input.Schema()), []int{n.Time})
	t.log = newChangelog(typesOf(n.Out), &t.kept.codec)
	return t
}

// Process keeps rows that are not late.
func (t *timeSort) Process(_ int, b *rows.Batch, _ stream.Output) error {
	times, dropped := b.Cols[t.node.Time], 0
	for i := range b.Len {
		if times.Null(i) {
			return errNoRowTime
		}
		if millis(times, i) <= t.emitted {
			dropped++
			continue
		}
		t.kept.read(b, i)
		t.kept.readRow(b, i)
		t.waiting = append(t.waiting, t.kept.keep())
		t.sorted = false
	}
	if dropped > 0 {
		t.late(dropped)
	}
	return nil
}

// Advance emits the rows of the time up to the watermark.
func (t *timeSort) Advance(watermark int64, out stream.Output) error {
	if !t.sorted {
		slices.SortStableFunc(t.waiting, func(a, b state.Ref) int { return bytes.Compare(t.kept.sortOf(a), t.kept.sortOf(b)) })
		t.sorted = true
	}
	n := 0
	for ; n < len(t.waiting); n++ {
		row := t.kept.rowOf(t.waiting[n])
		at := floorMillis(state.FirstInt(row))
		if at > watermark {
			break
		}
		t.emitted = at
		t.log.give(rows.Insert, row)
		t.kept.slab.Free(t.waiting[n])
		if err := t.log.flush(emitAt, out); err != nil {
			return err
		}
	}
	t.waiting = append(t.waiting[:0], t.waiting[n:]...)
	return t.log.flush(1, out)
}

// Save writes the rows that wait.
func (t *timeSort) Save(w io.Writer) error {
	s := state.NewSaver(w, "TimeSort")
	s.Int(t.emitted)
	s.Int(int64(len(t.waiting)))
	for _, ref := range t.waiting {
		s.Bytes(t.kept.sortOf(ref))
		s.Bytes(t.kept.rowOf(ref))
	}
	return s.Close()
}

// Load reads what Save wrote.
func (t *timeSort) Load(r io.Reader) error {
	l := state.NewLoader(r, "TimeSort")
	t.emitted = l.Int()
	for n := l.Count(); n > 0 && l.OK(); n-- {
		t.kept.sort = append(t.kept.sort[:0], l.Bytes()...)
		t.kept.row = append(t.kept.row[:0], l.Bytes()...)
		if l.OK() {
			t.waiting = append(t.waiting, t.kept.keep())
		}
	}
	return l.Err()
}
