package avroform

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/rows"
)

// set makes what reads values of a writer's schema into a column of a type.
func (a *compiler) set(n *avro.SchemaNode, t rows.Type) (setter, error) {
	n = a.Of(n)
	if n.Type == "union" {
		return a.setUnion(n, t)
	}
	if n.Type == "null" {
		return func(_ *Reader, c *rows.Column, i int) { c.PutNull(i, true) }, nil
	}
	read, err := a.plain(n, t)
	if err != nil {
		return nil, err
	}
	return func(r *Reader, c *rows.Column, i int) {
		if c.Nulls != nil {
			c.Nulls[i] = false
		}
		read(r, c, i)
	}, nil
}

func (a *compiler) setUnion(n *avro.SchemaNode, t rows.Type) (setter, error) {
	branches := make([]setter, len(n.Branches))
	var failed error
	fits := false
	for i := range n.Branches {
		set, err := a.set(&n.Branches[i], t)
		if err != nil {
			failed = err
			set = func(r *Reader, _ *rows.Column, _ int) { r.Fail(err) }
		} else if a.Of(&n.Branches[i]).Type != "null" {
			fits = true
		}
		branches[i] = set
	}
	if failed != nil && !fits {
		return nil, failed
	}
	return func(r *Reader, c *rows.Column, i int) {
		if b := r.Branch(len(branches)); b >= 0 {
			branches[b](r, c, i)
		}
	}, nil
}

// plain reads what is not null.
func (a *compiler) plain(n *avro.SchemaNode, t rows.Type) (setter, error) {
	switch t.Kind.Layout() {
	case rows.BoolLayout:
		if n.Type == "boolean" {
			return a.setBoolean, nil
		}
	case rows.IntLayout:
		if read := readWhole(n, t); read != nil {
			return func(r *Reader, c *rows.Column, i int) { c.Ints[i] = read(r) }, nil
		}
	case rows.FloatLayout:
		if read := readFloat(n); read != nil {
			return func(r *Reader, c *rows.Column, i int) { c.Floats[i] = read(r) }, nil
		}
	case rows.DecimalLayout:
		if read := readDecimal(n, t); read != nil {
			return a.setDecimal(read), nil
		}
	case rows.StringLayout:
		if read := readString(n, t); read != nil {
			return func(r *Reader, c *rows.Column, i int) { c.Strings[i] = read(r) }, nil
		}
	case rows.BoxedLayout:
		box, err := a.box(n, t)
		return func(r *Reader, c *rows.Column, i int) { c.Boxed[i] = box(r) }, err
	}
	return nil, errAvro(n, t)
}

func (a *compiler) setDecimal(read func(*Reader) (rows.Num, bool)) setter {
	return func(r *Reader, c *rows.Column, i int) {
		v, ok := read(r)
		if !ok && a.strict {
			r.Fail(errDigits)
			return
		}
		c.Decimals[i] = v
		c.PutNull(i, !ok)
	}
}

func (a *compiler) setBoolean(r *Reader, c *rows.Column, i int) {
	if a.strict && r.At < len(r.Data) && r.Data[r.At] > 1 {
		r.Fail(errBoolean)
	}
	c.Bools[i] = r.Boolean()
}

// What only strict programs refuse.
var (
	errDigits  = errors.New("it has more digits than its column")
	errBoolean = errors.New("a boolean that is neither 0 nor 1")
)

// readWhole reads whole numbers, dates and times. The writer's unit counts; a bare long is one of milliseconds for
// TIMESTAMP(0..3) and of microseconds beyond.
func readWhole(n *avro.SchemaNode, t rows.Type) func(r *Reader) int64 {
	if n.Type != "int" && n.Type != "long" {
		return nil
	}
	switch t.Kind {
	case rows.Timestamp, rows.TimestampLTZ:
		return readTimestamp(n, t)
	case rows.Time:
		if n.LogicalType == "time-micros" {
			return func(r *Reader) int64 { return r.Long() / 1000 }
		}
	case rows.TinyInt:
		return func(r *Reader) int64 { return int64(int8(r.Long())) }
	case rows.SmallInt:
		return func(r *Reader) int64 { return int64(int16(r.Long())) }
	case rows.Int, rows.IntervalMonths:
		if n.Type == "long" {
			return nil // Avro has no way from long to int
		}
	}
	return (*Reader).Long
}

