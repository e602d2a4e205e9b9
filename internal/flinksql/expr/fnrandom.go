package expr

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	mathrand "math/rand/v2"

	"github.com/weftmesh/weft/internal/rows"
)

// randomFunctions give another value for each row.
func randomFunctions() []*Function {
	all := []*Function{
		prepared(Arithmetic, "RAND", takes(anInt).orLess(1), always(rows.DoubleType), randKernel),
		prepared(Arithmetic, "RAND_INTEGER", takes(anInt, anInt).orLess(1), always(rows.IntType), randIntegerKernel),
		fn(Arithmetic, "UUID", takes(), never(rows.Type{Kind: rows.Char, Length: 36}), map0(newUUID)),
	}
	for _, f := range all {
		f.Volatile = true
	}
	return all
}

func newUUID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // the system has no randomness left; rand.Read itself ends the program then
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func randKernel(_ *Env, of *Call) (Kernel, error) {
	if len(of.Args) == 0 {
		return map0(mathrand.Float64), nil
	}
	seed, ok := constantArg[int64](of, 0)
	if !ok {
		return map1(func(seed int64) float64 { return newJavaRandom(seed).double() }), nil
	}
	r := newJavaRandom(seed)
	return map1(func(int64) float64 { return r.double() }), nil
}

func randIntegerKernel(_ *Env, of *Call) (Kernel, error) {
	bounded := func(next func(bound int64) int64, bound int64) (int64, bool, error) {
		if bound <= 0 {
			return 0, false, fmt.Errorf("bound must be positive")
		}
		return next(bound), true, nil
	}
	if len(of.Args) == 1 {
		return try1(func(bound int64) (int64, bool, error) { return bounded(mathrand.Int64N, bound) }), nil
	}
	seed, ok := constantArg[int64](of, 0)
	r := newJavaRandom(seed)
	return try2(func(seed, bound int64) (int64, bool, error) {
		if !ok {
			r = newJavaRandom(seed)
		}
		return bounded(r.below, bound)
	}), nil
}

// javaRandom is the generator of java.util.Random, whose algorithm its documentation gives: seeds promise its sequences.
type javaRandom struct{ state int64 }

func newJavaRandom(seed int64) *javaRandom {
	return &javaRandom{(seed ^ 0x5DEECE66D) & (1<<48 - 1)}
}

func (r *javaRandom) next(bits uint) int64 {
	r.state = (r.state*0x5DEECE66D + 0xB) & (1<<48 - 1)
	return int64(int32(r.state >> (48 - bits)))
}

func (r *javaRandom) double() float64 {
	high := r.next(26) << 27
	return float64(high+r.next(27)) / (1 << 53)
}

func (r *javaRandom) below(bound int64) int64 {
	if bound&-bound == bound {
		return bound * r.next(31) >> 31
	}
	for {
		bits := r.next(31)
		if value := bits % bound; bits-value+bound-1 < 1<<31 {
			return value
		}
	}
}
