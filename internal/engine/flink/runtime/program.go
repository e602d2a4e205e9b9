package runtime

import (
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

func compileAll(exprs []expr.Expr, env *expr.Env) ([]*expr.Program, error) {
	programs := make([]*expr.Program, len(exprs))
	for i, e := range exprs {
		p, err := expr.Compile(e, env)
		if err != nil {
			return nil, err
		}
		programs[i] = p
	}
	return programs, nil
}

// computed is the batch of what programs give for each row of another.
func computed(programs []*expr.Program, b *rows.Batch) (*rows.Batch, error) {
	out := &rows.Batch{Len: b.Len, Cols: make([]*rows.Column, len(programs)), Changes: b.Changes}
	for i, p := range programs {
		c, err := p.Eval(b)
		if err != nil {
			return nil, err
		}
		out.Cols[i] = c
	}
	return out, nil
}

// kept is the rows for which a condition is true; nil if it is for none.
func kept(condition *expr.Program, b *rows.Batch) (*rows.Batch, error) {
	sel, err := condition.Select(b)
	switch {
	case err != nil || len(sel) == 0:
		return nil, err
	case len(sel) == b.Len:
		return b, nil
	}
	return b.Take(sel), nil
}
