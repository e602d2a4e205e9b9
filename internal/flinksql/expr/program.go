package expr

import (
	"fmt"
	"time"

	"github.com/weftmesh/weft/internal/rows"
)

// Program is an expression made ready for evaluation. It keeps scratch columns, so one goroutine uses it at a time.
type Program struct {
	root node
	of   rows.Type
	// The clock stands still within one evaluation: LOCALTIME = CURRENT_TIME.
	clock func() time.Time
	at    time.Time
}

// now gives the time of the present evaluation.
func (p *Program) now() time.Time {
	if p.at.IsZero() {
		p.at = p.clock()
	}
	return p.at
}

// input is the rows over which an expression is evaluated. Columns that the expression does not read may be nil.
type input struct {
	cols []*rows.Column
	n    int
}

// node is a part of a program. The column that it gives is its own, good until it is asked again; that of a reference is
// the input's.
type node interface {
	eval(in *input) (*rows.Column, error)
}

// renewed is a node that can be told to give up its result column, as it was handed on.
type renewed interface{ renew() }

// Compile makes an expression ready: constants are worked out, kernels chosen by type.
func Compile(e Expr, env *Env) (*Program, error) {
	if env == nil {
		env = &Env{}
	}
	p := &Program{of: e.Type(), clock: env.now}
	still := *env
	still.Now = p.now
	c := &compiler{env: &still}
	var err error
	p.root, err = c.node(e)
	return p, err
}

// Type gives the type of the result.
func (p *Program) Type() rows.Type { return p.of }

// Eval computes the expression for each row of a batch. The column may be one of the batch's own; it is never changed
// later.
func (p *Program) Eval(b *rows.Batch) (*rows.Column, error) {
	return p.EvalColumns(b.Cols, b.Len)
}

// EvalColumns is Eval over columns of n values that are no batch yet.
func (p *Program) EvalColumns(cols []*rows.Column, n int) (*rows.Column, error) {
	p.at = time.Time{}
	out, err := p.root.eval(&input{cols, n})
	if err != nil {
		return nil, err
	}
	if r, ok := p.root.(renewed); ok {
		r.renew()
	}
	return out, nil
}

// Select gives the places of the rows for which a condition is true, in order. The slice is good until the next call.
func (p *Program) Select(b *rows.Batch) ([]int32, error) {
	if p.of.Kind != rows.Boolean && p.of.Kind != rows.Null {
		return nil, fmt.Errorf("a condition is a BOOLEAN, not %s", p.of)
	}
	p.at = time.Time{}
	out, err := p.root.eval(&input{b.Cols, b.Len})
	if err != nil {
		return nil, err
	}
	return chosen(out, make([]int32, 0, b.Len)), nil
}

// chosen appends the places of what is true.
func chosen(c *rows.Column, to []int32) []int32 {
	if c.Nulls == nil {
		for i, v := range c.Bools {
			if v {
				to = append(to, int32(i))
			}
		}
		return to
	}
	for i, v := range c.Bools {
		if v && !c.Nulls[i] {
			to = append(to, int32(i))
		}
	}
	return to
}

// Evaluate computes an expression without columns once, as a boxed value.
func Evaluate(e Expr, env *Env) (any, error) {
	p, err := Compile(e, env)
	if err != nil {
		return nil, err
	}
	out, err := p.EvalColumns(nil, 1)
	if err != nil {
		return nil, err
	}
	return out.Value(0), nil
}

// ref is a column of the input.
type ref struct{ index int }

func (r *ref) eval(in *input) (*rows.Column, error) { return in.cols[r.index], nil }

// constant gives the same value for each row. Its columns are never changed, so they may be handed on.
type constant struct {
	of    rows.Type
	value any
	full  *rows.Column
	part  *rows.Column // full, cut to the length asked for last
}

func (c *constant) eval(in *input) (*rows.Column, error) {
	if c.part != nil && c.part.Len() == in.n {
		return c.part, nil
	}
	if c.full == nil || c.full.Len() < in.n {
		c.full = repeated(c.of, c.value, in.n)
	}
	c.part = c.full.Slice(0, in.n)
	return c.part, nil
}

// repeated makes a column of n times one boxed value.
func repeated(of rows.Type, value any, n int) *rows.Column {
	out := rows.NewColumn(of, n)
	if value == nil {
		out.Nulls = filled(n, true)
		return out
	}
	switch v := value.(type) {
	case bool:
		out.Bools = filled(n, v)
	case int64:
		out.Ints = filled(n, v)
	case float64:
		out.Floats = filled(n, v)
	case rows.Num:
		out.Decimals = filled(n, v)
	case string:
		out.Strings = filled(n, v)
	default:
		out.Boxed = filled(n, value)
	}
	return out
}

func filled[T any](n int, v T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// call evaluates all arguments for all rows, then the function's kernel.
type call struct {
	env    *Env
	of     *Call
	kernel Kernel
	args   []node
	cols   []*rows.Column
	out    *rows.Column
	nulls  []bool // room for out.Nulls
}

func (c *call) eval(in *input) (*rows.Column, error) {
	for i, arg := range c.args {
		col, err := arg.eval(in)
		if err != nil {
			return nil, err
		}
		c.cols[i] = col
	}
	if c.out == nil {
		c.out = &rows.Column{Type: c.of.Of.Plain()}
	}
	out := c.out
	out.Nulls = nil
	out.Resize(in.n)
	if c.of.Func.Strict {
		c.unite(in.n)
	}
	if err := c.kernel(c.env, c.of, c.cols, in.n, out); err != nil {
		return nil, err
	}
	return out, nil
}

// unite makes rows NULL in which an argument is.
func (c *call) unite(n int) {
	out := c.out
	for _, arg := range c.cols {
		switch {
		case arg.Nulls == nil:
		case out.Nulls == nil:
			if cap(c.nulls) < n {
				c.nulls = make([]bool, n)
			}
			out.Nulls = c.nulls[:n]
			copy(out.Nulls, arg.Nulls)
		default:
			for i, null := range arg.Nulls {
				out.Nulls[i] = out.Nulls[i] || null
			}
		}
	}
}

func (c *call) renew() { c.out, c.nulls = nil, nil }
