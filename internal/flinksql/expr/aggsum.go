package expr

import (
	"encoding/binary"
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

func counts() []*Aggregate {
	return []*Aggregate{{
		Name: "COUNT",
		Infer: func(args []rows.Type) (rows.Type, []rows.Type, error) {
			if len(args) > 1 {
				return rows.Type{}, nil, refuse("COUNT one column, or DISTINCT ROW(a, b).", "COUNT takes one argument, not %d", len(args))
			}
			return rows.BigIntType.Nullable(false), nil, nil
		},
		New: func([]rows.Type, rows.Type, bool) Accumulator { return &count{} },
	}}
}

// count is COUNT: of rows, or of values that are not NULL.
type count struct{ n []int64 }

func (a *count) Grow(n int) { a.n = grown(a.n, n) }

func (a *count) Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error {
	if changes == nil && skip == nil && (len(args) == 0 || args[0].Nulls == nil && args[0].Type.Kind != rows.Null) {
		for _, slot := range slots {
			a.n[slot]++
		}
		return nil
	}
	for i, slot := range slots {
		if !left(args, skip, i) {
			a.n[slot] += sign(changes, i)
		}
	}
	return nil
}

func (a *count) Merge(into, from int32) error { a.n[into] += a.n[from]; return nil }

func (a *count) Clear(slot int32) { a.n[slot] = 0 }

func (a *count) Values(slots []int32, out *rows.Column) error {
	return appending(slots, out, func(slot int32, to *rows.Column, i int) { setInt(to, i, a.n[slot]) })
}

func (a *count) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		to = binary.AppendVarint(to, a.n[slot])
	}
	return to
}

func (a *count) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		n, size := binary.Varint(from)
		if size <= 0 {
			return nil, rows.ErrValue
		}
		a.n[slot], from = n, from[size:]
	}
	return from, nil
}

func sums() []*Aggregate {
	sum := func(name string, mean bool, zero bool) *Aggregate {
		return &Aggregate{
			Name: name,
			Infer: func(args []rows.Type) (rows.Type, []rows.Type, error) {
				out, coerced, err := oneOf(name, "a number", isNumber, func(t rows.Type) rows.Type { return sumOf(t, mean) })(args)
				return out.Nullable(!zero), coerced, err
			},
			New: func(args []rows.Type, result rows.Type, _ bool) Accumulator {
				return newSum(args[0], result, mean, zero)
			},
		}
	}
	return []*Aggregate{sum("SUM", false, false), sum("AVG", true, false), sum("SUM0", false, true), sum("$SUM0", false, true)}
}

// sumOf gives a DECIMAL 38 digits, and the average of one at least six after the point; other numbers keep their type.
func sumOf(t rows.Type, mean bool) rows.Type {
	if t.Kind != rows.Decimal {
		return t
	}
	if mean {
		return rows.DecimalType(rows.MaxPrecision, max(6, t.Scale))
	}
	return rows.DecimalType(rows.MaxPrecision, t.Scale)
}

func newSum(of, result rows.Type, mean, zero bool) Accumulator {
	switch of.Kind.Layout() {
	case rows.FloatLayout:
		return &total[float64]{
			column: func(c *rows.Column) []float64 { return c.Floats },
			add:    func(a, v float64, sign int64) float64 { return rounded(of.Kind, a+v*float64(sign)) },
			result: func(out *rows.Column, i int, sum float64, n int64) {
				if mean {
					sum /= float64(n)
				}
				setFloat(out, i, rounded(of.Kind, sum))
			},
			write: func(to []byte, v float64) []byte { return binary.LittleEndian.AppendUint64(to, math.Float64bits(v)) }, read: readFloat, zero: zero,
		}
	case rows.DecimalLayout:
		return newDecimalSum(of, result, mean, zero)
	}
	kind := of.Kind
	if mean {
		kind = rows.BigInt // averages add up in 64 bits
	}
	return &total[int64]{
		column: func(c *rows.Column) []int64 { return c.Ints },
		add:    func(a, v, sign int64) int64 { return wrapped(kind, a+v*sign) },
		result: func(out *rows.Column, i int, sum, n int64) {
			if mean {
				sum = wrapped(of.Kind, sum/n)
			}
			setInt(out, i, sum)
		},
		write: binary.AppendVarint, read: binary.Varint, zero: zero,
	}
}

func rounded(kind rows.Kind, f float64) float64 {
	if kind == rows.Float {
		return float64(float32(f))
	}
	return f
}

