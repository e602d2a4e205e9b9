package plan

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// wholeGroup is a query of one aggregate over all its rows: what it selects, over the group's row, if its conditions
// hold for that.
type wholeGroup struct {
	group  *GroupAggregate
	value  expr.Expr
	having []expr.Expr
}

// allRows finds the group of all rows under a query's SELECT list and HAVING.
func allRows(n Node) (wholeGroup, bool) {
	out := wholeGroup{value: &expr.Ref{Index: 0, Of: n.Schema()[0].Type}}
	for {
		switch at := n.(type) {
		case *Project:
			out.value = substituted(out.value, at.Exprs)
			for i, c := range out.having {
				out.having[i] = substituted(c, at.Exprs)
			}
			n = at.Input
		case *Filter:
			out.having = append(out.having, conjuncts(at.Condition)...)
			n = at.Input
		case *GroupAggregate:
			out.group = at
			return out, len(at.Keys) == 0
		default:
			return out, false
		}
	}
}

// aggregated plans an aggregate over the rows that belong to each row of the input. Where there are none it is the
// aggregate of nothing, so what is made of it is made above the join.
func (s *subqueries) aggregated(at ast.Node, of wholeGroup) (expr.Expr, error) {
	if correlated(of.value) || slices.ContainsFunc(of.having, correlated) {
		return nil, missing(at, "a column of the query around it beside an aggregate")
	}
	if err := emptyKnown(at, of.group.Aggregates); err != nil {
		return nil, err
	}
	m, err := s.independent(at, of.group.Input)
	if err != nil {
		return nil, err
	}
	keys := m.keys()
	node := groupBy(m.node, keys, of.group.Aggregates, make([]string, len(keys)+len(of.group.Aggregates)))
	on, err := s.on(at, m, node, 0)
	if err != nil {
		return nil, err
	}
	results := s.joined(node, on...)[len(keys):]
	for i, a := range of.group.Aggregates {
		if results[i], err = orEmpty(a, results[i]); err != nil {
			return nil, err
		}
	}
	value := substituted(of.value, results)
	if len(of.having) == 0 {
		return value, nil
	}
	var holds []expr.Expr
	for _, c := range of.having {
		holds = append(holds, substituted(c, results))
	}
	return expr.NewCall("CASE", expr.And(holds...), value, &expr.Const{Of: value.Type().Nullable(true)})
}

// emptyKnown refuses aggregates of which it is not known here what they are of no rows.
func emptyKnown(at ast.Node, calls []expr.AggregateCall) error {
	for _, a := range calls {
		if name := a.Func.Name; strings.HasPrefix(name, "JSON_") || name == "COLLECT" || name == "ARRAY_AGG" {
			return missing(at, name+" in a query that reads columns around it")
		}
	}
	return nil
}

// orEmpty is an aggregate's result, or what it is of no rows: 0 for COUNT, else NULL.
func orEmpty(a expr.AggregateCall, result expr.Expr) (expr.Expr, error) {
	if a.Func.Name != "COUNT" {
		return result, nil
	}
	return expr.NewCall("COALESCE", result, &expr.Const{Value: int64(0), Of: rows.BigIntType.Nullable(false)})
}
