package rows_test

import (
	"math/big"
	"testing"

	"github.com/weftmesh/weft/internal/rows"
	"pgregory.net/rapid"
)

// nums draws values of up to 38 digits, small and wide ones alike.
func nums() *rapid.Generator[rows.Num] {
	return rapid.Custom(func(t *rapid.T) rows.Num {
		digits := rapid.StringMatching(`-?[0-9]{1,38}`).Draw(t, "digits")
		v, _ := new(big.Int).SetString(digits, 10)
		n, ok := rows.FromBig(v)
		if !ok {
			t.Fatalf("%s has at most 38 digits", digits)
		}
		return n
	})
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// rounded gives a/b as a whole number, halves away from zero.
func rounded(a, b *big.Int) *big.Int {
	twice := new(big.Int).Mul(new(big.Int).Abs(a), big.NewInt(2))
	abs := new(big.Int).Abs(b)
	q := twice.Add(twice, abs).Quo(twice, new(big.Int).Mul(abs, big.NewInt(2)))
	if a.Sign()*b.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

func agree(t *rapid.T, what string, got rows.Num, ok bool, want *big.Int) {
	fits := new(big.Int).Abs(want).Cmp(power(38)) < 0
	if ok != fits {
		t.Fatalf("%s: %s fits 38 digits: %v, want %v", what, want, ok, fits)
	}
	if ok && got.Big().Cmp(want) != 0 {
		t.Fatalf("%s: got %s, want %s", what, got.Big(), want)
	}
}

func TestArithmeticAgreesWithNumbersOfAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := nums().Draw(t, "a"), nums().Draw(t, "b")
		from := rapid.IntRange(0, 38).Draw(t, "from")
		to := rapid.IntRange(0, 38).Draw(t, "to")
		x, y := a.Big(), b.Big()
		agreeExact(t, a, b)
		product, ok := a.Mul(b, from, to)
		agree(t, "product", product, ok, moved(new(big.Int).Mul(x, y), from, to))
		scaled, ok := a.Rescale(from, to)
		agree(t, "rescale", scaled, ok, moved(x, from, to))
		if y.Sign() == 0 {
			return
		}
		quotient, ok := a.Div(b, from, 3, to)
		dividend, divisor := x, y
		if shift := to - from + 3; shift >= 0 {
			dividend = new(big.Int).Mul(x, power(shift))
		} else {
			divisor = new(big.Int).Mul(y, power(-shift))
		}
		agree(t, "quotient", quotient, ok, rounded(dividend, divisor))
		rest, _ := a.Rem(b)
		agree(t, "rest", rest, true, new(big.Int).Rem(x, y))
		rest, ok = a.Modulo(b, 0, 2, 2)
		agree(t, "modulo", rest, ok, new(big.Int).Rem(new(big.Int).Mul(x, power(2)), y))
	})
}

func agreeExact(t *rapid.T, a, b rows.Num) {
	x, y := a.Big(), b.Big()
	sum, ok := a.Sum(b, 2, 4, 3)
	exact := new(big.Int).Mul(x, power(2))
	agree(t, "sum", sum, ok, rounded(exact.Add(exact, y), power(1)))
	difference, ok := a.Sum(b.Neg(), 2, 2, 2)
	agree(t, "difference", difference, ok, new(big.Int).Sub(x, y))
	if a.Cmp(b) != x.Cmp(y) {
		t.Fatalf("%s against %s is %d", x, y, a.Cmp(b))
	}
	if a.Text(0) != x.String() {
		t.Fatalf("%s is written %s", x, a.Text(0))
	}
}

func moved(v *big.Int, from, to int) *big.Int {
	if to >= from {
		return new(big.Int).Mul(v, power(to-from))
	}
	return rounded(v, power(from-to))
}

func TestTextIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := nums().Draw(t, "n")
		scale := rapid.IntRange(0, 38).Draw(t, "scale")
		back, ok := rows.ParseNum(n.Text(scale), 38, scale)
		if !ok || back != n {
			t.Fatalf("%s is read as %s (%v)", n.Text(scale), back.Text(scale), ok)
		}
	})
}

func TestNumbersAreReadAsJavaReadsThem(t *testing.T) {
	for _, c := range []struct {
		text             string
		precision, scale int
		want             string // "" if refused
	}{
		{"1.50", 10, 2, "1.50"},
		{"1.005", 10, 2, "1.01"},
		{"-1.005", 10, 2, "-1.01"},
		{".5", 3, 1, "0.5"},
		{"5.", 3, 1, "5.0"},
		{"+7", 3, 0, "7"},
		{"1e3", 10, 0, "1000"},
		{"1E-3", 10, 4, "0.0010"},
		{"12345", 4, 0, ""},
		{"", 4, 0, ""},
		{"-", 4, 0, ""},
		{"+-1", 4, 0, ""},
		{"1.-5", 4, 0, ""},
		{"1_0", 4, 0, ""},
		{" 1", 4, 0, ""},
		{"1e", 4, 0, ""},
		{"1e999999999", 38, 0, ""},
		{"0e999999999", 38, 0, "0"},
		{"1e-999999999", 38, 2, "0.00"},
		{"0.00", 38, 2, "0.00"},
	} {
		n, ok := rows.ParseNum(c.text, c.precision, c.scale)
		if got := n.Text(c.scale); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%q as DECIMAL(%d, %d): %s, %v; want %q", c.text, c.precision, c.scale, got, ok, c.want)
		}
	}
}
