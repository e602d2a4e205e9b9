package expr

import (
	"slices"

	"github.com/weftmesh/weft/internal/rows"
)

// chooseFunctions compare several values, and tell types.
func chooseFunctions() []*Function {
	return []*Function{
		{Name: "GREATEST", Category: Conditional, Infer: inferGreatest, Strict: true, Eval: outermost(1)},
		{Name: "LEAST", Category: Conditional, Infer: inferGreatest, Strict: true, Eval: outermost(-1)},
		{Name: "TYPEOF", Category: Conversion, Infer: takes(anything, aBool).orLess(1).returns(never(rows.StringType)), Eval: typeText},
	}
}

func inferGreatest(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) == 0 {
		return rows.Type{}, nil, refuse("", "it takes at least one argument")
	}
	if err := noBareNull(args); err != nil {
		return rows.Type{}, nil, err
	}
	common, ok := CommonType(types(args)...)
	if !ok || common.Kind.Layout() == rows.BoxedLayout || isTemporal(common) && slices.ContainsFunc(args, func(a Arg) bool { return a.Type.Kind != common.Kind }) {
		return rows.Type{}, nil, refuse("CAST them to one type.", "these have no order in common: %s", list(types(args)))
	}
	coerced := make([]rows.Type, len(args))
	for i, arg := range args {
		coerced[i] = common.Nullable(!arg.Type.NotNull)
	}
	return common, coerced, nil
}

func outermost(sign int) Kernel {
	return func(_ *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
		return each(n, out, func(i int) (bool, error) {
			found := args[0]
			for _, arg := range args[1:] {
				if sign*CompareRows(call.Of, arg, i, found, i) > 0 {
					found = arg
				}
			}
			copyRow(out, i, found)
			return true, nil
		})
	}
}

// copyRow puts one value that is not NULL to the same row of another column.
func copyRow(out *rows.Column, i int, from *rows.Column) {
	switch out.Type.Kind.Layout() {
	case rows.BoolLayout:
		out.Bools[i] = from.Bools[i]
	case rows.IntLayout:
		out.Ints[i] = from.Ints[i]
	case rows.FloatLayout:
		out.Floats[i] = from.Floats[i]
	case rows.DecimalLayout:
		out.Decimals[i] = from.Decimals[i]
	case rows.StringLayout:
		out.Strings[i] = from.Strings[i]
	case rows.BoxedLayout:
		out.Boxed[i] = from.Boxed[i]
	}
}

func typeText(_ *Env, call *Call, _ []*rows.Column, n int, out *rows.Column) error {
	text := call.Args[0].Type().Plain().String()
	for i := range n {
		out.Strings[i] = text
	}
	return nil
}
