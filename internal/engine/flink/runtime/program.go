package runtime

import (
	"fmt"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// program computes one column from a batch.
type program func(b *rows.Batch) (*rows.Column, error)

// compile prepares an expression. A column is passed on as it is.
func compile(e expr.Expr, _ *expr.Env) (program, error) {
	switch e := e.(type) {
	case *expr.Ref:
		return func(b *rows.Batch) (*rows.Column, error) { return b.Cols[e.Index], nil }, nil
	case *expr.Const:
		return constant(e), nil
	}
	return nil, fmt.Errorf("the expression %s cannot be evaluated", e)
}

func constant(c *expr.Const) program {
	return func(b *rows.Batch) (*rows.Column, error) {
		out := &rows.Column{Type: c.Of}
		for range b.Len {
			out.Append(c.Value)
		}
		return out, nil
	}
}

func compileAll(exprs []expr.Expr, env *expr.Env) ([]program, error) {
	programs := make([]program, len(exprs))
	for i, e := range exprs {
		p, err := compile(e, env)
		if err != nil {
			return nil, err
		}
		programs[i] = p
	}
	return programs, nil
}

// computed is the batch of what programs give for each row of another.
func computed(programs []program, b *rows.Batch) (*rows.Batch, error) {
	out := &rows.Batch{Len: b.Len, Cols: make([]*rows.Column, len(programs)), Changes: b.Changes}
	for i, p := range programs {
		c, err := p(b)
		if err != nil {
			return nil, err
		}
		out.Cols[i] = c
	}
	return out, nil
}

// kept is the rows for which a condition is true; nil if it is for none.
func kept(condition program, b *rows.Batch) (*rows.Batch, error) {
	c, err := condition(b)
	if err != nil {
		return nil, err
	}
	var sel []int32
	for i, yes := range c.Bools[:b.Len] {
		if yes && !c.Null(i) {
			if sel == nil {
				sel = make([]int32, 0, b.Len-i)
			}
			sel = append(sel, int32(i))
		}
	}
	switch len(sel) {
	case 0:
		return nil, nil
	case b.Len:
		return b, nil
	}
	return b.Take(sel), nil
}
