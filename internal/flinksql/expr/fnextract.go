package expr

import (
	"github.com/weftmesh/weft/internal/rows"
)

// extractFunctions take units out of points in time, and count the units between two of them.
func extractFunctions() []*Function {
	all := []*Function{
		{Name: "EXTRACT", Category: Temporal, Infer: inferExtract, Prepare: extracting, Strict: true},
		{Name: "TIMESTAMPDIFF", Category: Temporal, Infer: inferDiff, Prepare: differing, Strict: true},
		{Name: "MINUS_DATE", Category: Temporal, Infer: inferDistance, Prepare: distanceKernel, Strict: true},
		{Name: "TIMESTAMPADD", Category: Temporal, Infer: inferAdd, Prepare: adding, Strict: true},
		{Name: "OVERLAPS", Category: Temporal, Infer: inferOverlaps, Prepare: overlapping, Strict: true},
		{Name: "INTERVAL", Category: Temporal, Infer: inferIntervalOf, Prepare: intervalKernel, Strict: true},
	}
	for name, word := range map[string]string{
		"YEAR": "YEAR", "QUARTER": "QUARTER", "MONTH": "MONTH", "WEEK": "WEEK", "DAYOFYEAR": "DOY", "DAYOFMONTH": "DAY", "DAYOFWEEK": "DOW",
		"HOUR": "HOUR", "MINUTE": "MINUTE", "SECOND": "SECOND",
	} {
		all = append(all, prepared(Temporal, name, takes(aPoint), always(rows.BigIntType), func(env *Env, of *Call) (Kernel, error) {
			return extractKernel(env, word, of.Args[0].Type())
		}))
	}
	return all
}

func wordOf(args []Arg) string {
	if len(args) == 0 || args[0].Type.Kind != rows.Symbol {
		return ""
	}
	return symbolOf(args[0].Expr)
}

func inferExtract(args []Arg) (rows.Type, []rows.Type, error) {
	word := wordOf(args)
	if len(args) != 2 || word == "" || !isTemporal(args[1].Type) && !isInterval(args[1].Type) {
		return rows.Type{}, nil, refuse("Write EXTRACT(DAY FROM ts).", "it takes a unit FROM a point in time or an INTERVAL")
	}
	if _, err := extractKernel(&Env{}, word, args[1].Type); err != nil {
		return rows.Type{}, nil, err
	}
	return rows.BigIntType.Nullable(!args[1].Type.NotNull), nil, nil
}

func extracting(env *Env, of *Call) (Kernel, error) {
	word := symbolOf(of.Args[0])
	return extractKernel(env, word, of.Args[1].Type())
}

func extractKernel(env *Env, word string, from rows.Type) (Kernel, error) {
	take := unitOf(word)
	switch {
	case from.Kind == rows.IntervalMonths:
		switch word {
		case "YEAR":
			return map1(func(v int64) int64 { return v / 12 }), nil
		case "QUARTER":
			return map1(func(v int64) int64 { return v%12/3 + 1 }), nil
		case "MONTH":
			return map1(func(v int64) int64 { return v % 12 }), nil
		}
		take = nil
	case from.Kind == rows.IntervalMillis:
		if per := partOfInterval(word); per != nil {
			return map1(per), nil
		}
		take = nil
	case from.Kind == rows.Time && (wideUnit(word) && word != "MICROSECOND" && word != "NANOSECOND"):
		return nil, refuse("", "a TIME has no %s", word)
	}
	if take == nil {
		return nil, refuse("Units are YEAR, QUARTER, MONTH, WEEK, DAY, DOW, DOY, HOUR, MINUTE, SECOND, MILLISECOND, EPOCH.", "%s cannot be taken from %s", word, from.Nullable(true))
	}
	zone := env.zone()
	return map1(func(v int64) int64 { return take(toLocal(v, from.Kind, zone)) }), nil
}

func partOfInterval(word string) func(int64) int64 {
	switch word {
	case "DAY":
		return func(v int64) int64 { return v / millisPerDay }
	case "HOUR":
		return func(v int64) int64 { return v % millisPerDay / 3600_000 }
	case "MINUTE":
		return func(v int64) int64 { return v % 3600_000 / 60_000 }
	case "SECOND":
		return func(v int64) int64 { return v % 60_000 / 1000 }
	case "MILLISECOND":
		return func(v int64) int64 { return v % 60_000 }
	case "EPOCH":
		return func(v int64) int64 { return v / 1000 }
	}
	return nil
}

