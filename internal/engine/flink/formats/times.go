package formats

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// Dates and times as text. Years have four digits, as Java's formats for them have.

// daysOf gives the days since 1970-01-01 (Howard Hinnant's days_from_civil).
func daysOf(year, month, dayOfMonth int64) int64 {
	if month <= 2 {
		year--
	}
	era := floorDiv(year, 400)
	ofEra := year - era*400
	ofYear := (153*((month+9)%12)+2)/5 + dayOfMonth - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

func floorDiv(a, b int64) int64 { return rows.FloorDiv(a, b) }

// dateOf is the other way round.
func dateOf(days int64) (year, month, dayOfMonth int64) {
	days += 719468
	era := floorDiv(days, 146097)
	ofEra := days - era*146097
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	mp := (5*ofYear + 2) / 153
	dayOfMonth = ofYear - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yearOfEra + era*400
	if month <= 2 {
		year++
	}
	return year, month, dayOfMonth
}

// digitsAt reads n digits.
func digitsAt(t string, at, n int) (v int64, ok bool) {
	if at+n > len(t) {
		return 0, false
	}
	for _, c := range []byte(t[at : at+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}

var monthDays = [...]int64{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// parseDate reads yyyy-mm-dd at the start of a text.
func parseDate(t string) (days int64, ok bool) {
	y, ok1 := digitsAt(t, 0, 4)
	m, ok2 := digitsAt(t, 5, 2)
	d, ok3 := digitsAt(t, 8, 2)
	if !ok1 || !ok2 || !ok3 || t[4] != '-' || t[7] != '-' || m < 1 || m > 12 || d < 1 || d > monthDays[m-1] {
		return 0, false
	}
	if m == 2 && d == 29 && (y%4 != 0 || y%100 == 0 && y%400 != 0) {
		return 0, false
	}
	return daysOf(y, m, d), true
}

// parseTime reads hh:mm:ss and a fraction, in microseconds of the day; what is behind it is left in rest. Where short
// is allowed the seconds may be missing.
func parseTime(t string, short bool) (micros int64, rest string, ok bool) {
	h, ok1 := digitsAt(t, 0, 2)
	m, ok2 := digitsAt(t, 3, 2)
	if !ok1 || !ok2 || t[2] != ':' || h > 23 || m > 59 {
		return 0, "", false
	}
	minutes := (h*60 + m) * 60_000_000
	s, ok3 := digitsAt(t, 6, 2)
	if !ok3 || t[5] != ':' || s > 59 {
		return minutes, t[5:], short
	}
	fraction, rest := parseFraction(t[8:])
	return minutes + s*1_000_000 + fraction, rest, true
}

// parseFraction reads a fraction of a second, if there is one, in microseconds.
func parseFraction(t string) (micros int64, rest string) {
	if t == "" || t[0] != '.' {
		return 0, t
	}
	n := 1
	unit := int64(100_000)
	for ; n < len(t) && n <= 9 && t[n] >= '0' && t[n] <= '9'; n++ {
		micros += int64(t[n]-'0') * unit
		unit /= 10
	}
	return micros, t[n:]
}

// stamp is how timestamps are written: '2026-11-24 08:00:00.5' or '2026-11-24T08:00:00.5', with a Z where they are
// points in time.
type stamp struct{ iso bool }

func (f stamp) separator() byte {
	if f.iso {
		return 'T'
	}
	return ' '
}

// parse reads a timestamp in microseconds, cut to a precision.
func (f stamp) parse(t string, of rows.Type) (int64, error) {
	days, ok := parseDate(t)
	if ok && len(t) > 11 && t[10] == f.separator() {
		micros, rest, ok := parseTime(t[11:], f.iso)
		wanted := ""
		if of.Kind == rows.TimestampLTZ {
			wanted = "Z"
		}
		if ok && rest == wanted {
			return cut(days*day+micros, of.Precision), nil
		}
	}
	example := "2026-11-24" + string(f.separator()) + "08:00:00.123"
	if of.Kind == rows.TimestampLTZ {
		example += "Z"
	}
	return 0, fmt.Errorf("%q is no %s; it would look like %s", clip([]byte(t)), of.Kind, example)
}

func cut(micros int64, precision int) int64 { return rows.Cut(micros, precision) }

// append writes a timestamp.
func (f stamp) append(to []byte, micros int64, of rows.Type) []byte {
	days := floorDiv(micros, day)
	to = appendDate(to, days)
	to = append(to, f.separator())
	to = appendTime(to, micros-days*day)
	if of.Kind == rows.TimestampLTZ {
		to = append(to, 'Z')
	}
	return to
}

func appendDate(to []byte, days int64) []byte {
	y, m, d := dateOf(days)
	if y < 0 || y > 9999 {
		return fmt.Appendf(to, "%+05d-%02d-%02d", y, m, d)
	}
	to = append(to, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-')
	to = append(to, byte('0'+m/10), byte('0'+m%10), '-')
	return append(to, byte('0'+d/10), byte('0'+d%10))
}

// appendTime writes a time of the day, with as many digits of a fraction as are needed.
func appendTime(to []byte, micros int64) []byte {
	seconds, fraction := micros/1_000_000, micros%1_000_000
	for i, v := range [...]int64{seconds / 3600, seconds / 60 % 60, seconds % 60} {
		if i > 0 {
			to = append(to, ':')
		}
		to = append(to, byte('0'+v/10), byte('0'+v%10))
	}
	if fraction == 0 {
		return to
	}
	to = append(to, '.')
	for unit := int64(100_000); fraction > 0; unit /= 10 {
		to = append(to, byte('0'+fraction/unit))
		fraction %= unit
	}
	return to
}
