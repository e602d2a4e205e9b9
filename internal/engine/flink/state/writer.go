package state

import (
	"encoding/binary"
	"math"

	"github.com/weftmesh/weft/internal/rows"
)

// Writer puts rows together that come from the bytes of a Codec or from columns. Its strings are copies in memory of
// their own, so that what is emitted pins no state.
type Writer struct {
	types []rows.Type
	cols  []*rows.Column
	n     int
	text  arena
}

// NewWriter makes a writer of rows with columns of these types.
func NewWriter(types []rows.Type) *Writer {
	w := &Writer{types: types}
	w.fresh(0)
	return w
}

func (w *Writer) fresh(room int) {
	w.cols, w.n = make([]*rows.Column, len(w.types)), 0
	for i, t := range w.types {
		w.cols[i] = rows.NewColumn(t, room)
		w.cols[i].Resize(0)
	}
}

// Len is the number of rows so far.
func (w *Writer) Len() int { return w.n }

// Columns gives the columns as they are now.
func (w *Writer) Columns() []*rows.Column { return w.cols }

// Row says that a value was added to each column.
func (w *Writer) Row() { w.n++ }

// AppendRow adds the values of an encoded row to the first columns. Row closes the row.
func (w *Writer) AppendRow(c *Codec, row []byte) { w.AppendAt(c, row, 0) }

// AppendAt adds the values of an encoded row to the columns from offset on.
func (w *Writer) AppendAt(c *Codec, row []byte, offset int) {
	for _, at := range c.order {
		row = w.appendValue(w.cols[offset+at], c.kinds[at], row)
	}
}

// AppendFrom adds row i of columns of the same types to the first columns. Row closes the row.
func (w *Writer) AppendFrom(cols []*rows.Column, i int) {
	for at, c := range cols {
		w.cols[at].AppendFrom(c, i)
	}
}

func (w *Writer) appendValue(col *rows.Column, layout rows.Layout, b []byte) []byte {
	if b[0] == isNull {
		appendNull(col)
		return b[1:]
	}
	b = b[1:]
	switch layout {
	case rows.IntLayout:
		appendInt(col, int64(binary.LittleEndian.Uint64(b)))
		return b[8:]
	case rows.StringLayout:
		n, at := binary.Uvarint(b)
		end := at + int(n)
		appendString(col, w.text.keep(b[at:end]))
		return b[end:]
	case rows.BoolLayout:
		col.Bools = append(col.Bools, b[0] != 0)
		notNull(col)
		return b[1:]
	case rows.FloatLayout:
		col.Floats = append(col.Floats, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		notNull(col)
		return b[8:]
	case rows.DecimalLayout:
		col.Decimals = append(col.Decimals, num(b))
		notNull(col)
		return b[16:]
	default:
		v, rest := boxed(b)
		col.Boxed = append(col.Boxed, v)
		notNull(col)
		return rest
	}
}

// AppendInt adds a whole number to a column.
func (w *Writer) AppendInt(col int, v int64) { appendInt(w.cols[col], v) }

// AppendNull adds NULL to a column.
func (w *Writer) AppendNull(col int) { appendNull(w.cols[col]) }

// Take gives the columns with what was put together, and starts anew.
func (w *Writer) Take() []*rows.Column {
	cols := w.cols
	w.fresh(min(w.n, rows.BatchSize))
	return cols
}

// Clear starts anew with the same memory: for columns that were not handed on.
func (w *Writer) Clear() {
	w.n = 0
	for _, c := range w.cols {
		c.Nulls = nil
		c.Resize(0)
	}
}

func notNull(c *rows.Column) {
	if c.Nulls != nil {
		c.Nulls = append(c.Nulls, false)
	}
}

func appendNull(c *rows.Column) { c.Append(nil) }

func appendInt(c *rows.Column, v int64) {
	c.Ints = append(c.Ints, v)
	notNull(c)
}

func appendString(c *rows.Column, v string) {
	c.Strings = append(c.Strings, v)
	notNull(c)
}

// arena keeps the bytes of many strings together.
type arena struct {
	chunk []byte
	size  int
}

const (
	firstChunk = 512
	fullChunk  = 1 << 16
)

// keep copies bytes and gives them as a string.
func (a *arena) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > cap(a.chunk)-len(a.chunk) {
		a.size = min(fullChunk, max(firstChunk, 2*a.size))
		a.chunk = make([]byte, 0, max(a.size, len(b)))
	}
	from := len(a.chunk)
	a.chunk = append(a.chunk, b...)
	return view(a.chunk[from:])
}
