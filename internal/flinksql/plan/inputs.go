package plan

import "github.com/weftmesh/weft/internal/flinksql/expr"

// eachInput replaces the inputs of a node.
func eachInput(n Node, by func(Node) (Node, error)) (Node, error) {
	var err error
	replace := func(to *Node) {
		if err == nil {
			*to, err = by(*to)
		}
	}
	for _, input := range inputsOf(n) {
		replace(input)
	}
	return n, err
}

// inputsOf gives where a node keeps its inputs.
func inputsOf(n Node) []*Node { //nolint:gocyclo,funlen // a case for each node
	switch n := n.(type) {
	case *Project:
		return []*Node{&n.Input}
	case *Filter:
		return []*Node{&n.Input}
	case *Union:
		members := make([]*Node, len(n.Members))
		for i := range n.Members {
			members[i] = &n.Members[i]
		}
		return members
	case *WindowAssign:
		return []*Node{&n.Input}
	case *WindowAggregate:
		return []*Node{&n.Input}
	case *GroupAggregate:
		return []*Node{&n.Input}
	case *Rank:
		return []*Node{&n.Input}
	case *Deduplicate:
		return []*Node{&n.Input}
	case *Join:
		return []*Node{&n.LeftInput, &n.RightInput}
	case *IntervalJoin:
		return []*Node{&n.LeftInput, &n.RightInput}
	case *TemporalJoin:
		return []*Node{&n.LeftInput, &n.RightInput}
	case *Unnest:
		return []*Node{&n.Input}
	case *Limit:
		return []*Node{&n.Input}
	case *TimeSort:
		return []*Node{&n.Input}
	case *Normalize:
		return []*Node{&n.Input}
	case *DropBefore:
		return []*Node{&n.Input}
	case *Sink:
		return []*Node{&n.Input}
	case *numbered:
		return []*Node{&n.Input}
	}
	return nil
}

// expressions lists the expressions that a node evaluates.
func expressions(n Node) []expr.Expr {
	var list []expr.Expr
	switch n := n.(type) {
	case *Scan:
		list = append(list, n.Project...)
		list = append(list, n.Filter)
	case *Values:
		for _, row := range n.Rows {
			list = append(list, row...)
		}
	case *Project:
		list = n.Exprs
	case *Filter:
		list = []expr.Expr{n.Condition}
	case *Join:
		list = []expr.Expr{n.Condition}
	case *IntervalJoin:
		list = []expr.Expr{n.Condition}
	case *TemporalJoin:
		list = []expr.Expr{n.Condition}
	case *Unnest:
		list = []expr.Expr{n.Expr}
	}
	var out []expr.Expr
	for _, e := range list {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}
