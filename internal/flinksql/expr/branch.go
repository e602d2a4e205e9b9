package expr

import "github.com/weftmesh/weft/internal/rows"

// branch is a part of a form that is evaluated for some of the rows only.
type branch struct {
	node
	cheap bool  // it may be evaluated for all rows: it costs little and cannot fail
	reads []int // the columns that it needs
}

func (c *compiler) branch(e Expr) (*branch, error) {
	n, err := c.node(e)
	if err != nil {
		return nil, err
	}
	return &branch{node: n, cheap: cheap(e), reads: Columns(e)}, nil
}

func (c *compiler) branches(es []Expr) ([]*branch, error) {
	all := make([]*branch, len(es))
	for i, e := range es {
		b, err := c.branch(e)
		if err != nil {
			return nil, err
		}
		all[i] = b
	}
	return all, nil
}

// over evaluates a branch for the rows of sel; sel nil is all rows. The result is dense: row i is that of sel[i].
func (b *branch) over(in *input, sel []int32) (*rows.Column, error) {
	if sel == nil || len(sel) == in.n {
		return b.eval(in)
	}
	part := &input{cols: make([]*rows.Column, len(in.cols)), n: len(sel)}
	for _, i := range b.reads {
		part.cols[i] = in.cols[i].Take(sel)
	}
	return b.eval(part)
}

// places counts up to n.
func places(to []int32, n int) []int32 {
	to = to[:0]
	for i := range n {
		to = append(to, int32(i))
	}
	return to
}

// scatter puts dense values to the rows of sel; sel nil is all rows. n is the length of out.
func scatter(out *rows.Column, sel []int32, from *rows.Column, n int) {
	switch out.Type.Kind.Layout() {
	case rows.BoolLayout:
		spread(out.Bools, sel, from.Bools)
	case rows.IntLayout:
		spread(out.Ints, sel, from.Ints)
	case rows.FloatLayout:
		spread(out.Floats, sel, from.Floats)
	case rows.DecimalLayout:
		spread(out.Decimals, sel, from.Decimals)
	case rows.StringLayout:
		spread(out.Strings, sel, from.Strings)
	case rows.BoxedLayout:
		spread(out.Boxed, sel, from.Boxed)
	}
	if from.Nulls == nil {
		return
	}
	if out.Nulls == nil {
		out.Nulls = make([]bool, n)
	}
	spread(out.Nulls, sel, from.Nulls)
}

func spread[T any](to []T, sel []int32, from []T) {
	if sel == nil {
		copy(to, from)
		return
	}
	for i, at := range sel {
		to[at] = from[i]
	}
}
