package values

import (
	"github.com/weftmesh/weft/internal/engine/connect/data"
)

const (
	schemaDate      = "io.debezium.time.Date"
	schemaTimestamp = "io.debezium.time.Timestamp"
)

// clock are dates, times, timestamps and intervals.
func (m Modes) clock(t *Type, mod int32) (Conversion, bool) {
	switch t.OID {
	case oidDate:
		return m.date(), true
	case oidTime:
		return m.time(precision(mod)), true
	case oidTimetz:
		return textual(named(data.String, "io.debezium.time.ZonedTime"), "00:00:00Z", appendZonedTime), true
	case oidTimestamp:
		return m.timestamp(precision(mod)), true
	case oidTimestamptz:
		return zonedTimestamp(precision(mod)), true
	case oidInterval:
		return m.interval(), true
	}
	return Conversion{}, false
}

// precision is the number of decimals of a second; without one of its own a type has six.
func precision(mod int32) int {
	if mod < 0 || mod > 6 {
		return 6
	}
	return int(mod)
}

func (m Modes) date() Conversion {
	switch m.Time {
	case "isostring":
		return textual(named(data.String, "io.debezium.time.IsoDate"), "1970-01-01Z", appendIsoDate)
	case "connect":
		return count(data.Int32, "org.apache.kafka.connect.data.Date", days)
	}
	return count(data.Int32, schemaDate, days)
}

func (m Modes) time(precision int) Conversion {
	switch {
	case m.Time == "isostring":
		return textual(named(data.String, "io.debezium.time.IsoTime"), "00:00:00Z", appendIsoTime)
	case m.Time == "connect":
		return count(data.Int32, "org.apache.kafka.connect.data.Time", per(1000, timeOfDay))
	case m.Time == "nanoseconds":
		return count(data.Int64, "io.debezium.time.NanoTime", nanos(timeOfDay))
	case m.Time == "adaptive" && precision <= 3:
		return count(data.Int32, "io.debezium.time.Time", per(1000, timeOfDay))
	}
	return count(data.Int64, "io.debezium.time.MicroTime", timeOfDay)
}

func (m Modes) timestamp(precision int) Conversion {
	adaptive := m.Time == "adaptive" || m.Time == "adaptive_time_microseconds"
	switch {
	case m.Time == "isostring":
		return textual(named(data.String, "io.debezium.time.IsoTimestamp"), "1970-01-01T00:00:00Z", appendIsoTimestamp)
	case m.Time == "connect":
		return count(data.Int64, "org.apache.kafka.connect.data.Timestamp", finite(1000, timestamp))
	case m.Time == "nanoseconds":
		return count(data.Int64, "io.debezium.time.NanoTimestamp", nanos(timestamp))
	case adaptive && precision <= 3:
		return count(data.Int64, schemaTimestamp, finite(1000, timestamp))
	}
	return count(data.Int64, "io.debezium.time.MicroTimestamp", timestamp)
}

// count is an integer of a unit of time since an origin.
func count(kind data.Kind, name string, of func(text []byte) (int64, error)) Conversion {
	return Conversion{
		Schema: named(kind, name),
		Append: func(into, text []byte) ([]byte, error) {
			v, err := of(text)
			if err != nil {
				return nil, err
			}
			return data.AppendInt(into, v), nil
		},
		Zero: data.AppendInt(nil, 0),
	}
}

// per counts in a coarser unit; what is before the origin is rounded down, as Java's floorDiv.
func per(unit int64, of func([]byte) (int64, error)) func([]byte) (int64, error) {
	return func(text []byte) (int64, error) {
		v, err := of(text)
		if err != nil {
			return 0, err
		}
		return floorDiv(v, unit), nil
	}
}

// finite is per, for timestamps: pgjdbc's infinity in milliseconds is what Debezium's records show.
func finite(unit int64, of func([]byte) (int64, error)) func([]byte) (int64, error) {
	inner := per(unit, of)
	return func(text []byte) (int64, error) {
		switch alias(text) {
		case "infinity":
			return infinityMillis, nil
		case "-infinity":
			return negativeInfinityMillis, nil
		}
		return inner(text)
	}
}

func nanos(of func([]byte) (int64, error)) func([]byte) (int64, error) {
	return func(text []byte) (int64, error) {
		v, err := of(text)
		switch {
		case v == infinityMicros || v == -infinityMicros-1:
			return v, err
		case v > infinityMicros/1000 || v < -infinityMicros/1000:
			return 0, ErrNull // 64 bits of nanoseconds end in 2262
		}
		return v * 1000, err
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