func readFloat(from []byte) (float64, int) {
	if len(from) < 8 {
		return 0, 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(from)), 8
}

// total is SUM and AVG: a sum and the number of values in it.
type total[T any] struct {
	sum    []T
	n      []int64
	column func(*rows.Column) []T
	add    func(sum, v T, sign int64) T
	result func(out *rows.Column, i int, sum T, n int64)
	write  func(to []byte, v T) []byte
	read   func(from []byte) (T, int)
	zero   bool // an empty group has 0, not NULL
}

func (a *total[T]) Grow(n int) { a.sum, a.n = grown(a.sum, n), grown(a.n, n) }

func (a *total[T]) Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error {
	values := a.column(args[0])
	for i, slot := range slots {
		if left(args, skip, i) {
			continue
		}
		s := sign(changes, i)
		a.sum[slot] = a.add(a.sum[slot], values[i], s)
		a.n[slot] += s
	}
	return nil
}

func (a *total[T]) Merge(into, from int32) error {
	a.sum[into] = a.add(a.sum[into], a.sum[from], 1)
	a.n[into] += a.n[from]
	return nil
}

func (a *total[T]) Clear(slot int32) {
	var none T
	a.sum[slot], a.n[slot] = none, 0
}

func (a *total[T]) Values(slots []int32, out *rows.Column) error {
	return appending(slots, out, a.put)
}

func (a *total[T]) put(slot int32, out *rows.Column, i int) {
	if a.n[slot] == 0 && !a.zero {
		setNull(out, i)
		return
	}
	a.result(out, i, a.sum[slot], a.n[slot])
}

func (a *total[T]) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		to = binary.AppendVarint(a.write(to, a.sum[slot]), a.n[slot])
	}
	return to
}

func (a *total[T]) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		sum, size := a.read(from)
		if size <= 0 {
			return nil, rows.ErrValue
		}
		n, more := binary.Varint(from[size:])
		if more <= 0 {
			return nil, rows.ErrValue
		}
		a.sum[slot], a.n[slot], from = sum, n, from[size+more:]
	}
	return from, nil
}

// decimalSum is a sum of DECIMALs; lost says that it had over 38 digits: it is NULL from then on.
type decimalSum struct {
	rows.Num
	lost bool
}

// small reports whether a value is far from 38 digits, so that a sum of two needs no look at its digits.
func (d decimalSum) small() bool { return d.Hi>>32 == 0 || d.Hi>>32 == -1 }

func newDecimalSum(of, result rows.Type, mean, zero bool) Accumulator {
	return &decimalTotal{total[decimalSum]{
		add: func(a, v decimalSum, sign int64) decimalSum {
			if sign < 0 {
				v.Num = v.Neg()
			}
			sum, ok := a.Sum(v.Num, 0, 0, 0)
			return decimalSum{sum, a.lost || v.lost || !ok}
		},
		result: func(out *rows.Column, i int, sum decimalSum, n int64) {
			v, ok := sum.Num, !sum.lost
			if ok && mean {
				v, ok = v.Div(rows.NumOf(n), of.Scale, 0, result.Scale)
			}
			if !ok || !v.Fits(result.Precision) {
				setNull(out, i)
				return
			}
			setNum(out, i, v)
		},
		write: func(to []byte, v decimalSum) []byte {
			if v.lost {
				return rows.AppendValue(to, nil)
			}
			return rows.AppendValue(to, v.Num)
		},
		read: readDecimalSum, zero: zero,
	}}
}

// decimalTotal is total with a short way for sums that are far from 38 digits.
type decimalTotal struct{ total[decimalSum] }

// Add handles rows as every accumulator does.
func (a *decimalTotal) Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error {
	values := args[0].Decimals
	for i, slot := range slots {
		if left(args, skip, i) {
			continue
		}
		a.count(slot, values[i], sign(changes, i))
	}
	return nil
}

func (a *decimalTotal) count(slot int32, v rows.Num, sign int64) {
	sum, value := &a.sum[slot], decimalSum{Num: v}
	a.n[slot] += sign
	if sign > 0 && sum.small() && value.small() {
		sum.Num = sum.Num.Add(v)
		return
	}
	*sum = a.add(*sum, value, sign)
}

func readDecimalSum(from []byte) (decimalSum, int) {
	v, rest, err := rows.ReadValue(from)
	if err != nil {
		return decimalSum{}, 0
	}
	n, ok := v.(rows.Num)
	return decimalSum{n, !ok}, len(from) - len(rest)
}
