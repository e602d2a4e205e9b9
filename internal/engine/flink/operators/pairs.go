package operators

import (
	"iter"
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/rows"
)

// pairsAt is how many pairs are looked at together, but for those of a single row.
const pairsAt = 4096

// pairs is what rows of a batch may meet on the other side.
type pairs struct {
	rows   []int32       // of the batch, rising
	refs   []state.Ref   // on the other side
	writer *state.Writer // the other side's rows of the pairs
	keep   []int32       // the pairs for which the condition is true

	writers [2]*state.Writer // by the input that the batch came from
}

// from makes ready for pairs of a batch from an input with rows of the other side, whose columns are given.
func (p *pairs) from(input int, other rows.Schema) {
	if p.writers[input] == nil {
		p.writers[input] = state.NewWriter(typesOf(other))
	}
	p.writer = p.writers[input]
}

// choose keeps the pairs for which a condition is true.
func (p *pairs) choose(condition program, input int, b *rows.Batch) error {
	p.keep = p.keep[:0]
	if condition == nil || len(p.rows) == 0 {
		for i := range p.rows {
			p.keep = append(p.keep, int32(i))
		}
		return nil
	}
	left, right := b.Take(p.rows).Cols, p.writer.Columns()
	if input == 1 {
		left, right = right, left
	}
	sel, err := condition.Select(&rows.Batch{Len: len(p.rows), Cols: slices.Concat(left, right)})
	p.keep = append(p.keep, sel...)
	return err
}

// each gives each row of the batch from a place to another, with the kept pairs that it is in.
func (p *pairs) each(from, to int) iter.Seq2[int, []int32] {
	return func(yield func(int, []int32) bool) {
		at := 0
		for i := from; i < to; i++ {
			first := at
			for at < len(p.keep) && p.rows[p.keep[at]] == int32(i) {
				at++
			}
			if !yield(i, p.keep[first:at]) {
				return
			}
		}
	}
}
