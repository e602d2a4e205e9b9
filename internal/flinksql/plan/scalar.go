package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// hidden begins the names of columns that no query can name and no * stands for.
const hidden = "\x00"

// scalars plans the queries that stand as values in expressions over an input: each is joined to it, as a column more.
type scalars struct {
	planner *Planner
	input   *relation
	env     env
}

// override resolves a query in brackets as the column that it becomes.
func (s *scalars) override(e ast.Expr) (expr.Expr, bool, error) {
	q, ok := e.(*ast.Subquery)
	if !ok {
		return s.planner.refuseSubqueries(e)
	}
	inner, err := s.planner.within(q.Query, &scope{relation: *s.input, outer: s.env.outer}, s.env)
	if err != nil {
		return nil, true, err
	}
	if err := uncorrelated(q, inner.node); err != nil {
		return nil, true, err
	}
	if len(inner.names) != 1 {
		return nil, true, problem(q, "Select one column.", "a query as a value has one column, and this has %d", len(inner.names))
	}
	node, err := single(q, inner.node)
	if err != nil {
		return nil, true, err
	}
	at := len(s.input.names)
	joined := join(Left, s.input.node, node, nil)
	*s.input = relation{joined, append(slices.Clone(s.input.names), columnName{name: hidden + "value"})}
	return &expr.Ref{Index: at, Of: joined.Out[at].Type}, true, nil
}

// single makes sure that a query has one row: SINGLE_VALUE fails the job if there are more.
func single(at ast.Node, n Node) (Node, error) {
	if singleRow(n) {
		return n, nil
	}
	fn, ok := expr.LookupAggregate("SINGLE_VALUE")
	if !ok {
		return nil, missing(at, "a query as a value, unless it is one aggregate without GROUP BY")
	}
	of, _, err := fn.Infer([]rows.Type{n.Schema()[0].Type.Plain()})
	if err != nil {
		return nil, problem(at, "", "%v", err)
	}
	call := expr.AggregateCall{Func: fn, Args: []int{0}, Filter: -1, Of: of, Name: fn.Name}
	return groupBy(n, nil, []expr.AggregateCall{call}, []string{n.Schema()[0].Name}), nil
}
