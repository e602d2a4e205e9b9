package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var durationUnits = map[string]time.Duration{
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"min": time.Minute, "m": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"µs": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond, "microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond, "nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
}

// ParseDuration reads a duration as Flink's configuration has it (TimeUtils): a whole number and a unit, milliseconds
// if there is none: '10 s', '500ms', '1 d'.
func ParseDuration(text string) (time.Duration, error) {
	trimmed := strings.ToLower(strings.TrimSpace(text))
	digits := len(trimmed) - len(strings.TrimLeft(trimmed, "0123456789"))
	n, err := strconv.ParseInt(trimmed[:digits], 10, 64)
	unit, ok := durationUnits[strings.TrimSpace(trimmed[digits:])]
	if err != nil || !ok {
		return 0, fmt.Errorf("%q is not a duration such as '10 s' or '500 ms'", text)
	}
	return time.Duration(n) * unit, nil
}
