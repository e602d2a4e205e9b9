package operators

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// windowRank keeps the first rows of each partition of a window and emits them once, when the window ends. It does the
// work of the last row of a window by time as well: the order is then of the time alone, and of equals the last is kept.
type windowRank struct {
	progress
	node    *plan.Rank
	last    bool // of rows with equal sort keys, the later one comes first
	types   []rows.Type
	keys    *state.Keys
	windows map[int64]*rankedWindow // by end
	kept    sortedRows
	log     changelog
	late    func(int)
}

// rankedWindow is the partitions of a window, in the order in which they came.
type rankedWindow struct {
	index *state.Index
	lists state.Paged[state.List]
}

func newWindowRank(n *plan.Rank, cfg stream.Config) *windowRank {
	schema := n.Input.Schema()
	types := typesAt(schema, n.Partition)
	w := &windowRank{
		progress: newProgress(plan.Window{LTZ: zoned(n.Input)}, cfg), node: n, types: types, keys: state.NewKeys(types),
		windows: map[int64]*rankedWindow{}, late: cfg.Late,
	}
	w.kept.order, w.kept.codec = n.Order, state.NewCodec(typesOf(schema))
	w.log = newChangelog(typesOf(n.Out), &w.kept.codec)
	return w
}

// newWindowDeduplicate makes the rank that keeps the first or the last row of each window.
func newWindowDeduplicate(n *plan.Deduplicate, cfg stream.Config) *windowRank {
	w := newWindowRank(&plan.Rank{
		Base: n.Base, Input: n.Input, Partition: n.Partition, From: 1, To: 1, Windowed: true, End: n.End,
		Order: []plan.SortKey{{Column: n.Time, Descending: n.Last}},
	}, cfg)
	w.last = n.Last
	return w
}

// zoned reports whether the windows of a node's rows were cut by the session's zone: their time is TIMESTAMP_LTZ.
func zoned(n plan.Node) bool {
	for _, f := range n.Schema() {
		if f.Type.Kind == rows.TimestampLTZ && f.Type.Time != rows.NoTime {
			return true
		}
	}
	return false
}

// Process brings rows into the order of their windows' partitions.
func (w *windowRank) Process(_ int, b *rows.Batch, _ stream.Output) error {
	w.keys.Encode(columnsAt(b.Cols, w.node.Partition), b.Len)
	dropped := 0
	for i := range b.Len {
		if change := b.Change(i); !change.Adds() {
			return fmt.Errorf("the rank of a window takes no %s: filter changes out before windows are ranked", change)
		}
		if b.Cols[w.node.End].Null(i) {
			return errNoRowTime
		}
		end := millis(b.Cols[w.node.End], i)
		if w.fired(end) {
			dropped++
			continue
		}
		w.enter(w.list(end, i), b, i)
	}
	if dropped > 0 {
		w.late(dropped)
	}
	return nil
}

func (w *windowRank) list(end int64, i int) *state.List {
	window := w.windows[end]
	if window == nil {
		window = &rankedWindow{index: state.NewIndex(w.types)}
		w.windows[end] = window
	}
	slot, fresh := window.index.Put(w.keys, i)
	if fresh {
		window.lists.Grow(window.index.Slots())
	}
	return window.lists.At(slot)
}

func (w *windowRank) enter(list *state.List, b *rows.Batch, i int) {
	w.kept.read(b, i)
	all := list.All(&w.kept.slab)
	at := w.kept.after(all)
	if w.last {
		for at > 0 && bytes.Equal(w.kept.sortOf(all[at-1]), w.kept.sort) {
			at--
		}
	}
	if int64(at) >= w.node.To {
		return
	}
	w.kept.readRow(b, i)
	list.Insert(&w.kept.slab, at, w.kept.keep())
	if int64(list.Len()) > w.node.To {
		w.kept.remove(list, list.Len()-1)
	}
}

// Advance emits the windows that end by the watermark, and forgets them.
func (w *windowRank) Advance(watermark int64, out stream.Output) error {
	w.now = max(w.now, watermark)
	for _, end := range slices.Sorted(maps.Keys(w.windows)) {
		if !w.fired(end) {
			break
		}
		if err := w.fire(w.windows[end], out); err != nil {
			return err
		}
		delete(w.windows, end)
	}
	return w.log.flush(1, out)
}

func (w *windowRank) fire(window *rankedWindow, out stream.Output) error {
	for slot := range window.index.All() {
		list := window.lists.At(slot)
		for i, ref := range list.All(&w.kept.slab) {
			if int64(i)+1 < w.node.From {
				continue
			}
			if w.node.Number {
				w.log.AppendInt(len(w.node.Out)-1, int64(i)+1)
			}
			w.log.give(rows.Insert, w.kept.rowOf(ref))
		}
		w.kept.clear(list)
		if err := w.log.flush(emitAt, out); err != nil {
			return err
		}
	}
	return nil
}

// Save writes the windows that have not ended.
func (w *windowRank) Save(to io.Writer) error {
	s := state.NewSaver(to, "WindowRank")
	s.Int(w.now)
	s.Int(int64(len(w.windows)))
	for _, end := range slices.Sorted(maps.Keys(w.windows)) {
		window := w.windows[end]
		s.Int(end)
		window.index.Save(s)
		for slot := range window.index.All() {
			w.kept.save(s, window.lists.At(slot))
		}
	}
	return s.Close()
}

// Load reads what Save wrote.
func (w *windowRank) Load(from io.Reader) error {
	l := state.NewLoader(from, "WindowRank")
	w.now = max(w.now, l.Int())
	for n := l.Count(); n > 0 && l.OK(); n-- {
		end := l.Int()
		if w.windows[end] == nil {
			w.windows[end] = &rankedWindow{index: state.NewIndex(w.types)}
		}
		window := w.windows[end]
		window.index.Load(l)
		window.lists.Grow(window.index.Slots())
		for slot := range window.index.Loaded() {
			w.kept.load(l, window.lists.At(slot))
		}
	}
	return l.Err()
}
