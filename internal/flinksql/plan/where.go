package plan

import (
	"errors"
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
)

// where keeps the rows for which a condition holds. IN (query) and EXISTS among its conjuncts become semi joins; those
// deeper in it, and queries as values, become columns.
func (p *Planner) where(all ast.Expr, input relation, e env) (relation, error) {
	var plain []expr.Expr
	values := p.subqueriesOf(&input, e)
	values.asFalse = map[*ast.In]bool{}
	for _, c := range conditions(all) {
		if joined, ok, err := p.subquery(c, input, e); err != nil {
			return input, err
		} else if ok {
			// What was said before goes below the join: it is over the same columns.
			input.node = joined
			continue
		}
		values.falseIfUnknown(c)
		resolved, err := condition(values.resolver(), c, "WHERE")
		if err != nil {
			return input, err
		}
		plain = append(plain, conjuncts(resolved)...)
	}
	return relation{filter(input.node, plain...), input.names}, nil
}

// falseIfUnknown notes the INs of a condition of WHERE that drop the row whether they are false or unknown.
func (s *subqueries) falseIfUnknown(c ast.Expr) {
	switch c := c.(type) {
	case *ast.In:
		s.asFalse[c] = !c.Not
	case *ast.Binary:
		if c.Op == "AND" || c.Op == "OR" {
			s.falseIfUnknown(c.Left)
			s.falseIfUnknown(c.Right)
		}
	}
}

// conditions takes a condition apart at its ANDs.
func conditions(e ast.Expr) []ast.Expr {
	if b, ok := e.(*ast.Binary); ok && b.Op == "AND" {
		return append(conditions(b.Left), conditions(b.Right)...)
	}
	return []ast.Expr{e}
}

// condition resolves an expression that must be BOOLEAN.
func condition(r *expr.Resolver, c ast.Expr, clause string) (expr.Expr, error) {
	e, err := r.Resolve(c)
	if err == nil && !isBoolean(e) {
		err = problem(c, "Compare it with something.", "%s needs a condition, and this is %s", clause, e.Type())
	}
	return e, err
}

// subquery plans a conjunct that is [NOT] IN (query) or [NOT] EXISTS (query), as a join with what was there before. A
// comparison with a query of one value is a join as well.
func (p *Planner) subquery(c ast.Expr, input relation, e env) (Node, bool, error) {
	kind := Semi
	if not, ok := c.(*ast.Unary); ok && not.Op == "NOT" {
		kind, c = Anti, not.Operand
	}
	outer := &scope{relation: input, outer: e.outer}
	switch c := c.(type) {
	case *ast.In:
		if c.Query == nil {
			return nil, false, nil
		}
		if c.Not {
			kind = opposite(kind)
		}
		return p.in(c, kind, outer, e)
	case *ast.Exists:
		inner, err := p.within(c.Query, outer, e)
		if err != nil || !aroundInWhere(inner.node) {
			return nil, err != nil, err
		}
		node, err := p.related(kind, outer, inner, nil)
		return node, true, err
	case *ast.Binary:
		if kind == Semi {
			return p.comparedWithQuery(c, outer, e)
		}
	}
	return nil, false, nil
}

func opposite(kind JoinKind) JoinKind {
	if kind == Semi {
		return Anti
	}
	return Semi
}

// within plans a subquery that may read the columns around it.
func (p *Planner) within(q *ast.Query, outer *scope, e env) (relation, error) {
	e.outer = outer
	return p.query(q, e)
}

// aroundInWhere reports whether a query reads columns around it in its own WHERE alone, if at all.
func aroundInWhere(n Node) bool {
	_, _, err := decorrelate(n)
	return err == nil
}

// in plans x IN (query) as a semi join, x NOT IN (query) as an anti join. NOT IN is unknown, and drops the row, where
// x or any value of the query is NULL: unless neither can be, such rows have to meet, or it is planned as a value.
func (p *Planner) in(c *ast.In, kind JoinKind, outer *scope, e env) (Node, bool, error) {
	inner, err := p.within(c.Query, outer, e)
	if err != nil {
		return nil, true, err
	}
	if !aroundInWhere(inner.node) {
		return nil, false, nil
	}
	equal, err := p.members(c, kind, outer, inner)
	if err != nil {
		return nil, true, err
	}
	if kind == Anti && len(equal) == 1 && !readsAround(inner.node) && !isEquality(equal[0]) {
		return nil, false, nil
	}
	node, err := p.related(kind, outer, inner, equal)
	return node, true, err
}

func isEquality(e expr.Expr) bool {
	call, ok := e.(*expr.Call)
	return ok && call.Func.Name == "="
}

