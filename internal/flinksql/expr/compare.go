package expr

import (
	"cmp"
	"slices"

	"github.com/weftmesh/weft/internal/rows"
)

// comparisons are = <> < <= > >= and IS [NOT] DISTINCT FROM.
func comparisons() []*Function {
	var all []*Function
	for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
		all = append(all, &Function{Name: op, Category: Comparison, Infer: inferComparison(op), Prepare: compared(op), Strict: true, Cheap: true})
	}
	for _, name := range []string{"IS DISTINCT FROM", "IS NOT DISTINCT FROM"} {
		all = append(all, &Function{
			Name: name, Category: Comparison, Cheap: true, Eval: distinct(name == "IS DISTINCT FROM"),
			Infer: func(args []Arg) (rows.Type, []rows.Type, error) {
				_, coerced, err := inferComparison(name)(args)
				return rows.BooleanType.Nullable(false), coerced, err
			},
		})
	}
	return all
}

func inferComparison(op string) func([]Arg) (rows.Type, []rows.Type, error) {
	return func(args []Arg) (rows.Type, []rows.Type, error) {
		a, b := args[0].Type, args[1].Type
		out := rows.BooleanType.Nullable(!a.NotNull || !b.NotNull)
		if a.Kind == rows.Null || b.Kind == rows.Null {
			other := a
			if a.Kind == rows.Null {
				other = b
			}
			return out.Nullable(true), []rows.Type{other, other}, nil
		}
		if isExact(a) && isExact(b) && (a.Kind == rows.Decimal || b.Kind == rows.Decimal) {
			return out, []rows.Type{asDecimal(a).Nullable(!a.NotNull), asDecimal(b).Nullable(!b.NotNull)}, nil
		}
		of, ok := comparedAs(a, b, op)
		if !ok {
			return out, nil, refuse("CAST one of them to the other's type.", "%s cannot be compared with %s", a.Nullable(true), b.Nullable(true))
		}
		if err := constantsReadAs(args, of); err != nil {
			return out, nil, err
		}
		return out, []rows.Type{of.Nullable(!a.NotNull), of.Nullable(!b.NotNull)}, nil
	}
}

// constantsReadAs refuses constant text that is to be compared as a value of a type, and is none.
func constantsReadAs(args []Arg, as rows.Type) error {
	for _, arg := range args {
		c, ok := arg.Expr.(*Const)
		if !ok || !arg.Type.Kind.IsText() || as.Kind.IsText() || c.Value == nil {
			continue
		}
		if _, err := Evaluate(NewCast(c, as), &Env{}); err != nil {
			return refuse("", "%v", err)
		}
	}
	return nil
}

func isExact(t rows.Type) bool { return t.Kind.IsNumeric() && !approximate(t) }

// comparedAs gives the type in which two types are compared.
func comparedAs(a, b rows.Type, op string) (rows.Type, bool) { //nolint:gocyclo // one line for each pair of kinds
	ordered := op != "=" && op != "<>" && op != "IS DISTINCT FROM" && op != "IS NOT DISTINCT FROM"
	switch {
	case a.Kind.IsNumeric() && b.Kind.IsNumeric():
		return numberOf(a, b, commonNumber), true
	case a.Kind.IsText() && b.Kind.IsText():
		return rows.StringType, true
	case a.Kind.IsBytes() && b.Kind.IsBytes():
		return rows.BytesType, true
	case a.Kind.IsText() && castFromText(b, ordered):
		return b, true
	case b.Kind.IsText() && castFromText(a, ordered):
		return a, true
	case a.Kind.IsTimestamp() && b.Kind.IsTimestamp():
		return commonTimestamp(a, b), true
	case a.Kind != b.Kind:
		return rows.Type{}, false
	}
	if nested := a.Kind.Layout() == rows.BoxedLayout; nested && ordered {
		return rows.Type{}, false
	}
	return commonOfTwo(a, b)
}

// castFromText reports whether text that meets a value of the type is read as one: Flink does so for points in time, and
// for numbers where the order is asked for, but not for = and <>.
func castFromText(t rows.Type, ordered bool) bool {
	switch t.Kind {
	case rows.Date, rows.Time, rows.Timestamp, rows.TimestampLTZ:
		return true
	}
	return ordered && t.Kind.IsNumeric()
}

// compared makes the kernel for the types at hand; a constant on either side saves its column.
func compared(op string) func(*Env, *Call) (Kernel, error) {
	return func(_ *Env, of *Call) (Kernel, error) {
		switch of.Args[0].Type().Kind.Layout() {
		case rows.IntLayout:
			return orderedKernel[int64](of, op), nil
		case rows.FloatLayout:
			return orderedKernel[float64](of, op), nil
		case rows.StringLayout:
			return orderedKernel[string](of, op), nil
		}
		holds := holding(op)
		of0 := of.Args[0].Type()
		if of0.Kind == rows.Decimal {
			aScale, bScale := of0.Scale, of.Args[1].Type().Scale
			return map2(func(a, b rows.Num) bool { return holds(compareNums(a, b, aScale, bScale)) }), nil
		}
		return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
			a, b := args[0], args[1]
			for i := range n {
				if out.Nulls == nil || !out.Nulls[i] {
					out.Bools[i] = holds(CompareRows(of0, a, i, b, i))
				}
			}
			return nil
		}, nil
	}
}

func orderedKernel[T cmp.Ordered](of *Call, op string) Kernel {
	if c, ok := of.Args[1].(*Const); ok && c.Value != nil {
		if k, ok := c.Value.(T); ok {
			return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
				compareConstant(op, values[T](args[0])[:n], k, out.Bools)
				return nil
			}
		}
	}
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		comparePairs(op, values[T](args[0])[:n], values[T](args[1])[:n], out.Bools)
		return nil
	}
}

