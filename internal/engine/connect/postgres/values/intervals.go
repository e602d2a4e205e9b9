package values

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// interval as its text has it, in IntervalStyle=postgres, which the connector's sessions set:
// "1 year 2 mons 3 days -04:05:06.789". The sign of the time is that of each of its parts.
type span struct {
	years, months, days, hours, minutes int64
	micros                              int64 // the seconds
}

func (m Modes) interval() Conversion {
	if m.Interval == "string" {
		return textual(named(data.String, "io.debezium.time.Interval"), "P0Y0M0DT0H0M0S", appendIsoInterval)
	}
	return count(data.Int64, "io.debezium.time.MicroDuration", func(text []byte) (int64, error) {
		s, err := parseInterval(text)
		return s.inMicros(), err
	})
}

// inMicros takes a month for a twelfth of 365.25 days, in floating point as Debezium's MicroDuration.
func (s span) inMicros() int64 {
	days := float64(s.years*12+s.months)*(365.25/12.0) + float64(s.days)
	seconds := ((days*24+float64(s.hours))*60+float64(s.minutes))*60 + float64(s.micros)/1e6
	micros := seconds * 1e6
	switch { // as Java's cast
	case micros >= math.MaxInt64:
		return math.MaxInt64
	case micros <= math.MinInt64:
		return math.MinInt64
	}
	return int64(micros)
}

func appendIsoInterval(into, text []byte) ([]byte, error) {
	s, err := parseInterval(text)
	if err != nil {
		return nil, err
	}
	iso := fmt.Appendf(nil, "P%dY%dM%dDT%dH%dM", s.years, s.months, s.days, s.hours, s.minutes)
	iso = strconv.AppendFloat(iso, float64(s.micros)/1e6, 'f', -1, 64)
	return data.AppendBytes(into, append(iso, 'S')), nil
}

func parseInterval(text []byte) (s span, err error) {
	words := bytes.Fields(text)
	for i := 0; i < len(words); i++ {
		if bytes.IndexByte(words[i], ':') > 0 {
			if err = s.clock(words[i]); err != nil {
				return s, err
			}
			continue
		}
		n, err := parseInt(bytes.TrimPrefix(words[i], []byte("+")))
		if err != nil || i+1 == len(words) {
			return s, fmt.Errorf("%q is no interval", text)
		}
		i++
		switch words[i][0] {
		case 'y':
			s.years = n
		case 'm':
			s.months = n
		case 'd':
			s.days = n
		default:
			return s, fmt.Errorf("%q is no interval", text)
		}
	}
	return s, nil
}

func (s *span) clock(text []byte) error {
	sign := int64(1)
	if text[0] == '-' || text[0] == '+' {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	colon := bytes.IndexByte(text, ':')
	hours, ok := digits(text[:colon])
	if !ok {
		return fmt.Errorf("%q is no time of an interval", text)
	}
	micros, err := timeOfDay(append([]byte("00"), text[colon:]...))
	if err != nil {
		return err
	}
	s.hours, s.minutes, s.micros = sign*hours, sign*(micros/60_000_000), sign*(micros%60_000_000)
	return nil
}
