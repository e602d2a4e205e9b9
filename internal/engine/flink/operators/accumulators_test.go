package operators

import (
	"encoding/binary"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// tally is COUNT and SUM over whole numbers, as plain as can be.
type tally struct {
	sum   bool
	n     []int64 // rows that are not NULL
	total []int64
}

func countCall(args ...int) expr.AggregateCall {
	return expr.AggregateCall{Func: tallyOf("COUNT"), Args: args, Filter: -1, Of: rows.BigIntType.Nullable(false)}
}

func sumCall(arg int) expr.AggregateCall {
	return expr.AggregateCall{Func: tallyOf("SUM"), Args: []int{arg}, Filter: -1, Of: rows.BigIntType}
}

func tallyOf(name string) *expr.Aggregate {
	return &expr.Aggregate{Name: name, New: func([]rows.Type, rows.Type, bool) expr.Accumulator { return &tally{sum: name == "SUM"} }}
}

func (a *tally) Grow(n int) {
	for len(a.n) < n {
		a.n, a.total = append(a.n, 0), append(a.total, 0)
	}
}

func (a *tally) Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error {
	for i, slot := range slots {
		if skip != nil && skip[i] || len(args) > 0 && args[0].Null(i) {
			continue
		}
		sign := int64(1)
		if changes != nil && !changes[i].Adds() {
			sign = -1
		}
		a.n[slot] += sign
		if a.sum {
			a.total[slot] += sign * args[0].Ints[i]
		}
	}
	return nil
}

func (a *tally) Merge(into, from int32) error {
	a.n[into] += a.n[from]
	a.total[into] += a.total[from]
	return nil
}

func (a *tally) Clear(slot int32) { a.n[slot], a.total[slot] = 0, 0 }

func (a *tally) Values(slots []int32, out *rows.Column) error {
	for _, slot := range slots {
		switch {
		case !a.sum:
			out.Append(a.n[slot])
		case a.n[slot] == 0:
			out.Append(nil)
		default:
			out.Append(a.total[slot])
		}
	}
	return nil
}

func (a *tally) Save(slots []int32, to []byte) []byte {
	for _, slot := range slots {
		to = binary.AppendVarint(binary.AppendVarint(to, a.n[slot]), a.total[slot])
	}
	return to
}

func (a *tally) Load(slots []int32, from []byte) ([]byte, error) {
	for _, slot := range slots {
		for _, at := range []*int64{&a.n[slot], &a.total[slot]} {
			v, n := binary.Varint(from)
			*at, from = v, from[n:]
		}
	}
	return from, nil
}
