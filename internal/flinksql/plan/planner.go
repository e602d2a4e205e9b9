package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
)

// Planner plans queries over the tables of a catalog.
type Planner struct {
	Catalog Catalog
	Env     *expr.Env
	// Describe says of a table, when it is read or written, what its connector makes of it: Mode, Accepts, Bounded. Its error
	// is a sentence for people. It may be nil.
	Describe func(*Table) error
	// Batch says that all inputs end and that the query is answered once, so that ORDER BY may sort by anything.
	Batch bool

	reads int // tables and queries by name in the present statement
}

// Query plans a query whose result is shown: its changelog has all changes. Names are the result's columns.
func (p *Planner) Query(q *ast.Query) (Node, error) {
	p.reads = 0
	relation, err := p.query(q, env{})
	if err != nil {
		return nil, err
	}
	return finish(withNames(distinctNames(relation)))
}

// distinctNames numbers the columns of a result that have a name twice: id, id0, id1.
func distinctNames(r relation) relation {
	names := slices.Clone(r.names)
	used := map[string]bool{}
	for i, n := range names {
		for j := 0; used[names[i].name]; j++ {
			names[i].name = fmt.Sprintf("%s%d", n.name, j)
		}
		used[names[i].name] = true
	}
	return relation{r.node, names}
}

// env is what names mean at some place of a query, besides the catalog.
type env struct {
	ctes  map[string]cte
	outer *scope // the columns of the query around a subquery
	views int    // how deep views are nested
}

// cte is a query under a name, and what names meant where it was written.
type cte struct {
	ast.CTE
	env env
}

// with adds the queries of a WITH clause, each of which may name those before it.
func (e env) with(definitions []ast.CTE) env {
	if len(definitions) == 0 {
		return e
	}
	known := make(map[string]cte, len(e.ctes)+len(definitions))
	for name, c := range e.ctes {
		known[name] = c
	}
	for _, d := range definitions {
		before := make(map[string]cte, len(known))
		for name, c := range known {
			before[name] = c
		}
		known[d.Name] = cte{d, env{ctes: before, outer: e.outer, views: e.views}}
	}
	e.ctes = known
	return e
}

// query plans WITH, the body, ORDER BY and LIMIT.
func (p *Planner) query(q *ast.Query, e env) (relation, error) {
	e = e.with(q.With)
	if sel, ok := q.Body.(*ast.Select); ok && len(q.OrderBy) > 0 {
		return p.orderedSelect(q, sel, e)
	}
	r, err := p.body(q.Body, e)
	if err != nil {
		return r, err
	}
	if len(q.OrderBy) == 0 {
		return p.limited(q, r)
	}
	keys, err := p.sortKeys(q.OrderBy, &scope{relation: r, outer: e.outer}, nil)
	if err != nil {
		return r, err
	}
	return p.ordered(q, r, keys)
}

func (p *Planner) body(b ast.Body, e env) (relation, error) {
	switch b := b.(type) {
	case *ast.Select:
		return p.selection(b, e)
	case *ast.Query:
		return p.query(b, e)
	case *ast.SetOperation:
		return p.setOperation(b, e)
	case *ast.Values:
		return p.values(b, e)
	}
	return relation{}, missing(b, "this kind of query")
}

// resolver resolves expressions over a relation.
func (p *Planner) resolver(s *scope) *expr.Resolver {
	return &expr.Resolver{Scope: s, Env: p.Env, Override: p.refuseSubqueries}
}

// refuseSubqueries catches queries where none may stand.
func (p *Planner) refuseSubqueries(e ast.Expr) (expr.Expr, bool, error) {
	switch e := e.(type) {
	case *ast.Subquery:
		return nil, true, missing(e, "a query as a value here")
	case *ast.Exists:
		return nil, true, missing(e, "EXISTS here")
	case *ast.In:
		if e.Query != nil {
			return nil, true, missing(e, "IN (query) here")
		}
	case *ast.Quantified:
		if e.Query != nil {
			return nil, true, missing(e, "ANY or ALL of a query here")
		}
	case *ast.Call:
		switch {
		case e.Over != nil || e.OverName != "":
			return nil, true, missing(e, "OVER other than for ROW_NUMBER in the SELECT list")
		case isAggregate(e):
			return nil, true, problem(e, "Use it in the SELECT list or in HAVING.", "aggregate function %s cannot stand here", e.Name)
		}
	}
	return nil, false, nil
}

func isAggregate(call *ast.Call) bool {
	if call.Over != nil || call.OverName != "" {
		return false
	}
	_, ok := expr.LookupAggregate(strings.ToUpper(call.Name))
	return ok
}

// described asks what a table's connector makes of it.
func (p *Planner) described(at ast.Node, t *Table) error {
	if p.Describe == nil {
		return nil
	}
	if err := p.Describe(t); err != nil {
		return problem(at, "Correct the table's WITH options.", "%v", err)
	}
	return nil
}

// withNames gives a node whose schema has the names of the relation.
func withNames(r relation) Node {
	base := r.node.Properties()
	for i, n := range r.names {
		if base.Out[i].Name != n.name {
			return project(r.node, identity(r.node), namesOf(r.names))
		}
	}
	return r.node
}

func namesOf(columns []columnName) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}
