package state

import (
	"io"

	"github.com/weftmesh/weft/internal/rows"
)

// Share is a snapshot of which only some keys are wanted. An operator that has loaded it keeps the state of all, and saves
// that of its own: a snapshot for one of more or fewer parts than the operator had before.
type Share struct {
	io.Reader
	// Owns marks the keys that are wanted; keys has the operator's key columns.
	Owns func(keys []*rows.Column, owned []bool)
}

// disown finds out which of the keys that were loaded last are another part's.
func (x *Index) disown(l *Loader) {
	if l.owns == nil || !l.OK() {
		return
	}
	x.foreign = append(x.foreign, make([]bool, x.Slots()-len(x.foreign))...)
	for from := x.loaded; int(from) < x.Slots(); {
		to := min(from+rows.BatchSize, int32(x.Slots()))
		x.disownRange(l, from, to)
		from = to
	}
}

func (x *Index) disownRange(l *Loader, from, to int32) {
	keys := NewWriter(x.types)
	for slot := from; slot < to; slot++ {
		x.AppendKey(slot, keys)
		keys.Row()
	}
	owned := make([]bool, to-from)
	l.owns(keys.Columns(), owned)
	for i, own := range owned {
		x.foreign[from+int32(i)] = !own
	}
}
