package plan

import (
	"math"
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// numbered is ROW_NUMBER() OVER (...) as a last column. It is gone when a filter above has made it a Rank.
type numbered struct {
	Base
	Input     Node
	Partition []int
	Order     []SortKey
	at        ast.Node
}

// Inputs gives the one input.
func (n *numbered) Inputs() []Node { return []Node{n.Input} }

var rowNumber = rows.BigIntType.Nullable(false)

// overWindows plans the ROW_NUMBER calls of a SELECT list, each a column more of the input.
func (p *Planner) overWindows(s *ast.Select, list *selectList, input relation, e env) (relation, error) {
	var calls []*ast.Call
	listed := make([]ast.Expr, 0, len(list.items)+1)
	for _, item := range list.items {
		listed = append(listed, item.Expr)
	}
	if s.Qualify != nil {
		listed = append(listed, s.Qualify)
	}
	for _, e := range listed {
		ast.Walk(e, func(n ast.Node) bool {
			if _, within := n.(*ast.Query); within {
				return false
			}
			if call, ok := n.(*ast.Call); ok && (call.Over != nil || call.OverName != "") {
				calls = append(calls, call)
				return false
			}
			return true
		})
	}
	if len(calls) == 0 {
		return input, nil
	}
	if len(s.GroupBy) > 0 {
		return input, missing(calls[0], "OVER beside GROUP BY in one SELECT; put the groups into a query in FROM,")
	}
	columns := map[*ast.Call]*expr.Ref{}
	for _, call := range calls {
		node, err := p.numbered(s, call, input, e)
		if err != nil {
			return input, err
		}
		columns[call] = &expr.Ref{Index: len(input.names), Of: rowNumber}
		input = relation{node, append(slices.Clone(input.names), columnName{name: hidden + "row"})}
	}
	list.resolver = p.resolver(&scope{relation: input, outer: e.outer})
	list.resolver.Override = func(e ast.Expr) (expr.Expr, bool, error) {
		if call, ok := e.(*ast.Call); ok && columns[call] != nil {
			return columns[call], true, nil
		}
		return p.refuseSubqueries(e)
	}
	return input, nil
}

func (p *Planner) numbered(s *ast.Select, call *ast.Call, input relation, e env) (Node, error) {
	spec := call.Over
	for _, w := range s.Windows {
		if spec == nil && w.Name == call.OverName {
			spec = &w.Window
		}
	}
	if spec == nil {
		return nil, problem(call, "Define it: WINDOW w AS (PARTITION BY ... ORDER BY ...).", "window %s is not known", call.OverName)
	}
	if call.Name != "ROW_NUMBER" {
		return nil, missing(call, call.Name+" OVER (...)")
	}
	if spec.Frame != nil {
		return nil, problem(spec.Frame, "Leave it out.", "ROW_NUMBER takes no frame")
	}
	if len(spec.OrderBy) == 0 {
		return nil, problem(call, "Add ORDER BY.", "ROW_NUMBER needs an order")
	}
	in := &scope{relation: input, outer: e.outer}
	exprs := identity(input.node)
	partition, err := p.columnsFor(spec.PartitionBy, in, &exprs)
	if err != nil {
		return nil, err
	}
	keys, err := p.columnsFor(sortExprs(spec.OrderBy), in, &exprs)
	if err != nil {
		return nil, err
	}
	order := make([]SortKey, len(keys))
	for i, k := range keys {
		order[i] = sortKey(k, spec.OrderBy[i])
	}
	names := namesOf(input.names)
	below := input.node
	if len(exprs) > len(names) {
		// The order is by an expression: it is a column below, and gone above.
		all := append(slices.Clone(names), make([]string, len(exprs)-len(names))...)
		below = project(input.node, exprs, all)
	}
	n := &numbered{Base: Base{Out: append(slices.Clone(below.Schema()), rows.Field{Type: rowNumber})}, Input: below, Partition: partition, Order: order, at: call}
	if len(exprs) == len(names) {
		return n, nil
	}
	visible := append(sequence(0, len(names)), len(exprs))
	return narrow(n, visible), nil
}

// columnsFor gives the columns of expressions; those that are not columns yet are added to exprs.
func (p *Planner) columnsFor(list []ast.Expr, in *scope, exprs *[]expr.Expr) ([]int, error) {
	var columns []int
	for _, e := range list {
		resolved, err := p.resolver(in).Resolve(e)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(*exprs, func(x expr.Expr) bool { return x.String() == resolved.String() })
		if at < 0 {
			at = len(*exprs)
			*exprs = append(*exprs, resolved)
		}
		columns = append(columns, at)
	}
	return columns, nil
}

func sortExprs(items []ast.SortItem) []ast.Expr {
	out := make([]ast.Expr, len(items))
	for i, item := range items {
		out[i] = item.Expr
	}
	return out
}

// sortKey gives NULLs Flink's place: the lowest value, unless the order says otherwise.
func sortKey(column int, item ast.SortItem) SortKey {
	last := item.Descending
	if item.Nulls != "" {
		last = item.Nulls == "LAST"
	}
	return SortKey{Column: column, Descending: item.Descending, NullsLast: last}
}

// ranks turns each ROW_NUMBER that a filter bounds into a Rank or a Deduplicate (Flink's "Top-N" and "Deduplication").
func ranks(n Node) (Node, error) {
	if f, ok := n.(*Filter); ok {
		if ranked, ok, err := rankOf(f); ok || err != nil {
			if err != nil {
				return n, err
			}
			n = ranked
		}
	}
	if number, ok := n.(*numbered); ok {
		return n, missing(number.at, "ROW_NUMBER without a filter on it, as in WHERE rn <= 10,")
	}
	return eachInput(n, ranks)
}

// rankOf gives the rank that a filter over a numbered input stands for.
func rankOf(f *Filter) (Node, bool, error) {
	number, list := f.Input, []expr.Expr(nil)
	if p, ok := f.Input.(*Project); ok {
		number, list = p.Input, p.Exprs
	}
	over, ok := number.(*numbered)
	if !ok {
		return f, false, nil
	}
	condition := f.Condition
	if list != nil {
		condition = substituted(condition, list)
		list = slices.Clone(list)
	} else {
		list = identity(over)
	}
	column := len(over.Out) - 1
	from, to := int64(1), int64(math.MaxInt64)
	var rest []expr.Expr
	for _, c := range conjuncts(condition) {
		low, high, ok := bounds(c, column)
		if !ok {
			rest = append(rest, c)
			continue
		}
		from, to = max(from, low), min(to, high)
	}
	if to < 1 {
		return f, false, problem(over.at, "Keep at least the first row.", "the filter on ROW_NUMBER keeps no row")
	}
	if to == math.MaxInt64 {
		return f, false, missing(over.at, "ROW_NUMBER without an upper bound, as in WHERE rn <= 10,")
	}
	if from == to {
		number := &expr.Const{Value: from, Of: rowNumber}
		for i, e := range list {
			list[i] = constantColumn(e, column, number)
		}
		for i, e := range rest {
			rest[i] = constantColumn(e, column, number)
		}
	}
	return project(filter(rank(over, from, to), rest...), list, schemaNames(f.Schema())), true, nil
}

// constantColumn puts a constant where an expression reads a column.
func constantColumn(e expr.Expr, column int, constant expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(r expr.Expr) expr.Expr {
		if ref, ok := r.(*expr.Ref); ok && ref.Index == column {
			return constant
		}
		return r
	})
}

