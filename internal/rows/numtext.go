package rows

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// ParseNum reads a number as Java's BigDecimal does (1.50, -2, .5, 1e-3), at a scale, rounded half up; false if it is no
// number or has more digits than the precision.
func ParseNum(text string, precision, scale int) (Num, bool) {
	digits, own, ok := unscaled(text)
	if !ok {
		return Num{}, false
	}
	if len(digits)-own > 2*MaxPrecision || own-len(digits) > 1000 { // far beyond any DECIMAL, or next to nothing
		small := own > len(digits)
		return Num{}, small || strings.Trim(digits, "+-0") == ""
	}
	if len(digits) <= 18 {
		v, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return Num{}, false
		}
		if v == 0 {
			return Num{}, true
		}
		if own >= 0 {
			n, fits := NumOf(v).Rescale(own, scale)
			return n, fits && n.Fits(precision)
		}
	}
	whole, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return Num{}, false
	}
	n, fits := rescaled(whole, own, scale)
	return n, fits && n.Fits(precision)
}

// unscaled takes the point and the exponent out of a number: its digits with their sign, and its scale.
func unscaled(text string) (digits string, scale int, ok bool) {
	mantissa, exponent, has := cutAny(text, "eE")
	if has {
		e, err := strconv.Atoi(exponent)
		if err != nil || e > math.MaxInt32 || e < math.MinInt32 {
			return "", 0, false
		}
		scale = -e
	}
	whole, fraction, pointed := strings.Cut(mantissa, ".")
	if pointed {
		scale += len(fraction)
		whole += fraction
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(whole, "-"), "+")
	if bare == "" || len(whole)-len(bare) > 1 || pointed && strings.ContainsAny(fraction, "+-") {
		return "", 0, false
	}
	for i := range len(bare) {
		if bare[i] < '0' || bare[i] > '9' {
			return "", 0, false
		}
	}
	return whole, scale, true
}

func cutAny(text, signs string) (before, after string, found bool) {
	if i := strings.IndexAny(text, signs); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// Text writes the value at a scale in full: 1.50, never 1E+2.
func (n Num) Text(scale int) string { return string(n.Append(nil, scale)) }

// Append writes the value at a scale to a buffer.
func (n Num) Append(to []byte, scale int) []byte {
	if n.Hi < 0 {
		to = append(to, '-')
	}
	var room [48]byte
	digits := n.Abs().digits(room[:0])
	if scale == 0 {
		return append(to, digits...)
	}
	if missing := scale + 1 - len(digits); missing > 0 {
		var padded [96]byte
		for i := range missing {
			padded[i] = '0'
		}
		digits = padded[:missing+copy(padded[missing:], digits)]
	}
	point := len(digits) - scale
	to = append(to, digits[:point]...)
	to = append(to, '.')
	return append(to, digits[point:]...)
}

// digits writes a value that is not negative.
func (n Num) digits(to []byte) []byte {
	if n.Hi == 0 {
		return strconv.AppendUint(to, n.Lo, 10)
	}
	const chunk = 1e19
	high, rest := bits.Div64(uint64(n.Hi)%chunk, n.Lo, chunk) // Hi < 2^63 < 10^19: the quotient fits
	to = strconv.AppendUint(to, high, 10)
	tail := strconv.AppendUint(nil, rest, 10)
	for range 19 - len(tail) {
		to = append(to, '0')
	}
	return append(to, tail...)
}

// NumFromFloat reads a float by its shortest decimal text, as BigDecimal.valueOf does, at a scale, rounded half up; false
// if it has more digits than the precision, or is no number.
func NumFromFloat(f float64, precision, scale int) (Num, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Num{}, false
	}
	var room [32]byte
	return ParseNum(string(strconv.AppendFloat(room[:0], f, 'e', -1, 64)), precision, scale)
}

// IsNum reports whether a text is a number as ParseNum reads it, of any size.
func IsNum(text string) bool {
	_, _, ok := unscaled(text)
	return ok
}
