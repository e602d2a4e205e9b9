package operators

import (
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/rows"
)

// dropBefore leaves out UpdateBefore.
type dropBefore struct{ stateless }

// Process passes on all other rows.
func (dropBefore) Process(_ int, b *rows.Batch, out stream.Output) error {
	if !slices.Contains(b.Changes, rows.UpdateBefore) {
		return out(b)
	}
	sel := make([]int32, 0, b.Len)
	for i, change := range b.Changes {
		if change != rows.UpdateBefore {
			sel = append(sel, int32(i))
		}
	}
	return emitSelected(b, sel, out)
}
