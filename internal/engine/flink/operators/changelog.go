package operators

import (
	"slices"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/rows"
)

// changelog puts together what an operator emits from the rows that it keeps.
type changelog struct {
	*state.Writer
	codec   *state.Codec
	changes []rows.Change
}

func newChangelog(types []rows.Type, codec *state.Codec) changelog {
	return changelog{Writer: state.NewWriter(types), codec: codec}
}

// give adds a kept row.
func (c *changelog) give(change rows.Change, row []byte) {
	c.AppendRow(c.codec, row)
	c.Row()
	c.changes = append(c.changes, change)
}

// flush emits what there is once it is enough for a batch, or at the end of all.
func (c *changelog) flush(atLeast int, out stream.Output) error {
	n := c.Len()
	if n == 0 || n < atLeast {
		return nil
	}
	changes := c.changes
	c.changes = c.changes[:0]
	return emit(n, c.Take(), changes, out)
}

// updates puts together what a batch changes, of its own rows and of rows that were kept before it: what is the batch's
// is not copied.
type updates struct {
	codec   *state.Codec
	kept    *state.Writer
	sel     []int32 // rows of the batch; below zero, the complements of kept rows
	changes []rows.Change
}

// give adds row i of the batch.
func (u *updates) give(change rows.Change, i int) {
	u.sel, u.changes = append(u.sel, int32(i)), append(u.changes, change)
}

// giveKept adds a kept row, which may change after that.
func (u *updates) giveKept(change rows.Change, row []byte) {
	u.sel, u.changes = append(u.sel, ^int32(u.kept.Len())), append(u.changes, change)
	u.kept.AppendRow(u.codec, row)
	u.kept.Row()
}

// emit hands on what there is.
func (u *updates) emit(b *rows.Batch, out stream.Output) error {
	sel, changes := u.sel, u.changes
	u.sel, u.changes = u.sel[:0], u.changes[:0]
	if u.kept.Len() == 0 {
		if each(sel, b.Len) {
			return emit(b.Len, b.Cols, changes, out)
		}
		return emit(len(sel), taken(b.Cols, sel), changes, out)
	}
	cols := make([]*rows.Column, len(b.Cols))
	for i, kept := range u.kept.Columns() {
		cols[i] = interleave(b.Cols[i], kept, sel)
	}
	u.kept.Clear()
	return emit(len(sel), cols, changes, out)
}

// gathered puts together what an operator emits again and again of the same kept rows: each of them is read once for
// a batch of changes.
type gathered struct {
	codec   *state.Codec
	rows    *state.Writer
	refs    []state.Ref // where the rows are kept
	sel     []int32
	numbers []int64 // ranks, if they are shown
	changes []rows.Change
}

// has reports whether the row that is kept at a place was read already, as the given row.
func (g *gathered) has(row uint32, ref state.Ref) bool {
	return int(row) < len(g.refs) && g.refs[row] == ref
}

// reads notes that a row is read now, and gives its number.
func (g *gathered) reads(ref state.Ref) uint32 {
	g.refs = append(g.refs, ref)
	g.rows.Row()
	return uint32(len(g.refs) - 1)
}

// flush emits what there is once it is enough for a batch, or at the end of all; with numbers as the last column if a
// type is given for them.
func (g *gathered) flush(atLeast int, numbers *rows.Type, out stream.Output) error {
	n := len(g.sel)
	if n == 0 || n < atLeast {
		return nil
	}
	cols := g.rows.Take()
	if !each(g.sel, len(g.refs)) {
		cols = taken(cols, g.sel)
	}
	if numbers != nil {
		cols = append(cols, &rows.Column{Type: *numbers, Ints: slices.Clone(g.numbers)})
	}
	changes := g.changes
	g.refs, g.sel, g.numbers, g.changes = g.refs[:0], g.sel[:0], g.numbers[:0], g.changes[:0]
	return emit(n, cols, changes, out)
}
