package expr

import (
	"slices"
	"strings"
	"unicode"

	"github.com/weftmesh/weft/internal/rows"
)

// chooseFunctions compare several values, and tell types.
func chooseFunctions() []*Function {
	return []*Function{
		{Name: "GREATEST", Category: Conditional, Infer: inferGreatest, Strict: true, Eval: outermost(1)},
		{Name: "LEAST", Category: Conditional, Infer: inferGreatest, Strict: true, Eval: outermost(-1)},
		kindOfText("IS_ALPHA", false, func(s string) bool {
			return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
		}),
		kindOfText("IS_DIGIT", true, func(s string) bool {
			return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
		}),
		kindOfText("IS_DECIMAL", true, func(s string) bool { _, ok := parseFloat(s, 64); return ok }),
		{Name: "TYPEOF", Category: Conversion, Infer: inferTypeOf, Eval: typeText},
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

// inferTypeOf takes a NULL without a type as well.
func inferTypeOf(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) > 0 && args[0].Type.Kind == rows.Null {
		return rows.StringType.Nullable(true), nil, nil
	}
	return takes(anything, aBool).orLess(1).returns(never(rows.StringType))(args)
}

// kindOfText makes a test of text, which of NULL is FALSE. Numbers are what they are without a look at them.
func kindOfText(name string, ofNumbers bool, test func(string) bool) *Function {
	return &Function{
		Name: name, Category: Conditional,
		Infer: takes(param{accepts: func(t rows.Type) bool { return t.Kind.IsText() || t.Kind.IsNumeric() }, want: "a string or a number"}).returns(never(rows.BooleanType)),
		Eval: func(_ *Env, of *Call, args []*rows.Column, n int, out *rows.Column) error {
			text := of.Args[0].Type().Kind.IsText()
			for i := range n {
				out.Bools[i] = !args[0].Null(i) && (!text && ofNumbers || text && test(args[0].Strings[i]))
			}
			return nil
		},
	}
}
