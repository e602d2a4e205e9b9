package operators

import (
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// program is an expression made ready to be evaluated over batches.
type program interface {
	// Eval gives a value for each row.
	Eval(*rows.Batch) (*rows.Column, error)
	// Select gives the rows for which a condition is true, good until the next call.
	Select(*rows.Batch) ([]int32, error)
}

func compile(e expr.Expr, env *expr.Env) (program, error) { return expr.Compile(e, env) }
