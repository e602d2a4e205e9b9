package expr

import (
	"fmt"
	"strings"
	"unicode"
)

// dateFormatter writes and reads times by a pattern of Java's DateTimeFormatter.
type dateFormatter struct{ parts []formatPart }

// formatPart is a run of one letter, or a literal text (letter 0).
type formatPart struct {
	letter rune
	width  int
	text   string
}

const formatLetters = "yuYMLdDHhkKmsSnEaeQqwA"

func newDateFormatter(pattern string) (*dateFormatter, error) {
	f := &dateFormatter{}
	runes := []rune(pattern)
	for i := 0; i < len(runes); {
		r := runes[i]
		switch {
		case r == '\'':
			text, next, ok := quotedText(runes, i)
			if !ok {
				return nil, fmt.Errorf("the date format '%s' has a quote that does not end", pattern)
			}
			f.literal(text)
			i = next
		case strings.ContainsRune(formatLetters, r):
			start := i
			for i < len(runes) && runes[i] == r {
				i++
			}
			f.parts = append(f.parts, formatPart{letter: r, width: i - start})
		case unicode.IsLetter(r) || strings.ContainsRune("[]{}#", r):
			return nil, fmt.Errorf("the letter %c of the date format '%s' is missing here", r, pattern)
		default:
			f.literal(string(r))
			i++
		}
	}
	return f, nil
}

func quotedText(runes []rune, at int) (text string, next int, ok bool) {
	if at+1 < len(runes) && runes[at+1] == '\'' {
		return "'", at + 2, true
	}
	for i := at + 1; i < len(runes); i++ {
		if runes[i] == '\'' {
			if i+1 < len(runes) && runes[i+1] == '\'' {
				text += "'"
				i++
				continue
			}
			return text, i + 1, true
		}
		text += string(runes[i])
	}
	return "", 0, false
}

func (f *dateFormatter) literal(text string) {
	if n := len(f.parts); n > 0 && f.parts[n-1].letter == 0 {
		f.parts[n-1].text += text
		return
	}
	f.parts = append(f.parts, formatPart{text: text})
}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var dayNames = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// append writes a time given in microseconds without a zone.
func (f *dateFormatter) append(to []byte, local int64) []byte {
	day := floorDiv(local, microsPerDay)
	t := moment{day: day, micros: local - day*microsPerDay}
	t.year, t.month, t.dayOfMonth = civil(day)
	for _, p := range f.parts {
		if p.letter == 0 {
			to = append(to, p.text...)
		} else {
			to = t.append(to, p)
		}
	}
	return to
}

// unit is how long a stretch of time, in microseconds, has one and the same text; 0 if it is shorter than a second.
func (f *dateFormatter) unit() int64 {
	unit := int64(microsPerDay)
	for _, p := range f.parts {
		switch {
		case strings.ContainsRune("SnA", p.letter):
			return 0
		case p.letter == 's':
			unit = min(unit, 1e6)
		case p.letter == 'm':
			unit = min(unit, 60e6)
		case strings.ContainsRune("HhkKa", p.letter):
			unit = min(unit, 3600e6)
		}
	}
	return unit
}

// textsOfTime remembers the texts of a few stretches of time: rows lie close together in time.
type textsOfTime struct {
	format *dateFormatter
	unit   int64
	recent [16]struct {
		stretch int64
		text    string // "": none
	}
}

func (t *textsOfTime) at(local int64) string {
	stretch := floorDiv(local, t.unit)
	have := &t.recent[uint64(stretch)%uint64(len(t.recent))]
	if have.stretch != stretch || have.text == "" {
		have.stretch, have.text = stretch, string(t.format.append(nil, local))
	}
	return have.text
}

// moment is a time taken apart.
type moment struct {
	day, micros             int64
	year, month, dayOfMonth int
}

func (t *moment) append(to []byte, p formatPart) []byte {
	hour := t.micros / 3600e6
	switch p.letter {
	case 'y', 'u':
		if p.width == 2 {
			return appendPadded(to, floorMod(int64(t.year), 100), 2)
		}
		return appendPadded(to, int64(t.year), p.width)
	case 'M', 'L':
		return appendName(to, p, monthNames[t.month-1], int64(t.month))
	case 'd':
		return appendPadded(to, int64(t.dayOfMonth), p.width)
	case 'D':
		return appendPadded(to, t.day-dayOf(t.year, 1, 1)+1, p.width)
	case 'H':
		return appendPadded(to, hour, p.width)
	case 'k':
		return appendPadded(to, (hour+23)%24+1, p.width)
	case 'h':
		return appendPadded(to, (hour+11)%12+1, p.width)
	case 'K':
		return appendPadded(to, hour%12, p.width)
	case 'm':
		return appendPadded(to, t.micros/60e6%60, p.width)
	case 's':
		return appendPadded(to, t.micros/1e6%60, p.width)
	case 'S':
		var room [16]byte
		digits := append(appendPadded(room[:0], t.micros%1e6, 6), "000"...)
		return append(to, digits[:min(p.width, 9)]...)
	case 'n':
		return appendPadded(to, t.micros%1e6*1000, p.width)
	case 'A':
		return appendPadded(to, t.micros/1000, p.width)
	}
	return t.appendWeek(to, p, hour)
}

func (t *moment) appendWeek(to []byte, p formatPart, hour int64) []byte {
	weekday := floorMod(t.day+4, 7) // Sunday is 0
	switch p.letter {
	case 'E':
		return appendName(to, formatPart{width: max(p.width, 3)}, dayNames[weekday], 0)
	case 'e':
		return appendName(to, p, dayNames[weekday], weekday+1)
	case 'Q', 'q':
		return appendPadded(to, int64((t.month+2)/3), p.width)
	case 'w':
		_, week := t.week(weekday)
		return appendPadded(to, week, p.width)
	case 'Y':
		year, _ := t.week(weekday)
		if p.width == 2 {
			year = floorMod(year, 100)
		}
		return appendPadded(to, year, p.width)
	}
	if hour < 12 {
		return append(to, "AM"...)
	}
	return append(to, "PM"...)
}

// week gives the year and the week of a day: weeks start on Sunday, and the first is the one with January 1.
func (t *moment) week(weekday int64) (year, week int64) {
	first := dayOf(t.year, 1, 1)
	if t.day-weekday+6 >= dayOf(t.year+1, 1, 1) {
		return int64(t.year) + 1, 1
	}
	return int64(t.year), (t.day-first+floorMod(first+4, 7))/7 + 1
}

// appendName writes a number for one or two letters, a short name for three, a long one for four.
func appendName(to []byte, p formatPart, name string, number int64) []byte {
	switch {
	case p.width < 3:
		return appendPadded(to, number, p.width)
	case p.width == 3:
		return append(to, name[:3]...)
	}
	return append(to, name...)
}
