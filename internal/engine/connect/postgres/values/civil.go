package values

import (
	"bytes"
	"fmt"
	"math"
)

const (
	microsPerDay           = 86_400_000_000
	infinityDays           = 2146033979  // +5877611-06-21
	negativeInfinityDays   = -2147472691 // -5877611-06-22
	infinityMicros         = math.MaxInt64
	infinityMillis         = 9223372036825200000 // pgjdbc's DATE_POSITIVE_INFINITY
	negativeInfinityMillis = -9223372036832400000
)

// civil is a date of the proleptic Gregorian calendar; year 0 is 1 BC.
type civil struct {
	year       int64
	month, day int64
}

// days since 1970-01-01 of "2024-02-29" or "0044-03-15 BC".
func days(text []byte) (int64, error) {
	switch alias(text) {
	case "infinity":
		return infinityDays, nil
	case "-infinity":
		return negativeInfinityDays, nil
	}
	text, bc := era(text)
	date, rest, err := parseDate(text, bc)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%q is no date", text)
	}
	return date.days(), err
}

func era(text []byte) ([]byte, bool) {
	if n := len(text) - 3; n > 0 && text[n] == ' ' && text[n+1] == 'B' && text[n+2] == 'C' {
		return text[:n], true
	}
	return text, false
}

func parseDate(text []byte, bc bool) (civil, []byte, error) {
	dash := bytes.IndexByte(text, '-')
	if dash < 4 || dash > 9 || len(text) < dash+6 || text[dash+3] != '-' {
		return civil{}, nil, fmt.Errorf("%q is no date", text)
	}
	year, ok1 := digits(text[:dash])
	month, ok2 := digits(text[dash+1 : dash+3])
	day, ok3 := digits(text[dash+4 : dash+6])
	if !ok1 || !ok2 || !ok3 {
		return civil{}, nil, fmt.Errorf("%q is no date", text)
	}
	if bc {
		year = 1 - year
	}
	return civil{year, month, day}, text[dash+6:], nil
}

func digits(text []byte) (int64, bool) {
	var v int64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}

// days since 1970-01-01: eras of 400 years, years that begin in March.
func (c civil) days() int64 {
	y := c.year
	if c.month <= 2 {
		y--
	}
	cycle := floorDiv(y, 400)
	ofCycle := y - cycle*400
	ofYear := (153*((c.month+9)%12)+2)/5 + c.day - 1
	return cycle*146097 + ofCycle*365 + ofCycle/4 - ofCycle/100 + ofYear - 719468
}

// civilOf is the date of days since 1970-01-01.
func civilOf(days int64) civil {
	z := days + 719468
	cycle := floorDiv(z, 146097)
	ofCycle := z - cycle*146097
	year := (ofCycle - ofCycle/1460 + ofCycle/36524 - ofCycle/146096) / 365
	ofYear := ofCycle - (365*year + year/4 - year/100)
	shifted := (5*ofYear + 2) / 153
	c := civil{year: year + cycle*400, month: shifted + 3, day: ofYear - (153*shifted+2)/5 + 1}
	if c.month > 12 {
		c.month -= 12
		c.year++
	}
	return c
}

// timeOfDay is microseconds since midnight of "12:34:56.789"; 24:00:00 is allowed.
func timeOfDay(text []byte) (int64, error) {
	v, rest, err := parseTime(text)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%q is no time", text)
	}
	return v, err
}

func parseTime(text []byte) (int64, []byte, error) {
	if len(text) < 8 || text[2] != ':' || text[5] != ':' {
		return 0, nil, fmt.Errorf("%q is no time", text)
	}
	h, ok1 := digits(text[:2])
	m, ok2 := digits(text[3:5])
	s, ok3 := digits(text[6:8])
	if !ok1 || !ok2 || !ok3 {
		return 0, nil, fmt.Errorf("%q is no time", text)
	}
	v := ((h*60+m)*60 + s) * 1_000_000
	rest := text[8:]
	if len(rest) > 0 && rest[0] == '.' {
		unit := int64(100_000)
		for rest = rest[1:]; len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'; rest = rest[1:] {
			v += int64(rest[0]-'0') * unit
			unit /= 10
		}
	}
	return v, rest, nil
}

// offset is the microseconds of "+02", "-05:30" or "+00:19:32" east of UTC.
func offset(text []byte) (int64, error) {
	if len(text) < 3 || text[0] != '+' && text[0] != '-' {
		return 0, fmt.Errorf("%q is no offset from UTC", text)
	}
	var seconds int64
	unit := int64(3600)
	for part := range bytes.SplitSeq(text[1:], []byte(":")) {
		v, ok := digits(part)
		if !ok {
			return 0, fmt.Errorf("%q is no offset from UTC", text)
		}
		seconds += v * unit
		unit /= 60
	}
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds * 1_000_000, nil
}

// timestamp is microseconds since 1970 of "2024-02-29 12:34:56.789[+02][ BC]", in UTC if there is an offset; what is beyond
// 64 bits ends where they do.
func timestamp(text []byte) (int64, error) {
	switch alias(text) {
	case "infinity":
		return infinityMicros, nil
	case "-infinity":
		return -infinityMicros - 1, nil
	}
	day, micros, err := moment(text)
	if day > infinityMicros/microsPerDay-1 {
		return infinityMicros, err
	}
	return day*microsPerDay + micros, err
}

// moment is the days since 1970 and the microseconds of the day of a timestamp.
func moment(text []byte) (day, micros int64, err error) {
	text, bc := era(text)
	date, rest, err := parseDate(text, bc)
	if err != nil {
		return 0, 0, err
	}
	if len(rest) == 0 || rest[0] != ' ' {
		return 0, 0, fmt.Errorf("%q is no timestamp", text)
	}
	micros, rest, err = parseTime(rest[1:])
	if err != nil {
		return 0, 0, err
	}
	if len(rest) > 0 {
		east, err := offset(rest)
		if err != nil {
			return 0, 0, err
		}
		micros -= east
	}
	over := floorDiv(micros, microsPerDay)
	return date.days() + over, micros - over*microsPerDay, nil
}
