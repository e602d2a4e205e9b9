package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a length of time as Flink's configuration writes it: a whole number and a unit ("10 s", "500ms", "1 min");
// without a unit, milliseconds (org.apache.flink.util.TimeUtils).
func ParseDuration(text string) (time.Duration, error) {
	trimmed := strings.TrimSpace(text)
	end := 0
	for end < len(trimmed) && trimmed[end] >= '0' && trimmed[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(trimmed[:end], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no length of time; write a whole number and a unit, such as '10 s'", text)
	}
	unit, ok := units[strings.ToLower(strings.TrimSpace(trimmed[end:]))]
	if !ok {
		return 0, fmt.Errorf("%q has no unit of time; write d, h, min, s, ms, us or ns", text)
	}
	if n > math.MaxInt64/int64(unit) {
		return 0, fmt.Errorf("%q is too long", text)
	}
	return time.Duration(n) * unit, nil
}

var units = map[string]time.Duration{
	"":  time.Millisecond,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"us": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond, "microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"µs": time.Microsecond,
	"ns": time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond, "nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
}
