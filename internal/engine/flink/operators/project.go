package operators

import (
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// project computes columns from each row.
type project struct {
	stateless
	exprs []program
}

func newProject(n *plan.Project, cfg stream.Config) (stream.Operator, error) {
	p := &project{}
	for _, e := range n.Exprs {
		compiled, err := compile(e, cfg.Env)
		if err != nil {
			return nil, err
		}
		p.exprs = append(p.exprs, compiled)
	}
	return p, nil
}

// Process gives the batch's rows with other columns.
func (p *project) Process(_ int, b *rows.Batch, out stream.Output) error {
	cols := make([]*rows.Column, len(p.exprs))
	for i, e := range p.exprs {
		col, err := e.Eval(b)
		if err != nil {
			return err
		}
		cols[i] = col
	}
	return out(&rows.Batch{Len: b.Len, Cols: cols, Changes: b.Changes})
}
