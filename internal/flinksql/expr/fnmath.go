package expr

import (
	"math"
	"math/big"

	"github.com/weftmesh/weft/internal/rows"
)

// mathFunctions work on DOUBLE, into which every number is cast.
func mathFunctions() []*Function {
	one := func(name string, f func(float64) float64) *Function {
		return fn(Arithmetic, name, takes(aDouble), always(rows.DoubleType), map1(f))
	}
	two := func(name string, f func(a, b float64) float64) *Function {
		return fn(Arithmetic, name, takes(aDouble, aDouble), always(rows.DoubleType), map2(f))
	}
	return []*Function{
		two("POWER", math.Pow), one("SQRT", math.Sqrt), one("EXP", math.Exp),
		one("LN", math.Log), one("LOG10", log10), one("LOG2", log2),
		prepared(Arithmetic, "LOG", takes(aDouble, aDouble).orLess(1), always(rows.DoubleType), byCount(1,
			map1(math.Log), map2(func(base, x float64) float64 { return math.Log(x) / math.Log(base) }))),
		one("SIN", math.Sin), one("SINH", math.Sinh), one("COS", math.Cos), one("COSH", math.Cosh), one("TAN", math.Tan), one("TANH", math.Tanh),
		one("COT", func(x float64) float64 { return 1 / math.Tan(x) }),
		one("ASIN", math.Asin), one("ACOS", math.Acos), one("ATAN", math.Atan), two("ATAN2", math.Atan2),
		one("DEGREES", func(x float64) float64 { return x * (180 / math.Pi) }),
		one("RADIANS", func(x float64) float64 { return x * (math.Pi / 180) }),
		fn(Arithmetic, "PI", takes(), never(rows.DoubleType), map0(func() float64 { return math.Pi })),
		fn(Arithmetic, "E", takes(), never(rows.DoubleType), map0(func() float64 { return math.E })),
		prepared(Arithmetic, "ABS", takes(aNumber), asFirst, absolute),
		prepared(Arithmetic, "SIGN", takes(aNumber), asFirst, signOf),
		prepared(Arithmetic, "ROUND", takes(aNumber, anInt).orLess(1), roundedType, rounding(true)),
		prepared(Arithmetic, "TRUNCATE", takes(aNumber, anInt).orLess(1), roundedType, rounding(false)),
	}
}

func log2(x float64) float64 { return math.Log(x) / math.Log(2) }

func absolute(_ *Env, of *Call) (Kernel, error) {
	switch kind := of.Of.Kind; kind.Layout() {
	case rows.FloatLayout:
		return map1(math.Abs), nil
	case rows.DecimalLayout:
		return map1(rows.Num.Abs), nil
	default:
		return map1(func(v int64) int64 { return wrapped(kind, max(v, -v)) }), nil
	}
}

func signOf(_ *Env, of *Call) (Kernel, error) {
	switch scale := of.Of.Scale; of.Of.Kind.Layout() {
	case rows.FloatLayout:
		return map1(func(v float64) float64 {
			switch {
			case v > 0:
				return 1
			case v < 0:
				return -1
			}
			return v
		}), nil
	case rows.DecimalLayout:
		unit := rows.PowerOfTen(scale)
		return map1(func(v rows.Num) rows.Num {
			switch v.Sign() {
			case 1:
				return unit
			case -1:
				return unit.Neg()
			}
			return rows.Num{}
		}), nil
	}
	return map1(func(v int64) int64 {
		switch {
		case v > 0:
			return 1
		case v < 0:
			return -1
		}
		return 0
	}), nil
}

// roundedType gives a DECIMAL the digits that are left; other numbers keep their type. Source: Flink's
// LogicalTypeMerging.findRoundDecimalType.
func roundedType(args []Arg) rows.Type {
	t := args[0].Type.Nullable(!allNotNull(args))
	if t.Kind != rows.Decimal {
		return t
	}
	digits, known := int64(0), true
	if len(args) > 1 {
		digits, known = 0, false
		if c, ok := args[1].Expr.(*Const); ok {
			digits, known = c.Value.(int64)
		}
	}
	switch {
	case !known:
		return t
	case digits >= int64(t.Scale):
		return t
	case digits < 0:
		t.Precision, t.Scale = min(rows.MaxPrecision, 1+t.Precision-t.Scale), 0
	default:
		t.Precision, t.Scale = 1+t.Precision-t.Scale+int(digits), int(digits)
	}
	return t
}

// rounding moves a number to so many digits after the point, or before it: half up, or cut off.
func rounding(half bool) func(*Env, *Call) (Kernel, error) {
	return func(_ *Env, of *Call) (Kernel, error) {
		from, to := of.Args[0].Type(), of.Of
		switch from.Kind.Layout() {
		case rows.FloatLayout:
			return withDigits(of, func(v float64, digits int64) (float64, bool) { return roundFloat(v, digits, half, floatBits(from)) }), nil
		case rows.DecimalLayout:
			return withDigits(of, func(v rows.Num, digits int64) (rows.Num, bool) { return roundNum(v, digits, from.Scale, to, half) }), nil
		}
		return withDigits(of, func(v, digits int64) (int64, bool) {
			n, _ := roundNum(rows.NumOf(v), digits, 0, rows.DecimalType(rows.MaxPrecision, 0), half)
			return wrapped(to.Kind, int64(n.Lo)), true
		}), nil
	}
}

func withDigits[T native](of *Call, f func(v T, digits int64) (T, bool)) Kernel {
	if len(of.Args) == 1 {
		return try1(func(v T) (T, bool, error) {
			r, ok := f(v, 0)
			return r, ok, nil
		})
	}
	return try2(func(v T, digits int64) (T, bool, error) {
		r, ok := f(v, digits)
		return r, ok, nil
	})
}

func roundFloat(v float64, digits int64, half bool, bits int) (float64, bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) || digits > 300 {
		return v, true
	}
	text := string(appendFloat(nil, v, bits))
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return v, true
	}
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(digits, -digits)), nil))
	if digits < 0 {
		scale.Inv(scale)
	}
	exact.Mul(exact, scale)
	whole := wholePart(exact, half)
	f, _ := exact.Quo(new(big.Rat).SetInt(whole), scale).Float64()
	if bits == 32 {
		f = float64(float32(f))
	}
	return f, true
}

func wholePart(r *big.Rat, half bool) *big.Int {
	q, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	if half && rest.Lsh(rest.Abs(rest), 1).Cmp(r.Denom()) >= 0 {
		q.Add(q, big.NewInt(int64(r.Sign())))
	}
	return q
}

func roundNum(v rows.Num, digits int64, scale int, to rows.Type, half bool) (rows.Num, bool) {
	if digits >= int64(scale) {
		return v.Rescale(scale, to.Scale)
	}
	if int64(scale)-digits > rows.MaxPrecision {
		return rows.Num{}, true
	}
	down := int(int64(scale) - digits) // digits that go
	var cut rows.Num
	ok := true
	if half {
		cut, ok = v.Rescale(down, 0)
	} else {
		cut = v.Truncate(down, 0)
	}
	if !ok {
		return cut, false
	}
	back, ok := cut.Rescale(0, to.Scale-int(digits))
	return back, ok && back.Fits(to.Precision)
}

// log10 is exact for powers of ten.
func log10(f float64) float64 {
	near := math.Log10(f)
	if whole := math.Round(near); math.Pow10(int(whole)) == f {
		return whole
	}
	return near
}
