package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// membered lets the scans of nested tables give the members of ROW columns as columns of their own, where a projection
// right above (but for conditions) takes them out. What the row as a whole is then good for, pruning finds.
func membered(n Node) Node {
	if p, ok := n.(*Project); ok {
		if scan := scanBelow(p.Input); scan != nil && scan.Table.Nested {
			m := &members{scan: scan, width: len(scan.Out), at: map[string]int{}}
			for i, e := range p.Exprs {
				p.Exprs[i] = m.replaced(e)
			}
			m.inFilters(p.Input)
			return p
		}
	}
	out, _ := eachInput(n, func(input Node) (Node, error) { return membered(input), nil })
	return out
}

// scanBelow finds the scan under conditions.
func scanBelow(n Node) *Scan {
	switch n := n.(type) {
	case *Filter:
		return scanBelow(n.Input)
	case *Scan:
		return n
	}
	return nil
}

// members adds columns to a scan.
type members struct {
	scan  *Scan
	width int
	at    map[string]int // by the member's text
}

// replaced reads members from the scan's new columns.
func (m *members) replaced(e expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		ref, _, ok := memberOf(e)
		if !ok || !plain(m.scan.Project[ref.Index]) {
			return e
		}
		call, _ := e.(*expr.Call)
		at, known := m.at[e.String()]
		if !known {
			at = len(m.scan.Out)
			m.at[e.String()] = at
			m.scan.Project = append(m.scan.Project, substituted(e, m.scan.Project))
			m.scan.Out = append(m.scan.Out, rows.Field{Name: e.String(), Type: call.Of})
		}
		return &expr.Ref{Index: at, Of: call.Of}
	})
}

// inFilters does so in the conditions between the projection and the scan, whose columns become more.
func (m *members) inFilters(n Node) {
	if f, ok := n.(*Filter); ok {
		f.Condition = m.replaced(f.Condition)
		m.inFilters(f.Input)
		f.Out = f.Input.Schema()
	}
}

func plain(e expr.Expr) bool {
	_, ok := e.(*expr.Ref)
	return ok
}

// memberOf takes ref.name apart.
func memberOf(e expr.Expr) (of *expr.Ref, name string, ok bool) {
	call, ok := e.(*expr.Call)
	if !ok || call.Func.Name != "FIELD" {
		return nil, "", false
	}
	of, ok = call.Args[0].(*expr.Ref)
	if !ok {
		return nil, "", false
	}
	word, ok := call.Args[1].(*expr.Const)
	if !ok {
		return nil, "", false
	}
	name, ok = word.Value.(string)
	return of, name, ok
}

// readMembers lets a scan read members of ROW columns alone, where nothing asks for the whole row.
func readMembers(n *Scan) {
	whole := make([]bool, len(n.Read))
	for _, e := range n.Project {
		markWhole(e, whole)
	}
	to := &Scan{Table: n.Table}
	var moved func(e expr.Expr) expr.Expr
	moved = func(e expr.Expr) expr.Expr {
		if of, name, ok := memberOf(e); ok && !whole[of.Index] {
			return &expr.Ref{Index: to.readAt(n.Read[of.Index], rows.Schema(of.Of.Fields).Index(name)), Of: e.Type()}
		}
		switch e := e.(type) {
		case *expr.Ref:
			return &expr.Ref{Index: to.readAt(n.Read[e.Index], -1), Of: e.Of}
		case *expr.Call:
			args := make([]expr.Expr, len(e.Args))
			for i, a := range e.Args {
				args[i] = moved(a)
			}
			return &expr.Call{Func: e.Func, Args: args, Of: e.Of}
		}
		return e
	}
	n.Project = slices.Clone(n.Project)
	for i, e := range n.Project {
		n.Project[i] = moved(e)
	}
	n.Read, n.Members = to.Read, to.Members
}

// markWhole marks the columns that an expression reads as they are.
func markWhole(e expr.Expr, whole []bool) {
	if _, _, ok := memberOf(e); ok {
		return
	}
	switch e := e.(type) {
	case *expr.Ref:
		whole[e.Index] = true
	case *expr.Call:
		for _, a := range e.Args {
			markWhole(a, whole)
		}
	}
}
