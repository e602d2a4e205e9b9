package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// finish turns a query's tree, made as it was written, into one that runs: conditions where they filter soonest, joins
// with their keys, ranks and windows recognised, unused columns gone, and the changes of every output known.
func finish(n Node) (Node, error) {
	names := schemaNames(n.Schema())
	n, err := reduced(n)
	if err != nil {
		return n, err
	}
	for i, name := range names {
		n.Properties().Out[i].Name = name
	}
	n, err = changes(n, true)
	if err == nil {
		Share(n)
	}
	return n, err
}

// reduced recognises the forms of operators, and leaves out what no one needs. The columns stay as they are.
func reduced(n Node) (Node, error) {
	n, err := ranks(pushed(n, nil))
	if err != nil {
		return n, err
	}
	if n, err = joins(n); err != nil {
		return n, err
	}
	if n, err = windowGroups(n); err != nil {
		return n, err
	}
	if !timed(n) {
		untime(n)
	}
	width := len(n.Schema())
	n, at := pruned(membered(n), of(width, sequence(0, width)))
	return deduplications(narrow(n, at.all(sequence(0, width))))
}

// timed reports whether anything in a plan follows event time.
func timed(n Node) bool {
	switch n := n.(type) {
	case *WindowAggregate, *WindowAssign, *IntervalJoin, *TemporalJoin, *TimeSort:
		return true
	case *Rank:
		if n.Windowed || n.Input.Schema()[n.Order[0].Column].Type.Time != rows.NoTime {
			return true
		}
	}
	return slices.ContainsFunc(expressions(n), asksForWatermark) || slices.ContainsFunc(n.Inputs(), timed)
}

func asksForWatermark(e expr.Expr) bool {
	asks := false
	expr.Walk(e, func(e expr.Expr) bool {
		call, ok := e.(*expr.Call)
		asks = asks || ok && call.Func.Name == "CURRENT_WATERMARK"
		return !asks
	})
	return asks
}

// untime takes the watermarks off the sources of a plan that has no use of them, and with them the columns that only
// they read.
func untime(n Node) {
	if scan, ok := n.(*Scan); ok {
		scan.Watermark = nil
	}
	for _, input := range n.Inputs() {
		untime(input)
	}
}
