package plan

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// quantified plans x OP ANY (query) and x OP ALL (query). = ANY is IN, <> ALL is NOT IN; an order looks at the least or
// the greatest value, and ALL is the negation of ANY with the opposite operator.
func (s *subqueries) quantified(q *ast.Quantified) (expr.Expr, error) {
	op := q.Op
	if q.All {
		op = negated[op]
	}
	inner, err := s.within(q.Query)
	if err != nil {
		return nil, err
	}
	var holds expr.Expr
	switch op {
	case "=":
		holds, err = s.member(q, q.Left, inner.node, false)
	case "<>":
		return nil, missing(q, "<> ANY (query) and = ALL (query)")
	default:
		holds, err = s.ordered(q, op, inner.node)
	}
	if err != nil || !q.All {
		return holds, err
	}
	return expr.NewCall("NOT", holds)
}

var negated = map[string]string{"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}

// ordered plans x OP ANY (query): FALSE if the query has no row; else TRUE if it holds for the value that it holds for
// soonest; else unknown if x or any value is NULL.
func (s *subqueries) ordered(q *ast.Quantified, op string, inner Node) (expr.Expr, error) {
	if len(inner.Schema()) != 1 {
		return nil, problem(q, "Select one column.", "%s compares with one column, and the query has %d", op, len(inner.Schema()))
	}
	left, err := s.resolver().Resolve(q.Left)
	if err != nil {
		return nil, err
	}
	m, err := s.independent(q, inner)
	if err != nil {
		return nil, err
	}
	soonest := "MIN"
	if op == "<" || op == "<=" {
		soonest = "MAX"
	}
	columns, err := s.extremes(q, m, soonest)
	if err != nil {
		return nil, err
	}
	holds, err := compare(q, op, left, columns[1])
	if err != nil {
		return nil, err
	}
	nulls, err := expr.NewCall("=", columns[0], one)
	if err != nil {
		return nil, err
	}
	yes, no, unknown := &expr.Const{Value: true, Of: rows.BooleanType}, &expr.Const{Value: false, Of: rows.BooleanType}, &expr.Const{Of: rows.BooleanType}
	return expr.NewCall("CASE", isNull(columns[0]), no, holds, yes, expr.Or(nulls, isNull(left)), unknown, no)
}
