package rows

import (
	"math"
	"math/big"
	"math/bits"
)

// Mul gives n * m, whose scales add up to from, at the scale to, rounded half up; false if it has over 38 digits.
func (n Num) Mul(m Num, from, to int) (Num, bool) {
	a, aFits := n.Int64()
	b, bFits := m.Int64()
	if aFits && bFits && to >= from {
		return mul64(a, b).Rescale(from, to)
	}
	product := new(big.Int).Mul(n.Big(), m.Big())
	return rescaled(product, from, to)
}

func mul64(a, b int64) Num {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	product := Num{int64(hi), lo}
	if (a < 0) != (b < 0) {
		return product.Neg()
	}
	return product
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// Div gives n / m at the scale to, n being at nScale and m at mScale, rounded half up; false if m is 0 or the quotient has
// over 38 digits.
func (n Num) Div(m Num, nScale, mScale, to int) (Num, bool) {
	if m.Sign() == 0 {
		return Num{}, false
	}
	shift := to - nScale + mScale
	a, aFits := n.Int64()
	b, bFits := m.Int64()
	if aFits && bFits && shift >= 0 && shift <= 18 {
		return div64(a, b, shift)
	}
	dividend, divisor := n.Big(), m.Big()
	if shift >= 0 {
		dividend.Mul(dividend, bigPower(shift))
	} else {
		divisor.Mul(divisor, bigPower(-shift))
	}
	return FromBig(halfUp(dividend, divisor))
}

// div64 gives a * 10^shift / b, rounded half up.
func div64(a, b int64, shift int) (Num, bool) {
	divisor := magnitude(b)
	hi, lo := bits.Mul64(magnitude(a), PowerOfTen(shift).Lo)
	quotientHi, rest := hi/divisor, hi%divisor
	quotientLo, rest := bits.Div64(rest, lo, divisor)
	quotient := Num{int64(quotientHi), quotientLo}
	if rest >= divisor-rest {
		quotient = quotient.Add(NumOf(1))
	}
	if (a < 0) != (b < 0) {
		quotient = quotient.Neg()
	}
	return quotient, quotient.Fits(MaxPrecision)
}

// Rem gives what is left of n after division by m, both at the same scale; its sign is n's, as in Java. False if m is 0.
func (n Num) Rem(m Num) (Num, bool) {
	if m.Sign() == 0 {
		return Num{}, false
	}
	a, aFits := n.Int64()
	b, bFits := m.Int64()
	if aFits && bFits {
		if b == -1 {
			return Num{}, true
		}
		return NumOf(a % b), true
	}
	return FromBig(new(big.Int).Rem(n.Big(), m.Big()))
}

// Rescale moves n from one scale to another, rounding half up; false if it has over 38 digits then.
func (n Num) Rescale(from, to int) (Num, bool) {
	if from == to {
		return n, n.Fits(MaxPrecision)
	}
	a, fits := n.Int64()
	switch {
	case fits && to > from && to-from <= 18:
		scaled := mul64(a, int64(PowerOfTen(to-from).Lo))
		return scaled, scaled.Fits(MaxPrecision)
	case fits && from > to && from-to <= 18:
		return div64(a, int64(PowerOfTen(from-to).Lo), 0)
	}
	return rescaled(n.Big(), from, to)
}

// Truncate moves n to a smaller scale and cuts off what is beyond it.
func (n Num) Truncate(from, to int) Num {
	if to >= from {
		scaled, _ := n.Rescale(from, to)
		return scaled
	}
	cut, _ := FromBig(new(big.Int).Quo(n.Big(), bigPower(from-to)))
	return cut
}

func rescaled(v *big.Int, from, to int) (Num, bool) {
	if to >= from {
		return FromBig(v.Mul(v, bigPower(to-from)))
	}
	return FromBig(halfUp(v, bigPower(from-to)))
}

// halfUp divides, rounding halves away from zero.
func halfUp(a, b *big.Int) *big.Int {
	quotient, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	if rest.Lsh(rest.Abs(rest), 1).CmpAbs(b) >= 0 {
		return quotient.Add(quotient, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return quotient
}

func bigPower(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// Big gives the value as a whole number of any size.
func (n Num) Big() *big.Int {
	a := n.Abs()
	v := new(big.Int).SetUint64(uint64(a.Hi))
	v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(a.Lo))
	if n.Hi < 0 {
		v.Neg(v)
	}
	return v
}

// FromBig narrows a whole number; false if it has over 38 digits.
func FromBig(v *big.Int) (Num, bool) {
	if v.BitLen() > 127 {
		return Num{}, false
	}
	a := new(big.Int).Abs(v)
	lo := new(big.Int).And(a, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
	n := Num{int64(a.Rsh(a, 64).Uint64()), lo}
	if v.Sign() < 0 {
		n = n.Neg()
	}
	return n, n.Fits(MaxPrecision)
}

// Float gives the nearest float64 of the value at a scale.
func (n Num) Float(scale int) float64 {
	if v, fits := n.Int64(); fits && magnitude(v) < 1<<53 && scale <= 22 {
		return float64(v) / math.Pow10(scale) // both exact: one rounding
	}
	quotient, _ := new(big.Rat).SetFrac(n.Big(), bigPower(scale)).Float64()
	return quotient
}

// Sum gives n + m at the scale to, of values that may have to be moved to one scale first.
func (n Num) Sum(m Num, nScale, mScale, to int) (Num, bool) {
	scale := max(nScale, mScale)
	x, xFits := n.Rescale(nScale, scale)
	y, yFits := m.Rescale(mScale, scale)
	if xFits && yFits && x.Fits(MaxPrecision-1) && y.Fits(MaxPrecision-1) {
		return x.Add(y).Rescale(scale, to)
	}
	wide := n.Big()
	wide.Mul(wide, bigPower(scale-nScale))
	other := m.Big()
	return rescaled(wide.Add(wide, other.Mul(other, bigPower(scale-mScale))), scale, to)
}

// Modulo gives what is left of n after division by m at the scale to, as Rem does, of values at different scales.
func (n Num) Modulo(m Num, nScale, mScale, to int) (Num, bool) {
	if m.Sign() == 0 {
		return Num{}, false
	}
	scale := max(nScale, mScale)
	x, xFits := n.Rescale(nScale, scale)
	y, yFits := m.Rescale(mScale, scale)
	if xFits && yFits {
		rest, _ := x.Rem(y)
		return rest.Rescale(scale, to)
	}
	wide, divisor := n.Big(), m.Big()
	wide.Mul(wide, bigPower(scale-nScale))
	divisor.Mul(divisor, bigPower(scale-mScale))
	return rescaled(wide.Rem(wide, divisor), scale, to)
}
