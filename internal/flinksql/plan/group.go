package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// grouped reports whether a query groups: by GROUP BY, or by an aggregate function in what follows it.
func (p *Planner) grouped(s *ast.Select, items []ast.SelectItem, order []ast.SortItem) bool {
	if len(s.GroupBy) > 0 {
		return true
	}
	found := false
	look := func(e ast.Expr) {
		if e != nil {
			ast.Walk(e, func(n ast.Node) bool {
				if _, within := n.(*ast.Query); within {
					return false
				}
				call, ok := n.(*ast.Call)
				found = found || ok && isAggregate(call)
				return !found
			})
		}
	}
	for _, item := range items {
		look(item.Expr)
	}
	look(s.Having)
	for _, o := range order {
		look(o.Expr)
	}
	return found
}

// grouping collects the keys and the aggregate calls of a query while its expressions are resolved.
type grouping struct {
	planner  *Planner
	input    *scope
	resolver *expr.Resolver // over the input
	keys     []expr.Expr
	types    []rows.Type // of the keys in the group's row
	computed []expr.Expr // what is projected below: keys, then arguments and filters
	calls    []expr.AggregateCall
	texts    []string       // of the calls, to find equal ones
	asked    map[string]int // keys that ask queries, by text

	queries *subqueries // over the group's row; nil until its columns are known
	outer   env
}

// group plans GROUP BY and HAVING, puts the groups in the place of the input, and makes the list resolve its expressions
// over them.
func (p *Planner) group(s *ast.Select, list *selectList, input *relation, e env, order []ast.SortItem) error {
	in := &scope{relation: *input, outer: e.outer}
	g := &grouping{planner: p, input: in, resolver: p.resolver(in), asked: map[string]int{}, outer: e}
	g.resolver.Override = p.subqueriesOf(input, e).override
	if err := g.addKeys(s.GroupBy); err != nil {
		return err
	}
	g.computed = slices.Clone(g.keys)
	keyed := project(input.node, g.keys, make([]string, len(g.keys)))
	for i := range g.keys {
		g.types = append(g.types, groupedType(keyed, sequence(0, len(g.keys)), i))
	}
	over := &expr.Resolver{Scope: in, Env: p.Env, Override: g.override}
	if err := g.meetCalls(over, list.items, s.Having, order); err != nil {
		return err
	}
	node := groupBy(project(input.node, g.computed, g.computedNames()), sequence(0, len(g.keys)), g.calls, g.names())
	*input = relation{node: node, names: g.columns()}
	g.queries = p.subqueriesOf(input, e)
	list.resolver = over
	if s.Having == nil {
		return nil
	}
	having, err := condition(over, s.Having, "HAVING")
	if err != nil {
		return err
	}
	input.node = filter(input.node, conjuncts(having)...)
	return nil
}

func (g *grouping) addKeys(items []ast.GroupItem) error {
	for _, item := range items {
		if item.Kind != "" {
			return missing(item, item.Kind)
		}
		if len(item.Exprs) == 0 {
			continue // GROUP BY (): one group of all
		}
		key, err := g.resolver.Resolve(item.Exprs[0])
		if err != nil {
			return err
		}
		at := slices.IndexFunc(g.keys, func(k expr.Expr) bool { return k.String() == key.String() })
		if at < 0 {
			at = len(g.keys)
			g.keys = append(g.keys, key)
		}
		if asksQuery(item.Exprs[0]) {
			g.asked[ast.Format(item.Exprs[0])] = at
		}
	}
	return nil
}

// meetCalls is a first pass, which meets all aggregate calls; only then is the width of the group's row known. The types
// do not change.
func (g *grouping) meetCalls(over *expr.Resolver, items []ast.SelectItem, having ast.Expr, order []ast.SortItem) error {
	for _, item := range items {
		if _, err := over.Resolve(item.Expr); err != nil {
			return err
		}
	}
	if having != nil {
		if _, err := condition(over, having, "HAVING"); err != nil {
			return err
		}
	}
	for _, o := range order {
		_, _ = over.Resolve(o.Expr) // it may be a name of the result: what is wrong is said later
	}
	return nil
}

func (g *grouping) names() []string {
	var names []string
	for i, c := range g.columns() {
		switch {
		case i >= len(g.keys):
			c.name = fmt.Sprintf("agg%d", i-len(g.keys))
		case c.name == hidden:
			c.name = fmt.Sprintf("key%d", i)
		}
		names = append(names, c.name)
	}
	return names
}

// columns are the names of the group's row: keys that are columns keep theirs, all else has none.
func (g *grouping) columns() []columnName {
	names := make([]columnName, len(g.keys)+len(g.calls))
	for i := range names {
		names[i].name = hidden
	}
	for i, k := range g.keys {
		if ref, ok := k.(*expr.Ref); ok && ref.Index < len(g.input.names) {
			names[i] = g.input.names[ref.Index]
		}
	}
	return names
}

func (g *grouping) computedNames() []string {
	names := make([]string, len(g.computed))
	for i := range names {
		names[i] = fmt.Sprintf("f%d", i)
	}
	return names
}

// override resolves what stands in a grouped query: aggregate calls, keys, and else only what is made of them.
func (g *grouping) override(e ast.Expr) (expr.Expr, bool, error) {
	if call, ok := e.(*ast.Call); ok && isAggregate(call) {
		ref, err := g.aggregate(call)
		return ref, true, err
	}
	if asksQuery(e) {
		return g.asking(e)
	}
	switch e.(type) {
	case *ast.Literal, *ast.Keyword, *ast.Interval, *ast.TypeName:
		return nil, false, nil
	}
	resolved, err := g.resolver.Resolve(e)
	if err == nil {
		for i, k := range g.keys {
			if k.String() == resolved.String() {
				return &expr.Ref{Index: i, Of: g.types[i]}, true, nil
			}
		}
	}
	if column, ok := e.(*ast.Column); ok {
		if err != nil {
			return nil, true, err
		}
		return nil, true, problem(column, "Add it to GROUP BY, or use it in an aggregate function, as in MAX(...).", "column %s is neither in GROUP BY nor in an aggregate function", strings.Join(column.Parts, "."))
	}
	return nil, false, nil
}

