package formats

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

func rawFormat() format {
	return format{
		name: "raw", options: []string{"charset", "endianness"}, mode: plan.InsertOnly, accepts: plan.InsertOnly,
		decoder: func(s Spec) (Decoder, error) { return newRaw(s, s.Table) },
		encoder: func(s Spec) (Encoder, error) { return newRaw(s, s.Fields) },
	}
}

// raw is one column whose bytes are the message (Flink, Raw Format).
type raw struct {
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
	read bool // the column is read at all
}

var rawSizes = map[rows.Kind]int{
	rows.Boolean: 1, rows.TinyInt: 1, rows.SmallInt: 2, rows.Int: 4, rows.BigInt: 8, rows.Float: 4, rows.Double: 8,
	rows.Varchar: -1, rows.Char: -1, rows.Binary: -1, rows.Varbinary: -1,
}

func newRaw(s Spec, fields []rows.Field) (*raw, error) {
	r := &raw{order: binary.BigEndian, read: len(s.Fields) == 1}
	if len(fields) != 1 {
		return nil, fmt.Errorf("the raw format has one column, not %d", len(fields))
	}
	if _, ok := rawSizes[fields[0].Type.Kind]; !ok {
		return nil, errType(s.Name, fields[0])
	}
	switch s.Options["endianness"] {
	case "", "big-endian":
	case "little-endian":
		r.order = binary.LittleEndian
	default:
		return nil, fmt.Errorf("'raw.endianness' = '%s' is neither big-endian nor little-endian", s.Options["endianness"])
	}
	if charset := s.Options["charset"]; charset != "" && !strings.EqualFold(charset, "UTF-8") {
		return nil, fmt.Errorf("'raw.charset' = '%s' is not supported; UTF-8 is", charset)
	}
	return r, nil
}

// Decode takes the message for the value.
func (r *raw) Decode(message []byte, to *Rows) error {
	to.Grow(to.N + 1)
	if r.read {
		c := to.Cols[0]
		SetNull(c, to.N, message == nil)
		if message != nil {
			if size := rawSizes[c.Type.Kind]; size > 0 && len(message) != size {
				return fmt.Errorf("%d bytes are no %s, which has %d", len(message), c.Type, size)
			}
			r.set(c, to.N, message)
		}
	}
	to.Done(rows.Insert)
	return nil
}

func (r *raw) set(c *rows.Column, i int, m []byte) {
	switch c.Type.Kind {
	case rows.Boolean:
		c.Bools[i] = m[0] != 0
	case rows.TinyInt:
		c.Ints[i] = int64(int8(m[0]))
	case rows.SmallInt:
		c.Ints[i] = int64(int16(r.order.Uint16(m)))
	case rows.Int:
		c.Ints[i] = int64(int32(r.order.Uint32(m)))
	case rows.BigInt:
		c.Ints[i] = int64(r.order.Uint64(m))
	case rows.Float:
		c.Floats[i] = float64(math.Float32frombits(r.order.Uint32(m)))
	case rows.Double:
		c.Floats[i] = math.Float64frombits(r.order.Uint64(m))
	default:
		c.Strings[i] = shared(m)
	}
}

// Append writes the value.
func (r *raw) Append(to []byte, b *rows.Batch, i int) ([]byte, error) {
	c := b.Cols[0]
	if c.Null(i) {
		return to, nil
	}
	switch c.Type.Kind {
	case rows.Boolean:
		if c.Bools[i] {
			return append(to, 1), nil
		}
		return append(to, 0), nil
	case rows.TinyInt:
		return append(to, byte(c.Ints[i])), nil
	case rows.SmallInt:
		return r.order.AppendUint16(to, uint16(c.Ints[i])), nil
	case rows.Int:
		return r.order.AppendUint32(to, uint32(c.Ints[i])), nil
	case rows.BigInt:
		return r.order.AppendUint64(to, uint64(c.Ints[i])), nil
	case rows.Float:
		return r.order.AppendUint32(to, math.Float32bits(float32(c.Floats[i]))), nil
	case rows.Double:
		return r.order.AppendUint64(to, math.Float64bits(c.Floats[i])), nil
	}
	return append(to, c.Strings[i]...), nil
}
