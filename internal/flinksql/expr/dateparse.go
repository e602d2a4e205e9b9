package expr

import (
	"strings"
)

// parse reads a time by the pattern, as microseconds without a zone; false if the text does not fit it. What the pattern
// has no letter for is 1970-01-01 and midnight.
func (f *dateFormatter) parse(text string) (int64, bool) {
	return f.read(&timeReader{text: text, year: 1970, month: 1, day: 1, half: -1})
}

// parseOrPlain is parse, or where the text does not fit the pattern, yyyy-m-d and yyyy-m-d h:m:s, as Flink has it.
func (f *dateFormatter) parseOrPlain(text string) (int64, bool) {
	if local, ok := f.parse(text); ok {
		return local, true
	}
	local, err := parseTimestamp(strings.TrimSpace(text))
	return local, err == nil
}

// parseStart is parse of what may go on after the pattern, and whose numbers may have other widths: Java's
// SimpleDateFormat, which UNIX_TIMESTAMP and CONVERT_TZ use.
func (f *dateFormatter) parseStart(text string) (int64, bool) {
	return f.read(&timeReader{text: text, year: 1970, month: 1, day: 1, half: -1, loose: true})
}

func (f *dateFormatter) read(r *timeReader) (int64, bool) {
	for i, p := range f.parts {
		adjacent := i+1 < len(f.parts) && f.parts[i+1].letter != 0
		if !r.part(p, adjacent) {
			return 0, false
		}
	}
	if r.rest() != "" && !r.loose {
		return 0, false
	}
	return r.local()
}

// timeReader collects what a text says of a time.
type timeReader struct {
	text                       string
	at                         int
	year, month, day           int
	dayOfYear                  int
	hour, minute, second, half int
	micros                     int64
	loose                      bool
}

func (r *timeReader) rest() string { return r.text[r.at:] }

func (r *timeReader) part(p formatPart, adjacent bool) (ok bool) { //nolint:gocyclo // one case for each letter
	switch p.letter {
	case 0:
		if !strings.HasPrefix(r.rest(), p.text) {
			return false
		}
		r.at += len(p.text)
		return true
	case 'y', 'u':
		return r.readYear(p, adjacent)
	case 'M', 'L':
		if p.width > 2 {
			return r.name(&r.month, p.width, monthNames[:])
		}
		return r.number(&r.month, p, adjacent, 1, 12)
	case 'd':
		return r.number(&r.day, p, adjacent, 1, 31)
	case 'D':
		return r.number(&r.dayOfYear, p, adjacent, 1, 366)
	case 'H':
		return r.number(&r.hour, p, adjacent, 0, 23)
	case 'k':
		ok = r.number(&r.hour, p, adjacent, 1, 24)
		r.hour %= 24
		return ok
	case 'h':
		ok = r.number(&r.hour, p, adjacent, 1, 12)
		r.hour %= 12
		return ok
	case 'K':
		return r.number(&r.hour, p, adjacent, 0, 11)
	case 'm':
		return r.number(&r.minute, p, adjacent, 0, 59)
	case 's':
		return r.number(&r.second, p, adjacent, 0, 59)
	case 'S':
		return r.fraction(p.width)
	case 'a':
		return r.name(&r.half, 4, []string{"AM", "PM"})
	case 'E':
		ignored := 0
		return r.name(&ignored, max(p.width, 3), dayNames[:])
	}
	return false
}

// digits takes from least to most digits.
func (r *timeReader) digits(least, most int) (string, bool) {
	n := 0
	for n < most && r.at+n < len(r.text) && r.text[r.at+n] >= '0' && r.text[r.at+n] <= '9' {
		n++
	}
	if n < least {
		return "", false
	}
	text := r.text[r.at : r.at+n]
	r.at += n
	return text, true
}

func (r *timeReader) number(to *int, p formatPart, adjacent bool, low, high int) bool {
	least, most := p.width, 9
	if r.loose && !adjacent {
		least = 1
	} else if adjacent || p.width > 1 {
		most = max(p.width, 1)
	}
	text, ok := r.digits(least, most)
	if !ok {
		return false
	}
	v, ok := shortNumber(text)
	*to = v
	return ok && v >= low && v <= high
}

func (r *timeReader) readYear(p formatPart, adjacent bool) bool {
	if p.width == 2 {
		ok := r.number(&r.year, p, adjacent, 0, 99)
		r.year += 2000
		return ok
	}
	most := 9
	if adjacent {
		most = p.width
	}
	text, ok := r.digits(p.width, most)
	if !ok {
		return false
	}
	r.year, ok = shortNumber(text)
	return ok
}

func (r *timeReader) fraction(width int) bool {
	text, ok := r.digits(width, width)
	if !ok {
		return false
	}
	micros, ok := parseFraction(text)
	r.micros = micros
	return ok
}

// name reads a name, or its first letters if the width is 3; to is set to its place, from 1.
func (r *timeReader) name(to *int, width int, names []string) bool {
	for i, name := range names {
		if width == 3 {
			name = name[:3]
		}
		if len(r.rest()) >= len(name) && r.rest()[:len(name)] == name {
			r.at += len(name)
			*to = i + 1
			return true
		}
	}
	return false
}

func (r *timeReader) local() (int64, bool) {
	if r.half == 2 {
		r.hour += 12
	}
	day := dayOf(r.year, r.month, min(r.day, daysIn(r.year, r.month)))
	if r.dayOfYear > 0 {
		day = dayOf(r.year, 1, 1) + int64(r.dayOfYear) - 1
	}
	return day*microsPerDay + int64(r.hour*3600+r.minute*60+r.second)*1e6 + r.micros, r.hour < 24
}
