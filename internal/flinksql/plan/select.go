package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// selection plans SELECT without ORDER BY.
func (p *Planner) selection(s *ast.Select, e env) (relation, error) {
	out, _, err := p.selected(s, e, nil)
	return out, err
}

// orderedSelect plans SELECT with ORDER BY, whose keys may be names of the result, or expressions over FROM.
func (p *Planner) orderedSelect(q *ast.Query, s *ast.Select, e env) (relation, error) {
	out, keys, err := p.selected(s, e, q.OrderBy)
	if err != nil {
		return out, err
	}
	sorted, err := p.ordered(q, out, keys)
	if err != nil {
		return out, err
	}
	visible := slices.IndexFunc(sorted.names, func(c columnName) bool { return c.name == hiddenKey })
	if visible < 0 {
		return sorted, nil
	}
	return relation{project(sorted.node, identity(sorted.node)[:visible], namesOf(sorted.names[:visible])), sorted.names[:visible]}, nil
}

// hiddenKey names columns that only ORDER BY needs; no query can name them.
const hiddenKey = hidden + "order"

// selected plans FROM, WHERE, GROUP BY, HAVING and the SELECT list. Keys of order that are no column of the result
// follow it as hidden columns.
func (p *Planner) selected(s *ast.Select, e env, order []ast.SortItem) (relation, []SortKey, error) {
	input, err := p.from(s, e)
	if err != nil {
		return relation{}, nil, err
	}
	items, err := expand(s, &scope{relation: input, outer: e.outer})
	if err != nil {
		return relation{}, nil, err
	}
	list := &selectList{planner: p, items: items, resolver: p.resolver(&scope{relation: input, outer: e.outer})}
	list.resolver.Override = p.subqueriesOf(&input, e).override
	input, err = p.overWindows(s, list, input, e)
	if err != nil {
		return relation{}, nil, err
	}
	if s.Qualify != nil {
		kept, err := condition(list.resolver, s.Qualify, "QUALIFY")
		if err != nil {
			return relation{}, nil, err
		}
		input.node = filter(input.node, conjuncts(kept)...)
	}
	if p.grouped(s, items, order) {
		if err = p.group(s, list, &input, e, order); err != nil {
			return relation{}, nil, err
		}
	} else if s.Having != nil {
		return relation{}, nil, problem(s.Having, "Use WHERE, or add GROUP BY.", "HAVING needs GROUP BY or an aggregate function")
	}
	return p.projected(s, list, &input, order)
}

// selectList is the SELECT list, and how its expressions are resolved.
type selectList struct {
	planner  *Planner
	items    []ast.SelectItem
	resolver *expr.Resolver
}

// projected computes the SELECT list.
func (p *Planner) projected(s *ast.Select, list *selectList, input *relation, order []ast.SortItem) (relation, []SortKey, error) {
	exprs := make([]expr.Expr, len(list.items))
	names := make([]columnName, len(list.items))
	for i, item := range list.items {
		e, err := list.resolver.Resolve(item.Expr)
		if err != nil {
			return relation{}, nil, err
		}
		if e.Type().Kind == rows.Null {
			return relation{}, nil, problem(item.Expr, "Say of which type it is: CAST(NULL AS STRING).", "NULL alone has no type")
		}
		exprs[i], names[i] = e, columnName{name: itemName(item, i)}
	}
	if slices.ContainsFunc(exprs, correlated) {
		return relation{}, nil, missing(s, "a SELECT list that reads columns of the query around it")
	}
	keys, err := p.sortKeys(order, &scope{relation: relation{project(input.node, exprs, namesOf(names)), names}}, &sorting{list.resolver, &exprs, &names})
	if err != nil {
		return relation{}, nil, err
	}
	node := Node(project(input.node, exprs, namesOf(names)))
	if s.Distinct {
		if len(names) > len(list.items) {
			return relation{}, nil, problem(s, "Put it into the SELECT list.", "ORDER BY of SELECT DISTINCT needs a column of the result")
		}
		node = groupBy(node, sequence(0, len(names)), nil, namesOf(names))
	}
	return relation{node, names}, keys, nil
}

// itemName is the alias, the column's own name, or Flink's EXPR$n.
func itemName(item ast.SelectItem, i int) string {
	switch e := item.Expr.(type) {
	case *ast.Column:
		if item.Alias == "" {
			return e.Parts[len(e.Parts)-1]
		}
	case *ast.Field:
		if item.Alias == "" {
			return e.Name
		}
	}
	if item.Alias != "" {
		return item.Alias
	}
	return fmt.Sprintf("EXPR$%d", i)
}

// expand replaces each * by the columns it stands for.
func expand(s *ast.Select, in *scope) ([]ast.SelectItem, error) {
	var items []ast.SelectItem
	for _, item := range s.Items {
		star, ok := item.Expr.(*ast.Star)
		if !ok {
			items = append(items, item)
			continue
		}
		before := len(items)
		for _, c := range in.names {
			if strings.HasPrefix(c.name, hidden) || len(star.Qualifier) > 0 && !sameTable(c.table, star.Qualifier[len(star.Qualifier)-1]) || len(star.Qualifier) == 0 && c.using {
				continue
			}
			parts := []string{c.name}
			if c.table != "" {
				parts = []string{c.table, c.name}
			}
			items = append(items, ast.SelectItem{Expr: &ast.Column{Name: ast.Name{Place: star.Place, Parts: parts}}})
		}
		if len(items) == before {
			if fields, ok := rowStar(star, in); ok {
				items = append(items, fields...)
				continue
			}
			return nil, problem(star, "Use the alias of a table in FROM.", "there is no table for * here")
		}
	}
	return items, nil
}