// members compares what stands before IN with the columns of the query.
func (p *Planner) members(c *ast.In, kind JoinKind, outer *scope, inner relation) ([]expr.Expr, error) {
	operands := []ast.Expr{c.Operand}
	if row, ok := c.Operand.(*ast.Constructor); ok && row.Kind == "ROW" {
		operands = row.Items
	}
	if len(operands) != len(inner.names) {
		return nil, problem(c, "Select as many columns as stand before IN.", "IN compares %d values with %d columns", len(operands), len(inner.names))
	}
	var equal []expr.Expr
	width := len(outer.names)
	for i, operand := range operands {
		left, err := p.resolver(outer).Resolve(operand)
		if err != nil {
			return nil, err
		}
		right := &expr.Ref{Index: width + i, Of: inner.node.Schema()[i].Type}
		same, err := compare(c, "=", left, right)
		if err != nil {
			return nil, err
		}
		if kind == Anti {
			same = orNull(same, left, right)
		}
		equal = append(equal, same)
	}
	return equal, nil
}

// orNull lets a comparison hold where a side that may be NULL is.
func orNull(same expr.Expr, sides ...expr.Expr) expr.Expr {
	alternatives := []expr.Expr{same}
	for _, s := range sides {
		if !s.Type().NotNull {
			alternatives = append(alternatives, isNull(s))
		}
	}
	return expr.Or(alternatives...)
}

// related joins a query with its subquery, on the conditions given and on those by which the subquery names columns
// around it.
func (p *Planner) related(kind JoinKind, outer *scope, inner relation, on []expr.Expr) (Node, error) {
	node, correlations, err := decorrelate(inner.node)
	if err != nil {
		return nil, err
	}
	width := len(outer.names)
	for _, c := range correlations {
		on = append(on, expr.Rewrite(c, func(r expr.Expr) expr.Expr {
			switch r := r.(type) {
			case *outerRef:
				return &r.Ref
			case *expr.Ref:
				return &expr.Ref{Index: width + r.Index, Of: r.Of}
			}
			return r
		}))
	}
	return join(kind, outer.node, node, expr.And(on...)), nil
}

// decorrelate takes the conditions over columns around a subquery out of it: they stand in WHERE, below its SELECT list.
// The columns that they read are put behind those of the list; the conditions are over the result.
func decorrelate(n Node) (Node, []expr.Expr, error) {
	var list []expr.Expr
	below := n
	if p, ok := n.(*Project); ok {
		list, below = p.Exprs, p.Input
	}
	f, ok := below.(*Filter)
	if !ok {
		return n, nil, uncorrelated(n)
	}
	var inside, outside []expr.Expr
	for _, c := range conjuncts(f.Condition) {
		if correlated(c) {
			outside = append(outside, c)
		} else {
			inside = append(inside, c)
		}
	}
	if len(outside) == 0 {
		return n, nil, uncorrelated(n)
	}
	if list == nil {
		list = identity(f)
	}
	input := filter(f.Input, inside...)
	if err := uncorrelated(input); err != nil {
		return n, nil, err
	}
	needed := refs(outside...)
	exprs := slices.Clone(list)
	for _, column := range needed {
		exprs = append(exprs, &expr.Ref{Index: column, Of: f.Schema()[column].Type})
	}
	names := make([]string, len(exprs))
	for i := range outside {
		outside[i] = moved(outside[i], func(column int) int { return len(list) + slices.Index(needed, column) })
	}
	return project(input, exprs, names), outside, nil
}

// errDeeper says that a query names columns around it where they cannot be taken out.
var errDeeper = errors.New("the query reads columns around it other than in its own WHERE")

func uncorrelated(n Node) error {
	if readsAround(n) {
		return errDeeper
	}
	return nil
}

// comparedWithQuery plans a comparison with an aggregate over all rows of a query as a join on that comparison.
func (p *Planner) comparedWithQuery(c *ast.Binary, outer *scope, e env) (Node, bool, error) {
	q, ok := c.Right.(*ast.Subquery)
	value, op := c.Left, c.Op
	if !ok {
		if q, ok = c.Left.(*ast.Subquery); !ok {
			return nil, false, nil
		}
		value, op = c.Right, mirrored(c.Op)
	}
	if asksQuery(value) {
		return nil, false, nil
	}
	inner, err := p.within(q.Query, outer, e)
	if err != nil {
		return nil, true, err
	}
	if len(inner.names) != 1 || !singleRow(inner.node) || readsAround(inner.node) {
		return nil, false, nil
	}
	left, err := p.resolver(outer).Resolve(value)
	if err != nil {
		return nil, true, err
	}
	width := len(outer.names)
	holds, err := compare(c, op, left, &expr.Ref{Index: width, Of: inner.node.Schema()[0].Type})
	if err != nil {
		return nil, true, err
	}
	joined := join(Inner, outer.node, inner.node, holds)
	return project(joined, identity(joined)[:width], namesOf(outer.names)), true, nil
}

func mirrored(op string) string {
	switch op {
	case "<":
		return ">"
	case ">":
		return "<"
	case "<=":
		return ">="
	case ">=":
		return "<="
	}
	return op
}
