package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// windowGroups turns each group by window_start and window_end into a window aggregate, which emits a window once and
// then forgets it.
func windowGroups(n Node) (Node, error) {
	n, err := eachInput(n, windowGroups)
	g, ok := n.(*GroupAggregate)
	if !ok || err != nil {
		return n, err
	}
	w, ok := windowOf(g.Input)
	if !ok || !slices.Contains(g.Keys, w.start) || !slices.Contains(g.Keys, w.end) {
		return n, nil
	}
	if w.assign != nil && w.assign.Window.Kind == Hop && w.assign.Window.Size%w.assign.Window.Slide != 0 {
		return n, problem(w.assign.at, "Make the size a multiple of the slide.", "an aggregate over HOP needs a size that is a whole number of slides")
	}
	return windowGroup(g, w), nil
}

func windowGroup(g *GroupAggregate, w windowed) Node {
	out := &WindowAggregate{Input: g.Input, Window: Window{Kind: Attached, Start: w.start, End: w.end, Time: w.time}}
	var keys []int
	for _, k := range g.Keys {
		if k != w.start && k != w.end && k != w.time {
			keys = append(keys, k)
		}
	}
	out.Keys, out.Aggregates = keys, slices.Clone(g.Aggregates)
	if w.assign != nil {
		out.Window.ProcTime, out.Window.LTZ = w.assign.Window.ProcTime, w.assign.Window.LTZ
		unassign(out, g, w)
	}
	in := out.Input.Schema()
	for _, k := range out.Keys {
		out.Out = append(out.Out, rows.Field{Name: in[k].Name, Type: in[k].Type.Plain()})
	}
	for _, a := range g.Aggregates {
		out.Out = append(out.Out, rows.Field{Name: a.Name, Type: a.Of})
	}
	out.Columns = []WindowColumn{WindowStart, WindowEnd, WindowTime}
	out.Out = append(out.Out, windowFields(out.Window)...)
	return inOrder(g, w, keys, out)
}

// inOrder puts the columns of a window aggregate into the order of the group that it stands for.
func inOrder(g *GroupAggregate, w windowed, keys []int, out *WindowAggregate) Node {
	base := len(out.Keys) + len(out.Aggregates)
	var exprs []expr.Expr
	column := func(i int) { exprs = append(exprs, &expr.Ref{Index: i, Of: out.Out[i].Type}) }
	for _, k := range g.Keys {
		switch k {
		case w.start:
			column(base)
		case w.end:
			column(base + 1)
		case w.time:
			column(base + 2)
		default:
			column(slices.Index(keys, k))
		}
	}
	for i := range g.Aggregates {
		column(len(out.Keys) + i)
	}
	return project(out, exprs, schemaNames(g.Out))
}

// unassign lets the aggregate assign the windows itself, over the rows as they were before, where nothing in between
// needs to know them.
func unassign(out *WindowAggregate, g *GroupAggregate, w windowed) {
	window := w.assign.Window
	if !w.pure {
		return
	}
	before, place, time, ok := beforeWindows(g.Input)
	if !ok {
		return
	}
	if window.Kind == Session && !samePartition(g, w, window) {
		return
	}
	at := func(i int) int { return place[i] }
	keys := make([]int, len(out.Keys))
	for i, k := range out.Keys {
		if keys[i] = at(k); keys[i] < 0 {
			return
		}
	}
	aggregates := slices.Clone(out.Aggregates)
	for i, a := range aggregates {
		aggregates[i].Args = slices.Clone(a.Args)
		for j, arg := range a.Args {
			if aggregates[i].Args[j] = at(arg); at(arg) < 0 {
				return
			}
		}
		if a.Filter >= 0 {
			if aggregates[i].Filter = at(a.Filter); at(a.Filter) < 0 {
				return
			}
		}
	}
	window.Time, window.Partition = time, nil
	out.Input, out.Keys, out.Aggregates, out.Window = before, keys, aggregates, window
}

// samePartition reports whether a session's rows are partitioned by the group's keys.
func samePartition(g *GroupAggregate, w windowed, window Window) bool {
	var sources []int
	for _, k := range g.Keys {
		if k == w.start || k == w.end || k == w.time {
			continue
		}
		source, ok := sourceColumn(g.Input, k)
		if !ok {
			return false
		}
		sources = append(sources, source)
	}
	return subset(sources, window.Partition) && subset(window.Partition, sources)
}

// sourceColumn follows a column down to the window assignment.
func sourceColumn(n Node, column int) (int, bool) {
	switch n := n.(type) {
	case *Project:
		if ref, ok := n.Exprs[column].(*expr.Ref); ok {
			return sourceColumn(n.Input, ref.Index)
		}
		return 0, false
	case *Filter:
		return sourceColumn(n.Input, column)
	case *WindowAssign:
		return column, true
	}
	return 0, false
}

// beforeWindows gives projections and filters without the window assignment below them, where each of its columns is
// now (-1: it was the window's), and where the time attribute is.
func beforeWindows(n Node) (out Node, place []int, time int, ok bool) {
	switch n := n.(type) {
	case *WindowAssign:
		width := len(n.Input.Schema())
		return n.Input, append(sequence(0, width), -1, -1, -1), n.Window.Time, true
	case *Filter:
		below, place, time, ok := beforeWindows(n.Input)
		if !ok || slices.ContainsFunc(refs(n.Condition), func(c int) bool { return place[c] < 0 }) {
			return nil, nil, 0, false
		}
		return filter(below, moved(n.Condition, func(c int) int { return place[c] })), place, time, true
	case *Project:
		below, under, time, ok := beforeWindows(n.Input)
		if !ok {
			return nil, nil, 0, false
		}
		var exprs []expr.Expr
		place := make([]int, len(n.Exprs))
		for i, e := range n.Exprs {
			place[i] = -1
			if ofWindow := slices.ContainsFunc(refs(e), func(c int) bool { return under[c] < 0 }); ofWindow {
				if _, plain := e.(*expr.Ref); !plain {
					return nil, nil, 0, false
				}
				continue
			}
			place[i] = len(exprs)
			exprs = append(exprs, moved(e, func(c int) int { return under[c] }))
		}
		exprs = append(exprs, &expr.Ref{Index: time, Of: below.Schema()[time].Type})
		return project(below, exprs, make([]string, len(exprs))), place, len(exprs) - 1, true
	}
	return nil, nil, 0, false
}

func subset(of, all []int) bool {
	return !slices.ContainsFunc(of, func(i int) bool { return !slices.Contains(all, i) })
}
