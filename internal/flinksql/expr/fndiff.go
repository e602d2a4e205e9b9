package expr

import (
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/rows"
)

// inferDiff is TIMESTAMPDIFF(unit, from, to): INT, which wraps.
func inferDiff(args []Arg) (rows.Type, []rows.Type, error) {
	word := wordOf(args)
	if len(args) != 3 || word == "" || !isTemporal(args[1].Type) || !isTemporal(args[2].Type) {
		return rows.Type{}, nil, refuse("Write TIMESTAMPDIFF(SECOND, from, to).", "it takes a unit and two points in time")
	}
	if _, per := intervalUnit(word); per == 0 {
		return rows.Type{}, nil, refuse("Units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND.", "there is no unit %s", word)
	}
	if (args[1].Type.Kind == rows.TimestampLTZ) != (args[2].Type.Kind == rows.TimestampLTZ) {
		return rows.Type{}, nil, refuse("CAST one of them to the other's type.", "a TIMESTAMP_LTZ has a distance from another TIMESTAMP_LTZ only")
	}
	return rows.IntType.Nullable(!args[1].Type.NotNull || !args[2].Type.NotNull), nil, nil
}

func differing(_ *Env, of *Call) (Kernel, error) {
	word := symbolOf(of.Args[0])
	kind, per := intervalUnit(word)
	a, b := of.Args[1].Type().Kind, of.Args[2].Type().Kind
	if kind == rows.IntervalMonths {
		return map2(func(from, to int64) int64 {
			return int64(int32(monthsBetween(millis(from, a), millis(to, b)) / per))
		}), nil
	}
	return map2(func(from, to int64) int64 {
		return int64(int32((millis(to, b) - millis(from, a)) / per))
	}), nil
}

// inferDistance is (a - b) DAY: the interval between two points in time.
func inferDistance(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) != 3 || args[2].Type.Kind != rows.Symbol || !isTemporal(args[0].Type) || !isTemporal(args[1].Type) {
		return rows.Type{}, nil, refuse("Write (a - b) DAY TO SECOND.", "it takes two points in time and a unit")
	}
	word, _, _ := strings.Cut(symbolOf(args[2].Expr), " ")
	kind, _ := intervalUnit(word)
	return rows.Type{Kind: kind, NotNull: args[0].Type.NotNull && args[1].Type.NotNull}, nil, nil
}

func distanceKernel(_ *Env, of *Call) (Kernel, error) {
	a, b := of.Args[0].Type().Kind, of.Args[1].Type().Kind
	if of.Of.Kind == rows.IntervalMonths {
		return map2(func(to, from int64) int64 { return monthsBetween(millis(from, b), millis(to, a)) }), nil
	}
	return map2(func(to, from int64) int64 { return millis(to, a) - millis(from, b) }), nil
}

// millis gives a point in time in milliseconds: of a TIMESTAMP_LTZ since the epoch, whatever the zone.
func millis(v int64, kind rows.Kind) int64 {
	return floorDiv(toLocal(v, kind, time.UTC), 1000)
}

// monthsBetween counts the full months from one time to another: the most that can be added without going beyond. A month
// added to the last day of a longer month counts as full at the end of the shorter one.
func monthsBetween(from, to int64) int64 {
	fromDay, toDay := floorDiv(from, millisPerDay), floorDiv(to, millisPerDay)
	count := daysToMonths(fromDay, toDay)
	if addMonths(fromDay, count) == toDay && to-toDay*millisPerDay < from-fromDay*millisPerDay {
		count--
	}
	return count
}

func daysToMonths(from, to int64) int64 {
	if to < from {
		return -daysToMonths(to, from)
	}
	for count := (to - from) / 31; ; count++ { // no month is longer: at most the true count
		if addMonths(from, count) >= to || addMonths(from, count+1) > to {
			return count
		}
	}
}

// inferAdd is TIMESTAMPADD(unit, n, point).
func inferAdd(args []Arg) (rows.Type, []rows.Type, error) {
	word := wordOf(args)
	if len(args) != 3 || word == "" || !args[1].Type.Kind.IsInteger() || !isTemporal(args[2].Type) {
		return rows.Type{}, nil, refuse("Write TIMESTAMPADD(DAY, 1, ts).", "it takes a unit, a whole number and a point in time")
	}
	kind, per := intervalUnit(word)
	if per == 0 {
		return rows.Type{}, nil, refuse("Units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND.", "there is no unit %s", word)
	}
	out := args[2].Type.Nullable(!args[1].Type.NotNull || !args[2].Type.NotNull)
	var coerced []rows.Type
	if out.Kind == rows.Date && kind == rows.IntervalMillis && per < millisPerDay {
		out = rows.TimestampType(6).Nullable(!out.NotNull)
		coerced = []rows.Type{{}, {}, rows.TimestampType(6).Nullable(!args[2].Type.NotNull)}
	}
	return out, coerced, nil
}

func adding(_ *Env, of *Call) (Kernel, error) {
	word := symbolOf(of.Args[0])
	kind, per := intervalUnit(word)
	move := shiftBy(of.Args[2].Type(), rows.Type{Kind: kind})
	return map2(func(n, point int64) int64 { return move(point, n*per) }), nil
}

// inferOverlaps is (start, end) OVERLAPS (start, end).
func inferOverlaps(args []Arg) (rows.Type, []rows.Type, error) {
	types := make([]rows.Type, len(args))
	notNull := true
	for i, arg := range args {
		types[i] = arg.Type
		notNull = notNull && arg.Type.NotNull
	}
	common, ok := CommonType(types...)
	if !ok || !isTemporal(common) || len(args) != 4 {
		return rows.Type{}, nil, refuse("Write (start, end) OVERLAPS (start, end).", "OVERLAPS takes four points in time, not %s", list(types))
	}
	return rows.BooleanType.Nullable(!notNull), []rows.Type{common, common, common, common}, nil
}

// overlapping orders the ends of each period first; periods that touch overlap.
func overlapping(*Env, *Call) (Kernel, error) {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		for i := range n {
			a, b, c, d := args[0].Ints[i], args[1].Ints[i], args[2].Ints[i], args[3].Ints[i]
			a, b, c, d = min(a, b), max(a, b), min(c, d), max(c, d)
			out.Bools[i] = a <= d && c <= b
		}
		return nil
	}, nil
}
