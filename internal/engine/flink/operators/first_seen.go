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

// firstSeen passes on the first row of each partition that comes, and remembers no more than the keys.
type firstSeen struct {
	node  *plan.Deduplicate
	keys  *state.Keys
	index *state.Index
	ttl   expiry
	sel   []int32
}

func newFirstSeen(n *plan.Deduplicate, cfg stream.Config) *firstSeen {
	types := typesAt(n.Input.Schema(), n.Partition)
	return &firstSeen{node: n, keys: state.NewKeys(types), index: state.NewIndex(types), ttl: newExpiry(cfg.StateTTL)}
}

// Process passes on rows with a key that is new.
func (f *firstSeen) Process(_ int, b *rows.Batch, out stream.Output) error {
	f.keys.Encode(columnsAt(b.Cols, f.node.Partition), b.Len)
	f.sel = f.sel[:0]
	for i := range b.Len {
		if slot, fresh := f.index.Put(f.keys, i); fresh || f.ttl.over(slot) {
			f.ttl.write(slot)
			f.sel = append(f.sel, int32(i))
		}
	}
	return emitSelected(b, f.sel, out)
}

// Advance does nothing.
func (f *firstSeen) Advance(int64, stream.Output) error { return nil }

// Tick lets keys expire.
func (f *firstSeen) Tick(now time.Time, _ stream.Output) error {
	f.ttl.sweep(now, f.index, f.index.Delete)
	return nil
}

// Save writes the keys.
func (f *firstSeen) Save(w io.Writer) error {
	s := state.NewSaver(w, "FirstSeen")
	f.index.Save(s)
	f.ttl.save(s, slices.Collect(f.index.All()))
	return s.Close()
}

// Load reads what Save wrote.
func (f *firstSeen) Load(r io.Reader) error {
	l := state.NewLoader(r, "FirstSeen")
	f.index.Load(l)
	f.ttl.load(l, slices.Collect(f.index.Loaded()))
	return l.Err()
}
