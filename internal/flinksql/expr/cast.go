package expr

import (
	"fmt"
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

var (
	castFunction    = &Function{Name: "CAST", Category: Conversion, Prepare: castKernel(false), Strict: true}
	tryCastFunction = &Function{Name: "TRY_CAST", Category: Conversion, Prepare: castKernel(true), Strict: true}
)

// conversion writes row i of one column to another of its type: false if the value is NULL then.
type conversion func(from *rows.Column, i int, to *rows.Column) (bool, error)

// CastOf makes the cast that people write: CAST, or TRY_CAST, whose failures are NULL. Its error is a sentence for people.
func CastOf(e Expr, to rows.Type, try bool) (Expr, error) {
	from := e.Type()
	if from.Kind == rows.Null {
		return &Const{Of: to.Nullable(true)}, nil
	}
	if err := castable(from, to); err != nil {
		return nil, err
	}
	nullable := !from.NotNull || try
	if from.Equal(to, true) && from.Time == rows.NoTime {
		return e, nil
	}
	f := castFunction
	if try {
		f = tryCastFunction
	}
	return &Call{Func: f, Args: []Expr{e}, Of: to.Plain().Nullable(nullable)}, nil
}

func castable(from, to rows.Type) error {
	switch {
	case from.Kind.IsTimestamp() && to.Kind.IsNumeric():
		return refuse("Write UNIX_TIMESTAMP(CAST(ts AS STRING)).", "%s cannot be cast to a number", from.Plain().Nullable(true))
	case from.Kind.IsNumeric() && to.Kind.IsTimestamp():
		return refuse("Write TO_TIMESTAMP_LTZ(number, 3) for milliseconds, TO_TIMESTAMP(FROM_UNIXTIME(number)) for seconds.", "a number cannot be cast to %s", to.Nullable(true))
	}
	if _, err := converter(&Env{}, from, to); err != nil {
		return refuse("", "%s cannot be cast to %s", from.Plain().Nullable(true), to.Nullable(true))
	}
	return nil
}

func castKernel(try bool) func(*Env, *Call) (Kernel, error) {
	return func(env *Env, of *Call) (Kernel, error) {
		from, to := of.Args[0].Type(), of.Of
		if write := writer(env, from, to); write != nil {
			return written(write, to), nil
		}
		convert, err := converter(env, from, to)
		if err != nil {
			return nil, err
		}
		return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
			from := args[0]
			return each(n, out, func(i int) (bool, error) {
				ok, err := convert(from, i, out)
				if try {
					return ok && err == nil, nil
				}
				return ok, err
			})
		}, nil
	}
}

// converter finds how values of one type become values of another; text comes from writer.
func converter(env *Env, from, to rows.Type) (conversion, error) {
	switch {
	case to.Kind.IsText() && from.Kind != rows.Null:
		return rewriting(env, from, to), nil
	case from.Kind.IsText():
		return fromText(env, to)
	case from.Kind.IsBytes() && to.Kind.IsBytes():
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Strings[i] = fitBytes(a.Strings[i], to)
			return true, nil
		}, nil
	case from.Kind.IsNumeric() && to.Kind.IsNumeric():
		return betweenNumbers(from, to), nil
	case from.Kind == rows.Boolean || to.Kind == rows.Boolean:
		return booleanNumber(from, to)
	case isTemporal(from) && isTemporal(to):
		return betweenTimes(env, from, to)
	case from.Kind.IsInteger() && isInterval(to), isInterval(from) && from.Kind == to.Kind:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Ints[i] = wrapped(to.Kind, a.Ints[i])
			return true, nil
		}, nil
	}
	return nestedConverter(env, from, to)
}

func isTemporal(t rows.Type) bool {
	return t.Kind == rows.Date || t.Kind == rows.Time || t.Kind.IsTimestamp()
}

func isInterval(t rows.Type) bool {
	return t.Kind == rows.IntervalMonths || t.Kind == rows.IntervalMillis
}

