package values

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// appendDecimal packs the unscaled value of a decimal at a scale, in two's complement, the highest byte first.
func appendDecimal(into, text []byte, scale int) ([]byte, error) {
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	if len(fraction) > scale {
		return roundedDecimal(into, text, scale)
	}
	if len(whole)+scale <= 18 {
		v, err := smallDecimal(whole, fraction, scale)
		if err != nil {
			return nil, err
		}
		return appendUnscaled(into, v), nil
	}
	return appendBigDecimal(into, whole, fraction, scale)
}

// smallDecimal is the unscaled value of a decimal that fits 64 bits.
func smallDecimal(whole, fraction []byte, scale int) (int64, error) {
	negative := len(whole) > 0 && whole[0] == '-'
	if negative {
		whole = whole[1:]
	}
	var v int64
	for _, part := range [2][]byte{whole, fraction} {
		for _, c := range part {
			if c < '0' || c > '9' {
				return 0, noDecimal(whole)
			}
			v = v*10 + int64(c-'0')
		}
	}
	for n := len(fraction); n < scale; n++ {
		v *= 10
	}
	if negative {
		v = -v
	}
	return v, nil
}

// noDecimal tells NaN and the infinities, which a precise decimal has not, from what is no number.
func noDecimal(text []byte) error {
	if bytes.HasSuffix(text, []byte("NaN")) || bytes.HasSuffix(text, []byte("Infinity")) {
		return ErrNull
	}
	return fmt.Errorf("%q is no numeric", text)
}

func appendUnscaled(into []byte, v int64) []byte {
	n := 1
	for shifted := v >> 7; shifted != 0 && shifted != -1; shifted >>= 8 {
		n++
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(v))
	return data.AppendBytes(into, b[8-n:])
}

func appendBigDecimal(into, whole, fraction []byte, scale int) ([]byte, error) {
	digits := append(append(make([]byte, 0, len(whole)+scale), whole...), fraction...)
	for n := len(fraction); n < scale; n++ {
		digits = append(digits, '0')
	}
	v, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		return nil, noDecimal(whole)
	}
	return data.AppendBytes(into, twosComplement(v)), nil
}

// roundedDecimal is for a text of more decimals than the scale has, as a default may be: half up, as PostgreSQL rounds.
func roundedDecimal(into, text []byte, scale int) ([]byte, error) {
	r, ok := new(big.Rat).SetString(string(text))
	if !ok {
		return nil, noDecimal(text)
	}
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil)
	if scale >= 0 {
		r.Mul(r, new(big.Rat).SetInt(factor))
	} else {
		r.Quo(r, new(big.Rat).SetInt(factor))
	}
	v, _ := new(big.Int).SetString(r.FloatString(0), 10)
	return data.AppendBytes(into, twosComplement(v)), nil
}

// twosComplement is Java's BigInteger.toByteArray.
func twosComplement(v *big.Int) []byte {
	if v.Sign() >= 0 {
		b := v.Bytes()
		if len(b) == 0 || b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	n := new(big.Int).Not(v).BitLen()/8 + 1
	return new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), uint(n)*8)).FillBytes(make([]byte, n))
}

// appendVariableScale packs {scale, value}, without the zeros at the end of the fraction.
func appendVariableScale(into, text []byte) ([]byte, error) {
	if bytes.IndexByte(text, '.') >= 0 {
		text = bytes.TrimSuffix(bytes.TrimRight(text, "0"), []byte("."))
	}
	scale := 0
	if dot := bytes.IndexByte(text, '.'); dot >= 0 {
		scale = len(text) - dot - 1
	}
	return appendDecimal(data.AppendInt(into, int64(scale)), text, scale)
}
