package plan

import (
	"reflect"
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
)

// matched is a query that no longer reads columns around it: its own columns, then keys, by which its rows belong to
// rows of the query around it.
type matched struct {
	node     Node
	width    int         // of its own columns
	outer    []expr.Expr // by key: what it is equal to, over the query around it
	nullSafe []bool      // by key: NULL is equal to NULL
}

func (m *matched) keys() []int { return sequence(m.width, len(m.outer)) }

// on gives the conditions by which a node is joined whose columns from a place on are the keys of a query.
func (s *subqueries) on(at ast.Node, m matched, node Node, from int) ([]expr.Expr, error) {
	var all []expr.Expr
	for i, outer := range m.outer {
		op := "="
		if m.nullSafe[i] {
			op = "IS NOT DISTINCT FROM"
		}
		same, err := compare(at, op, outer, s.right(node, from+i))
		if err != nil {
			return nil, err
		}
		all = append(all, same)
	}
	return all, nil
}

// independent makes a query independent of the one around it. Equalities of a column within and one around become its
// keys; for other conditions it is joined with all that it may read of the query around it (Neumann and Kemper,
// "Unnesting Arbitrary Queries").
func (s *subqueries) independent(at ast.Node, inner Node) (matched, error) {
	m := matched{node: inner, width: len(inner.Schema())}
	if !readsAround(inner) {
		return m, nil
	}
	if keyed, ok := byEqualities(inner); ok {
		return keyed, nil
	}
	d := &dependence{planner: s.planner, at: at, base: s.base.node, columns: around(inner)}
	node, err := d.on(inner)
	if err != nil {
		return m, err
	}
	m.node = node
	for _, c := range d.columns {
		m.outer = append(m.outer, &expr.Ref{Index: c, Of: s.base.node.Schema()[c].Type})
		m.nullSafe = append(m.nullSafe, true)
	}
	return m, nil
}

// readsAround reports whether anything in a query reads a column around it.
func readsAround(n Node) bool { return len(around(n)) > 0 }

