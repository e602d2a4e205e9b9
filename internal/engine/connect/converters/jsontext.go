package converters

import (
	"math"
	"strconv"
)

const hexDigits = "0123456789ABCDEF"

// escaped are the bytes that JSON strings do not hold as they are; Jackson writes all else as it is.
var escaped = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// appendString appends a JSON string as Jackson writes it.
func appendString(into, text []byte) []byte {
	into = append(into, '"')
	start := 0
	for i := 0; i < len(text); i++ {
		if !escaped[text[i]] {
			continue
		}
		into = appendEscape(append(into, text[start:i]...), text[i])
		start = i + 1
	}
	into = append(into, text[start:]...)
	return append(into, '"')
}

func appendEscape(into []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(into, '\\', c)
	case '\n':
		return append(into, '\\', 'n')
	case '\r':
		return append(into, '\\', 'r')
	case '\t':
		return append(into, '\\', 't')
	case '\b':
		return append(into, '\\', 'b')
	case '\f':
		return append(into, '\\', 'f')
	}
	return append(into, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendFloat appends a number as Java's Double.toString does, and what is none as a string, as Jackson does.
func appendFloat(into []byte, v float64, bits int) []byte {
	var b [32]byte
	switch abs := math.Abs(v); {
	case math.IsNaN(v):
		return append(into, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(into, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(into, `"-Infinity"`...)
	case abs == 0 || abs >= 1e-3 && abs < 1e7:
		return appendPoint(into, strconv.AppendFloat(b[:0], v, 'f', -1, bits))
	}
	return appendScientific(into, strconv.AppendFloat(b[:0], v, 'e', -1, bits))
}

// appendPoint gives a number without a fraction one.
func appendPoint(into, number []byte) []byte {
	into = append(into, number...)
	for _, c := range number {
		if c == '.' {
			return into
		}
	}
	return append(into, '.', '0')
}

// appendScientific writes Go's 1.5e+30 and 1e-07 as 1.5E30 and 1.0E-7.
func appendScientific(into, number []byte) []byte {
	at := 0
	for number[at] != 'e' {
		at++
	}
	into = append(appendPoint(into, number[:at]), 'E')
	exponent := number[at+1:]
	if exponent[0] == '-' {
		into = append(into, '-')
	}
	exponent = exponent[1:]
	for len(exponent) > 1 && exponent[0] == '0' {
		exponent = exponent[1:]
	}
	return append(into, exponent...)
}
