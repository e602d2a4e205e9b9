package values

import (
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// The texts are those of Java's ISO formatters: a year of at least four digits with its sign if it is beyond
// them, a fraction without zeros at its end unless a width is given, Z for UTC.

func appendIsoDate(into, text []byte) ([]byte, error) {
	d, err := days(text)
	if err != nil {
		return nil, err
	}
	var b [32]byte
	return data.AppendBytes(into, append(isoDate(b[:0], civilOf(d)), 'Z')), nil
}

func appendIsoTime(into, text []byte) ([]byte, error) {
	v, err := timeOfDay(text)
	if err != nil {
		return nil, err
	}
	var b [32]byte
	return data.AppendBytes(into, append(isoTime(b[:0], v%microsPerDay, -1), 'Z')), nil // Java has no 24:00
}

func appendIsoTimestamp(into, text []byte) ([]byte, error) {
	switch alias(text) {
	case "infinity":
		return data.AppendString(into, "+292278994-08-16T23:00:00Z"), nil
	case "-infinity":
		return data.AppendString(into, "-292275055-05-16T23:00:00Z"), nil
	}
	day, micros, err := moment(text)
	if err != nil {
		return nil, err
	}
	return appendIso(into, day, micros, -1), nil
}

func zonedTimestamp(precision int) Conversion {
	width := precision
	if width == 0 {
		width = -1
	}
	return textual(named(data.String, "io.debezium.time.ZonedTimestamp"), "1970-01-01T00:00:00Z", func(into, text []byte) ([]byte, error) {
		if s := alias(text); s == "infinity" || s == "-infinity" {
			return data.AppendBytes(into, text), nil
		}
		if plain(text) {
			return appendPlain(into, text, width), nil
		}
		day, micros, err := moment(text)
		if err != nil {
			return nil, err
		}
		return appendIso(into, day, micros, width), nil
	})
}

// plain tells "2024-02-29 12:34:56[.789]+00", which needs no calendar.
func plain(text []byte) bool {
	n := len(text)
	return n >= 22 && text[4] == '-' && text[10] == ' ' && text[n-3] == '+' && text[n-2] == '0' && text[n-1] == '0' && (n == 22 || text[19] == '.')
}

func appendPlain(into, text []byte, width int) []byte {
	var b [32]byte
	iso := append(b[:0], text[:len(text)-3]...)
	iso[10] = 'T'
	if width > 0 {
		if len(iso) == 19 {
			iso = append(iso, '.')
		}
		for len(iso) < 20+width {
			iso = append(iso, '0')
		}
	}
	return data.AppendBytes(into, append(iso, 'Z'))
}

// appendIso packs a day since 1970 and its microseconds. width is the number of decimals, -1 as many as are needed.
func appendIso(into []byte, day, micros int64, width int) []byte {
	var b [48]byte
	iso := append(isoDate(b[:0], civilOf(day)), 'T')
	return data.AppendBytes(into, append(isoTime(iso, micros, width), 'Z'))
}

func isoDate(into []byte, c civil) []byte {
	year := c.year
	switch {
	case year < 0:
		into, year = append(into, '-'), -year
	case year > 9999:
		into = append(into, '+')
	}
	for limit := int64(1000); year < limit && limit > 1; limit /= 10 {
		into = append(into, '0')
	}
	into = strconv.AppendInt(into, year, 10)
	into = append(into, '-', byte('0'+c.month/10), byte('0'+c.month%10))
	return append(into, '-', byte('0'+c.day/10), byte('0'+c.day%10))
}

func isoTime(into []byte, micros int64, width int) []byte {
	seconds, fraction := micros/1_000_000, micros%1_000_000
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	into = append(into, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
	if width < 0 && fraction == 0 || width == 0 {
		return into
	}
	into = append(into, '.')
	for unit, n := int64(100_000), 0; unit > 0 && (n < width || width < 0 && fraction > 0); unit, n = unit/10, n+1 {
		into = append(into, byte('0'+fraction/unit))
		fraction %= unit
	}
	return into
}

// appendZonedTime shifts a timetz to UTC.
func appendZonedTime(into, text []byte) ([]byte, error) {
	v, rest, err := parseTime(text)
	if err != nil {
		return nil, err
	}
	east, err := offset(rest)
	if err != nil {
		return nil, err
	}
	utc := v - east
	if v != microsPerDay || east != 0 { // 24:00:00+00 stays as it is
		utc = ((utc % microsPerDay) + microsPerDay) % microsPerDay
	}
	var b [32]byte
	return data.AppendBytes(into, append(isoTime(b[:0], utc, -1), 'Z')), nil
}
