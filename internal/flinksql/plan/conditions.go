package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// equality is a condition that is an equality of both sides of a join; right is over the right side's own columns.
type equality struct {
	condition   expr.Expr
	left, right expr.Expr
	nullSafe    bool // IS NOT DISTINCT FROM
}

// equalities takes the equalities of two sides out of a condition; width is the number of the left side's columns.
func equalities(all []expr.Expr, width int) (equal []equality, rest []expr.Expr) {
	for _, c := range all {
		call, ok := c.(*expr.Call)
		if !ok || len(call.Args) != 2 || call.Func.Name != "=" && call.Func.Name != "IS NOT DISTINCT FROM" {
			rest = append(rest, c)
			continue
		}
		a, b := call.Args[0], call.Args[1]
		if sideOf(a, width) == rightSide && sideOf(b, width) == leftSide {
			a, b = b, a
		}
		if sideOf(a, width) != leftSide || sideOf(b, width) != rightSide {
			rest = append(rest, c)
			continue
		}
		equal = append(equal, equality{c, a, moved(b, func(i int) int { return i - width }), call.Func.Name != "="})
	}
	return equal, rest
}

// side is which inputs of a join an expression reads.
type side int

const (
	noSide side = iota
	leftSide
	rightSide
	bothSides
)

func sideOf(e expr.Expr, width int) side {
	s := noSide
	for _, i := range refs(e) {
		if i < width {
			s |= leftSide
		} else {
			s |= rightSide
		}
	}
	return s
}

// pushed moves conditions down to where they filter soonest: through projections and to the sides of joins. It is
// what makes a join of FROM a, b WHERE a.x = b.x.
func pushed(n Node, conditions []expr.Expr) Node {
	switch n := n.(type) {
	case *Filter:
		return pushed(n.Input, append(conjuncts(n.Condition), conditions...))
	case *Project:
		if _, over := n.Input.(*numbered); over || slices.ContainsFunc(n.Exprs, expr.IsVolatile) {
			break
		}
		below := make([]expr.Expr, len(conditions))
		for i, c := range conditions {
			below[i] = substituted(c, n.Exprs)
		}
		n.Input = pushed(n.Input, below)
		return n
	case *Join:
		return pushedJoin(n, conditions)
	case *Union:
		for i, m := range n.Members {
			n.Members[i] = pushed(m, slices.Clone(conditions))
		}
		return n
	}
	out, _ := eachInput(n, func(input Node) (Node, error) { return pushed(input, nil), nil })
	return filter(out, conditions...)
}

// pushedJoin moves conditions on the result of a join, and the join's own, to the side that they read, where they mean
// the same there.
func pushedJoin(n *Join, conditions []expr.Expr) Node {
	width := len(n.LeftInput.Schema())
	var split sided
	for _, c := range conditions {
		split.result(n.Kind, c, width)
	}
	for _, c := range conjuncts(n.Condition) {
		split.own(n.Kind, c, width)
	}
	n.LeftInput, n.RightInput = pushed(n.LeftInput, split.left), pushed(n.RightInput, split.right)
	n.Condition = nil
	if len(split.on) > 0 {
		n.Condition = expr.And(split.on...)
	}
	return filter(n, split.above...)
}

// sided is conditions around a join by where they hold.
type sided struct{ left, right, on, above []expr.Expr }

func (s *sided) toRight(c expr.Expr, width int) {
	s.right = append(s.right, moved(c, func(i int) int { return i - width }))
}

// result places a condition on a join's result.
func (s *sided) result(kind JoinKind, c expr.Expr, width int) {
	switch side := sideOf(c, width); {
	case (side == leftSide || side == noSide) && kind != Right && kind != Full:
		s.left = append(s.left, c)
	case side == rightSide && (kind == Inner || kind == Right):
		s.toRight(c, width)
	case kind == Inner:
		s.on = append(s.on, c)
	default:
		s.above = append(s.above, c)
	}
}

