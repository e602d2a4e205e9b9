package operators

import (
	"io"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// lastClaim keeps, for each primary key of a sink, the rows that claim it, in the order in which they came; the last
// is what the sink holds (Flink's SinkUpsertMaterializer, ON CONFLICT DO DEDUPLICATE).
type lastClaim struct {
	primary []int
	unique  int // columns of the input's own key, first in kept rows; 0: rows are told apart in full
	keys    *state.Keys
	index   *state.Index
	lists   state.Paged[state.List]
	kept    sortedRows // without a sort key: in order of arrival
	log     changelog
	ttl     expiry
}

func newLastClaim(n *plan.Sink, cfg stream.Config) *lastClaim {
	schema := n.Input.Schema()
	m := &lastClaim{ttl: newExpiry(cfg.StateTTL)}
	for _, c := range n.Table.PrimaryKey {
		m.primary = append(m.primary, slices.Index(n.Columns, c))
	}
	types := typesAt(schema, m.primary)
	m.keys, m.index = state.NewKeys(types), state.NewIndex(types)
	m.kept.codec = state.NewCodec(typesOf(schema))
	if keys := n.Input.Properties().Keys; len(keys) > 0 {
		m.unique = len(keys[0])
		m.kept.codec = state.NewKeyedCodec(typesOf(schema), keys[0])
	}
	m.log = newChangelog(typesOf(schema), &m.kept.codec)
	return m
}

// Process brings changes to the rows of their primary keys.
func (m *lastClaim) Process(_ int, b *rows.Batch, out stream.Output) error {
	m.keys.Encode(columnsAt(b.Cols, m.primary), b.Len)
	for i := range b.Len {
		slot, _ := m.index.Put(m.keys, i)
		m.lists.Grow(m.index.Slots())
		list := m.lists.At(slot)
		if m.ttl.over(slot) {
			m.kept.clear(list)
		}
		m.kept.readRow(b, i)
		if b.Change(i).Adds() {
			m.add(list)
			m.ttl.write(slot)
		} else {
			m.retract(list)
		}
		if list.Len() == 0 {
			m.index.Delete(slot)
		}
		if err := m.log.flush(emitAt, out); err != nil {
			return err
		}
	}
	return m.log.flush(1, out)
}

func (m *lastClaim) find(all []state.Ref) int {
	if m.unique > 0 {
		return m.kept.findKey(all, m.unique)
	}
	return m.kept.find(all)
}

func (m *lastClaim) add(list *state.List) {
	all := list.All(&m.kept.slab)
	change := rows.UpdateAfter
	if len(all) == 0 {
		change = rows.Insert
	}
	m.log.give(change, m.kept.row)
	if m.unique > 0 {
		if at := m.find(all); at >= 0 {
			m.kept.slab.Free(all[at])
			all[at] = m.kept.keep()
			return
		}
	}
	list.Insert(&m.kept.slab, len(all), m.kept.keep())
}

// retract emits a delete if no row is left, and the row before if the last one is gone; else nothing is seen of it.
func (m *lastClaim) retract(list *state.List) {
	at := m.find(list.All(&m.kept.slab))
	if at < 0 {
		return
	}
	m.kept.remove(list, at)
	switch all := list.All(&m.kept.slab); {
	case len(all) == 0:
		m.log.give(rows.Delete, m.kept.row)
	case at == len(all):
		m.log.give(rows.UpdateAfter, m.kept.rowOf(all[at-1]))
	}
}

// Advance does nothing.
func (m *lastClaim) Advance(int64, stream.Output) error { return nil }

// Tick lets keys expire.
func (m *lastClaim) Tick(now time.Time, _ stream.Output) error {
	m.ttl.sweep(now, m.index, func(slot int32) {
		m.kept.clear(m.lists.At(slot))
		m.index.Delete(slot)
	})
	return nil
}

// Save writes the keys with their rows.
func (m *lastClaim) Save(w io.Writer) error {
	s := state.NewSaver(w, "LastClaim")
	slots := slices.Collect(m.index.All())
	m.index.Save(s)
	m.ttl.save(s, slots)
	for _, slot := range slots {
		m.kept.save(s, m.lists.At(slot))
	}
	return s.Close()
}

// Load reads what Save wrote.
func (m *lastClaim) Load(r io.Reader) error {
	l := state.NewLoader(r, "LastClaim")
	m.index.Load(l)
	m.lists.Grow(m.index.Slots())
	slots := slices.Collect(m.index.Loaded())
	m.ttl.load(l, slots)
	for _, slot := range slots {
		m.kept.load(l, m.lists.At(slot))
	}
	return l.Err()
}
