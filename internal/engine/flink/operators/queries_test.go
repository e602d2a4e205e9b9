package operators

import (
	"cmp"
	"math"
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// query evaluates a node over whole tables, as plainly as can be.
type query func(node plan.Node, in []*table) [][]any

func queries() map[string]query {
	all := map[string]query{
		"group-append": groupQuery, "group-retract": groupQuery, "group-all": groupQuery, "group-none": groupQuery,
		"rank-append": rankQuery, "rank-append-number": rankQuery, "rank-offset": rankQuery, "rank-best": rankQuery,
		"rank-retract": rankQuery, "rank-retract-number": rankQuery,
		"dedup-row-last": lastQuery, "dedup-row-first": firstQuery,
	}
	for _, kind := range []string{"inner", "left", "right", "full", "semi", "anti", "cross", "null-safe"} {
		all["join-"+kind] = joinQuery
	}
	return all
}

// groups deals rows out by some columns, in the order of their first rows.
func groups(all [][]any, by []int) [][][]any {
	var found [][][]any
	for _, row := range all {
		key := pick(row, by)
		at := slices.IndexFunc(found, func(g [][]any) bool { return sameRow(pick(g[0], by), key) })
		if at < 0 {
			found, at = append(found, nil), len(found)
		}
		found[at] = append(found[at], row)
	}
	return found
}

func pick(row []any, at []int) []any {
	picked := make([]any, len(at))
	for i, c := range at {
		picked[i] = row[c]
	}
	return picked
}

func groupQuery(node plan.Node, in []*table) [][]any {
	n := node.(*plan.GroupAggregate)
	var out [][]any
	for _, g := range groups(in[0].live, n.Keys) {
		row := pick(g[0], n.Keys)
		for _, call := range n.Aggregates {
			row = append(row, tallied(call.Func.Name, call.Args, g))
		}
		out = append(out, row)
	}
	return out
}

func tallied(name string, args []int, g [][]any) any {
	var count, sum int64
	for _, row := range g {
		if len(args) > 0 && row[args[0]] == nil {
			continue
		}
		if count++; len(args) > 0 {
			n, _ := row[args[0]].(int64)
			sum += n
		}
	}
	switch {
	case name == "COUNT":
		return count
	case count == 0:
		return nil
	}
	return sum
}

func rankQuery(node plan.Node, in []*table) [][]any {
	n := node.(*plan.Rank)
	var out [][]any
	for _, g := range groups(in[0].live, n.Partition) {
		slices.SortStableFunc(g, func(a, b []any) int { return cmp.Compare(descending(b[1]), descending(a[1])) })
		for i, row := range g {
			if rank := int64(i + 1); rank >= n.From && rank <= n.To {
				row = slices.Clone(row)
				if n.Number {
					row = append(row, rank)
				}
				out = append(out, row)
			}
		}
	}
	return out
}

func descending(v any) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return math.MinInt64
}

func lastQuery(node plan.Node, in []*table) [][]any {
	return best(in[0].live, node.(*plan.Deduplicate), func(a, b int64) bool { return a <= b })
}

func firstQuery(node plan.Node, in []*table) [][]any {
	return best(in[0].live, node.(*plan.Deduplicate), func(a, b int64) bool { return b < a })
}

func best(all [][]any, n *plan.Deduplicate, replaces func(have, at int64) bool) [][]any {
	var out [][]any
	for _, g := range groups(all, n.Partition) {
		kept := g[0]
		for _, row := range g[1:] {
			if replaces(kept[n.Time].(int64), row[n.Time].(int64)) {
				kept = row
			}
		}
		out = append(out, kept)
	}
	return out
}

func joinQuery(node plan.Node, in []*table) [][]any {
	n := node.(*plan.Join)
	left, right := in[0].live, in[1].live
	met := make([]bool, len(right))
	var out [][]any
	for _, l := range left {
		found := false
		for i, r := range right {
			if !joins(n, l, r) {
				continue
			}
			found, met[i] = true, true
			if n.Kind != plan.Semi && n.Kind != plan.Anti {
				out = append(out, slices.Concat(l, r))
			}
		}
		switch {
		case n.Kind == plan.Semi && found, n.Kind == plan.Anti && !found:
			out = append(out, l)
		case (n.Kind == plan.Left || n.Kind == plan.Full) && !found:
			out = append(out, slices.Concat(l, make([]any, len(n.RightInput.Schema()))))
		}
	}
	for i, r := range right {
		if (n.Kind == plan.Right || n.Kind == plan.Full) && !met[i] {
			out = append(out, slices.Concat(make([]any, len(n.LeftInput.Schema())), r))
		}
	}
	return out
}

func joins(n *plan.Join, l, r []any) bool {
	for i := range n.LeftKeys {
		a, b := l[n.LeftKeys[i]], r[n.RightKeys[i]]
		if a != b || a == nil && n.NullSafe == nil {
			return false
		}
	}
	return true
}
