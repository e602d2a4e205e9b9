package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// columns is a set of a node's columns.
type columns []bool

func of(width int, members ...[]int) columns {
	set := make(columns, width)
	for _, list := range members {
		for _, i := range list {
			set[i] = true
		}
	}
	return set
}

// list gives the members, rising.
func (c columns) list() []int {
	var out []int
	for i, in := range c {
		if in {
			out = append(out, i)
		}
	}
	return out
}

// placed says where the columns of a node are after pruning; -1 where they are gone.
type placed []int

func (p placed) at(i int) int { return p[i] }

func (p placed) all(list []int) []int {
	out := make([]int, len(list))
	for i, column := range list {
		out[i] = p[column]
	}
	return out
}

// kept numbers the members of a set.
func (c columns) kept() placed {
	out, next := make(placed, len(c)), 0
	for i, in := range c {
		out[i] = -1
		if in {
			out[i], next = next, next+1
		}
	}
	return out
}

// schema gives the members of a schema that are in the set.
func (c columns) schema(s rows.Schema) rows.Schema {
	var out rows.Schema
	for i, f := range s {
		if c[i] {
			out = append(out, f)
		}
	}
	return out
}

// pruned leaves out what no one needs, so that sources decode only the columns that are used. The result may have
// more columns than were asked for; placed says where those are.
func pruned(n Node, need columns) (Node, placed) { //nolint:gocyclo,funlen // a case for each node
	switch n := n.(type) {
	case *Scan:
		return prunedScan(n, need)
	case *Project:
		return prunedProject(n, need)
	case *Filter:
		input, at := pruned(n.Input, of(len(need), need.list(), refs(n.Condition)))
		return &Filter{Base: Base{Out: input.Schema()}, Input: input, Condition: moved(n.Condition, at.at)}, at
	case *Union:
		for i, m := range n.Members {
			input, at := pruned(m, need)
			n.Members[i] = narrow(input, at.all(need.list()))
		}
		n.Out = need.schema(n.Out)
		return n, need.kept()
	case *WindowAssign:
		return prunedAssign(n, need)
	case *GroupAggregate:
		var set columns
		n.Aggregates, set = usedAggregates(n.Aggregates, len(n.Keys), need)
		input, at := pruned(n.Input, inputOfGroup(n.Input, n.Keys, n.Aggregates))
		n.Input, n.Keys, n.Aggregates, n.Out = input, at.all(n.Keys), placedCalls(n.Aggregates, at), set.schema(n.Out)
		return n, set.kept()
	case *WindowAggregate:
		return prunedWindowAggregate(n, need)
	case *Rank:
		return prunedRank(n, need)
	case *Deduplicate:
		extra := [][]int{need.list(), n.Partition, {n.Time}}
		if n.Windowed {
			extra = append(extra, []int{n.End})
		}
		input, at := pruned(n.Input, of(len(need), extra...))
		n.Input, n.Out, n.Partition, n.Time = input, input.Schema(), at.all(n.Partition), at[n.Time]
		if n.Windowed {
			n.End = at[n.End]
		}
		return n, at
	case *Join, *IntervalJoin, *TemporalJoin:
		return prunedJoin(n, need)
	case *Unnest:
		return prunedUnnest(n, need)
	case *Limit:
		input, at := pruned(n.Input, need)
		n.Input, n.Out = input, input.Schema()
		return n, at
	case *TimeSort:
		input, at := pruned(n.Input, of(len(need), need.list(), []int{n.Time}, sortColumns(n.Order)))
		n.Input, n.Out, n.Time, n.Order = input, input.Schema(), at[n.Time], placedKeys(n.Order, at)
		return n, at
	case *Normalize:
		input, at := pruned(n.Input, of(len(need), need.list(), n.Keys))
		n.Input, n.Out, n.Keys = input, input.Schema(), at.all(n.Keys)
		return n, at
	}
	return n, placed(sequence(0, len(n.Schema())))
}

// narrow gives these columns of a node, in this order, and no others.
func narrow(n Node, list []int) Node {
	if slices.Equal(list, sequence(0, len(n.Schema()))) {
		return n
	}
	exprs, names := make([]expr.Expr, len(list)), make([]string, len(list))
	for i, column := range list {
		f := n.Schema()[column]
		exprs[i], names[i] = &expr.Ref{Index: column, Of: f.Type}, f.Name
	}
	return project(n, exprs, names)
}

