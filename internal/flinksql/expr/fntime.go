package expr

import (
	"math"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/rows"
)

// timeFunctions are the clock, and conversions between points in time and text or numbers.
func timeFunctions() []*Function {
	ltz3, timestamp3, time0 := rows.LTZType(3), rows.TimestampType(3), rows.Type{Kind: rows.Time}
	all := []*Function{
		clock("CURRENT_TIMESTAMP", ltz3, func(now time.Time) int64 { return now.UnixMilli() * 1000 }),
		clock("CURRENT_ROW_TIMESTAMP", ltz3, func(now time.Time) int64 { return now.UnixMilli() * 1000 }),
		clock("LOCALTIMESTAMP", timestamp3, func(now time.Time) int64 { return localMicros(now.UnixMilli()*1000, now.Location()) }),
		clock("CURRENT_DATE", rows.DateType, func(now time.Time) int64 { return floorDiv(localMicros(now.UnixMicro(), now.Location()), microsPerDay) }),
		clock("CURRENT_TIME", time0, timeOfDay),
		clock("LOCALTIME", time0, timeOfDay),
		clock("PROCTIME", rows.Type{Kind: rows.TimestampLTZ, Precision: 3, Time: rows.ProcTime}, func(now time.Time) int64 { return now.UnixMilli() * 1000 }),
		prepared(Temporal, "UNIX_TIMESTAMP", takes(aText, aText).orLess(2), always(rows.BigIntType), unixTimestamp),
		prepared(Temporal, "FROM_UNIXTIME", takes(aLong, aText).orLess(1), always(rows.StringType), fromUnixtime),
		prepared(Temporal, "TO_DATE", takes(aText, aText).orLess(1), maybe(rows.DateType), toDate),
		prepared(Temporal, "TO_TIMESTAMP", takes(aText, aText).orLess(1), maybe(timestamp3), toTimestamp),
		{Name: "TO_TIMESTAMP_LTZ", Category: Temporal, Infer: inferToLTZ, Prepare: toLTZ, Strict: true},
		prepared(Temporal, "DATE_FORMAT", takes(param{accepts: func(t rows.Type) bool { return t.Kind.IsText() || t.Kind.IsTimestamp() }, want: "a TIMESTAMP or a string"}, aText), maybe(rows.StringType), dateFormat),
		fn(Temporal, "CONVERT_TZ", takes(aText, aText, aText), maybe(rows.StringType), try3(convertZone)),
		{Name: "CURRENT_DATABASE", Category: Access, Cheap: true, Infer: takes().returns(never(rows.StringType)), Eval: currentDatabase},
		{Name: "CURRENT_WATERMARK", Category: Temporal, Infer: inferWatermark, Eval: currentWatermark, Volatile: true},
	}
	return all
}

// clock is a function of the time at which a batch is handled, in the session's zone.
func clock(name string, of rows.Type, at func(time.Time) int64) *Function {
	return &Function{
		Name: name, Category: Temporal, Volatile: true, Cheap: true, Infer: takes().returns(never(of)),
		Eval: func(env *Env, _ *Call, _ []*rows.Column, n int, out *rows.Column) error {
			now := at(env.now().In(env.zone()))
			for i := range n {
				out.Ints[i] = now
			}
			return nil
		},
	}
}

func timeOfDay(now time.Time) int64 {
	return floorMod(localMicros(now.UnixMicro(), now.Location()), microsPerDay) / 1000
}

func inferWatermark(args []Arg) (rows.Type, []rows.Type, error) {
	if ref, ok := watermarked(args); !ok || ref.Of.Time != rows.RowTime {
		return rows.Type{}, nil, refuse("Write CURRENT_WATERMARK(event_time).", "it takes the column that the table's WATERMARK is of")
	}
	return args[0].Type.Plain().Nullable(true), nil, nil
}

func currentWatermark(env *Env, _ *Call, _ []*rows.Column, n int, out *rows.Column) error {
	var at int64
	known := false
	if env.Watermark != nil {
		at, known = env.Watermark()
	}
	for i := range n {
		out.Ints[i] = at
		if !known {
			out.SetNull(i, n)
		}
	}
	return nil
}

