package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
)

// Source is a column of a table that is read.
type Source struct {
	Table  *Table
	Column int
}

// Sources tells, of each column of a node, the columns of tables that its values are made of. What only decides which
// rows there are (filters, keys of joins and groups) is not among them.
func Sources(n Node) [][]Source {
	switch n := n.(type) {
	case *Scan:
		read := make([][]Source, len(n.Read))
		for i, column := range n.Read {
			read[i] = []Source{{n.Table, column}}
		}
		return sourcesOf(n.Project, read)
	case *Values:
		return make([][]Source, len(n.Out))
	case *Project:
		return sourcesOf(n.Exprs, Sources(n.Input))
	case *Union:
		out := make([][]Source, len(n.Out))
		for _, m := range n.Members {
			for i, s := range Sources(m) {
				out[i] = merged(out[i], s)
			}
		}
		return out
	case *GroupAggregate:
		return groupSources(Sources(n.Input), n.Keys, n.Aggregates, len(n.Out))
	case *WindowAggregate:
		return groupSources(Sources(n.Input), n.Keys, n.Aggregates, len(n.Out))
	case *Join, *IntervalJoin, *TemporalJoin:
		s := sidesOf(n)
		both := append(slices.Clone(Sources(*s.left)), Sources(*s.right)...)
		return both[:len(n.Schema())]
	case *Unnest:
		in := Sources(n.Input)
		members := sourcesOf([]expr.Expr{n.Expr}, in)[0]
		out := slices.Clone(in)
		for len(out) < len(n.Out) {
			out = append(out, members)
		}
		return out
	}
	// All others give their input's columns first, and then columns of their own: a window's, a rank.
	out := slices.Clone(Sources(n.Inputs()[0]))
	for len(out) < len(n.Schema()) {
		out = append(out, nil)
	}
	return out
}

func sourcesOf(exprs []expr.Expr, in [][]Source) [][]Source {
	out := make([][]Source, len(exprs))
	for i, e := range exprs {
		for _, column := range refs(e) {
			out[i] = merged(out[i], in[column])
		}
	}
	return out
}

// groupSources: a count says nothing of the values that it counts.
func groupSources(in [][]Source, keys []int, calls []expr.AggregateCall, width int) [][]Source {
	var out [][]Source
	for _, k := range keys {
		out = append(out, in[k])
	}
	for _, call := range calls {
		var of []Source
		for _, a := range call.Args {
			if call.Func.Name != "COUNT" {
				of = merged(of, in[a])
			}
		}
		out = append(out, of)
	}
	for len(out) < width {
		out = append(out, nil)
	}
	return out
}

func merged(a, b []Source) []Source {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
