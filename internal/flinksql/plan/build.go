package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// identity is every column of a node as an expression.
func identity(n Node) []expr.Expr {
	out := make([]expr.Expr, len(n.Schema()))
	for i, f := range n.Schema() {
		out[i] = &expr.Ref{Index: i, Of: f.Type}
	}
	return out
}

// project computes columns; a projection of a projection is one, unless that would compute something twice.
func project(input Node, exprs []expr.Expr, names []string) *Project {
	if below, ok := input.(*Project); ok && mergeable(exprs, below.Exprs) {
		merged := make([]expr.Expr, len(exprs))
		for i, e := range exprs {
			merged[i] = substituted(e, below.Exprs)
		}
		input, exprs = below.Input, merged
	}
	out := make(rows.Schema, len(exprs))
	for i, name := range names[:len(exprs)] {
		out[i] = rows.Field{Name: name, Type: exprs[i].Type()}
	}
	return &Project{Base: Base{Out: out}, Input: input, Exprs: exprs}
}

// mergeable reports whether no expression below that costs anything is used more than once above.
func mergeable(above, below []expr.Expr) bool {
	uses := make([]int, len(below))
	var count func(expr.Expr)
	count = func(e expr.Expr) {
		switch e := e.(type) {
		case *expr.Ref:
			uses[e.Index]++
		case *expr.Call:
			for _, a := range e.Args {
				count(a)
			}
		}
	}
	for _, e := range above {
		count(e)
	}
	for i, e := range below {
		if _, call := e.(*expr.Call); call && (uses[i] > 1 || expr.IsVolatile(e)) {
			return false
		}
	}
	return true
}

// filter keeps the rows for which all conditions hold.
func filter(input Node, conditions ...expr.Expr) Node {
	if len(conditions) == 0 {
		return input
	}
	return &Filter{Base: Base{Out: input.Schema()}, Input: input, Condition: expr.And(conditions...)}
}

// groupBy groups by columns. Time attributes are plain timestamps in its result, but for the time of the windows that
// it groups by.
func groupBy(input Node, keys []int, aggregates []expr.AggregateCall, names []string) Node {
	types := make([]rows.Type, 0, len(keys)+len(aggregates))
	for _, k := range keys {
		types = append(types, groupedType(input, keys, k))
	}
	for _, a := range aggregates {
		types = append(types, a.Of)
	}
	var out rows.Schema
	for i, name := range names[:len(types)] {
		out = append(out, rows.Field{Name: name, Type: types[i]})
	}
	return &GroupAggregate{Base: Base{Out: out}, Input: input, Keys: keys, Aggregates: aggregates}
}

// groupedType is the type of a key in the result of a group.
func groupedType(input Node, keys []int, key int) rows.Type {
	t := input.Schema()[key].Type
	if w, ok := windowOf(input); ok && key == w.time && slices.Contains(keys, w.start) && slices.Contains(keys, w.end) {
		return t
	}
	return t.Plain()
}

// union flattens unions of unions whose columns have these types.
func union(members []Node, types []rows.Type) Node {
	var flat []Node
	for _, m := range members {
		if u, ok := m.(*Union); ok {
			flat = append(flat, u.Members...)
			continue
		}
		flat = append(flat, m)
	}
	out := slices.Clone(flat[0].Schema())
	for i := range out {
		time := out[i].Type.Time
		for _, m := range flat[1:] {
			if m.Schema()[i].Type.Time != time {
				time = rows.NoTime
			}
		}
		out[i].Type = types[i].Plain()
		out[i].Type.Time = time
	}
	return &Union{Base: Base{Out: out}, Members: flat}
}

// join puts two sides together; keys are found in its condition later.
func join(kind JoinKind, left, right Node, condition expr.Expr) *Join {
	return &Join{Base: Base{Out: joinedSchema(kind, left, right)}, Kind: kind, LeftInput: left, RightInput: right, Condition: condition}
}

func joinedSchema(kind JoinKind, left, right Node) rows.Schema {
	var out rows.Schema
	for _, f := range left.Schema() {
		if kind == Right || kind == Full {
			f.Type.NotNull = false
		}
		out = append(out, f)
	}
	if kind == Semi || kind == Anti {
		return out
	}
	for _, f := range right.Schema() {
		if kind == Left || kind == Full {
			f.Type.NotNull = false
		}
		out = append(out, f)
	}
	return out
}