// own places a condition of the join itself.
func (s *sided) own(kind JoinKind, c expr.Expr, width int) {
	switch side := sideOf(c, width); {
	case side == leftSide && (kind == Inner || kind == Right || kind == Semi):
		s.left = append(s.left, c)
	case side == rightSide && kind != Right && kind != Full:
		s.toRight(c, width)
	case !isTrue(c):
		s.on = append(s.on, c)
	}
}

func isTrue(e expr.Expr) bool {
	c, ok := e.(*expr.Const)
	return ok && c.Value == true
}

// joins finds the keys and the bounds in the conditions of joins: equalities become keys; a lower and an upper bound of
// the distance of the sides' row times make an interval join.
func joins(n Node) (Node, error) {
	n, err := eachInput(n, joins)
	if t, ok := n.(*TemporalJoin); ok && err == nil {
		return n, temporalKeys(t)
	}
	j, ok := n.(*Join)
	if !ok || err != nil {
		return n, err
	}
	width := len(j.LeftInput.Schema())
	all := conjuncts(j.Condition)
	if interval, rest, ok := intervalOf(j, all, width); ok {
		return intervalJoin(j, interval, rest), nil
	}
	equal, rest := equalities(all, width)
	left, right := &keyed{node: j.LeftInput}, &keyed{node: j.RightInput}
	for _, pair := range equal {
		j.LeftKeys = append(j.LeftKeys, left.column(pair.left))
		j.RightKeys = append(j.RightKeys, right.column(pair.right))
		j.NullSafe = append(j.NullSafe, pair.nullSafe)
	}
	j.Condition = nil
	if len(rest) > 0 {
		j.Condition = expr.And(rest...)
	}
	for i := range j.Out {
		j.Out[i].Type = j.Out[i].Type.Plain()
	}
	if left.added == nil && right.added == nil {
		return j, nil
	}
	return withoutKeys(j, left, right), nil
}

// keyed collects the columns by which one side of a join is looked up; keys that are computed are added to it.
type keyed struct {
	node  Node
	added []expr.Expr
}

func (k *keyed) column(e expr.Expr) int {
	if ref, ok := e.(*expr.Ref); ok {
		return ref.Index
	}
	k.added = append(k.added, e)
	return len(k.node.Schema()) + len(k.added) - 1
}

// widened is the side with its computed keys.
func (k *keyed) widened() Node {
	if k.added == nil {
		return k.node
	}
	names := append(schemaNames(k.node.Schema()), make([]string, len(k.added))...)
	return project(k.node, append(identity(k.node), k.added...), names)
}

// withoutKeys joins sides that have computed keys, and leaves those out of the result.
func withoutKeys(j *Join, left, right *keyed) Node {
	width, names := len(left.node.Schema()), schemaNames(j.Out)
	j.LeftInput, j.RightInput = left.widened(), right.widened()
	place := func(i int) int {
		if i < width {
			return i
		}
		return i + len(left.added)
	}
	if j.Condition != nil {
		j.Condition = moved(j.Condition, place)
	}
	narrow := len(j.Out)
	j.Out = joinedSchema(j.Kind, j.LeftInput, j.RightInput)
	for i := range j.Out {
		j.Out[i].Type = j.Out[i].Type.Plain()
	}
	exprs := make([]expr.Expr, narrow)
	for i := range exprs {
		exprs[i] = &expr.Ref{Index: place(i), Of: j.Out[place(i)].Type}
	}
	return project(j, exprs, names)
}

// closeness is what a condition says of the distance of two row times: Lower <= left - right <= Upper (milliseconds).
type closeness struct {
	left, right  int // columns; right of the right side
	lower, upper int64
	low, high    bool // which of both is given
	proc         bool
}

