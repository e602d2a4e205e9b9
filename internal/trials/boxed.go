package trials

import (
	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/schemas"
)

// boxedRow gives a row as the engine's columns have it.
func boxedRow(fields []schemas.Field, row codecs.Row) map[string]any {
	out := make(map[string]any, len(fields))
	for _, f := range fields {
		out[f.Name] = codecs.Boxed(f.Type, row[f.Name])
	}
	return out
}
