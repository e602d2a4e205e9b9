package cases

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Null is the canonical text of NULL; that of a string is quoted, so the two never meet. An integer
// and a boolean are as Go prints them, a DECIMAL has as many digits behind the point as its scale.
const Null = "NULL"

// Text is the canonical text of a CHAR or VARCHAR.
func Text(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f || r == 0x2028 || r == 0x2029 || !utf8.ValidRune(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Bytes is the canonical text of a BINARY or VARBINARY.
func Bytes(v []byte) string { return fmt.Sprintf("x'%x'", v) }

// Real is the canonical text of a FLOAT (float32) or DOUBLE: the shortest that reads back as v,
// with an exponent below 0.0001 and from 1e21 on.
func Real[F float32 | float64](v F) string {
	switch {
	case math.IsInf(float64(v), 1):
		return "Infinity"
	case math.IsInf(float64(v), -1):
		return "-Infinity"
	}
	bits := 64
	if _, single := any(v).(float32); single {
		bits = 32
	}
	scientific := strconv.FormatFloat(float64(v), 'e', -1, bits)
	_, exponent, _ := strings.Cut(scientific, "e")
	if e, err := strconv.Atoi(exponent); err == nil && e >= -4 && e < 21 {
		return strconv.FormatFloat(float64(v), 'f', -1, bits)
	}
	return scientific
}

// Date is the canonical text of a DATE.
func Date(v time.Time) string { return signedYear(v) + v.Format(time.DateOnly) }

// signedYear is the sign that ISO 8601 wants before a year of more than four digits.
func signedYear(v time.Time) string {
	if v.Year() > 9999 {
		return "+"
	}
	return ""
}

// Clock is the canonical text of a TIME of a precision.
func Clock(v time.Time, precision int) string { return v.Format("15:04:05" + digits(precision)) }

// Timestamp is the canonical text of a TIMESTAMP of a precision, whose wall clock v shows.
func Timestamp(v time.Time, precision int) string {
	return signedYear(v) + v.Format("2006-01-02T15:04:05"+digits(precision))
}

// Instant is the canonical text of a TIMESTAMP_LTZ of a precision.
func Instant(v time.Time, precision int) string { return Timestamp(v.UTC(), precision) + "Z" }

func digits(precision int) string {
	if precision == 0 {
		return ""
	}
	return "." + strings.Repeat("0", precision)
}

// Months is the canonical text of an INTERVAL YEAR TO MONTH.
func Months(months int64) string { return fmt.Sprintf("%d months", months) }

// Seconds is the canonical text of an INTERVAL DAY TO SECOND.
func Seconds(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Sprintf("%s%d.%03d seconds", sign, d/time.Second, d%time.Second/time.Millisecond)
}

// Array is the canonical text of an ARRAY of canonical texts.
func Array(elements []string) string { return "[" + strings.Join(elements, ", ") + "]" }

// Map is the canonical text of a MAP or MULTISET, whose entries are pairs of canonical texts.
func Map(entries [][2]string) string {
	var parts []string
	for _, e := range entries {
		parts = append(parts, e[0]+": "+e[1])
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}

// Tuple is the canonical text of a ROW of canonical texts.
func Tuple(fields []string) string { return "(" + strings.Join(fields, ", ") + ")" }