const plainFormat = "yyyy-MM-dd HH:mm:ss"

// formatOf gives the format that an argument holds: made once where it is a constant, else for each row.
func formatOf(of *Call, i int, otherwise string) func(text string) (*dateFormatter, error) {
	if i >= len(of.Args) {
		made, err := newDateFormatter(otherwise)
		return func(string) (*dateFormatter, error) { return made, err }
	}
	if text, ok := constantArg[string](of, i); ok {
		made, err := newDateFormatter(text)
		return func(string) (*dateFormatter, error) { return made, err }
	}
	return newDateFormatter
}

// formatted makes a kernel of a value and, perhaps, its format.
func formatted[A, R native](of *Call, f func(v A, format *dateFormatter) (R, bool, error)) Kernel {
	format := formatOf(of, 1, plainFormat)
	apply := func(v A, text string) (R, bool, error) {
		made, err := format(text)
		if err != nil {
			var none R
			return none, false, err
		}
		return f(v, made)
	}
	if len(of.Args) == 1 {
		return try1(func(v A) (R, bool, error) { return apply(v, "") })
	}
	return try2(apply)
}

func unixTimestamp(env *Env, of *Call) (Kernel, error) {
	if len(of.Args) == 0 {
		return func(env *Env, _ *Call, _ []*rows.Column, n int, out *rows.Column) error {
			now := env.now().Unix()
			for i := range n {
				out.Ints[i] = now
			}
			return nil
		}, nil
	}
	zone := env.zone()
	return formatted(of, func(s string, format *dateFormatter) (int64, bool, error) {
		local, ok := format.parseStart(s)
		if !ok {
			return -1 << 63, true, nil
		}
		return floorDiv(laterInstantOf(local, zone), 1e6), true, nil
	}), nil
}

func fromUnixtime(env *Env, of *Call) (Kernel, error) {
	zone := env.zone()
	return formatted(of, func(seconds int64, format *dateFormatter) (string, bool, error) {
		return string(format.append(nil, localMicros(seconds*1e6, zone))), true, nil
	}), nil
}

func toDate(_ *Env, of *Call) (Kernel, error) {
	if len(of.Args) == 1 {
		return try1(func(s string) (int64, bool, error) {
			day, ok := parseDay(s)
			return day, ok, nil
		}), nil
	}
	return formatted(of, func(s string, format *dateFormatter) (int64, bool, error) {
		local, ok := format.parseStart(s)
		return floorDiv(local, microsPerDay), ok, nil
	}), nil
}

func toTimestamp(_ *Env, of *Call) (Kernel, error) {
	if len(of.Args) == 1 {
		return try1(func(s string) (int64, bool, error) {
			micros, err := parseTimestamp(s)
			return cutFraction(micros, 3), err == nil, nil
		}), nil
	}
	return formatted(of, func(s string, format *dateFormatter) (int64, bool, error) {
		local, ok := format.parseOrPlain(s)
		return cutFraction(local, 3), ok, nil
	}), nil
}

// inferToLTZ takes a number and its precision (3 if it is left out), or text with format and zone.
func inferToLTZ(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) == 0 || !args[0].Type.Kind.IsNumeric() {
		return takes(aText, aText, aText).orLess(2).returns(maybe(rows.LTZType(3)))(args)
	}
	out, coerced, err := takes(aNumber, anInt).orLess(1).returns(always(rows.LTZType(3)))(args)
	if err != nil || len(args) == 1 {
		return out, longer(args[0].Type, coerced), err
	}
	if c, ok := args[1].Expr.(*Const); ok {
		digits, _ := c.Value.(int64)
		if digits < 0 || digits > 9 {
			return out, nil, refuse("0 is seconds, 3 milliseconds, 6 microseconds.", "the precision of TO_TIMESTAMP_LTZ is 0 to 9, not %d", digits)
		}
		out.Precision = max(3, int(digits))
	}
	return out, longer(args[0].Type, coerced), nil
}

func longer(t rows.Type, coerced []rows.Type) []rows.Type {
	if len(coerced) > 0 && !approximate(t) {
		coerced[0] = rows.BigIntType.Nullable(!t.NotNull)
	}
	return coerced
}

