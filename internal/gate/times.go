package gate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/schemas"
)

// units are those of a number that is a time, by the names of contracts.
var units = map[string]time.Duration{"s": time.Second, "ms": time.Millisecond, "us": time.Microsecond, "ns": time.Nanosecond}

// timeJSON gives a date or a time as ISO 8601. A number's unit is that of its schema, or of the contract; without
// either a time is in microseconds, as Debezium writes PostgreSQL's (time.precision.mode=adaptive), and a date in days.
func timeJSON(t schemas.Type, f form, unit string, v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			return v, nil //nolint:nilerr // a number with a fraction is no time: the value's fault
		}
		return numberedTime(t, f, unit, n)
	case string:
		return textTime(t, f, v)
	}
	return v, errForm
}

func numberedTime(t schemas.Type, f form, unit string, n int64) (any, error) {
	switch t.Kind {
	case schemas.Date:
		if f.known && f.base == "int64" {
			return json.Number(strconv.FormatInt(n, 10)), errForm
		}
		return dateText(n), nil
	case schemas.Time:
		of, err := unitOf(f, unit)
		if err != nil {
			return nil, err
		}
		micros := scaled(n, of)
		if micros < 0 || micros >= 24*time.Hour.Microseconds() {
			return json.Number(strconv.FormatInt(n, 10)), nil
		}
		return time.UnixMicro(micros).UTC().Format("15:04:05.000"), nil
	}
	of, err := unitOf(f, unit)
	if err != nil {
		return nil, err
	}
	return instantText(n, of), nil
}

// unitOf is the unit of a number: what the schema says, what the contract says, or microseconds.
func unitOf(f form, unit string) (time.Duration, error) {
	switch strings.TrimPrefix(f.name, debeziumTime) {
	case "Timestamp", "Time":
		return time.Millisecond, nil
	case "MicroTimestamp", "MicroTime":
		return time.Microsecond, nil
	case "NanoTimestamp", "NanoTime":
		return time.Nanosecond, nil
	}
	switch {
	case f.name == connectTimestamp, f.name == connectTime:
		return time.Millisecond, nil
	case unit != "":
		return units[unit], nil
	case f.known:
		return 0, errForm // a number that is no time
	}
	return time.Microsecond, nil
}

// scaled gives a number of a unit in microseconds.
func scaled(n int64, of time.Duration) int64 {
	if of < time.Microsecond {
		return floorDiv(n, int64(time.Microsecond/of))
	}
	return n * int64(of/time.Microsecond)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Years that ISO 8601 writes with four digits, in seconds since the epoch.
const (
	firstSecond = -62167219200 // 0000-01-01
	endSecond   = 253402300800 // 10000-01-01
)

// instantText writes an instant; one beyond four digits of a year (Debezium's infinity is one) is left a number, which
// is no time.
func instantText(n int64, of time.Duration) any {
	seconds := floorDiv(n, int64(time.Second/min(of, time.Second)))
	if seconds < firstSecond || seconds >= endSecond {
		return json.Number(strconv.FormatInt(n, 10))
	}
	rest := n - seconds*int64(time.Second/min(of, time.Second))
	return time.Unix(seconds, rest*int64(of)).UTC().Format(time.RFC3339Nano)
}

// dateText writes a day that is counted from 1970-01-01.
func dateText(days int64) any {
	const perDay = 24 * 60 * 60
	if days < firstSecond/perDay || days >= endSecond/perDay {
		return json.Number(strconv.FormatInt(days, 10))
	}
	return time.Unix(days*perDay, 0).UTC().Format(time.DateOnly)
}

// textTime takes what is written as a time. PostgreSQL's infinities are text too, and fit no field; other text says
// that the column is none of times.
func textTime(t schemas.Type, f form, text string) (any, error) {
	if strings.HasSuffix(text, "infinity") || strings.HasSuffix(text, " BC") || text != "" && (text[0] == '-' || text[0] == '+') {
		return text, nil
	}
	trimmed := strings.TrimSuffix(text, "Z")
	switch t.Kind {
	case schemas.Date:
		if len(trimmed) >= len(time.DateOnly) {
			return trimmed[:len(time.DateOnly)], dateError(trimmed)
		}
	case schemas.Time:
		if at, err := time.Parse("15:04:05.999999999", trimmed); err == nil {
			return at.Format("15:04:05.999"), nil
		}
		if at, err := time.Parse("15:04:05.999999999Z07:00", text); err == nil {
			return at.UTC().Format("15:04:05.999"), nil
		}
	case schemas.Timestamp:
		if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return text, nil
		}
		if at, err := time.Parse("2006-01-02T15:04:05.999999999", trimmed); err == nil && f.name == debeziumTime+"IsoTimestamp" {
			return at.Format(time.RFC3339Nano), nil
		}
	}
	return text, fmt.Errorf("%w: text that is no %s", errForm, t)
}

func dateError(text string) error {
	if _, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)]); err != nil {
		return errForm
	}
	return nil
}
