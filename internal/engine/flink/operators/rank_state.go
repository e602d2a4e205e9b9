package operators

import (
	"io"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
)

// Save writes the partitions with their rows in order.
func (r *rank) Save(w io.Writer) error {
	s := state.NewSaver(w, "Rank")
	slots := slices.Collect(r.index.All())
	r.index.Save(s)
	r.ttl.save(s, slots)
	for _, slot := range slots {
		r.kept.save(s, r.lists.At(slot))
	}
	return s.Close()
}

// Load reads what Save wrote.
func (r *rank) Load(from io.Reader) error {
	l := state.NewLoader(from, "Rank")
	r.index.Load(l)
	r.lists.Grow(r.index.Slots())
	slots := slices.Collect(r.index.Loaded())
	r.ttl.load(l, slots)
	for _, slot := range slots {
		r.kept.load(l, r.lists.At(slot))
	}
	return l.Err()
}
