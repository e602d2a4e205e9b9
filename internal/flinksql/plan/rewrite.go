package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// moved gives an expression whose column i is column to(i) of another input.
func moved(e expr.Expr, to func(int) int) expr.Expr { return expr.Renumber(e, to) }

func movedAll(exprs []expr.Expr, to func(int) int) []expr.Expr {
	out := make([]expr.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = moved(e, to)
	}
	return out
}

// substituted gives an expression over the input of a projection, from one over its output.
func substituted(e expr.Expr, projection []expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(r expr.Expr) expr.Expr {
		if ref, ok := r.(*expr.Ref); ok {
			return projection[ref.Index]
		}
		return r
	})
}

// refs lists the columns that expressions read, each once, rising; those that are nil read none.
func refs(exprs ...expr.Expr) []int {
	return expr.Columns(slices.DeleteFunc(slices.Clone(exprs), func(e expr.Expr) bool { return e == nil })...)
}

// correlated reports whether an expression reads a column of the query around its own.
func correlated(e expr.Expr) bool {
	switch e := e.(type) {
	case *outerRef:
		return true
	case *expr.Call:
		return slices.ContainsFunc(e.Args, correlated)
	}
	return false
}

// conjuncts takes a condition apart at its ANDs; no condition has none.
func conjuncts(e expr.Expr) []expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Conjuncts(e)
}

// compare compares two values by an operator, cast to what both can be.
func compare(at ast.Node, op string, left, right expr.Expr) (expr.Expr, error) {
	e, err := expr.NewCall(op, left, right)
	if err != nil {
		return nil, problem(at, "CAST one of them.", "%v", err)
	}
	return e, nil
}

func isNull(e expr.Expr) expr.Expr {
	call, err := expr.NewCall("IS NULL", e)
	if err != nil {
		return &expr.Const{Value: false, Of: rows.BooleanType.Nullable(false)} // a type without NULL
	}
	return call
}

func isBoolean(e expr.Expr) bool {
	kind := e.Type().Kind
	return kind == rows.Boolean || kind == rows.Null
}

func isProcTime(e expr.Expr) bool {
	call, ok := e.(*expr.Call)
	return ok && call.Func.Name == "PROCTIME"
}

// sequence is from, from+1, ... of n numbers.
func sequence(from, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = from + i
	}
	return out
}
