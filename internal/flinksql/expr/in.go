package expr

import "github.com/weftmesh/weft/internal/rows"

// inFunction is IN over constants: a set is asked for each row.
var inFunction = &Function{Name: "IN", Category: Comparison, Infer: inferIn, special: inSet, Cheap: true}

// inSet makes a node that evaluates the operand alone.
func inSet(c *compiler, of *Call) (node, error) {
	operand, err := c.node(of.Args[0])
	if err != nil {
		return nil, err
	}
	kernel, err := inKernel(c.env, of)
	return &call{env: c.env, of: of, kernel: kernel, args: []node{operand}, cols: make([]*rows.Column, 1)}, err
}

func inferIn(args []Arg) (rows.Type, []rows.Type, error) {
	out := rows.BooleanType.Nullable(!args[0].Type.NotNull)
	coerced := make([]rows.Type, len(args))
	of := args[0].Type
	for _, arg := range args[1:] {
		if arg.Type.Kind == rows.Null || arg.Expr != nil && isNull(arg.Expr) {
			out.NotNull = false
			continue
		}
		wider, ok := comparedAs(of, arg.Type, "<")
		if !ok {
			return out, nil, refuse("CAST one of them to the other's type.", "%s cannot be compared with %s", of.Nullable(true), arg.Type.Nullable(true))
		}
		of = wider
	}
	for i, arg := range args {
		coerced[i] = of.Nullable(!arg.Type.NotNull)
	}
	return out, coerced, nil
}

func isNull(e Expr) bool {
	c, ok := e.(*Const)
	return ok && c.Value == nil
}

func inKernel(env *Env, of *Call) (Kernel, error) {
	hasNull := false
	var members []any
	for _, arg := range of.Args[1:] {
		v, err := Evaluate(arg, env)
		if err != nil {
			return nil, err
		}
		if v == nil {
			hasNull = true
			continue
		}
		members = append(members, v)
	}
	switch of.Args[0].Type().Kind.Layout() {
	case rows.IntLayout:
		return memberKernel(setOf[int64](members), hasNull), nil
	case rows.FloatLayout:
		return memberKernel(setOf[float64](members), hasNull), nil
	case rows.StringLayout:
		return memberKernel(setOf[string](members), hasNull), nil
	case rows.DecimalLayout:
		return memberKernel(setOf[rows.Num](members), hasNull), nil
	}
	return boxed(func(_ *Call, args []any) (any, error) {
		if args[0] == nil {
			return nil, nil
		}
		for _, m := range members {
			if Compare(args[0], m) == 0 {
				return true, nil
			}
		}
		if hasNull {
			return nil, nil
		}
		return false, nil
	}), nil
}

type scalar interface {
	int64 | float64 | string | rows.Num
}

func setOf[T scalar](members []any) map[T]struct{} {
	set := make(map[T]struct{}, len(members))
	for _, m := range members {
		if v, ok := m.(T); ok {
			set[v] = struct{}{}
		}
	}
	return set
}

// memberKernel gives NULL for NULL, and for what is not found beside a NULL.
func memberKernel[T scalar](set map[T]struct{}, hasNull bool) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		a := *slot[T](args[0])
		for i := range n {
			_, found := set[a[i]]
			out.Bools[i] = found
			if hasNull && !found || args[0].Null(i) {
				out.SetNull(i, n)
			}
		}
		return nil
	}
}
