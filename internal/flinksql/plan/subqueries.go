package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// hidden begins the names of columns that no query can name and no * stands for.
const hidden = "\x00"

// subqueries plans the queries that stand in expressions over an input: each is joined to it and becomes columns more.
type subqueries struct {
	planner *Planner
	input   *relation
	env     env
	base    relation             // the input before any query was joined to it
	known   map[string]expr.Expr // by text, what a query has become
	asFalse map[*ast.In]bool     // where unknown is as good as false

	over func(ast.Expr) (expr.Expr, bool, error) // resolves what stands beside queries; nil: as everywhere
}

func (p *Planner) subqueriesOf(input *relation, e env) *subqueries {
	return &subqueries{planner: p, input: input, env: e, base: *input, known: map[string]expr.Expr{}}
}

// override resolves an expression that has a query of its own.
func (s *subqueries) override(e ast.Expr) (expr.Expr, bool, error) {
	var plan func() (expr.Expr, error)
	switch e := e.(type) {
	case *ast.Subquery:
		plan = func() (expr.Expr, error) { return s.scalar(e) }
	case *ast.Exists:
		plan = func() (expr.Expr, error) { return s.exists(e) }
	case *ast.In:
		plan = func() (expr.Expr, error) { return s.in(e) }
	case *ast.Quantified:
		plan = func() (expr.Expr, error) { return s.quantified(e) }
	case *ast.Constructor:
		if asksQuery(e) {
			return nil, true, missing(e, "a query within "+e.Kind)
		}
	}
	if plan == nil || queryOf(e) == nil {
		return s.planner.refuseSubqueries(e)
	}
	text := ast.Format(e)
	if in, ok := e.(*ast.In); ok && s.asFalse[in] {
		text += " IS TRUE"
	}
	if known, ok := s.known[text]; ok {
		return known, true, nil
	}
	made, err := plan()
	if err == nil {
		s.known[text] = made
	}
	return made, true, err
}

// queryOf gives the query that an expression asks; nil if it asks none itself.
func queryOf(e ast.Expr) *ast.Query {
	switch e := e.(type) {
	case *ast.Subquery:
		return e.Query
	case *ast.Exists:
		return e.Query
	case *ast.In:
		return e.Query
	case *ast.Quantified:
		return e.Query
	}
	return nil
}

// asksQuery reports whether an expression has a query anywhere in it.
func asksQuery(e ast.Expr) bool {
	asks := false
	ast.Walk(e, func(n ast.Node) bool {
		_, query := n.(*ast.Query)
		asks = asks || query
		return !asks
	})
	return asks
}

func (s *subqueries) scope() *scope { return &scope{relation: *s.input, outer: s.env.outer} }

func (s *subqueries) resolver() *expr.Resolver {
	r := s.planner.resolver(s.scope())
	if r.Override = s.override; s.over != nil {
		r.Override = s.over
	}
	return r
}

func (s *subqueries) within(q *ast.Query) (relation, error) {
	return s.planner.within(q, &scope{relation: s.base, outer: s.env.outer}, s.env)
}

// joined joins an independent query to the input, by its keys and further equalities, and gives its columns.
func (s *subqueries) joined(node Node, on ...expr.Expr) []expr.Expr {
	width := len(s.input.names)
	var condition expr.Expr
	if len(on) > 0 {
		condition = expr.And(on...)
	}
	j := join(Left, s.input.node, node, condition)
	names := slices.Clone(s.input.names)
	for range node.Schema() {
		names = append(names, columnName{name: hidden + "value"})
	}
	*s.input = relation{j, names}
	return identity(j)[width:]
}

// scalar plans a query that stands for its one value: NULL where it has no row.
func (s *subqueries) scalar(q *ast.Subquery) (expr.Expr, error) {
	inner, err := s.within(q.Query)
	if err != nil {
		return nil, err
	}
	if len(inner.names) != 1 {
		return nil, problem(q, "Select one column.", "a query as a value has one column, and this has %d", len(inner.names))
	}
	return s.value(q, inner.node)
}

func (s *subqueries) value(at ast.Node, inner Node) (expr.Expr, error) {
	if !readsAround(inner) {
		node, err := single(at, inner)
		if err != nil {
			return nil, err
		}
		return s.joined(node)[0], nil
	}
	if group, ok := allRows(inner); ok {
		return s.aggregated(at, group)
	}
	m, err := s.independent(at, inner)
	if err != nil {
		return nil, err
	}
	only, err := singleValue(at, m.node.Schema()[0].Type)
	if err != nil {
		return nil, err
	}
	keys := m.keys()
	node := groupBy(m.node, keys, []expr.AggregateCall{only}, make([]string, len(keys)+1))
	on, err := s.on(at, m, node, 0)
	if err != nil {
		return nil, err
	}
	return s.joined(node, on...)[len(keys)], nil
}

// exists plans EXISTS (query) as a value: never unknown.
func (s *subqueries) exists(e *ast.Exists) (expr.Expr, error) {
	inner, err := s.within(e.Query)
	if err != nil {
		return nil, err
	}
	if singleRow(inner.node) {
		return &expr.Const{Value: true, Of: rows.BooleanType.Nullable(false)}, nil
	}
	m, err := s.independent(e, inner.node)
	if err != nil {
		return nil, err
	}
	node := distinct(m.node, m.keys())
	on, err := s.on(e, m, node, 0)
	if err != nil {
		return nil, err
	}
	found := s.joined(node, on...)
	return expr.NewCall("IS NOT NULL", found[len(found)-1])
}

// distinct gives each combination of columns once, and behind them a column that is TRUE.
func distinct(n Node, columns []int) Node {
	exprs, names := []expr.Expr{&expr.Const{Value: true, Of: rows.BooleanType.Nullable(false)}}, []string{""}
	if len(columns) == 0 {
		return groupBy(project(n, exprs, names), []int{0}, nil, names)
	}
	n = narrow(n, columns)
	n = groupBy(n, sequence(0, len(columns)), nil, schemaNames(n.Schema()))
	return project(n, append(identity(n), exprs...), append(schemaNames(n.Schema()), names...))
}

func aggregateOf(at ast.Node, name string, column int, t rows.Type) (expr.AggregateCall, error) {
	fn, ok := expr.LookupAggregate(name)
	if !ok {
		return expr.AggregateCall{}, missing(at, name)
	}
	of, _, err := fn.Infer([]rows.Type{t.Plain()})
	if err != nil {
		return expr.AggregateCall{}, problem(at, "", "%v", err)
	}
	return expr.AggregateCall{Func: fn, Args: []int{column}, Filter: -1, Of: of.Nullable(true), Name: name}, nil
}

// singleValue fails the job if a query has more rows than one.
func singleValue(at ast.Node, t rows.Type) (expr.AggregateCall, error) {
	return aggregateOf(at, "SINGLE_VALUE", 0, t)
}

// single makes sure that a query has one row.
func single(at ast.Node, n Node) (Node, error) {
	if singleRow(n) {
		return n, nil
	}
	call, err := singleValue(at, n.Schema()[0].Type)
	if err != nil {
		return nil, err
	}
	return groupBy(n, nil, []expr.AggregateCall{call}, []string{n.Schema()[0].Name}), nil
}

// singleRow reports whether a node has one row at any time: a group of all rows, and projections of it.
func singleRow(n Node) bool {
	switch n := n.(type) {
	case *Project:
		return singleRow(n.Input)
	case *GroupAggregate:
		return len(n.Keys) == 0
	case *Values:
		return len(n.Rows) == 1
	}
	return false
}