// unitOf gives the function that takes a unit from microseconds without a zone; nil if there is none.
func unitOf(word string) func(int64) int64 {
	switch word {
	case "EPOCH":
		return func(v int64) int64 { return floorDiv(v, 1e6) }
	case "HOUR":
		return func(v int64) int64 { return floorMod(v, microsPerDay) / 3600e6 }
	case "MINUTE":
		return func(v int64) int64 { return floorMod(v, 3600e6) / 60e6 }
	case "SECOND":
		return func(v int64) int64 { return floorMod(v, 60e6) / 1e6 }
	case "MILLISECOND":
		return func(v int64) int64 { return floorMod(v, 1e6) / 1000 }
	case "MICROSECOND":
		return func(v int64) int64 { return floorMod(v, 1e6) }
	case "NANOSECOND":
		return func(v int64) int64 { return floorMod(v, 1e6) * 1000 }
	case "DOW":
		return func(v int64) int64 { return floorMod(floorDiv(v, microsPerDay)+4, 7) + 1 }
	case "ISODOW":
		return func(v int64) int64 { return isoWeekday(floorDiv(v, microsPerDay)) }
	case "WEEK":
		return func(v int64) int64 { _, week := isoWeek(floorDiv(v, microsPerDay)); return week }
	case "ISOYEAR":
		return func(v int64) int64 { year, _ := isoWeek(floorDiv(v, microsPerDay)); return year }
	}
	byDate := dateUnit(word)
	if byDate == nil {
		return nil
	}
	return func(v int64) int64 {
		day := floorDiv(v, microsPerDay)
		year, month, dayOfMonth := civil(day)
		return byDate(day, year, month, dayOfMonth)
	}
}

func dateUnit(word string) func(day int64, year, month, dayOfMonth int) int64 {
	switch word {
	case "DAY":
		return func(_ int64, _, _, dayOfMonth int) int64 { return int64(dayOfMonth) }
	case "DOY":
		return func(day int64, year, _, _ int) int64 { return day - dayOf(year, 1, 1) + 1 }
	case "MONTH":
		return func(_ int64, _, month, _ int) int64 { return int64(month) }
	case "QUARTER":
		return func(_ int64, _, month, _ int) int64 { return int64(month+2) / 3 }
	case "YEAR":
		return func(_ int64, year, _, _ int) int64 { return int64(year) }
	case "DECADE":
		return func(_ int64, year, _, _ int) int64 { return floorDiv(int64(year), 10) }
	case "CENTURY":
		return func(_ int64, year, _, _ int) int64 { return floorDiv(int64(year)+99, 100) }
	case "MILLENNIUM":
		return func(_ int64, year, _, _ int) int64 { return floorDiv(int64(year)+999, 1000) }
	}
	return nil
}

func isoWeekday(day int64) int64 { return floorMod(day+3, 7) + 1 }

// isoWeek gives the year and the week of ISO 8601: weeks start on Monday, and the first has the year's first Thursday.
func isoWeek(day int64) (year, week int64) {
	thursday := day - isoWeekday(day) + 4
	y, _, _ := civil(thursday)
	return int64(y), (thursday-dayOf(y, 1, 1))/7 + 1
}

// inferIntervalOf is INTERVAL n DAY, of a number that is no literal.
func inferIntervalOf(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) != 2 || !args[0].Type.Kind.IsInteger() {
		return rows.Type{}, nil, refuse("Write INTERVAL '1' DAY.", "INTERVAL takes a whole number and a unit")
	}
	word := symbolOf(args[1].Expr)
	kind, per := intervalUnit(word)
	if per == 0 {
		return rows.Type{}, nil, refuse("", "there is no INTERVAL of %s", word)
	}
	return rows.Type{Kind: kind, NotNull: args[0].Type.NotNull}, nil, nil
}

func intervalKernel(_ *Env, of *Call) (Kernel, error) {
	word := symbolOf(of.Args[1])
	_, per := intervalUnit(word)
	return map1(func(v int64) int64 { return v * per }), nil
}

// intervalUnit gives what one of a unit is in its kind of interval.
func intervalUnit(word string) (rows.Kind, int64) {
	for _, u := range monthUnits {
		if u.name == word {
			return rows.IntervalMonths, u.amount
		}
	}
	for _, u := range milliUnits {
		if u.name == word {
			return rows.IntervalMillis, u.amount
		}
	}
	return rows.Null, 0
}
