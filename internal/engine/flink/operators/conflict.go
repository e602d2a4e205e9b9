package operators

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/flink/state"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

var errConflict = errors.New("rows of different keys of the query meet in one primary key")

// conflict holds a sink to ON CONFLICT DO ERROR or DO NOTHING: changes wait for the next watermark, so that those that
// cancel out are no conflict; if then several rows claim a primary key, the job fails, or the first one stays (Flink's
// WatermarkCompactingSinkMaterializer, FLIP-558).
type conflict struct {
	latestRows // what the sink holds
	table      string
	primary    []int
	unique     int // columns of the input's own key, first in kept rows; 0: rows are told apart in full
	fails      bool
	waiting    timedRows
	touched    []int32 // keys with changes that wait, in order
}

func newConflict(n *plan.Sink) *conflict {
	schema := n.Input.Schema()
	c := &conflict{table: n.Table.Name, fails: strings.HasSuffix(n.OnConflict, "ERROR")}
	for _, column := range n.Table.PrimaryKey {
		c.primary = append(c.primary, slices.Index(n.Columns, column))
	}
	c.latestRows = newLatestRows(c.primary, n.Input, schema)
	if keys := n.Input.Properties().Keys; len(keys) > 0 {
		c.unique = len(keys[0])
		c.codec = state.NewKeyedCodec(typesOf(schema), keys[0])
	}
	c.waiting.codec = c.codec
	c.log.codec = &c.codec
	return c
}

// Process lets changes wait.
func (c *conflict) Process(_ int, b *rows.Batch, _ stream.Output) error {
	c.keys.Encode(columnsAt(b.Cols, c.primary), b.Len)
	for i := range b.Len {
		slot, _ := c.index.Put(c.keys, i)
		c.refs.Grow(c.index.Slots())
		c.waiting.lists.Grow(c.index.Slots())
		if c.waiting.lists.At(slot).Len() == 0 {
			c.touched = append(c.touched, slot)
		}
		c.waiting.append(slot, c.waiting.keep(0, b.Change(i), 0, b, i))
	}
	return nil
}

// Advance settles the changes that wait.
func (c *conflict) Advance(_ int64, out stream.Output) error {
	for _, slot := range c.touched {
		if err := c.settle(slot); err != nil {
			return err
		}
		if err := c.log.flush(emitAt, out); err != nil {
			return err
		}
	}
	c.touched = c.touched[:0]
	return c.log.flush(1, out)
}

func (c *conflict) settle(slot int32) error {
	held := c.get(slot)
	claims := c.claims(slot, held)
	switch {
	case len(claims) > 1 && c.fails:
		return fmt.Errorf("table %s: %w: %s; write ON CONFLICT DO NOTHING to keep the first, or DO DEDUPLICATE to keep the last", c.table, errConflict, c.keyText(slot))
	case len(claims) > 1 && held != nil:
	case len(claims) > 0:
		c.hold(slot, held, claims[0])
	case held != nil:
		c.log.give(rows.Delete, held)
		c.forget(slot)
	}
	for _, ref := range c.waiting.all(slot) {
		c.waiting.slab.Free(ref)
	}
	c.waiting.lists.At(slot).Clear(&c.waiting.slab)
	if c.get(slot) == nil {
		c.index.Delete(slot)
	}
	return nil
}

// claims gives the rows that are left of what the sink holds and the changes that wait.
func (c *conflict) claims(slot int32, held []byte) [][]byte {
	var claims [][]byte
	if held != nil {
		claims = append(claims, held)
	}
	for _, ref := range c.waiting.all(slot) {
		row := c.waiting.rowOf(ref)
		at := slices.IndexFunc(claims, func(claim []byte) bool { return c.same(claim, row) })
		switch adds := c.waiting.change(ref).Adds(); {
		case adds && at >= 0 && c.unique > 0:
			claims[at] = row
		case adds:
			claims = append(claims, row)
		case at >= 0:
			claims = slices.Delete(claims, at, at+1)
		}
	}
	return claims
}

func (c *conflict) same(a, b []byte) bool {
	if c.unique > 0 {
		return bytes.Equal(c.codec.Prefix(a, c.unique), c.codec.Prefix(b, c.unique))
	}
	return bytes.Equal(a, b)
}

// hold gives the sink a row for a key.
func (c *conflict) hold(slot int32, held, row []byte) {
	switch {
	case held == nil:
		c.log.give(rows.Insert, row)
	case bytes.Equal(held, row):
		return
	default:
		c.log.give(rows.UpdateAfter, row)
	}
	c.row = append(c.row[:0], row...)
	c.set(slot)
}

func (c *conflict) keyText(slot int32) string {
	types := make([]rows.Type, len(c.primary))
	for i, at := range c.primary {
		types[i] = c.log.Columns()[at].Type
	}
	w := state.NewWriter(types)
	c.index.AppendKey(slot, w)
	values := make([]string, len(types))
	for i, col := range w.Take() {
		values[i] = fmt.Sprint(col.Value(0))
	}
	return "(" + strings.Join(values, ", ") + ")"
}

// Save writes what the sink holds and the changes that wait.
func (c *conflict) Save(w io.Writer) error {
	s := state.NewSaver(w, "Conflict")
	c.save(s, &expiry{})
	ranks := c.index.Ranks()
	touched := slices.DeleteFunc(slices.Clone(c.touched), func(slot int32) bool { return !c.index.Live(slot) })
	s.Int(int64(len(touched)))
	for _, slot := range touched {
		s.Int(int64(ranks[slot]))
		c.waiting.save(s, slot)
	}
	return s.Close()
}

// Load reads what Save wrote.
func (c *conflict) Load(r io.Reader) error {
	l := state.NewLoader(r, "Conflict")
	c.load(l, &expiry{})
	c.waiting.lists.Grow(c.index.Slots())
	for n := l.Count(); n > 0 && l.OK(); n-- {
		slot := c.index.Ranked(l.Int())
		if l.OK() {
			c.touched = append(c.touched, slot)
			c.waiting.load(l, slot)
		}
	}
	return l.Err()
}
