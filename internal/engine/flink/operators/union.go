package operators

import (
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/rows"
)

// union passes on what comes from any input.
type union struct{ stateless }

// Process passes the batch on.
func (union) Process(_ int, b *rows.Batch, out stream.Output) error { return out(b) }