// around lists the columns that a query reads of the query around it, rising.
func around(n Node) []int {
	var columns []int
	for _, e := range expressions(n) {
		if e == nil {
			continue
		}
		expr.Walk(e, func(e expr.Expr) bool {
			if o, ok := e.(*outerRef); ok {
				columns = append(columns, o.Index)
			}
			return true
		})
	}
	for _, input := range n.Inputs() {
		columns = append(columns, around(input)...)
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// byEqualities takes the equalities with columns around a query out of its WHERE, if that is all that reads them.
func byEqualities(n Node) (matched, bool) {
	switch n := n.(type) {
	case *Project:
		m, ok := byEqualities(n.Input)
		if !ok || slices.ContainsFunc(n.Exprs, correlated) {
			return m, false
		}
		exprs := slices.Clone(n.Exprs)
		for _, k := range m.keys() {
			exprs = append(exprs, &expr.Ref{Index: k, Of: m.node.Schema()[k].Type})
		}
		m.node, m.width = project(m.node, exprs, make([]string, len(exprs))), len(n.Exprs)
		return m, true
	case *Filter:
		if !readsAround(n.Input) {
			return filteredByEqualities(n)
		}
		m, ok := byEqualities(n.Input)
		if !ok || correlated(n.Condition) {
			return m, false
		}
		m.node = filter(m.node, conjuncts(n.Condition)...)
		return m, true
	case *GroupAggregate:
		m, ok := byEqualities(n.Input)
		if !ok || len(n.Keys) == 0 {
			return m, false
		}
		m.node, m.width = regrouped(n, m.node, m.keys()), len(n.Out)
		return m, true
	}
	return matched{}, false
}

// regrouped groups by further columns, which come last.
func regrouped(n *GroupAggregate, input Node, further []int) Node {
	keys := append(slices.Clone(n.Keys), further...)
	g := groupBy(input, keys, n.Aggregates, make([]string, len(keys)+len(n.Aggregates)))
	order := slices.Concat(sequence(0, len(n.Keys)), sequence(len(keys), len(n.Aggregates)), sequence(len(n.Keys), len(further)))
	return narrow(g, order)
}

func filteredByEqualities(f *Filter) (matched, bool) {
	m := matched{width: len(f.Out)}
	exprs := identity(f)
	var inside []expr.Expr
	for _, c := range conjuncts(f.Condition) {
		if !correlated(c) {
			inside = append(inside, c)
			continue
		}
		own, outer, nullSafe, ok := equalAround(c)
		if !ok {
			return m, false
		}
		exprs = append(exprs, own)
		m.outer, m.nullSafe = append(m.outer, outer), append(m.nullSafe, nullSafe)
	}
	m.node = project(filter(f.Input, inside...), exprs, make([]string, len(exprs)))
	return m, true
}

// equalAround takes an equality of the columns within a query and those around it apart.
func equalAround(e expr.Expr) (own, outer expr.Expr, nullSafe, ok bool) {
	call, isCall := e.(*expr.Call)
	if !isCall || len(call.Args) != 2 || call.Func.Name != "=" && call.Func.Name != "IS NOT DISTINCT FROM" {
		return nil, nil, false, false
	}
	own, outer = call.Args[0], call.Args[1]
	if correlated(own) {
		own, outer = outer, own
	}
	if correlated(own) || len(refs(own)) == 0 || len(refs(outer)) > 0 {
		return nil, nil, false, false
	}
	return own, overOuter(outer), call.Func.Name != "=", true
}

// overOuter is an expression over the query around it alone, as that query sees it.
func overOuter(e expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(r expr.Expr) expr.Expr {
		if o, ok := r.(*outerRef); ok {
			return &o.Ref
		}
		return r
	})
}

// dependence joins a query with each combination of the columns that it reads of the one around it.
type dependence struct {
	planner *Planner
	at      ast.Node
	base    Node
	columns []int
}

// on gives a node's columns, then those of the query around it.
func (d *dependence) on(n Node) (Node, error) {
	if !readsAround(n) {
		base, err := d.planner.copied(d.at, d.base)
		if err != nil {
			return n, err
		}
		values := narrow(base, d.columns)
		every := groupBy(values, sequence(0, len(d.columns)), nil, make([]string, len(d.columns)))
		return join(Inner, n, every, nil), nil
	}
	switch n := n.(type) {
	case *Filter:
		input, err := d.on(n.Input)
		return filter(input, conjuncts(d.over(n.Condition, input))...), err
	case *Project:
		input, err := d.on(n.Input)
		var exprs []expr.Expr
		for _, e := range n.Exprs {
			exprs = append(exprs, d.over(e, input))
		}
		exprs = append(exprs, identity(input)[len(input.Schema())-len(d.columns):]...)
		return project(input, exprs, make([]string, len(exprs))), err
	case *GroupAggregate:
		if len(n.Keys) == 0 {
			break
		}
		input, err := d.on(n.Input)
		return regrouped(n, input, sequence(len(input.Schema())-len(d.columns), len(d.columns))), err
	}
	return n, missing(d.at, "a subquery that reads columns around it in this way")
}

// over puts the joined columns in the place of those around a query.
func (d *dependence) over(e expr.Expr, input Node) expr.Expr {
	from := len(input.Schema()) - len(d.columns)
	return expr.Rewrite(e, func(r expr.Expr) expr.Expr {
		if o, ok := r.(*outerRef); ok {
			at := from + slices.Index(d.columns, o.Index)
			return &expr.Ref{Index: at, Of: input.Schema()[at].Type}
		}
		return r
	})
}

// copied gives a tree of its own that does the same. Copies count as reading its tables again.
func (p *Planner) copied(at ast.Node, n Node) (Node, error) {
	if p.reads++; p.reads > maxReads {
		return n, tooManyReads(at)
	}
	to, _ := reflect.New(reflect.TypeOf(n).Elem()).Interface().(Node)
	reflect.ValueOf(to).Elem().Set(reflect.ValueOf(n).Elem())
	base := to.Properties()
	base.Out = slices.Clone(base.Out)
	switch to := to.(type) {
	case *Union:
		to.Members = slices.Clone(to.Members)
	case *Scan:
		to.Read, to.Members, to.Project = slices.Clone(to.Read), slices.Clone(to.Members), slices.Clone(to.Project)
	case *Project:
		to.Exprs = slices.Clone(to.Exprs)
	}
	return eachInput(to, func(input Node) (Node, error) { return p.copied(at, input) })
}
