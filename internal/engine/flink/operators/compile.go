package operators

import (
	"fmt"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// program is an expression made ready to be evaluated over batches.
type program interface {
	// Eval gives a value for each row.
	Eval(*rows.Batch) (*rows.Column, error)
	// Select gives the rows for which a condition is true.
	Select(*rows.Batch) ([]int32, error)
}

func compile(e expr.Expr, _ *expr.Env) (program, error) {
	if ref, ok := any(e).(*expr.Ref); ok {
		return column(ref.Index), nil
	}
	return nil, fmt.Errorf("the expression %s cannot be evaluated", e)
}

type column int

func (c column) Eval(b *rows.Batch) (*rows.Column, error) { return b.Cols[c], nil }

func (c column) Select(b *rows.Batch) ([]int32, error) {
	var sel []int32
	for i, v := range b.Cols[c].Bools[:b.Len] {
		if v && !b.Cols[c].Null(i) {
			sel = append(sel, int32(i))
		}
	}
	return sel, nil
}