// values gives the slice of a column that holds values of an ordered type.
func values[T cmp.Ordered](c *rows.Column) []T {
	var of any
	switch any((*T)(nil)).(type) {
	case *int64:
		of = c.Ints
	case *float64:
		of = c.Floats
	default:
		of = c.Strings
	}
	s, _ := of.([]T)
	return s
}

func compareConstant[T cmp.Ordered](op string, a []T, k T, out []bool) {
	out = out[:len(a)]
	switch op {
	case "=":
		for i, v := range a {
			out[i] = v == k
		}
	case "<>":
		for i, v := range a {
			out[i] = v != k
		}
	case "<":
		for i, v := range a {
			out[i] = v < k
		}
	case "<=":
		for i, v := range a {
			out[i] = v <= k
		}
	case ">":
		for i, v := range a {
			out[i] = v > k
		}
	case ">=":
		for i, v := range a {
			out[i] = v >= k
		}
	}
}

func comparePairs[T cmp.Ordered](op string, a, b []T, out []bool) {
	out, b = out[:len(a)], b[:len(a)]
	switch op {
	case "=":
		for i, v := range a {
			out[i] = v == b[i]
		}
	case "<>":
		for i, v := range a {
			out[i] = v != b[i]
		}
	case "<":
		for i, v := range a {
			out[i] = v < b[i]
		}
	case "<=":
		for i, v := range a {
			out[i] = v <= b[i]
		}
	case ">":
		for i, v := range a {
			out[i] = v > b[i]
		}
	case ">=":
		for i, v := range a {
			out[i] = v >= b[i]
		}
	}
}

// holding gives what an operator asks of the order of its operands.
func holding(op string) func(int) bool {
	switch op {
	case "=":
		return func(c int) bool { return c == 0 }
	case "<>":
		return func(c int) bool { return c != 0 }
	case "<":
		return func(c int) bool { return c < 0 }
	case "<=":
		return func(c int) bool { return c <= 0 }
	case ">":
		return func(c int) bool { return c > 0 }
	}
	return func(c int) bool { return c >= 0 }
}

// compareNums orders two DECIMALs of different scales.
func compareNums(a, b rows.Num, aScale, bScale int) int {
	if aScale == bScale {
		return a.Cmp(b)
	}
	scale := max(aScale, bScale)
	x, xFits := a.Rescale(aScale, scale)
	y, yFits := b.Rescale(bScale, scale)
	if xFits && yFits {
		return x.Cmp(y)
	}
	if !xFits { // it has more digits before the point than the other can have
		return a.Sign()
	}
	return -b.Sign()
}

func distinct(want bool) Kernel {
	return func(_ *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, b, of, other := args[0], args[1], call.Args[0].Type(), call.Args[1].Type()
		equal := func(i int) bool { return CompareRows(of, a, i, b, i) == 0 }
		if of.Kind == rows.Decimal && other.Kind == rows.Decimal {
			equal = func(i int) bool { return compareNums(a.Decimals[i], b.Decimals[i], of.Scale, other.Scale) == 0 }
		}
		for i := range n {
			null, other := a.Null(i), b.Null(i)
			same := null == other && (null || equal(i))
			out.Bools[i] = same != want
		}
		return nil
	}
}

// CompareRows orders two values of one type that are not NULL: -1, 0 or 1. BOOLEAN has FALSE first; NaN is the greatest,
// as where Flink sorts.
func CompareRows(of rows.Type, a *rows.Column, i int, b *rows.Column, j int) int {
	switch of.Kind.Layout() {
	case rows.BoolLayout:
		return compareBools(a.Bools[i], b.Bools[j])
	case rows.IntLayout:
		return cmp.Compare(a.Ints[i], b.Ints[j])
	case rows.FloatLayout:
		return compareFloats(a.Floats[i], b.Floats[j])
	case rows.DecimalLayout:
		return a.Decimals[i].Cmp(b.Decimals[j])
	case rows.StringLayout:
		return cmp.Compare(a.Strings[i], b.Strings[j])
	case rows.BoxedLayout:
		return Compare(a.Boxed[i], b.Boxed[j])
	}
	return 0
}

// Compare orders two boxed values of one type, NULL first.
func Compare(a, b any) int {
	if a == nil || b == nil {
		return compareBools(a != nil, b != nil)
	}
	switch a := a.(type) {
	case bool:
		return withOther(a, b, compareBools)
	case int64:
		return withOther(a, b, cmp.Compare[int64])
	case float64:
		return withOther(a, b, compareFloats)
	case rows.Num:
		return withOther(a, b, rows.Num.Cmp)
	case string:
		return withOther(a, b, cmp.Compare[string])
	case []any:
		return withOther(a, b, func(a, b []any) int { return slices.CompareFunc(a, b, Compare) })
	case rows.Entries:
		return withOther(a, b, compareEntries)
	}
	return 0
}

func withOther[T any](a T, b any, order func(a, b T) int) int {
	other, _ := b.(T)
	return order(a, other)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return compareBools(a != a, b != b) // NaN alone differs from itself
}

// compareEntries holds maps equal that have the same entries in any order.
func compareEntries(a, b rows.Entries) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	for _, pair := range a {
		at := slices.IndexFunc(b, func(other rows.Pair) bool { return Compare(pair.Key, other.Key) == 0 })
		if at < 0 {
			return 1
		}
		if c := Compare(pair.Value, b[at].Value); c != 0 {
			return c
		}
	}
	return 0
}
