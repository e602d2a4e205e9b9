package expr

import "github.com/weftmesh/weft/internal/rows"

// conjunction is AND, or OR with the parts of TRUE and FALSE exchanged. An operand is evaluated for the rows only that
// the ones before it leave open, unless it is cheap.
type conjunction struct {
	decides  bool // the value of an operand that decides a row: FALSE for AND, TRUE for OR
	operands []*branch
	out      *rows.Column
	open     []int32
}

func connective(decides bool) special {
	return func(c *compiler, of *Call) (node, error) {
		operands, err := c.branches(of.Args)
		if err != nil {
			return nil, err
		}
		return &conjunction{decides: decides, operands: operands}, nil
	}
}

func (c *conjunction) renew() { c.out = nil }

func (c *conjunction) eval(in *input) (*rows.Column, error) {
	if c.out == nil {
		c.out = &rows.Column{Type: rows.BooleanType}
	}
	out := c.out
	out.Nulls = nil
	out.Resize(in.n)
	for i, operand := range c.operands {
		var sel []int32
		if i > 0 && !operand.cheap {
			if sel = c.undecided(out); len(sel) == 0 {
				return out, nil
			}
		}
		values, err := operand.over(in, sel)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			scatter(out, nil, values, in.n)
			continue
		}
		c.combine(out, sel, values, in.n)
	}
	return out, nil
}

// undecided gives the rows that no operand has decided yet.
func (c *conjunction) undecided(out *rows.Column) []int32 {
	open := c.open[:0]
	for i, v := range out.Bools {
		if v != c.decides || out.Nulls != nil && out.Nulls[i] {
			open = append(open, int32(i))
		}
	}
	c.open = open
	return open
}

// combine takes in one more operand, for the rows of sel (nil: all).
func (c *conjunction) combine(out *rows.Column, sel []int32, values *rows.Column, n int) {
	if sel == nil && out.Nulls == nil && values.Nulls == nil {
		both(out.Bools, values.Bools, c.decides)
		return
	}
	for i, v := range values.Bools {
		at := i
		if sel != nil {
			at = int(sel[i])
		}
		wasNull := out.Null(at)
		switch {
		case !wasNull && out.Bools[at] == c.decides: // stays
		case values.Null(i):
			out.SetNull(at, n)
		case v == c.decides:
			out.Bools[at] = v
			if wasNull {
				out.Nulls[at] = false
			}
		case !wasNull:
			out.Bools[at] = v
		}
	}
}

func both(a, b []bool, or bool) {
	if or {
		for i, v := range b {
			a[i] = a[i] || v
		}
		return
	}
	for i, v := range b {
		a[i] = a[i] && v
	}
}

// And joins conditions; none are TRUE.
func And(conditions ...Expr) Expr { return joined(and, true, conditions) }

// Or joins conditions; none are FALSE.
func Or(conditions ...Expr) Expr { return joined(or, false, conditions) }

func joined(f *Function, neutral bool, conditions []Expr) Expr {
	var all []Expr
	notNull := true
	for _, condition := range conditions {
		if of, ok := condition.(*Call); ok && of.Func == f {
			all = append(all, of.Args...)
		} else {
			all = append(all, condition)
		}
		notNull = notNull && condition.Type().NotNull
	}
	switch len(all) {
	case 0:
		return &Const{Value: neutral, Of: rows.BooleanType.Nullable(false)}
	case 1:
		return all[0]
	}
	return &Call{Func: f, Args: all, Of: rows.BooleanType.Nullable(!notNull)}
}

var (
	and = &Function{Name: "AND", Category: Logical, Infer: booleans, special: connective(false), Cheap: true}
	or  = &Function{Name: "OR", Category: Logical, Infer: booleans, special: connective(true), Cheap: true}
	not = &Function{Name: "NOT", Category: Logical, Infer: booleans, Strict: true, Cheap: true, Eval: map1(func(v bool) bool { return !v })}
)

func booleans(args []Arg) (rows.Type, []rows.Type, error) {
	out := rows.BooleanType.Nullable(false)
	for _, arg := range args {
		if arg.Type.Kind != rows.Boolean {
			return out, nil, refuse("Write a comparison, or CAST(... AS BOOLEAN).", "AND, OR and NOT take a BOOLEAN, not %s", arg.Type.Nullable(true))
		}
		out.NotNull = out.NotNull && arg.Type.NotNull
	}
	return out, nil, nil
}

// is makes a test of one value that is never NULL: IS TRUE, IS NOT NULL ...
func is(name string, boolean bool, test func(value, null bool) bool) *Function {
	return &Function{
		Name: name, Category: Comparison, Cheap: true,
		Infer: func(args []Arg) (rows.Type, []rows.Type, error) {
			if boolean && args[0].Type.Kind != rows.Boolean && args[0].Type.Kind != rows.Null {
				return rows.Type{}, nil, refuse("Write a comparison, or CAST(... AS BOOLEAN).", "%s tests a BOOLEAN, not %s", name, args[0].Type.Nullable(true))
			}
			return rows.BooleanType.Nullable(false), nil, nil
		},
		Eval: func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
			bools := args[0].Bools
			for i := range n {
				out.Bools[i] = test(boolean && bools != nil && bools[i], args[0].Null(i))
			}
			return nil
		},
	}
}

func tests() []*Function {
	return []*Function{
		is("IS NULL", false, func(_, null bool) bool { return null }),
		is("IS NOT NULL", false, func(_, null bool) bool { return !null }),
		is("IS TRUE", true, func(v, null bool) bool { return v && !null }),
		is("IS NOT TRUE", true, func(v, null bool) bool { return !v || null }),
		is("IS FALSE", true, func(v, null bool) bool { return !v && !null }),
		is("IS NOT FALSE", true, func(v, null bool) bool { return v || null }),
		is("IS UNKNOWN", true, func(_, null bool) bool { return null }),
		is("IS NOT UNKNOWN", true, func(_, null bool) bool { return !null }),
	}
}