func prunedScan(n *Scan, need columns) (Node, placed) {
	set := of(len(need), need.list())
	if n.Watermark != nil {
		set = of(len(need), need.list(), refs(n.Watermark.Expr), []int{n.Watermark.Column})
	}
	at := set.kept()
	out := *n
	out.Project, out.Read = nil, nil
	for _, i := range set.list() {
		out.Project = append(out.Project, n.Project[i])
	}
	read := refs(out.Project...)
	for _, i := range read {
		out.Read = append(out.Read, n.Read[i])
	}
	out.Project = movedAll(out.Project, func(i int) int { return slices.Index(read, i) })
	if n.Table.Nested {
		readMembers(&out)
	}
	out.Out = set.schema(n.Out)
	if n.Watermark != nil {
		out.Watermark = &Watermark{Column: at[n.Watermark.Column], Expr: moved(n.Watermark.Expr, at.at), Idle: n.Watermark.Idle}
	}
	out.Keys = nil
	return &out, at
}

func prunedProject(n *Project, need columns) (Node, placed) {
	var exprs []expr.Expr
	for _, i := range need.list() {
		exprs = append(exprs, n.Exprs[i])
	}
	input, at := pruned(n.Input, of(len(n.Input.Schema()), refs(exprs...)))
	return project(input, movedAll(exprs, at.at), schemaNames(need.schema(n.Out))), need.kept()
}

func prunedAssign(n *WindowAssign, need columns) (Node, placed) {
	width := len(n.Input.Schema())
	input, at := pruned(n.Input, of(width, need[:width].list(), []int{n.Window.Time}, n.Window.Partition))
	windows := n.Out[width:]
	n.Input, n.Window.Time, n.Window.Partition = input, at[n.Window.Time], at.all(n.Window.Partition)
	n.Out = append(slices.Clone(input.Schema()), windows...)
	return n, append(at, sequence(len(input.Schema()), len(windows))...)
}

// usedAggregates leaves out calls whose results no one needs, and gives the set of columns that stay.
func usedAggregates(calls []expr.AggregateCall, keys int, need columns) ([]expr.AggregateCall, columns) {
	set := of(len(need), need.list(), sequence(0, keys))
	var used []expr.AggregateCall
	for i, call := range calls {
		if set[keys+i] {
			used = append(used, call)
		}
	}
	return used, set
}

func inputOfGroup(input Node, keys []int, calls []expr.AggregateCall, more ...int) columns {
	set := of(len(input.Schema()), keys, more)
	for _, call := range calls {
		for _, a := range call.Args {
			set[a] = true
		}
		if call.Filter >= 0 {
			set[call.Filter] = true
		}
	}
	return set
}

func placedCalls(calls []expr.AggregateCall, at placed) []expr.AggregateCall {
	out := slices.Clone(calls)
	for i := range out {
		out[i].Args = at.all(out[i].Args)
		if out[i].Filter >= 0 {
			out[i].Filter = at[out[i].Filter]
		}
	}
	return out
}

func prunedWindowAggregate(n *WindowAggregate, need columns) (Node, placed) {
	used, set := usedAggregates(n.Aggregates, len(n.Keys), need)
	n.Aggregates = used
	var more []int
	if n.Window.Kind == Attached {
		more = []int{n.Window.Start, n.Window.End}
	} else {
		more = []int{n.Window.Time}
	}
	input, at := pruned(n.Input, inputOfGroup(n.Input, n.Keys, used, more...))
	base := len(set) - len(n.Columns)
	var shown []WindowColumn
	for i, c := range n.Columns {
		if set[base+i] {
			shown = append(shown, c)
		}
	}
	if n.Window.Kind == Attached {
		n.Window.Start, n.Window.End = at[n.Window.Start], at[n.Window.End]
	} else {
		n.Window.Time = at[n.Window.Time]
	}
	n.Input, n.Keys, n.Aggregates, n.Columns, n.Out = input, at.all(n.Keys), placedCalls(used, at), shown, set.schema(n.Out)
	return n, set.kept()
}

func sortColumns(keys []SortKey) []int {
	out := make([]int, len(keys))
	for i, k := range keys {
		out[i] = k.Column
	}
	return out
}