// asking resolves an expression with a query in it: a key, or a query over the group's row.
func (g *grouping) asking(e ast.Expr) (expr.Expr, bool, error) {
	if at, ok := g.asked[ast.Format(e)]; ok {
		return &expr.Ref{Index: at, Of: g.types[at]}, true, nil
	}
	if queryOf(e) == nil {
		return nil, false, nil // a part of it is
	}
	if g.queries != nil {
		g.queries.over = g.override
		return g.queries.override(e)
	}
	return g.promised(e)
}

// promised is what a query will be, in the first pass: its type, and the aggregates beside it.
func (g *grouping) promised(e ast.Expr) (expr.Expr, bool, error) {
	over := &expr.Resolver{Scope: g.input, Env: g.planner.Env, Override: g.override}
	operand := ast.Expr(nil)
	switch e := e.(type) {
	case *ast.In:
		operand = e.Operand
	case *ast.Quantified:
		operand = e.Left
	case *ast.Subquery:
		inner, err := g.planner.within(e.Query, g.input, g.outer)
		if err != nil {
			return nil, true, err
		}
		return &expr.Const{Of: inner.node.Schema()[0].Type.Nullable(true)}, true, nil
	}
	if row, ok := operand.(*ast.Constructor); ok && row.Kind == "ROW" {
		for _, item := range row.Items {
			if _, err := over.Resolve(item); err != nil {
				return nil, true, err
			}
		}
	} else if operand != nil {
		if _, err := over.Resolve(operand); err != nil {
			return nil, true, err
		}
	}
	return &expr.Const{Of: rows.BooleanType}, true, nil
}

// aggregate registers a call and gives its column of the group's row.
func (g *grouping) aggregate(call *ast.Call) (expr.Expr, error) {
	if len(call.OrderBy) > 0 {
		return nil, missing(call, "ORDER BY within "+call.Name)
	}
	call, name := nullWord(call)
	fn, _ := expr.LookupAggregate(name)
	if err := literalSeparator(call); err != nil {
		return nil, err
	}
	args, types, err := g.arguments(call)
	if err != nil {
		return nil, err
	}
	result, coerced, err := fn.Infer(types)
	if err != nil {
		return nil, problem(call, "", "%s: %v", call.Name, err)
	}
	if len(g.keys) > 0 || call.Filter == nil {
		result = groupNullability(call, result, len(g.keys) == 0)
	}
	out := expr.AggregateCall{Func: fn, Filter: -1, Distinct: call.Distinct, Of: result, Name: call.Name}
	for i, a := range args {
		if coerced != nil {
			a = expr.NewCast(a, coerced[i])
		}
		out.Args = append(out.Args, g.column(a))
	}
	if call.Filter != nil {
		only, err := condition(g.resolver, call.Filter, "FILTER")
		if err != nil {
			return nil, err
		}
		out.Filter = g.column(only)
	}
	return &expr.Ref{Index: len(g.keys) + g.register(out), Of: out.Of}, nil
}

// nullWord takes NULL ON NULL or ABSENT ON NULL off the arguments of a JSON aggregate: each has a function of its own.
func nullWord(call *ast.Call) (*ast.Call, string) {
	name := strings.ToUpper(call.Name)
	last := len(call.Args) - 1
	if last < 0 {
		return call, name
	}
	word, ok := call.Args[last].(*ast.Keyword)
	if !ok {
		return call, name
	}
	plain := *call
	plain.Args = call.Args[:last]
	return &plain, name + "_" + strings.ReplaceAll(word.Word, " ", "_")
}

// literalSeparator refuses LISTAGG with a separator that is no constant, as Flink does.
func literalSeparator(call *ast.Call) error {
	if !strings.EqualFold(call.Name, "LISTAGG") || len(call.Args) < 2 {
		return nil
	}
	if _, ok := call.Args[1].(*ast.Literal); ok {
		return nil
	}
	return problem(call.Args[1], "Write LISTAGG(name, ', ').", "the separator of LISTAGG is a constant")
}

// groupNullability says that an aggregate over all rows may have none, and then is NULL, but for COUNT.
func groupNullability(call *ast.Call, t rows.Type, global bool) rows.Type {
	if global && !strings.EqualFold(call.Name, "COUNT") {
		return t.Nullable(true)
	}
	return t
}

func (g *grouping) arguments(call *ast.Call) ([]expr.Expr, []rows.Type, error) {
	var args []expr.Expr
	var types []rows.Type
	for _, a := range call.Args {
		resolved, err := g.resolver.Resolve(a)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, resolved)
		types = append(types, resolved.Type().Plain())
	}
	return args, types, nil
}

// register gives the place of a call among all; the same call twice is one.
func (g *grouping) register(call expr.AggregateCall) int {
	text := fmt.Sprint(call.Func.Name, call.Args, call.Filter, call.Distinct)
	if at := slices.Index(g.texts, text); at >= 0 {
		return at
	}
	g.texts = append(g.texts, text)
	g.calls = append(g.calls, call)
	return len(g.calls) - 1
}

// column gives the place of a computed column; the same expression twice is one.
func (g *grouping) column(e expr.Expr) int {
	for i, c := range g.computed {
		if c.String() == e.String() && !expr.IsVolatile(e) {
			return i
		}
	}
	g.computed = append(g.computed, e)
	return len(g.computed) - 1
}
