package expr

import (
	"fmt"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/rows"
)

// betweenTimes casts among DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ; digits of the fraction are cut off.
func betweenTimes(env *Env, from, to rows.Type) (conversion, error) {
	if from.Kind == rows.Date && to.Kind == rows.Time || from.Kind == rows.Time && to.Kind == rows.Date {
		return nil, fmt.Errorf("no cast from %s to %s", from, to)
	}
	if from.Kind == rows.TimestampLTZ && to.Kind == rows.TimestampLTZ {
		return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
			out.Ints[i] = cutFraction(a.Ints[i], to.Precision)
			return true, nil
		}, nil
	}
	zone := env.zone()
	return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
		out.Ints[i] = fromLocal(toLocal(a.Ints[i], from.Kind, zone), to, zone)
		return true, nil
	}, nil
}

// toLocal gives microseconds since 1970 without a zone.
func toLocal(v int64, from rows.Kind, zone *time.Location) int64 {
	switch from {
	case rows.Date:
		return v * microsPerDay
	case rows.Time:
		return v * 1000
	case rows.TimestampLTZ:
		return localMicros(v, zone)
	}
	return v
}

func fromLocal(micros int64, to rows.Type, zone *time.Location) int64 {
	switch to.Kind {
	case rows.Date:
		return floorDiv(micros, microsPerDay)
	case rows.Time:
		return cutFraction(floorMod(micros, microsPerDay), to.Precision) / 1000
	case rows.TimestampLTZ:
		return cutFraction(instantOf(micros, zone), to.Precision)
	}
	return cutFraction(micros, to.Precision)
}

var microsOf = [...]int64{1e6, 1e5, 1e4, 1e3, 100, 10, 1}

// cutFraction keeps so many digits of a second's fraction.
func cutFraction(micros int64, precision int) int64 {
	if precision >= 6 {
		return micros
	}
	return floorDiv(micros, microsOf[precision]) * microsOf[precision]
}

func timeFromText(env *Env, to rows.Type) conversion {
	zone := env.zone()
	return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
		text := a.Strings[i]
		switch to.Kind {
		case rows.Date:
			day, ok := parseDay(text)
			out.Ints[i] = day
			return ok, unread(ok, text)
		case rows.Time:
			micros, ok := parseClock(strings.TrimSpace(text))
			out.Ints[i] = cutFraction(micros, to.Precision) / 1000
			return ok, unread(ok, text)
		}
		micros, err := parseTimestamp(text)
		if err == nil {
			out.Ints[i] = fromLocal(micros, to, zone)
		}
		return err == nil, err
	}
}

func unread(ok bool, text string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("For input string: '%s'.", text)
}

// parseDay reads yyyy, yyyy-m or yyyy-m-d; what follows a blank is left out.
func parseDay(text string) (int64, bool) {
	if at := strings.IndexByte(text, ' '); at > 0 {
		text = text[:at]
	}
	parts := strings.SplitN(text, "-", 3)
	date := [3]int{0, 1, 1}
	for i, part := range parts {
		v, ok := shortNumber(strings.TrimSpace(part))
		if !ok {
			return 0, false
		}
		date[i] = v
	}
	if date[1] < 1 || date[1] > 12 || date[2] < 1 || date[2] > daysIn(date[0], date[1]) {
		return 0, false
	}
	return dayOf(date[0], date[1], date[2]), true
}

func shortNumber(text string) (int, bool) {
	if text == "" || len(text) > 9 {
		return 0, false
	}
	v, err := digitsOf(text, false)
	return int(v), err == nil
}

// parseClock reads h, h:m, h:m:s or h:m:s.fraction as microseconds of the day.
func parseClock(text string) (int64, bool) {
	text, fraction, _ := strings.Cut(text, ".")
	parts := strings.SplitN(text, ":", 3)
	var clock [3]int
	for i, part := range parts {
		v, ok := shortNumber(strings.TrimSpace(part))
		if !ok {
			return 0, false
		}
		clock[i] = v
	}
	micros, ok := parseFraction(fraction)
	if !ok || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return 0, false
	}
	return int64(clock[0]*3600+clock[1]*60+clock[2])*1e6 + micros, true
}

// parseFraction reads the digits after a second's point; beyond microseconds they are cut off.
func parseFraction(digits string) (int64, bool) {
	if _, err := digitsOf(strings.TrimLeft(digits, "0123456789"), false); err != nil || len(digits) > 9 {
		return 0, false
	}
	v, err := digitsOf((digits + "000000")[:6], false)
	return v, err == nil
}

// parseTimestamp reads yyyy-m-d or yyyy-m-d h:m:s[.fraction] as microseconds. A day beyond the month's end, up to 31, is
// the month's last.
func parseTimestamp(text string) (int64, error) {
	p := pattern{text: text}
	year, month := p.digits(4, 4), 0
	if p.literal('-') {
		month = p.digits(1, 2)
	}
	p.need('-')
	day := p.digits(1, 2)
	if p.failed || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, fmt.Errorf("Text '%s' could not be parsed at index %d", text, p.at)
	}
	micros := dayOf(year, month, min(day, daysIn(year, month))) * microsPerDay
	if p.at == len(text) {
		return micros, nil
	}
	end := p.at
	clock, ok := p.clock()
	if !ok {
		return 0, fmt.Errorf("Text '%s' could not be parsed, unparsed text found at index %d", text, end)
	}
	return micros + clock, nil
}

// pattern reads text piece by piece.
type pattern struct {
	text   string
	at     int
	failed bool
}

// digits reads a number of so many digits.
func (p *pattern) digits(least, most int) int {
	v, n := 0, 0
	for n < most && p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		v = v*10 + int(p.text[p.at]-'0')
		p.at++
		n++
	}
	p.failed = p.failed || n < least
	return v
}

func (p *pattern) literal(c byte) bool {
	if p.failed || p.at >= len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *pattern) need(c byte) {
	if !p.literal(c) {
		p.failed = true
	}
}

// clock reads the rest as " h:m:s[.fraction]".
func (p *pattern) clock() (int64, bool) {
	p.need(' ')
	hour := p.digits(1, 2)
	p.need(':')
	minute := p.digits(1, 2)
	p.need(':')
	second := p.digits(1, 2)
	var micros int64
	if p.literal('.') {
		fraction, ok := parseFraction(p.text[p.at:])
		micros, p.failed = fraction, p.failed || !ok
		p.at = len(p.text)
	}
	ok := !p.failed && p.at == len(p.text) && hour < 24 && minute < 60 && second < 60 ||
		!p.failed && p.at == len(p.text) && hour == 24 && minute == 0 && second == 0 && micros == 0 // the next day's midnight
	return int64(hour*3600+minute*60+second)*1e6 + micros, ok
}
