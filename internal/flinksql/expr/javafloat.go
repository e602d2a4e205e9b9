package expr

import (
	"math"
	"strconv"
	"strings"
)

// appendFloat writes a number as Java's Double.toString does, or with bits 32 as Float.toString: plain from 10^-3 up to
// 10^7, else with an exponent; always with a digit after the point.
func appendFloat(to []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(to, "NaN"...)
	case math.IsInf(f, 1):
		return append(to, "Infinity"...)
	case math.IsInf(f, -1):
		return append(to, "-Infinity"...)
	case f == 0:
		if math.Signbit(f) {
			to = append(to, '-')
		}
		return append(to, "0.0"...)
	}
	start := len(to)
	if abs := math.Abs(f); abs >= 1e-3 && abs < 1e7 {
		to = strconv.AppendFloat(to, f, 'f', -1, bits)
		return pointed(to, start)
	}
	var room [32]byte
	text := strconv.AppendFloat(room[:0], f, 'e', -1, bits)
	if strings.IndexByte(string(text), '.') < 0 {
		text = twoDigits(room[:0], f, bits, text)
	}
	at := strings.IndexByte(string(text), 'e')
	to = pointed(append(to, text[:at]...), start)
	exponent, _ := strconv.Atoi(string(text[at+1:]))
	return strconv.AppendInt(append(to, 'E'), int64(exponent), 10)
}

// twoDigits gives a number that one digit tells from others as two, if they are nearer to it: 4.9E-324, not 5E-324.
func twoDigits(room []byte, f float64, bits int, one []byte) []byte {
	kept := string(one)
	two := strconv.AppendFloat(room, f, 'e', 1, bits)
	if same, err := strconv.ParseFloat(string(two), bits); err == nil && same == f {
		return two
	}
	return []byte(kept)
}

func pointed(to []byte, start int) []byte {
	if strings.IndexByte(string(to[start:]), '.') < 0 {
		to = append(to, ".0"...)
	}
	return to
}

// parseFloat reads a number as Java's Double.parseDouble does: with blanks around it, a suffix f or d, Infinity and NaN.
func parseFloat(text string, bits int) (float64, bool) {
	text = strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
	switch strings.TrimLeft(text, "+-") {
	case "Infinity":
		return math.Inf(1 - 2*strings.Count(text[:1], "-")), len(text) <= len("+Infinity")
	case "NaN":
		return math.NaN(), len(text) <= len("+NaN")
	}
	if n := len(text); n > 1 && strings.ContainsRune("fFdD", rune(text[n-1])) && !strings.HasPrefix(strings.TrimLeft(text, "+-"), "0x") {
		text = text[:n-1]
	}
	if strings.ContainsAny(text, "_iInN") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, bits)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}
