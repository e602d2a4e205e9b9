package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// in plans x IN (query) as a value: unknown where x, or a value of the query, is NULL and none is equal.
func (s *subqueries) in(c *ast.In) (expr.Expr, error) {
	inner, err := s.within(c.Query)
	if err != nil {
		return nil, err
	}
	found, err := s.member(c, c.Operand, inner.node, s.asFalse[c])
	if err != nil || !c.Not {
		return found, err
	}
	return expr.NewCall("NOT", found)
}

// member plans whether an operand is one of the query's values.
func (s *subqueries) member(at ast.Node, operand ast.Expr, inner Node, asFalse bool) (expr.Expr, error) {
	left, err := s.operands(at, operand, inner)
	if err != nil {
		return nil, err
	}
	if len(left) == 1 && singleRow(inner) {
		value, err := s.value(at, inner)
		if err != nil {
			return nil, err
		}
		return compare(at, "=", left[0], value)
	}
	m, err := s.independent(at, inner)
	if err != nil {
		return nil, err
	}
	unknown, err := s.unknown(at, left, m, asFalse)
	if err != nil {
		return nil, err
	}
	node := distinct(m.node, sequence(0, len(m.node.Schema())))
	on, err := s.on(at, m, node, m.width)
	if err != nil {
		return nil, err
	}
	for i, l := range left {
		same, err := compare(at, "=", l, s.right(node, i))
		if err != nil {
			return nil, err
		}
		on = append(on, same)
	}
	columns := s.joined(node, on...)
	return decided(columns[len(columns)-1], unknown)
}

// right is a column of a query that is about to be joined to the input.
func (s *subqueries) right(node Node, i int) *expr.Ref {
	return &expr.Ref{Index: len(s.input.names) + i, Of: node.Schema()[i].Type}
}

// decided is TRUE where a column is there, else NULL where a condition holds, else FALSE.
func decided(found, unknown expr.Expr) (expr.Expr, error) {
	is, err := expr.NewCall("IS NOT NULL", found)
	if err != nil || unknown == nil {
		return is, err
	}
	yes, no := &expr.Const{Value: true, Of: rows.BooleanType}, &expr.Const{Value: false, Of: rows.BooleanType}
	return expr.NewCall("CASE", is, yes, unknown, &expr.Const{Of: rows.BooleanType}, no)
}

// operands resolves what stands before IN, to be compared with the columns of the query.
func (s *subqueries) operands(at ast.Node, operand ast.Expr, inner Node) ([]expr.Expr, error) {
	written := []ast.Expr{operand}
	if row, ok := operand.(*ast.Constructor); ok && row.Kind == "ROW" {
		written = row.Items
	}
	if len(written) != len(inner.Schema()) {
		return nil, problem(at, "Select as many columns as stand before IN.", "IN compares %d values with %d columns", len(written), len(inner.Schema()))
	}
	var out []expr.Expr
	for _, w := range written {
		resolved, err := s.resolver().Resolve(w)
		if err != nil {
			return nil, err
		}
		out = append(out, resolved)
	}
	return out, nil
}

// unknown joins what tells of the NULLs of a query, and gives the condition under which no match is unknown; nil if it
// never is. Like Flink, a query that reads columns around it leaves a NULL operand unknown even where it has no rows.
func (s *subqueries) unknown(at ast.Node, left []expr.Expr, m matched, asFalse bool) (expr.Expr, error) {
	values, operands := nullable(identity(m.node)[:m.width]...), nullable(left...)
	if asFalse || !values && !operands {
		return nil, nil
	}
	if m.width > 1 {
		return nil, missing(at, "(a, b) IN (query) of columns that may be NULL, other than as a condition of WHERE joined by AND,")
	}
	if !values && len(m.outer) > 0 {
		return isNull(left[0]), nil
	}
	nulls, err := s.nulls(at, m)
	if err != nil {
		return nil, err
	}
	some, err := expr.NewCall("=", nulls, one)
	if err != nil {
		return nil, err
	}
	if len(m.outer) > 0 {
		return expr.Or(some, isNull(left[0])), nil
	}
	rows, err := expr.NewCall("IS NOT NULL", nulls)
	if err != nil {
		return nil, err
	}
	return expr.Or(some, expr.And(isNull(left[0]), rows)), nil
}

var (
	one  = &expr.Const{Value: int64(1), Of: rows.IntType.Nullable(false)}
	zero = &expr.Const{Value: int64(0), Of: rows.IntType.Nullable(false)}
)

func nullable(exprs ...expr.Expr) bool {
	return slices.ContainsFunc(exprs, func(e expr.Expr) bool { return !e.Type().NotNull })
}

// nulls joins, for the input's keys, 1 where the query has a NULL, 0 where it has only values, and NULL where it is
// empty.
func (s *subqueries) nulls(at ast.Node, m matched) (expr.Expr, error) {
	again, err := s.planner.copied(at, m.node)
	if err != nil {
		return nil, err
	}
	columns, err := s.extremes(at, matched{again, m.width, m.outer, m.nullSafe}, "")
	if err != nil {
		return nil, err
	}
	return columns[0], nil
}

// extremes joins, for the input's keys, what nulls says, then the MIN or MAX of the query's first column, if asked for.
func (s *subqueries) extremes(at ast.Node, m matched, name string) ([]expr.Expr, error) {
	keys := m.keys()
	value := &expr.Ref{Index: 0, Of: m.node.Schema()[0].Type}
	flag, err := expr.NewCall("CASE", isNull(value), one, zero)
	if err != nil {
		return nil, err
	}
	exprs := []expr.Expr{flag, value}
	for _, k := range keys {
		exprs = append(exprs, &expr.Ref{Index: k, Of: m.node.Schema()[k].Type})
	}
	below := project(m.node, exprs, make([]string, len(exprs)))
	most, err := aggregateOf(at, "MAX", 0, flag.Type())
	if err != nil {
		return nil, err
	}
	calls := []expr.AggregateCall{most}
	if name != "" {
		extreme, err := aggregateOf(at, name, 1, value.Of)
		if err != nil {
			return nil, err
		}
		calls = append(calls, extreme)
	}
	node := groupBy(below, sequence(2, len(keys)), calls, make([]string, len(keys)+len(calls)))
	on, err := s.on(at, m, node, 0)
	if err != nil {
		return nil, err
	}
	return s.joined(node, on...)[len(keys):], nil
}
