package operators

import (
	"io"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// sessionAggregate aggregates sessions. The number of a session is the slot of its accumulators.
type sessionAggregate struct {
	sessions
	node    *plan.WindowAggregate
	retract bool
	keys    *state.Keys
	aggs    *aggregates
	counts  state.Paged[int64]
	late    func(int)

	assigned []int32
	writer   *state.Writer
}

func newSessionAggregate(n *plan.WindowAggregate, cfg stream.Config) *sessionAggregate {
	types := typesAt(n.Input.Schema(), n.Keys)
	return &sessionAggregate{
		sessions: sessions{progress: newProgress(n.Window, cfg), gap: n.Window.Gap, index: state.NewIndex(types)},
		node:     n, retract: retracts(n.Input), keys: state.NewKeys(types), late: cfg.Late, writer: state.NewWriter(types),
		aggs: newAggregates(n.Aggregates, n.Input, retracts(n.Input), false),
	}
}

// Process adds rows to their sessions.
func (a *sessionAggregate) Process(_ int, b *rows.Batch, _ stream.Output) error {
	a.keys.Encode(columnsAt(b.Cols, a.node.Keys), b.Len)
	a.assigned = sized(a.assigned, b.Len)
	from, dropped := 0, 0
	for i := range b.Len {
		at, err := a.timeOf(b, i)
		if err != nil {
			return err
		}
		key, _ := a.index.Put(a.keys, i)
		id, err := a.add(key, at, func(into, merged int32) error {
			if err := a.accumulate(b, from, i); err != nil {
				return err
			}
			from = i
			return a.merge(into, merged)
		})
		if err != nil {
			return err
		}
		if a.assigned[i] = id; id < 0 {
			dropped++
			a.forget(key)
			continue
		}
		a.count(id, b.Change(i))
	}
	if dropped > 0 {
		a.late(dropped)
	}
	return a.accumulate(b, from, b.Len)
}

// forget drops the key of a late row, if it has no session.
func (a *sessionAggregate) forget(key int32) {
	if a.heads.Get(key) == 0 {
		a.index.Delete(key)
	}
}

func (a *sessionAggregate) timeOf(b *rows.Batch, i int) (int64, error) {
	if a.node.Window.ProcTime {
		return a.clock.local(a.now), nil
	}
	c := b.Cols[a.node.Window.Time]
	if c.Null(i) {
		return 0, errNoRowTime
	}
	return a.clock.local(millis(c, i)), nil
}

func (a *sessionAggregate) count(id int32, change rows.Change) {
	if !a.retract {
		return
	}
	a.counts.Grow(len(a.all))
	if change.Adds() {
		*a.counts.At(id)++
	} else {
		*a.counts.At(id)--
	}
}

// accumulate hands the rows from..to to the accumulators: before sessions merge, and at the end of the batch.
func (a *sessionAggregate) accumulate(b *rows.Batch, from, to int) error {
	if from == to {
		return nil
	}
	part, slots := b, a.assigned
	if from > 0 || to < b.Len {
		part, slots = b.Slice(from, to), slots[from:to]
	}
	missing := false
	for _, slot := range slots {
		missing = missing || slot < 0
	}
	a.aggs.grow(max(1, len(a.all)))
	a.aggs.prepare(part, slots, missing, nil)
	for i, slot := range slots {
		slots[i] = max(slot, 0)
	}
	return a.aggs.add(part, slots)
}

func (a *sessionAggregate) merge(into, from int32) error {
	a.aggs.grow(len(a.all))
	if err := a.aggs.merge(into, from); err != nil {
		return err
	}
	if a.retract {
		*a.counts.At(into) += a.counts.Get(from)
	}
	a.clear(from)
	return nil
}

func (a *sessionAggregate) clear(id int32) {
	a.aggs.clear(id)
	if a.retract {
		a.counts.Set(id, 0)
	}
}

// Advance fires the sessions that end by the watermark.
func (a *sessionAggregate) Advance(watermark int64, out stream.Output) error {
	if a.node.Window.ProcTime {
		return nil
	}
	return a.fire(watermark, out)
}

// Tick fires sessions of processing time.
func (a *sessionAggregate) Tick(now time.Time, out stream.Output) error {
	if !a.node.Window.ProcTime {
		return nil
	}
	return a.fire(now.UnixMilli(), out)
}

func (a *sessionAggregate) fire(now int64, out stream.Output) error {
	if now <= a.now {
		return nil
	}
	a.now = now
	due := a.due(now)
	for len(due) > 0 {
		n := min(len(due), emitAt)
		if err := a.emit(due[:n], out); err != nil {
			return err
		}
		due = due[n:]
	}
	return nil
}

func (a *sessionAggregate) emit(ids []int32, out stream.Output) error {
	a.aggs.grow(len(a.all))
	var starts, ends []int64
	kept := a.assigned[:0]
	for _, id := range ids {
		if a.retract && a.counts.Get(id) == 0 {
			continue
		}
		a.index.AppendKey(a.all[id].key, a.writer)
		starts, ends = append(starts, a.all[id].start), append(ends, a.all[id].end)
		kept = append(kept, id)
	}
	a.assigned = kept
	cols := a.writer.Take()
	for _, t := range a.aggs.types() {
		cols = append(cols, &rows.Column{Type: t})
	}
	if err := a.aggs.values(kept, cols[len(a.node.Keys):]); err != nil {
		return err
	}
	for _, id := range ids {
		a.clear(id)
		a.close(id)
	}
	for _, name := range a.node.Columns {
		cols = append(cols, a.windowColumn(name, a.node.Out[len(cols)].Type, starts, ends))
	}
	return emit(len(kept), cols, nil, out)
}

// windowColumn gives a column of windows, one for each row.
func (p *progress) windowColumn(name plan.WindowColumn, t rows.Type, starts, ends []int64) *rows.Column {
	c := rows.NewColumn(t, len(starts))
	for i := range c.Ints {
		switch name {
		case plan.WindowStart:
			c.Ints[i] = starts[i] * 1000
		case plan.WindowEnd:
			c.Ints[i] = ends[i] * 1000
		case plan.WindowTime:
			c.Ints[i] = p.clock.epoch(ends[i]-1) * 1000
		}
	}
	return c
}

// Save writes the sessions.
func (a *sessionAggregate) Save(w io.Writer) error {
	s := state.NewSaver(w, "SessionAggregate")
	ids := a.inOrder()
	a.save(s, ids)
	if a.retract {
		for _, id := range ids {
			s.Int(a.counts.Get(id))
		}
	}
	a.aggs.save(s, ids)
	return s.Close()
}

// Load reads what Save wrote.
func (a *sessionAggregate) Load(r io.Reader) error {
	l := state.NewLoader(r, "SessionAggregate")
	ids := a.load(l)
	if a.retract {
		a.counts.Grow(len(a.all))
		for _, id := range ids {
			a.counts.Set(id, l.Int())
		}
	}
	a.aggs.grow(len(a.all))
	a.aggs.load(l, ids)
	return l.Err()
}
