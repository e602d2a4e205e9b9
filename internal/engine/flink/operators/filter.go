package operators

import (
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// filter keeps the rows for which a condition is true.
type filter struct {
	stateless
	condition program
}

func newFilter(n *plan.Filter, cfg stream.Config) (stream.Operator, error) {
	condition, err := compile(n.Condition, cfg.Env)
	if err != nil {
		return nil, err
	}
	return &filter{condition: condition}, nil
}

// Process passes on some of the rows.
func (f *filter) Process(_ int, b *rows.Batch, out stream.Output) error {
	sel, err := f.condition.Select(b)
	if err != nil {
		return err
	}
	return emitSelected(b, sel, out)
}

// emitSelected passes on the rows at the places of sel.
func emitSelected(b *rows.Batch, sel []int32, out stream.Output) error {
	switch len(sel) {
	case 0:
		return nil
	case b.Len:
		return out(b)
	}
	return out(b.Take(sel))
}
