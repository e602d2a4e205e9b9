package expr

import (
	"encoding/binary"
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

// spreads are variance and standard deviation, with the argument's type as Flink has it: of whole numbers a whole number.
func spreads() []*Aggregate {
	spread := func(name string, sample, root bool) *Aggregate {
		return &Aggregate{
			Name:  name,
			Infer: oneOf(name, "a number", isNumber, func(t rows.Type) rows.Type { return sumOf(t, true) }),
			New: func(args []rows.Type, result rows.Type, _ bool) Accumulator {
				return &moments{of: args[0], result: result, sample: sample, root: root}
			},
		}
	}
	return []*Aggregate{spread("STDDEV_POP", false, true), spread("STDDEV_SAMP", true, true), spread("VAR_POP", false, false), spread("VAR_SAMP", true, false)}
}

// moments is the number of values, their mean and the sum of the squares of their distances from it, by Welford's method as
// Flink has it: values can be taken back.
type moments struct {
	of, result   rows.Type
	sample, root bool
	n            []int64
	mean, square []float64
}

func (a *moments) Grow(n int) {
	a.n, a.mean, a.square = grown(a.n, n), grown(a.mean, n), grown(a.square, n)
}

func (a *moments) Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error {
	for i, slot := range slots {
		if left(args, skip, i) {
			continue
		}
		a.count(slot, asFloat(args[0], i), sign(changes, i))
	}
	return nil
}

func (a *moments) count(slot int32, v float64, sign int64) {
	a.n[slot] += sign
	if a.n[slot] == 0 {
		a.mean[slot], a.square[slot] = 0, 0
		return
	}
	delta := v - a.mean[slot]
	a.mean[slot] += float64(sign) * delta / float64(a.n[slot])
	a.square[slot] += float64(sign) * delta * (v - a.mean[slot])
}

func asFloat(c *rows.Column, i int) float64 {
	switch c.Type.Kind.Layout() {
	case rows.FloatLayout:
		return c.Floats[i]
	case rows.DecimalLayout:
		return c.Decimals[i].Float(c.Type.Scale)
	}
	return float64(c.Ints[i])
}

func (a *moments) Merge(into, from int32) error {
	n, m := float64(a.n[into]), float64(a.n[from])
	if n+m == 0 {
		a.Clear(into)
		return nil
	}
	delta := a.mean[from] - a.mean[into]
	a.mean[into] += delta * m / (n + m)
	a.square[into] += a.square[from] + delta*delta*n*m/(n+m)
	a.n[into] += a.n[from]
	return nil
}

func (a *moments) Clear(slot int32) { a.n[slot], a.mean[slot], a.square[slot] = 0, 0, 0 }

func (a *moments) Values(slots []int32, out *rows.Column) error {
	for _, slot := range slots {
		divisor := a.n[slot]
		if a.sample {
			divisor--
		}
		if divisor <= 0 {
			out.Append(nil)
			continue
		}
		v := a.square[slot] / float64(divisor)
		if a.root {
			v = math.Sqrt(v)
		}
		out.Append(a.boxed(v))
	}
	return nil
}

func (a *moments) boxed(v float64) any {
	switch a.result.Kind.Layout() {
	case rows.FloatLayout:
		return rounded(a.result.Kind, v)
	case rows.DecimalLayout:
		if n, ok := rows.NumFromFloat(v, a.result.Precision, a.result.Scale); ok {
			return n
		}
		return nil
	}
	return wholeOf(v, a.result.Kind)
}

func (a *moments) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		to = binary.AppendVarint(to, a.n[slot])
		to = binary.LittleEndian.AppendUint64(to, math.Float64bits(a.mean[slot]))
		to = binary.LittleEndian.AppendUint64(to, math.Float64bits(a.square[slot]))
	}
	return to
}

func (a *moments) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		n, size := binary.Varint(from)
		if size <= 0 || len(from) < size+16 {
			return nil, rows.ErrValue
		}
		a.n[slot] = n
		a.mean[slot] = math.Float64frombits(binary.LittleEndian.Uint64(from[size:]))
		a.square[slot] = math.Float64frombits(binary.LittleEndian.Uint64(from[size+8:]))
		from = from[size+16:]
	}
	return from, nil
}
