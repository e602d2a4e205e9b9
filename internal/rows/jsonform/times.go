package jsonform

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// Dates and times as text. Years have four digits, as Java's formats for them have.

// DaysOf gives the days since 1970-01-01 (Howard Hinnant's days_from_civil).
func DaysOf(year, month, dayOfMonth int64) int64 {
	if month <= 2 {
		year--
	}
	era := rows.FloorDiv(year, 400)
	ofEra := year - era*400
	ofYear := (153*((month+9)%12)+2)/5 + dayOfMonth - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

// DateOf is the other way round.
func DateOf(days int64) (year, month, dayOfMonth int64) {
	days += 719468
	era := rows.FloorDiv(days, 146097)
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

// ParseDate reads yyyy-mm-dd at the start of a text.
func ParseDate(t string) (days int64, ok bool) {
	y, ok1 := digitsAt(t, 0, 4)
	m, ok2 := digitsAt(t, 5, 2)
	d, ok3 := digitsAt(t, 8, 2)
	if !ok1 || !ok2 || !ok3 || t[4] != '-' || t[7] != '-' || m < 1 || m > 12 || d < 1 || d > monthDays[m-1] {
		return 0, false
	}
	if m == 2 && d == 29 && (y%4 != 0 || y%100 == 0 && y%400 != 0) {
		return 0, false
	}
	return DaysOf(y, m, d), true
}

// ParseTime reads hh:mm:ss and a fraction, in microseconds of the day; what is behind it is left in rest. Where short
// is allowed the seconds may be missing.
func ParseTime(t string, short bool) (micros int64, rest string, ok bool) {
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

// AppendDate writes a day, of a year of four digits, or with its sign.
func AppendDate(to []byte, days int64) []byte {
	y, m, d := DateOf(days)
	if y < 0 || y > 9999 {
		return fmt.Appendf(to, "%+05d-%02d-%02d", y, m, d)
	}
	to = append(to, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-')
	to = append(to, byte('0'+m/10), byte('0'+m%10), '-')
	return append(to, byte('0'+d/10), byte('0'+d%10))
}

// AppendTime writes a time of the day, with as many digits of a fraction as are needed.
func AppendTime(to []byte, micros int64) []byte {
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