// rowStar gives the fields of a ROW column for row.*.
func rowStar(star *ast.Star, in *scope) ([]ast.SelectItem, bool) {
	if len(star.Qualifier) == 0 {
		return nil, false
	}
	at, rest, err := in.find(ast.Name{Place: star.Place, Parts: star.Qualifier})
	if err != nil || at < 0 || len(rest) > 0 || in.node.Schema()[at].Type.Kind != rows.Row {
		return nil, false
	}
	var items []ast.SelectItem
	for _, f := range in.node.Schema()[at].Type.Fields {
		parts := append(slices.Clone(star.Qualifier), f.Name)
		items = append(items, ast.SelectItem{Expr: &ast.Column{Name: ast.Name{Place: star.Place, Parts: parts}}, Alias: f.Name})
	}
	return items, true
}

// values plans VALUES (...), (...).
func (p *Planner) values(v *ast.Values, e env) (relation, error) {
	resolver := p.resolver(&scope{relation: relation{node: oneRow()}, outer: e.outer})
	out := &Values{}
	for _, row := range v.Rows {
		if len(row) != len(v.Rows[0]) {
			return relation{}, problem(v, "Give every row as many values as the first.", "the rows of VALUES differ in length: %d and %d", len(v.Rows[0]), len(row))
		}
		resolved := make([]expr.Expr, len(row))
		for i, value := range row {
			r, err := resolver.Resolve(value)
			if err != nil {
				return relation{}, err
			}
			if r.Type().Kind == rows.Null {
				return relation{}, problem(value, "Say of which type it is: CAST(NULL AS STRING).", "NULL alone has no type")
			}
			resolved[i] = r
		}
		out.Rows = append(out.Rows, resolved)
	}
	names := make([]columnName, len(v.Rows[0]))
	for i := range names {
		names[i].name = fmt.Sprintf("EXPR$%d", i)
		t, err := p.unifyColumn(v, out.Rows, i)
		if err != nil {
			return relation{}, err
		}
		out.Out = append(out.Out, rows.Field{Name: names[i].name, Type: t})
	}
	return relation{out, names}, nil
}

// unifyColumn casts the values of one column of VALUES to the type that holds them all.
func (p *Planner) unifyColumn(at ast.Node, values [][]expr.Expr, column int) (rows.Type, error) {
	types := make([]rows.Type, len(values))
	for i, row := range values {
		types[i] = row[column].Type()
	}
	t, ok := expr.CommonType(types...)
	if !ok {
		return t, problem(at, "CAST the values to one type.", "column %d of VALUES has values of types that do not go together: %v", column+1, types)
	}
	for _, row := range values {
		row[column] = expr.NewCast(row[column], t)
	}
	return t, nil
}

// oneRow is a row without columns: SELECT without FROM.
func oneRow() *Values { return &Values{Rows: [][]expr.Expr{{}}} }

// setOperation plans UNION and UNION ALL.
func (p *Planner) setOperation(s *ast.SetOperation, e env) (relation, error) {
	if s.Op != "UNION" {
		return relation{}, missing(s, s.Op)
	}
	left, err := p.body(s.Left, e)
	if err != nil {
		return left, err
	}
	right, err := p.body(s.Right, e)
	if err != nil {
		return right, err
	}
	members, types, err := alike(s, withNames(left), withNames(right))
	if err != nil {
		return left, err
	}
	node := union(members, types)
	if !s.All {
		node = groupBy(node, sequence(0, len(left.names)), nil, namesOf(left.names))
	}
	names := make([]columnName, len(left.names))
	for i, n := range left.names {
		names[i].name = n.name
	}
	return relation{node, names}, nil
}

// alike casts the columns of both sides to common types.
func alike(at ast.Node, left, right Node) ([]Node, []rows.Type, error) {
	l, r := left.Schema(), right.Schema()
	if len(l) != len(r) {
		return nil, nil, problem(at, "Give both sides the same columns.", "the sides of UNION have %d and %d columns", len(l), len(r))
	}
	common := make([]rows.Type, len(l))
	for i := range l {
		t, ok := expr.CommonType(l[i].Type, r[i].Type)
		if !ok {
			return nil, nil, problem(at, "CAST one of them.", "column %s of UNION is %s on one side and %s on the other", l[i].Name, l[i].Type, r[i].Type)
		}
		common[i] = t
	}
	return []Node{castColumns(left, common), castColumns(right, common)}, common, nil
}

// castColumns gives a node's columns other types.
func castColumns(n Node, types []rows.Type) Node {
	exprs, names, changed := identity(n), make([]string, len(types)), false
	for i, f := range n.Schema() {
		names[i] = f.Name
		if !f.Type.Equal(types[i], true) {
			exprs[i], changed = expr.NewCast(exprs[i], types[i]), true
		}
	}
	if !changed {
		return n
	}
	return project(n, exprs, names)
}