// booleanNumber casts between BOOLEAN and numbers: TRUE is 1, what is not 0 is TRUE.
func booleanNumber(from, to rows.Type) (conversion, error) {
	switch {
	case from.Kind == rows.Boolean && to.Kind == rows.Boolean:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Bools[i] = a.Bools[i]
			return true, nil
		}, nil
	case from.Kind == rows.Boolean && to.Kind.IsNumeric():
		narrow := betweenNumbers(rows.IntType, to)
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			one := rows.Column{Type: rows.IntType, Ints: []int64{0}}
			if a.Bools[i] {
				one.Ints[0] = 1
			}
			return narrowed(narrow, &one, i, out)
		}, nil
	case from.Kind.IsNumeric() && to.Kind == rows.Boolean:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			switch from.Kind.Layout() {
			case rows.IntLayout:
				out.Bools[i] = a.Ints[i] != 0
			case rows.FloatLayout:
				out.Bools[i] = a.Floats[i] != 0
			default:
				out.Bools[i] = a.Decimals[i].Sign() != 0
			}
			return true, nil
		}, nil
	}
	return nil, fmt.Errorf("no cast from %s to %s", from, to)
}

// narrowed converts the one row of a column into row i of another.
func narrowed(convert conversion, one *rows.Column, i int, out *rows.Column) (bool, error) {
	result := rows.NewColumn(out.Type, 1)
	ok, err := convert(one, 0, result)
	if ok && err == nil {
		set(out, i, result.Value(0))
	}
	return ok, err
}

// betweenNumbers casts as Java does: whole numbers lose their high bits, floats are cut at the bounds of INT or BIGINT,
// and what does not fit a DECIMAL is NULL.
func betweenNumbers(from, to rows.Type) conversion {
	switch from.Kind.Layout() {
	case rows.IntLayout:
		return fromInt(to)
	case rows.FloatLayout:
		return fromFloat(to)
	}
	return fromDecimal(from, to)
}

func fromInt(to rows.Type) conversion {
	switch to.Kind.Layout() {
	case rows.IntLayout:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Ints[i] = wrapped(to.Kind, a.Ints[i])
			return true, nil
		}
	case rows.FloatLayout:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Floats[i] = float64(a.Ints[i])
			if to.Kind == rows.Float {
				out.Floats[i] = float64(float32(a.Ints[i]))
			}
			return true, nil
		}
	}
	return func(a *rows.Column, i int, out *rows.Column) (ok bool, err error) {
		out.Decimals[i], ok = rows.NumOf(a.Ints[i]).Rescale(0, to.Scale)
		return ok && out.Decimals[i].Fits(to.Precision), nil
	}
}

func fromFloat(to rows.Type) conversion {
	switch to.Kind.Layout() {
	case rows.IntLayout:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Ints[i] = wholeOf(a.Floats[i], to.Kind)
			return true, nil
		}
	case rows.FloatLayout:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Floats[i] = a.Floats[i]
			if to.Kind == rows.Float {
				out.Floats[i] = float64(float32(a.Floats[i]))
			}
			return true, nil
		}
	}
	return func(a *rows.Column, i int, out *rows.Column) (ok bool, err error) {
		if f := a.Floats[i]; math.IsNaN(f) || math.IsInf(f, 0) {
			return false, fmt.Errorf("%s is no DECIMAL", appendFloat(nil, f, 64))
		}
		out.Decimals[i], ok = rows.NumFromFloat(a.Floats[i], to.Precision, to.Scale)
		return ok, nil
	}
}

// wholeOf cuts a float to a whole number as Java does: by way of INT for the narrower types.
func wholeOf(f float64, kind rows.Kind) int64 {
	if kind == rows.BigInt {
		return clamped(f, -1<<63, 1<<63-1)
	}
	return wrapped(kind, clamped(f, -1<<31, 1<<31-1))
}

func fromDecimal(from, to rows.Type) conversion {
	switch to.Kind.Layout() {
	case rows.IntLayout:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Ints[i] = wrapped(to.Kind, int64(a.Decimals[i].Truncate(from.Scale, 0).Lo))
			return true, nil
		}
	case rows.FloatLayout:
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Floats[i] = a.Decimals[i].Float(from.Scale)
			if to.Kind == rows.Float {
				out.Floats[i] = float64(float32(out.Floats[i]))
			}
			return true, nil
		}
	}
	return func(a *rows.Column, i int, out *rows.Column) (ok bool, err error) {
		out.Decimals[i], ok = a.Decimals[i].Rescale(from.Scale, to.Scale)
		return ok && out.Decimals[i].Fits(to.Precision), nil
	}
}