func toLTZ(env *Env, of *Call) (Kernel, error) {
	switch from := of.Args[0].Type(); {
	case approximate(from):
		return byCount(1, try1(func(v float64) (int64, bool, error) { return instantAt(v, 3) }), try2(instantAt[float64]))(env, of)
	case from.Kind.IsNumeric():
		return byCount(1, map1(func(v int64) int64 { return v * 1000 }), try2(instantAt[int64]))(env, of)
	}
	zone := env.zone()
	if len(of.Args) == 1 {
		return try1(func(s string) (int64, bool, error) { // without a zone it is in UTC, whatever the session's is
			micros, err := parseTimestamp(s)
			return cutFraction(micros, 3), err == nil, nil
		}), nil
	}
	if len(of.Args) == 2 {
		return formatted(of, func(s string, format *dateFormatter) (int64, bool, error) {
			local, ok := format.parseOrPlain(s)
			return cutFraction(instantOf(local, zone), 3), ok, nil
		}), nil
	}
	format := formatOf(of, 1, plainFormat)
	return try3(func(s, pattern, name string) (int64, bool, error) {
		zone, err := zoneOf(name)
		if err != nil {
			return 0, false, nil //nolint:nilerr // a zone that is not known gives NULL
		}
		f, err := format(pattern)
		if err != nil {
			return 0, false, err
		}
		local, ok := f.parseOrPlain(s)
		return cutFraction(instantOf(local, zone), 3), ok, nil
	}), nil
}

func dateFormat(env *Env, of *Call) (Kernel, error) {
	from := of.Args[0].Type()
	if from.Kind.IsText() {
		return formatted(of, func(s string, format *dateFormatter) (string, bool, error) {
			local, err := parseTimestamp(s)
			return string(format.append(nil, local)), err == nil && strings.Contains(s, ":"), nil
		}), nil
	}
	zone := env.zone()
	if text, ok := constantArg[string](of, 1); ok {
		format, err := newDateFormatter(text)
		if err != nil {
			return nil, err
		}
		if unit := format.unit(); unit > 0 {
			texts := &textsOfTime{format: format, unit: unit}
			return map1(func(v int64) string { return texts.at(toLocal(v, from.Kind, zone)) }), nil
		}
		return written(func(to []byte, c *rows.Column, i int) []byte {
			return format.append(to, toLocal(c.Ints[i], from.Kind, zone))
		}, rows.StringType), nil
	}
	return formatted(of, func(v int64, format *dateFormatter) (string, bool, error) {
		return string(format.append(nil, toLocal(v, from.Kind, zone))), true, nil
	}), nil
}

// convertZone moves what clocks show in one zone to what they show in another. A zone that is not known is UTC, as in Java.
func convertZone(s, from, to string) (string, bool, error) {
	format, err := newDateFormatter(plainFormat)
	if err != nil {
		return "", false, err
	}
	local, ok := format.parseStart(s)
	if !ok {
		return "", false, nil
	}
	return string(format.append(nil, localMicros(laterInstantOf(local, zoneOrUTC(from)), zoneOrUTC(to)))), true, nil
}

func zoneOrUTC(name string) *time.Location {
	zone, err := zoneOf(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// instantAt is a number of seconds (digits 0), milliseconds (3) and so on since 1970, in microseconds.
func instantAt[T number](v T, digits int64) (int64, bool, error) {
	switch {
	case digits < 0 || digits > 9:
		return 0, false, refuse("", "the precision of TO_TIMESTAMP_LTZ is 0 to 9, not %d", digits)
	case digits > 6:
		return int64(math.Floor(float64(v) / math.Pow10(int(digits)-6))), true, nil
	}
	return int64(v * T(microsOf[digits])), true, nil
}

func currentDatabase(_ *Env, _ *Call, _ []*rows.Column, n int, out *rows.Column) error {
	for i := range n {
		out.Strings[i] = Database
	}
	return nil
}

func watermarked(args []Arg) (*Ref, bool) {
	if len(args) != 1 {
		return nil, false
	}
	ref, ok := args[0].Expr.(*Ref)
	return ref, ok
}
