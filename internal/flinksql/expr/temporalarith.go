package expr

import "github.com/weftmesh/weft/internal/rows"

// inferTemporal gives the types of sums and such with points in time and intervals.
func inferTemporal(op string, a, b rows.Type) (rows.Type, error) { //nolint:gocyclo // one line for each pair of kinds
	switch {
	case op == "+" && isTemporal(a) && isInterval(b), op == "-" && isTemporal(a) && isInterval(b):
		return a, nil
	case op == "+" && isInterval(a) && isTemporal(b):
		return b, nil
	case (op == "+" || op == "-") && isInterval(a) && a.Kind == b.Kind:
		return a, nil
	case op == "*" && isInterval(a) && b.Kind.IsInteger():
		return a, nil
	case op == "*" && a.Kind.IsInteger() && isInterval(b):
		return b, nil
	}
	return rows.Type{}, refuse(temporalHint(op, a, b), "%s does not take %s and %s", op, a.Nullable(true), b.Nullable(true))
}

func temporalHint(op string, a, b rows.Type) string {
	switch {
	case op == "-" && isTemporal(a) && isTemporal(b):
		return "Write TIMESTAMPDIFF(SECOND, from, to) for the time between two points."
	case isTemporal(a) && b.Kind.IsNumeric():
		return "Write an interval: INTERVAL '1' DAY."
	case a.Kind.IsText() || b.Kind.IsText():
		if op == "+" && a.Kind.IsText() && b.Kind.IsText() {
			return "Write || to join strings."
		}
		return "CAST the string to a number: CAST(text AS INT)."
	}
	return ""
}

// temporalArithmetic makes the kernels of + - * / with an interval.
func temporalArithmetic(op string, of *Call) (Kernel, error) {
	a, b := of.Args[0].Type(), of.Args[1].Type()
	switch {
	case op == "*", isInterval(a) && isInterval(b):
		return intKernel(op, of), nil
	case isInterval(a):
		return swapped(shifting(b, a, 1)), nil
	case op == "-":
		return shifting(a, b, -1), nil
	}
	return shifting(a, b, 1), nil
}

func swapped(k Kernel) Kernel {
	return func(env *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
		return k(env, call, []*rows.Column{args[1], args[0]}, n, out)
	}
}

// shifting moves points in time by an interval. Months move the date, and the day is cut to the month's length.
func shifting(point, interval rows.Type, sign int64) Kernel {
	move := shiftBy(point, interval)
	return map2(func(v, by int64) int64 { return move(v, sign*by) })
}

func shiftBy(point, interval rows.Type) func(v, by int64) int64 {
	if interval.Kind == rows.IntervalMonths {
		return shiftMonths(point)
	}
	switch point.Kind {
	case rows.Date:
		return func(v, by int64) int64 { return v + by/millisPerDay } // whole days alone move a date
	case rows.Time:
		return func(v, by int64) int64 { return floorMod(v+by, millisPerDay) }
	}
	return func(v, by int64) int64 { return v + by*1000 }
}

func shiftMonths(point rows.Type) func(v, by int64) int64 {
	switch point.Kind {
	case rows.Date:
		return addMonths
	case rows.Time:
		return func(v, _ int64) int64 { return v }
	}
	return func(v, by int64) int64 {
		day := floorDiv(v, microsPerDay)
		return addMonths(day, by)*microsPerDay + v - day*microsPerDay
	}
}
