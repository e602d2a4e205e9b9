package expr

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// special makes the node of a form that does not evaluate all its arguments for all rows: AND, CASE ...
type special func(c *compiler, of *Call) (node, error)

type compiler struct{ env *Env }

func (c *compiler) node(e Expr) (node, error) {
	switch e := e.(type) {
	case *Ref:
		return &ref{e.Index}, nil
	case *Const:
		return &constant{of: e.Of.Plain(), value: e.Value}, nil
	case *Call:
		return c.call(e)
	}
	return nil, fmt.Errorf("%T cannot be evaluated", e)
}

// call makes the node of a call, or of its value where that is the same for all rows.
func (c *compiler) call(of *Call) (node, error) {
	n, err := c.open(of)
	if err != nil || !foldable(of) {
		return n, err
	}
	out, failed := n.eval(&input{n: 1})
	if failed != nil {
		return n, nil //nolint:nilerr // it fails when a row needs it, which may be never
	}
	return &constant{of: of.Of.Plain(), value: out.Value(0)}, nil
}

func (c *compiler) open(of *Call) (node, error) {
	if of.Func.special != nil {
		return of.Func.special(c, of)
	}
	made := &call{env: c.env, of: of, kernel: of.Func.Eval}
	for _, arg := range of.Args {
		if isSymbol(arg) {
			continue
		}
		n, err := c.node(arg)
		if err != nil {
			return nil, err
		}
		made.args = append(made.args, n)
	}
	made.cols = make([]*rows.Column, len(made.args))
	if of.Func.Prepare != nil {
		kernel, err := of.Func.Prepare(c.env, of)
		if err != nil {
			return nil, err
		}
		made.kernel = kernel
	}
	return made, nil
}

func isSymbol(e Expr) bool {
	c, ok := e.(*Const)
	return ok && c.Of.Kind == rows.Symbol
}

// foldable reports whether a call has the same value for all rows.
func foldable(of *Call) bool {
	if of.Func.Volatile {
		return false
	}
	for _, arg := range of.Args {
		switch arg := arg.(type) {
		case *Ref:
			return false
		case *Call:
			if !foldable(arg) {
				return false
			}
		}
	}
	return true
}

// cheap reports whether an expression may be evaluated for rows that do not need it.
func cheap(e Expr) bool {
	of, ok := e.(*Call)
	if !ok {
		return true
	}
	if !of.Func.Cheap {
		return false
	}
	for _, arg := range of.Args {
		if !cheap(arg) {
			return false
		}
	}
	return true
}
