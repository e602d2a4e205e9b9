package operators

import (
	"cmp"
	"io"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// sessionAssign keeps rows until their session ends, and then gives them out with it, in the order in which they came.
type sessionAssign struct {
	sessions
	node   *plan.WindowAssign
	keys   *state.Keys
	kept   timedRows // by session; a row's time is the number of its arrival
	next   int64
	late   func(int)
	log    changelog
	starts []int64
	ends   []int64
}

func newSessionAssign(n *plan.WindowAssign, cfg stream.Config) *sessionAssign {
	schema := n.Input.Schema()
	types := typesAt(schema, n.Window.Partition)
	a := &sessionAssign{
		sessions: sessions{progress: newProgress(n.Window, cfg), gap: n.Window.Gap, index: state.NewIndex(types)},
		node:     n, keys: state.NewKeys(types), late: cfg.Late,
	}
	a.kept.codec = state.NewCodec(typesOf(schema))
	a.log = newChangelog(typesOf(schema), &a.kept.codec)
	return a
}

// Process keeps rows in their sessions.
func (a *sessionAssign) Process(_ int, b *rows.Batch, _ stream.Output) error {
	a.keys.Encode(columnsAt(b.Cols, a.node.Window.Partition), b.Len)
	dropped := 0
	for i := range b.Len {
		at := a.now
		if !a.node.Window.ProcTime {
			times := b.Cols[a.node.Window.Time]
			if times.Null(i) {
				continue
			}
			at = millis(times, i)
		}
		key, _ := a.index.Put(a.keys, i)
		id, err := a.add(key, a.clock.local(at), a.merge)
		if err != nil {
			return err
		}
		if id < 0 {
			dropped++
			if a.heads.Get(key) == 0 {
				a.index.Delete(key)
			}
			continue
		}
		a.kept.lists.Grow(len(a.all))
		a.kept.append(id, a.kept.keep(a.next, b.Change(i), 0, b, i))
		a.next++
	}
	if dropped > 0 {
		a.late(dropped)
	}
	return nil
}

// merge moves the rows of one session to another.
func (a *sessionAssign) merge(into, from int32) error {
	for _, ref := range a.kept.all(from) {
		a.kept.append(into, ref)
	}
	a.kept.lists.At(from).Clear(&a.kept.slab)
	slices.SortFunc(a.kept.all(into), func(r, s state.Ref) int { return cmp.Compare(a.kept.time(r), a.kept.time(s)) })
	return nil
}

// Advance gives out the sessions that end by the watermark.
func (a *sessionAssign) Advance(watermark int64, out stream.Output) error {
	if a.node.Window.ProcTime {
		return nil
	}
	return a.fire(watermark, out)
}

// Tick gives out sessions of processing time.
func (a *sessionAssign) Tick(now time.Time, out stream.Output) error {
	if !a.node.Window.ProcTime {
		return nil
	}
	return a.fire(now.UnixMilli(), out)
}

func (a *sessionAssign) fire(now int64, out stream.Output) error {
	if now <= a.now {
		return nil
	}
	a.now = now
	for _, id := range a.due(now) {
		for _, ref := range a.kept.all(id) {
			a.log.give(a.kept.change(ref), a.kept.rowOf(ref))
			a.starts, a.ends = append(a.starts, a.all[id].start), append(a.ends, a.all[id].end)
			a.kept.slab.Free(ref)
		}
		a.kept.lists.At(id).Clear(&a.kept.slab)
		a.close(id)
		if err := a.flush(emitAt, out); err != nil {
			return err
		}
	}
	return a.flush(1, out)
}

func (a *sessionAssign) flush(atLeast int, out stream.Output) error {
	return a.log.flush(atLeast, func(b *rows.Batch) error {
		for _, name := range []plan.WindowColumn{plan.WindowStart, plan.WindowEnd, plan.WindowTime} {
			b.Cols = append(b.Cols, a.windowColumn(name, a.node.Out[len(b.Cols)].Type, a.starts, a.ends))
		}
		a.starts, a.ends = a.starts[:0], a.ends[:0]
		return out(b)
	})
}

// Save writes the sessions with their rows.
func (a *sessionAssign) Save(w io.Writer) error {
	s := state.NewSaver(w, "SessionAssign")
	s.Int(a.next)
	ids := a.inOrder()
	a.save(s, ids)
	for _, id := range ids {
		a.kept.save(s, id)
	}
	return s.Close()
}

// Load reads what Save wrote.
func (a *sessionAssign) Load(r io.Reader) error {
	l := state.NewLoader(r, "SessionAssign")
	a.next = max(a.next, l.Int())
	ids := a.load(l)
	a.kept.lists.Grow(len(a.all))
	for _, id := range ids {
		a.kept.load(l, id)
	}
	return l.Err()
}
