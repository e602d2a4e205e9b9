package expr

import (
	"errors"
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

// errByZero is what Java says of a division of whole numbers by zero.
var errByZero = errors.New("/ by zero")

// errDivision is what Java's BigDecimal says of a division by zero.
var errDivision = errors.New("Division by zero")

func arithmetic() []*Function {
	return []*Function{
		{Name: "+", Category: Arithmetic, Infer: inferArithmetic("+", sumType), Prepare: arithmeticKernel("+"), Strict: true, Cheap: true},
		{Name: "-", Category: Arithmetic, Infer: inferArithmetic("-", sumType), Prepare: arithmeticKernel("-"), Strict: true, Cheap: true},
		{Name: "*", Category: Arithmetic, Infer: inferArithmetic("*", productType), Prepare: arithmeticKernel("*"), Strict: true, Cheap: true},
		{Name: "/", Category: Arithmetic, Infer: inferArithmetic("/", quotientType), Prepare: arithmeticKernel("/"), Strict: true},
		{Name: "%", Category: Arithmetic, Infer: inferModulo, Prepare: arithmeticKernel("%"), Strict: true},
		{Name: "MOD", Category: Arithmetic, Infer: exactly(2, inferModulo), Prepare: arithmeticKernel("%"), Strict: true},
		{Name: "NEG", Category: Arithmetic, Infer: inferNegation, Prepare: negation, Strict: true, Cheap: true},
	}
}

func inferArithmetic(op string, decimal func(a, b rows.Type) rows.Type) func([]Arg) (rows.Type, []rows.Type, error) {
	return func(args []Arg) (rows.Type, []rows.Type, error) {
		if err := noBareNull(args); err != nil {
			return rows.Type{}, nil, err
		}
		a, b := args[0].Type, args[1].Type
		notNull := a.NotNull && b.NotNull
		if op == "/" && dividesByZero(args) {
			return rows.Type{}, nil, refuse("", "a division by zero")
		}
		if !a.Kind.IsNumeric() || !b.Kind.IsNumeric() {
			out, err := inferTemporal(op, a, b)
			return out.Nullable(!notNull), nil, err
		}
		out := numberOf(a, b, decimal)
		return out.Nullable(!notNull), operands(a, b, out), nil
	}
}

// numberOf gives the type of a sum, product and such. With two approximate operands it is the first one's type: so Flink
// has it.
func numberOf(a, b rows.Type, decimal func(a, b rows.Type) rows.Type) rows.Type {
	switch {
	case approximate(a) && approximate(b):
		return rows.Type{Kind: a.Kind}
	case approximate(a) || approximate(b):
		if a.Kind == rows.Decimal || b.Kind == rows.Decimal {
			return rows.DoubleType
		}
		return commonNumber(a, b)
	case a.Kind == rows.Decimal || b.Kind == rows.Decimal:
		return decimal(asDecimal(a), asDecimal(b))
	}
	return commonNumber(a, b)
}

// operands gives the types in which two numbers are taken for a result of a type.
func operands(a, b, out rows.Type) []rows.Type {
	if out.Kind == rows.Decimal {
		return []rows.Type{asDecimal(a).Nullable(!a.NotNull), asDecimal(b).Nullable(!b.NotNull)}
	}
	if approximate(a) && approximate(b) && out.Kind == rows.Double {
		return nil // FLOATs are kept as DOUBLEs are
	}
	return []rows.Type{out.Nullable(!a.NotNull), out.Nullable(!b.NotNull)}
}

// inferModulo gives whole numbers the second operand's type, as Flink does.
func inferModulo(args []Arg) (rows.Type, []rows.Type, error) {
	if err := noBareNull(args); err != nil {
		return rows.Type{}, nil, err
	}
	a, b := args[0].Type, args[1].Type
	notNull := a.NotNull && b.NotNull
	if !a.Kind.IsNumeric() || !b.Kind.IsNumeric() || approximate(a) || approximate(b) {
		return rows.Type{}, nil, refuse("CAST both to a DECIMAL or a whole number.", "%% takes two exact numbers, not %s and %s", a.Nullable(true), b.Nullable(true))
	}
	if a.Kind != rows.Decimal && b.Kind != rows.Decimal {
		wide := commonNumber(a, b)
		return rows.Type{Kind: b.Kind, NotNull: notNull}, []rows.Type{wide.Nullable(!a.NotNull), wide.Nullable(!b.NotNull)}, nil
	}
	out := moduloType(asDecimal(a), asDecimal(b))
	coerced := operands(a, b, out)
	if a.Scale == 0 && b.Scale == 0 {
		out = b
	}
	return out.Nullable(!notNull), coerced, nil
}

func inferNegation(args []Arg) (rows.Type, []rows.Type, error) {
	t := args[0].Type
	if !t.Kind.IsNumeric() && t.Kind != rows.IntervalMonths && t.Kind != rows.IntervalMillis {
		return rows.Type{}, nil, refuse("", "a minus sign takes a number or an INTERVAL, not %s", t.Nullable(true))
	}
	return t, nil, nil
}

func negation(_ *Env, of *Call) (Kernel, error) {
	switch kind := of.Of.Kind; kind.Layout() {
	case rows.FloatLayout:
		return map1(func(v float64) float64 { return -v }), nil
	case rows.DecimalLayout:
		return map1(rows.Num.Neg), nil
	default:
		return map1(func(v int64) int64 { return wrapped(kind, -v) }), nil
	}
}

// wrapped cuts a whole number to the bits of its type, as Java does.
func wrapped(kind rows.Kind, v int64) int64 {
	switch kind {
	case rows.TinyInt:
		return int64(int8(v))
	case rows.SmallInt:
		return int64(int16(v))
	case rows.Int:
		return int64(int32(v))
	}
	return v
}

func arithmeticKernel(op string) func(*Env, *Call) (Kernel, error) {
	return func(_ *Env, of *Call) (Kernel, error) {
		if !of.Args[0].Type().Kind.IsNumeric() || !of.Args[1].Type().Kind.IsNumeric() {
			return temporalArithmetic(op, of)
		}
		switch of.Of.Kind.Layout() {
		case rows.FloatLayout:
			return floatKernel(op), nil
		case rows.DecimalLayout:
			return decimalKernel(op, of), nil
		}
		if of.Args[0].Type().Kind == rows.Decimal {
			return wholeRest, nil
		}
		if op == "/" || op == "%" {
			return divisionKernel(op == "%"), nil
		}
		return intKernel(op, of), nil
	}
}

// dividesByZero reports whether a constant stands over 0, which Flink refuses, even of a DOUBLE; over columns it fails
// when a row comes, or gives an infinity.
func dividesByZero(args []Arg) bool {
	if !isConstant(args[0].Expr) {
		return false
	}
	c, ok := args[1].Expr.(*Const)
	if !ok {
		return false
	}
	n, decimal := c.Value.(rows.Num)
	return c.Value == int64(0) || c.Value == 0.0 || decimal && n.Sign() == 0
}

// isConstant reports whether an expression has one value, whatever the row.
func isConstant(e Expr) bool {
	if e == nil {
		return false
	}
	constant := true
	Walk(e, func(e Expr) bool {
		_, column := e.(*Ref)
		call, ok := e.(*Call)
		constant = constant && !column && (!ok || !call.Func.Volatile)
		return constant
	})
	return constant
}

func intKernel(op string, of *Call) Kernel {
	k, hasConstant := constantArg[int64](of, 1)
	return func(_ *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, to := args[0].Ints[:n], out.Ints[:n]
		if hasConstant {
			withConstant(op, a, k, to)
		} else {
			inPairs(op, a, args[1].Ints[:n], to)
		}
		wrap(call.Of.Kind, to)
		return nil
	}
}

// number is the values of columns that Go's operators work on.
type number interface{ int64 | float64 }

func withConstant[T number](op string, a []T, k T, to []T) {
	to = to[:len(a)]
	switch op {
	case "+":
		for i, v := range a {
			to[i] = v + k
		}
	case "-":
		for i, v := range a {
			to[i] = v - k
		}
	case "*":
		for i, v := range a {
			to[i] = v * k
		}
	}
}

func inPairs[T number](op string, a, b, to []T) {
	to, b = to[:len(a)], b[:len(a)]
	switch op {
	case "+":
		for i, v := range a {
			to[i] = v + b[i]
		}
	case "-":
		for i, v := range a {
			to[i] = v - b[i]
		}
	case "*":
		for i, v := range a {
			to[i] = v * b[i]
		}
	}
}

func wrap(kind rows.Kind, to []int64) {
	switch kind {
	case rows.TinyInt:
		for i, v := range to {
			to[i] = int64(int8(v))
		}
	case rows.SmallInt:
		for i, v := range to {
			to[i] = int64(int16(v))
		}
	case rows.Int:
		for i, v := range to {
			to[i] = int64(int32(v))
		}
	}
}

func divisionKernel(modulo bool) Kernel {
	return func(_ *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, b, to := args[0].Ints[:n], args[1].Ints[:n], out.Ints[:n]
		for i, divisor := range b {
			switch {
			case divisor == 0:
				if out.Nulls == nil || !out.Nulls[i] {
					return errByZero
				}
			case modulo:
				to[i] = a[i] % divisor
			default:
				to[i] = a[i] / divisor
			}
		}
		wrap(call.Of.Kind, to)
		return nil
	}
}

// wholeRest is the rest of two DECIMALs without digits after the point, as a whole number.
func wholeRest(env *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
	return try2(func(a, b rows.Num) (int64, bool, error) {
		rest, ok := a.Rem(b)
		if !ok {
			return 0, false, errDivision
		}
		return wrapped(call.Of.Kind, int64(rest.Lo)), true, nil
	})(env, call, args, n, out)
}

func floatKernel(op string) Kernel {
	return func(_ *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, b, to := args[0].Floats[:n], args[1].Floats[:n], out.Floats[:n]
		if op == "/" {
			for i, v := range a {
				to[i] = v / b[i]
			}
		} else {
			inPairs(op, a, b, to)
		}
		if call.Of.Kind == rows.Float {
			for i, v := range to {
				to[i] = float64(float32(v))
			}
		}
		return nil
	}
}

func decimalKernel(op string, of *Call) Kernel {
	aScale, bScale, to := of.Args[0].Type().Scale, of.Args[1].Type().Scale, of.Of
	if op == "/" || op == "%" {
		return try2(func(a, b rows.Num) (rows.Num, bool, error) {
			if b.Sign() == 0 {
				return rows.Num{}, false, errDivision
			}
			v, ok := divided(op, a, b, aScale, bScale, to)
			return v, ok, nil
		})
	}
	return try2(func(a, b rows.Num) (rows.Num, bool, error) {
		var v rows.Num
		var ok bool
		if op == "*" {
			v, ok = a.Mul(b, aScale+bScale, to.Scale)
		} else {
			if op == "-" {
				b = b.Neg()
			}
			v, ok = a.Sum(b, aScale, bScale, to.Scale)
		}
		return v, ok && v.Fits(to.Precision), nil
	})
}

func divided(op string, a, b rows.Num, aScale, bScale int, to rows.Type) (v rows.Num, ok bool) {
	if op == "/" {
		v, ok = a.Div(b, aScale, bScale, to.Scale)
	} else {
		v, ok = a.Modulo(b, aScale, bScale, to.Scale)
	}
	return v, ok && v.Fits(to.Precision)
}

// clamped cuts a float to a whole number as Java does: NaN is 0, what is beyond the bounds is the bound.
func clamped(f float64, low, high int64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f <= float64(low):
		return low
	case f >= float64(high):
		return high
	}
	return int64(f)
}