func schemaNames(s rows.Schema) []string {
	names := make([]string, len(s))
	for i, f := range s {
		names[i] = f.Name
	}
	return names
}

// bounds gives the range of row numbers that a condition lets through, if that is all it says.
func bounds(e expr.Expr, column int) (low, high int64, ok bool) {
	call, isCall := e.(*expr.Call)
	if !isCall || len(call.Args) != 2 {
		return 0, 0, false
	}
	op, side, value := call.Func.Name, uncast(call.Args[0]), uncast(call.Args[1])
	if _, constant := side.(*expr.Const); constant {
		op, side, value = mirrored(op), value, side
	}
	ref, isRef := side.(*expr.Ref)
	c, isConst := value.(*expr.Const)
	if !isRef || !isConst || ref.Index != column {
		return 0, 0, false
	}
	v, whole := c.Value.(int64)
	if !whole {
		return 0, 0, false
	}
	switch op {
	case "=":
		return v, v, true
	case "<=":
		return 1, v, true
	case "<":
		return 1, v - 1, true
	case ">=":
		return v, math.MaxInt64, true
	case ">":
		return v + 1, math.MaxInt64, true
	}
	return 0, 0, false
}

// uncast looks through casts between whole numbers, which comparisons put in.
func uncast(e expr.Expr) expr.Expr {
	if call, ok := e.(*expr.Call); ok && call.Func.Name == "CAST" && call.Of.Kind.IsInteger() && call.Args[0].Type().Kind.IsInteger() {
		return call.Args[0]
	}
	return e
}

// rank makes a Rank, within the windows of its input if the partition is by them.
func rank(over *numbered, from, to int64) *Rank {
	w, inWindow := windowOf(over.Input)
	inWindow = inWindow && slices.Contains(over.Partition, w.start) && slices.Contains(over.Partition, w.end)
	return &Rank{
		Base: Base{Out: over.Out}, Input: over.Input, Partition: over.Partition, Order: over.Order, From: from, To: to, Number: true,
		Windowed: inWindow, End: w.end,
	}
}

// deduplications turns each rank that keeps one row, the first or the last by a time attribute, into a Deduplicate.
func deduplications(n Node) (Node, error) {
	n, err := eachInput(n, deduplications)
	r, ok := n.(*Rank)
	if !ok || err != nil || r.Number || r.From != 1 || r.To != 1 || len(r.Order) != 1 {
		return n, err
	}
	key := r.Order[0]
	time := r.Input.Schema()[key.Column].Type.Time
	if time == rows.NoTime {
		return n, nil
	}
	return &Deduplicate{
		Base: Base{Out: r.Out}, Input: r.Input, Partition: r.Partition, Time: key.Column, ProcTime: time == rows.ProcTime, Last: key.Descending,
		Windowed: r.Windowed, End: r.End,
	}, nil
}
