package expr

import (
	"strconv"
	"time"

	"github.com/weftmesh/weft/internal/rows"
)

// TextOf writes a boxed value as CAST(... AS STRING) does; NULL is NULL. A TIMESTAMP_LTZ is written in the zone; nil is
// UTC.
func TextOf(v any, of rows.Type, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return string(appendValue(nil, v, of, zone))
}

func appendValue(to []byte, v any, of rows.Type, zone *time.Location) []byte {
	switch v := v.(type) {
	case nil:
		return append(to, "NULL"...)
	case bool:
		return appendBool(to, v)
	case int64:
		return appendInt(to, v, of, zone)
	case float64:
		return appendFloat(to, v, floatBits(of))
	case rows.Num:
		return v.Append(to, of.Scale)
	case string:
		return append(to, v...)
	case rows.Entries:
		return appendEntries(to, v, of, zone)
	case []any:
		return appendItems(to, v, of, zone)
	}
	return to
}

func floatBits(of rows.Type) int {
	if of.Kind == rows.Float {
		return 32
	}
	return 64
}

func appendBool(to []byte, v bool) []byte {
	if v {
		return append(to, "TRUE"...)
	}
	return append(to, "FALSE"...)
}

func appendInt(to []byte, v int64, of rows.Type, zone *time.Location) []byte {
	switch of.Kind {
	case rows.Date:
		return appendDate(to, v)
	case rows.Time:
		return appendTimeOfDay(to, v, of.Precision)
	case rows.Timestamp:
		return appendTimestamp(to, v, of.Precision)
	case rows.TimestampLTZ:
		return appendTimestamp(to, localMicros(v, zone), of.Precision)
	case rows.IntervalMonths:
		to, v = appendSign(to, v)
		to = strconv.AppendInt(to, v/12, 10)
		return appendPadded(append(to, '-'), v%12, 2)
	case rows.IntervalMillis:
		to, v = appendSign(to, v)
		to = strconv.AppendInt(to, v/millisPerDay, 10)
		return appendClock(append(to, ' '), v%millisPerDay*1000, 3)
	}
	return strconv.AppendInt(to, v, 10)
}

func appendSign(to []byte, v int64) ([]byte, int64) {
	if v < 0 {
		return append(to, '-'), -v
	}
	return append(to, '+'), v
}

func appendPadded(to []byte, v int64, width int) []byte {
	var room [24]byte
	digits := strconv.AppendInt(room[:0], v, 10)
	for range width - len(digits) {
		to = append(to, '0')
	}
	return append(to, digits...)
}

func appendDate(to []byte, day int64) []byte {
	year, month, dayOfMonth := civil(day)
	if year < 0 {
		to, year = append(to, '-'), -year
	}
	to = appendPadded(to, int64(year), 4)
	to = appendPadded(append(to, '-'), int64(month), 2)
	return appendPadded(append(to, '-'), int64(dayOfMonth), 2)
}

// appendClock writes microseconds of the day as hh:mm:ss and so many digits of the fraction.
func appendClock(to []byte, micros int64, precision int) []byte {
	seconds := micros / 1e6
	to = appendPadded(to, seconds/3600, 2)
	to = appendPadded(append(to, ':'), seconds/60%60, 2)
	to = appendPadded(append(to, ':'), seconds%60, 2)
	if precision == 0 {
		return to
	}
	var room [9]byte
	fraction := append(appendPadded(room[:0], micros%1e6, 6), "000"...)
	return append(append(to, '.'), fraction[:precision]...)
}

// appendTimeOfDay writes the fraction of a TIME without the zeros behind it, but for the first.
func appendTimeOfDay(to []byte, millis int64, precision int) []byte {
	to = appendClock(to, millis*1000, precision)
	for least := len(to) - precision + 1; precision > 0 && len(to) > least && to[len(to)-1] == '0'; {
		to = to[:len(to)-1]
	}
	return to
}

func appendTimestamp(to []byte, micros int64, precision int) []byte {
	day := floorDiv(micros, microsPerDay)
	to = appendDate(to, day)
	return appendClock(append(to, ' '), micros-day*microsPerDay, precision)
}

func appendItems(to []byte, items []any, of rows.Type, zone *time.Location) []byte {
	opened, closed := byte('['), byte(']')
	if of.Kind == rows.Row {
		opened, closed = '(', ')'
	}
	to = append(to, opened)
	for i, item := range items {
		if i > 0 {
			to = append(to, ", "...)
		}
		to = appendValue(to, item, memberType(of, i), zone)
	}
	return append(to, closed)
}

func memberType(of rows.Type, i int) rows.Type {
	if of.Kind == rows.Row {
		return of.Fields[i].Type
	}
	return *of.Elem
}

func appendEntries(to []byte, entries rows.Entries, of rows.Type, zone *time.Location) []byte {
	key, value := of.Key, of.Elem
	if of.Kind == rows.Multiset {
		key, value = of.Elem, &rows.IntType
	}
	to = append(to, '{')
	for i, e := range entries {
		if i > 0 {
			to = append(to, ", "...)
		}
		to = append(appendValue(to, e.Key, *key, zone), '=')
		to = appendValue(to, e.Value, *value, zone)
	}
	return append(to, '}')
}
