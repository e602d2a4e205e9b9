package operators

import (
	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/rows"
)

// changelog puts together what an operator emits from the rows that it keeps.
type changelog struct {
	*state.Writer
	codec   *state.Codec
	changes []rows.Change
}

func newChangelog(types []rows.Type, codec *state.Codec) changelog {
	return changelog{Writer: state.NewWriter(types), codec: codec}
}

// give adds a kept row.
func (c *changelog) give(change rows.Change, row []byte) {
	c.AppendRow(c.codec, row)
	c.Row()
	c.changes = append(c.changes, change)
}

// flush emits what there is once it is enough for a batch, or at the end of all.
func (c *changelog) flush(atLeast int, out stream.Output) error {
	n := c.Len()
	if n == 0 || n < atLeast {
		return nil
	}
	changes := c.changes
	c.changes = c.changes[:0]
	return emit(n, c.Take(), changes, out)
}
