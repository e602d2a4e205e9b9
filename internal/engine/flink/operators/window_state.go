package operators

import (
	"io"
	"maps"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
)

// Save writes the slices that have not fired, and the watermark, below which rows are late after a restart as well.
func (w *windowAggregate) Save(to io.Writer) error {
	s := state.NewSaver(to, "WindowAggregate")
	s.Int(w.now)
	for _, in := range []map[int64]*slice{w.slices, w.sums} {
		s.Int(int64(len(in)))
		for _, key := range slices.Sorted(maps.Keys(in)) {
			s.Int(key)
			w.saveSlice(s, in[key])
		}
	}
	return s.Close()
}

func (w *windowAggregate) saveSlice(s *state.Saver, part *slice) {
	s.Int(part.start)
	s.Int(part.end)
	part.index.Save(s)
	accs := make([]int32, 0, part.index.Len())
	for at := range part.index.All() {
		accs = append(accs, part.accs.Get(at))
		if w.retract {
			s.Int(w.counts.Get(part.accs.Get(at)))
		}
	}
	w.aggs.save(s, accs)
}

// Load reads what Save wrote.
func (w *windowAggregate) Load(from io.Reader) error {
	l := state.NewLoader(from, "WindowAggregate")
	w.now = max(w.now, l.Int())
	for _, in := range []map[int64]*slice{w.slices, w.sums} {
		for n := l.Count(); n > 0 && l.OK(); n-- {
			key := l.Int()
			in[key] = w.loadSlice(l, in[key])
		}
	}
	w.next = stream.MinWatermark
	return l.Err()
}

func (w *windowAggregate) loadSlice(l *state.Loader, part *slice) *slice {
	start, end := l.Int(), l.Int()
	if part == nil {
		part = w.fresh(start, end)
	}
	part.index.Load(l)
	accs := make([]int32, 0, part.index.Len())
	for at := range part.index.Loaded() {
		acc := w.accOf(part, at, true)
		accs = append(accs, acc)
		if w.retract {
			w.counts.Set(acc, l.Int())
		}
	}
	w.aggs.grow(int(w.slots))
	w.aggs.load(l, accs)
	return part
}
