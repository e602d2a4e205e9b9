package rows

import (
	"math/bits"
)

// Num is the unscaled value of a DECIMAL: a whole number of 128 bits in two's complement, which holds 38 digits. The
// scale is the type's.
type Num struct {
	Hi int64
	Lo uint64
}

// MaxPrecision is the greatest precision of a DECIMAL.
const MaxPrecision = 38

// NumOf widens a whole number.
func NumOf(v int64) Num { return Num{Hi: v >> 63, Lo: uint64(v)} }

// Int64 gives the value if it fits 64 bits.
func (n Num) Int64() (int64, bool) {
	v := int64(n.Lo)
	return v, v>>63 == n.Hi
}

// Cmp compares two unscaled values of the same scale: -1, 0 or 1.
func (n Num) Cmp(m Num) int {
	switch {
	case n.Hi < m.Hi:
		return -1
	case n.Hi > m.Hi:
		return 1
	case n.Lo < m.Lo:
		return -1
	case n.Lo > m.Lo:
		return 1
	}
	return 0
}

// Sign is -1, 0 or 1.
func (n Num) Sign() int {
	switch {
	case n.Hi < 0:
		return -1
	case n.Hi == 0 && n.Lo == 0:
		return 0
	}
	return 1
}

// Neg gives -n. No DECIMAL is the one value whose negation does not fit.
func (n Num) Neg() Num {
	lo, borrow := bits.Sub64(0, n.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(n.Hi), borrow)
	return Num{int64(hi), lo}
}

// Abs gives the value without its sign.
func (n Num) Abs() Num {
	if n.Hi < 0 {
		return n.Neg()
	}
	return n
}

// Add gives n + m, whose scales are the same. Two values of 38 digits may overflow; see Sum.
func (n Num) Add(m Num) Num {
	lo, carry := bits.Add64(n.Lo, m.Lo, 0)
	hi, _ := bits.Add64(uint64(n.Hi), uint64(m.Hi), carry)
	return Num{int64(hi), lo}
}

// Sub gives n - m, whose scales are the same.
func (n Num) Sub(m Num) Num { return n.Add(m.Neg()) }

// Fits reports whether n has at most so many digits.
func (n Num) Fits(precision int) bool {
	if precision > MaxPrecision {
		precision = MaxPrecision
	}
	a := n.Abs()
	return a.Hi >= 0 && a.Cmp(PowerOfTen(precision)) < 0
}

var powers = func() (table [MaxPrecision + 1]Num) {
	table[0] = NumOf(1)
	for i := 1; i < len(table); i++ {
		hi, lo := bits.Mul64(table[i-1].Lo, 10)
		table[i] = Num{table[i-1].Hi*10 + int64(hi), lo}
	}
	return table
}()

// PowerOfTen gives 10 to the power of n, which is 0 to 38.
func PowerOfTen(n int) Num { return powers[n] }