func readTimestamp(n *avro.SchemaNode, t rows.Type) func(r *Reader) int64 {
	unit := n.LogicalType
	if unit == "" && t.Precision <= 3 {
		unit = "timestamp-millis"
	}
	precision := t.Precision
	switch unit {
	case "timestamp-millis", "local-timestamp-millis":
		if precision >= 3 {
			return func(r *Reader) int64 { return r.Long() * 1000 }
		}
		return func(r *Reader) int64 { return rows.Cut(r.Long()*1000, precision) }
	case "timestamp-nanos", "local-timestamp-nanos":
		return func(r *Reader) int64 { return rows.Cut(rows.FloorDiv(r.Long(), 1000), precision) }
	}
	return func(r *Reader) int64 { return rows.Cut(r.Long(), precision) }
}

func readFloat(n *avro.SchemaNode) func(r *Reader) float64 {
	switch n.Type {
	case "int", "long":
		return func(r *Reader) float64 { return float64(r.Long()) }
	case "float":
		return (*Reader).Float
	case "double":
		return (*Reader).Double
	}
	return nil
}

// readDecimal reads a decimal of any scale; one that does not fit is NULL, as in Flink.
func readDecimal(n *avro.SchemaNode, t rows.Type) func(r *Reader) (rows.Num, bool) {
	read := readBytes(n)
	if read == nil || n.Type == "string" {
		return nil
	}
	scale := t.Scale
	if n.LogicalType == "decimal" {
		scale = n.Scale
	}
	return func(r *Reader) (rows.Num, bool) {
		v, ok := numOf(read(r))
		if !ok {
			return v, false
		}
		if scale != t.Scale {
			if v, ok = v.Rescale(scale, t.Scale); !ok {
				return v, false
			}
		}
		return v, v.Fits(t.Precision)
	}
}

// numOf reads a number in two's complement, the highest byte first.
func numOf(b []byte) (rows.Num, bool) {
	if len(b) == 0 {
		return rows.Num{}, true
	}
	sign := int64(int8(b[0])) >> 7
	for len(b) > 16 {
		if int64(int8(b[0])) != sign {
			return rows.Num{}, false
		}
		b = b[1:]
	}
	n := rows.Num{Hi: sign, Lo: uint64(sign)}
	for _, c := range b {
		n.Hi = n.Hi<<8 | int64(n.Lo>>56)
		n.Lo = n.Lo<<8 | uint64(c)
	}
	return n, true
}

// bytesOf is the other way round, as short as it can be.
func bytesOf(to []byte, n rows.Num) []byte {
	size := 16
	if v, ok := n.Int64(); ok {
		size = (bits.Len64(uint64(v^v>>63)) + 8) / 8
	}
	for i := size - 1; i >= 0; i-- {
		if i >= 8 {
			to = append(to, byte(n.Hi>>(8*(i-8))))
		} else {
			to = append(to, byte(n.Lo>>(8*i)))
		}
	}
	return to
}

func readBytes(n *avro.SchemaNode) func(r *Reader) []byte {
	switch n.Type {
	case "bytes", "string":
		return (*Reader).Bytes
	case "fixed":
		size := int64(n.Size)
		return func(r *Reader) []byte { return r.Take(size) }
	}
	return nil
}

func readString(n *avro.SchemaNode, t rows.Type) func(r *Reader) string {
	if n.Type == "enum" && t.Kind.IsText() {
		symbols := n.Symbols
		return func(r *Reader) string {
			i := r.Long()
			if i < 0 || i >= int64(len(symbols)) {
				r.Fail(fmt.Errorf("symbol %d of an enum of %d", i, len(symbols)))
				return ""
			}
			return symbols[i]
		}
	}
	if n.Type == "fixed" && n.LogicalType == "uuid" && t.Kind.IsText() {
		return func(r *Reader) string { return uuidText(r.Take(16)) }
	}
	if read := readBytes(n); read != nil && (n.Type != "fixed" || t.Kind.IsBytes()) {
		return func(r *Reader) string { return rows.Shared(read(r)) }
	}
	return nil
}

func uuidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// box makes what reads values into boxes.
func (a *compiler) box(n *avro.SchemaNode, t rows.Type) (box, error) {
	n = a.Of(n)
	switch {
	case n.Type == "union":
		return a.boxUnion(n, t)
	case n.Type == "null":
		return func(*Reader) any { return nil }, nil
	case n.Type == "array" && t.Kind == rows.Array:
		item, err := a.box(n.Items, *t.Elem)
		return func(r *Reader) any {
			list := []any{}
			r.blocks(func() { list = append(list, item(r)) })
			return list
		}, err
	case n.Type == "map" && (t.Kind == rows.Map && t.Key.Kind.IsText() || t.Kind == rows.Multiset):
		return a.boxMap(n, t)
	case (n.Type == "record" || n.Type == "error") && t.Kind == rows.Row:
		return a.boxRecord(n, t)
	case t.Kind.Layout() == rows.BoxedLayout:
		return nil, errAvro(n, t)
	}
	return a.boxPlain(n, t)
}

func (a *compiler) boxPlain(n *avro.SchemaNode, t rows.Type) (box, error) {
	switch t.Kind.Layout() {
	case rows.BoolLayout:
		if n.Type == "boolean" {
			return func(r *Reader) any { return r.Boolean() }, nil
		}
	case rows.IntLayout:
		if read := readWhole(n, t); read != nil {
			return func(r *Reader) any { return read(r) }, nil
		}
	case rows.FloatLayout:
		if read := readFloat(n); read != nil {
			return func(r *Reader) any { return read(r) }, nil
		}
	case rows.DecimalLayout:
		if read := readDecimal(n, t); read != nil {
			return func(r *Reader) any {
				if v, ok := read(r); ok {
					return v
				}
				return nil
			}, nil
		}
	case rows.StringLayout:
		if read := readString(n, t); read != nil {
			return func(r *Reader) any { return read(r) }, nil
		}
	}
	return nil, errAvro(n, t)
}

func (a *compiler) boxUnion(n *avro.SchemaNode, t rows.Type) (box, error) {
	branches := make([]box, len(n.Branches))
	var failed error
	fits := false
	for i := range n.Branches {
		box, err := a.box(&n.Branches[i], t)
		if err != nil {
			failed = err
			box = func(r *Reader) any { r.Fail(err); return nil }
		} else if a.Of(&n.Branches[i]).Type != "null" {
			fits = true
		}
		branches[i] = box
	}
	if failed != nil && !fits {
		return nil, failed
	}
	return func(r *Reader) any {
		if b := r.Branch(len(branches)); b >= 0 {
			return branches[b](r)
		}
		return nil
	}, nil
}

func (a *compiler) boxMap(n *avro.SchemaNode, t rows.Type) (box, error) {
	of := rows.IntType
	if t.Kind == rows.Map {
		of = *t.Elem
	}
	value, err := a.box(n.Values, of)
	return func(r *Reader) any {
		entries := rows.Entries{}
		r.blocks(func() {
			key := rows.Shared(r.Bytes())
			entries = append(entries, rows.Pair{Key: key, Value: value(r)})
		})
		return entries
	}, err
}

func (a *compiler) boxRecord(n *avro.SchemaNode, t rows.Type) (box, error) {
	type member struct {
		at   int
		box  box
		skip Skip
	}
	members := make([]member, len(n.Fields))
	for i := range n.Fields {
		members[i].at = rows.Schema(t.Fields).Index(n.Fields[i].Name)
		if members[i].at < 0 {
			members[i].skip = a.skip(&n.Fields[i].Type)
			continue
		}
		box, err := a.box(&n.Fields[i].Type, t.Fields[members[i].at].Type)
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", n.Fields[i].Name, err)
		}
		members[i].box = box
	}
	width := len(t.Fields)
	return func(r *Reader) any {
		row := make([]any, width)
		for _, m := range members {
			if m.box != nil {
				row[m.at] = m.box(r)
			} else {
				m.skip(r)
			}
		}
		return row
	}, nil
}