func placedKeys(keys []SortKey, at placed) []SortKey {
	out := slices.Clone(keys)
	for i := range out {
		out[i].Column = at[out[i].Column]
	}
	return out
}

func prunedRank(n *Rank, need columns) (Node, placed) {
	width := len(n.Input.Schema())
	extra := [][]int{need[:width].list(), n.Partition, sortColumns(n.Order)}
	if n.Windowed {
		extra = append(extra, []int{n.End})
	}
	input, at := pruned(n.Input, of(width, extra...))
	n.Input, n.Partition, n.Order = input, at.all(n.Partition), placedKeys(n.Order, at)
	if n.Windowed {
		n.End = at[n.End]
	}
	number := n.Out[width:]
	n.Out = slices.Clone(input.Schema())
	if n.Number && !need[width] {
		n.Number, at = false, append(at, -1)
	}
	if n.Number {
		at = append(at, len(n.Out))
		n.Out = append(n.Out, number...)
	}
	return n, at
}

func prunedUnnest(n *Unnest, need columns) (Node, placed) {
	width := len(n.Input.Schema())
	var read []int
	for _, i := range refs(n.Condition) {
		if i < width {
			read = append(read, i)
		}
	}
	input, at := pruned(n.Input, of(width, need[:width].list(), refs(n.Expr), read))
	members := n.Out[width:]
	n.Input, n.Expr = input, moved(n.Expr, at.at)
	n.Out = append(slices.Clone(input.Schema()), members...)
	at = append(at, sequence(len(input.Schema()), len(members))...)
	if n.Condition != nil {
		n.Condition = moved(n.Condition, at.at)
	}
	return n, at
}

// sides is what the kinds of joins have in common.
type sides struct {
	left, right         *Node
	leftKeys, rightKeys *[]int
	leftTime, rightTime *int
	condition           *expr.Expr
	kind                JoinKind
}

func sidesOf(n Node) sides {
	switch n := n.(type) {
	case *Join:
		return sides{&n.LeftInput, &n.RightInput, &n.LeftKeys, &n.RightKeys, nil, nil, &n.Condition, n.Kind}
	case *IntervalJoin:
		return sides{&n.LeftInput, &n.RightInput, &n.LeftKeys, &n.RightKeys, &n.LeftTime, &n.RightTime, &n.Condition, n.Kind}
	case *TemporalJoin:
		return sides{&n.LeftInput, &n.RightInput, &n.LeftKeys, &n.RightKeys, &n.LeftTime, &n.RightTime, &n.Condition, n.Kind}
	}
	return sides{}
}

func prunedJoin(n Node, need columns) (Node, placed) {
	s := sidesOf(n)
	width, rightWidth := len((*s.left).Schema()), len((*s.right).Schema())
	left, right := of(width, *s.leftKeys), of(rightWidth, *s.rightKeys)
	want := func(list []int) {
		for _, i := range list {
			if i < width {
				left[i] = true
			} else {
				right[i-width] = true
			}
		}
	}
	want(need.list())
	want(refs(*s.condition))
	if s.leftTime != nil {
		left[*s.leftTime], right[*s.rightTime] = true, true
	}
	leftInput, atLeft := pruned(*s.left, left)
	rightInput, atRight := pruned(*s.right, right)
	*s.left, *s.right, *s.leftKeys, *s.rightKeys = leftInput, rightInput, atLeft.all(*s.leftKeys), atRight.all(*s.rightKeys)
	if s.leftTime != nil {
		*s.leftTime, *s.rightTime = atLeft[*s.leftTime], atRight[*s.rightTime]
	}
	at := slices.Clone(atLeft)
	for _, i := range atRight {
		if i >= 0 {
			i += len(leftInput.Schema())
		}
		at = append(at, i)
	}
	if *s.condition != nil {
		*s.condition = moved(*s.condition, at.at)
	}
	before := n.Schema()
	out := joinedSchema(s.kind, leftInput, rightInput)
	for i, j := range at {
		if j >= 0 && i < len(before) && j < len(out) {
			out[j].Type.Time = before[i].Type.Time
		}
	}
	n.Properties().Out = out
	if s.kind == Semi || s.kind == Anti {
		return n, at[:width]
	}
	return n, at
}