// intervalOf finds the bounds of an interval join among conditions.
func intervalOf(j *Join, all []expr.Expr, width int) (closeness, []expr.Expr, bool) {
	var found closeness
	var rest []expr.Expr
	if j.Kind == Semi || j.Kind == Anti {
		return found, all, false
	}
	seen := false
	for _, c := range all {
		one, ok := distance(c, width)
		if !ok || seen && (one.left != found.left || one.right != found.right) {
			rest = append(rest, c)
			continue
		}
		if !seen {
			found, seen = one, true
			continue
		}
		found = narrower(found, one)
	}
	return found, rest, found.low && found.high
}

func narrower(a, b closeness) closeness {
	if b.low && (!a.low || b.lower > a.lower) {
		a.low, a.lower = true, b.lower
	}
	if b.high && (!a.high || b.upper < a.upper) {
		a.high, a.upper = true, b.upper
	}
	return a
}

// distance reads a comparison of two row times, either of them with an interval added or taken away.
func distance(e expr.Expr, width int) (closeness, bool) {
	call, ok := e.(*expr.Call)
	if !ok || len(call.Args) != 2 || !slices.Contains([]string{"=", "<", "<=", ">", ">="}, call.Func.Name) {
		return closeness{}, false
	}
	a, plusA, okA := timePlus(call.Args[0])
	b, plusB, okB := timePlus(call.Args[1])
	if !okA || !okB || a.Of.Time != b.Of.Time {
		return closeness{}, false
	}
	op := call.Func.Name
	if a.Index >= width {
		a, b, plusA, plusB, op = b, a, plusB, plusA, mirrored(op)
	}
	if a.Index >= width || b.Index < width {
		return closeness{}, false
	}
	out := closeness{left: a.Index, right: b.Index - width, proc: a.Of.Time == rows.ProcTime}
	d := plusB - plusA // left - right OP d
	switch op {
	case "=":
		out.low, out.high, out.lower, out.upper = true, true, d, d
	case "<=":
		out.high, out.upper = true, d
	case "<":
		out.high, out.upper = true, d-1
	case ">=":
		out.low, out.lower = true, d
	case ">":
		out.low, out.lower = true, d+1
	}
	return out, true
}

// timePlus reads a time attribute, plus or minus constant intervals.
func timePlus(e expr.Expr) (*expr.Ref, int64, bool) {
	if ref, ok := e.(*expr.Ref); ok {
		return ref, 0, ref.Of.Time != rows.NoTime
	}
	call, ok := e.(*expr.Call)
	if !ok {
		return nil, 0, false
	}
	if call.Func.Name == "CAST" {
		return timePlus(call.Args[0])
	}
	if len(call.Args) != 2 || call.Func.Name != "+" && call.Func.Name != "-" {
		return nil, 0, false
	}
	ref, plus, ok := timePlus(call.Args[0])
	c, constant := call.Args[1].(*expr.Const)
	if !ok || !constant || c.Of.Kind != rows.IntervalMillis {
		return nil, 0, false
	}
	millis, ok := c.Value.(int64)
	if call.Func.Name == "-" {
		millis = -millis
	}
	return ref, plus + millis, ok
}

func intervalJoin(j *Join, c closeness, rest []expr.Expr) Node {
	width := len(j.LeftInput.Schema())
	equal, rest := equalities(rest, width)
	out := &IntervalJoin{
		Base: Base{Out: j.Out}, Kind: j.Kind, LeftInput: j.LeftInput, RightInput: j.RightInput, LeftTime: c.left, RightTime: c.right,
		Lower: c.lower, Upper: c.upper, ProcTime: c.proc,
	}
	for _, pair := range equal {
		l, lok := pair.left.(*expr.Ref)
		r, rok := pair.right.(*expr.Ref)
		if !lok || !rok || pair.nullSafe {
			rest = append(rest, pair.condition)
			continue
		}
		out.LeftKeys, out.RightKeys = append(out.LeftKeys, l.Index), append(out.RightKeys, r.Index)
	}
	if len(rest) > 0 {
		out.Condition = expr.And(rest...)
	}
	return out
}
