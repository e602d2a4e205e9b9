package expr

import (
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

// floors are FLOOR and CEIL, of numbers and of points in time: FLOOR(ts TO HOUR).
func floors() []*Function {
	return []*Function{
		{Name: "FLOOR", Category: Arithmetic, Infer: inferFloor, Prepare: floorKernel(false), Strict: true},
		{Name: "CEIL", Category: Arithmetic, Infer: inferFloor, Prepare: floorKernel(true), Strict: true},
	}
}

func inferFloor(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) == 2 {
		if args[1].Type.Kind != rows.Symbol || !isTemporal(args[0].Type) {
			return rows.Type{}, nil, refuse("Write FLOOR(ts TO DAY), or ROUND(number, digits).", "it takes a number, or a point in time TO a unit")
		}
		if word := symbolOf(args[1].Expr); args[0].Type.Kind == rows.Time && wideUnit(word) {
			return rows.Type{}, nil, refuse("", "a TIME has no %s", word)
		} else if _, ok := unitStarts(word); !ok {
			return rows.Type{}, nil, refuse("Units are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND.", "there is no unit %s", word)
		}
		return args[0].Type, nil, nil
	}
	s := takes(aNumber)
	return s.returns(func(args []Arg) rows.Type {
		t := args[0].Type
		if t.Kind == rows.Decimal {
			t.Scale = 0
		}
		return t
	})(args)
}

func wideUnit(word string) bool {
	switch word {
	case "HOUR", "MINUTE", "SECOND", "MILLISECOND":
		return false
	}
	return true
}

func floorKernel(up bool) func(*Env, *Call) (Kernel, error) {
	return func(env *Env, of *Call) (Kernel, error) {
		from := of.Args[0].Type()
		if len(of.Args) == 2 {
			return floorTime(env, of, up)
		}
		switch from.Kind.Layout() {
		case rows.FloatLayout:
			if up {
				return map1(math.Ceil), nil
			}
			return map1(math.Floor), nil
		case rows.DecimalLayout:
			return map1(func(v rows.Num) rows.Num {
				whole := v.Truncate(from.Scale, 0)
				back, _ := whole.Rescale(0, from.Scale)
				switch c := v.Cmp(back); {
				case up && c > 0:
					return whole.Add(rows.NumOf(1))
				case !up && c < 0:
					return whole.Add(rows.NumOf(-1))
				}
				return whole
			}), nil
		}
		return map1(func(v int64) int64 { return v }), nil
	}
}

func floorTime(env *Env, of *Call, up bool) (Kernel, error) {
	from := of.Args[0].Type()
	word := symbolOf(of.Args[1])
	starts, _ := unitStarts(word)
	zone := env.zone()
	return map1(func(v int64) int64 {
		local := toLocal(v, from.Kind, zone)
		start, next := starts(local)
		if up && start != local {
			start = next
		}
		if from.Kind == rows.TimestampLTZ {
			return instantOf(start, zone)
		}
		return fromLocal(start, rows.Type{Kind: from.Kind, Precision: 6}, zone)
	}), nil
}

// unitStarts gives a function that finds where the unit around a time starts, and where the next one does.
func unitStarts(word string) (func(local int64) (start, next int64), bool) {
	switch word {
	case "MILLISECOND":
		return evenly(1000), true
	case "SECOND":
		return evenly(1e6), true
	case "MINUTE":
		return evenly(60e6), true
	case "HOUR":
		return evenly(3600e6), true
	case "DAY":
		return evenly(microsPerDay), true
	case "WEEK": // from Sunday on; day 3 was one
		return func(local int64) (int64, int64) {
			day := floorDiv(local, microsPerDay)
			sunday := day - floorMod(day+4, 7)
			return sunday * microsPerDay, (sunday + 7) * microsPerDay
		}, true
	}
	months, first := monthsOf(word)
	return func(local int64) (int64, int64) {
		year, month, _ := civil(floorDiv(local, microsPerDay))
		count := int64(year)*12 + int64(month-1) - first
		start := floorDiv(count, months)*months + first
		return monthStart(start), monthStart(start + months)
	}, months > 0
}

func monthStart(count int64) int64 {
	return dayOf(int(floorDiv(count, 12)), int(floorMod(count, 12))+1, 1) * microsPerDay
}

// monthsOf gives how many months a unit has, and the month from which they are counted: centuries start in a year 1.
func monthsOf(word string) (months, first int64) {
	switch word {
	case "MONTH":
		return 1, 0
	case "QUARTER":
		return 3, 0
	case "YEAR":
		return 12, 0
	case "DECADE":
		return 120, 0
	case "CENTURY":
		return 1200, 12
	case "MILLENNIUM":
		return 12000, 12
	}
	return 0, 0
}

func evenly(length int64) func(int64) (int64, int64) {
	return func(local int64) (int64, int64) {
		start := floorDiv(local, length) * length
		return start, start + length
	}
}
