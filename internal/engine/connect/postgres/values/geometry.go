package values

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// geometry are PostgreSQL's own geometric types.
func (m Modes) geometry(t *Type, _ int32) (Conversion, bool) {
	switch t.OID {
	case oidPoint:
		return point(), true
	case oidBox, oidLseg, oidPath, oidPolygon:
		return shape(shapes[t.OID]), true
	case oidCircle:
		s := named(data.Struct, "io.debezium.data.geometry.Circle")
		s.Doc = "Geometry (CIRCLE)"
		s.Fields = []data.Field{{Name: "center", Schema: pointSchema()}, {Name: "radius", Schema: &data.Schema{Kind: data.Float64}}}
		return Conversion{Schema: s, Append: appendCircle, Zero: must(appendCircle(nil, []byte("<(0,0),0>")))}, true
	case oidLine:
		s := named(data.Struct, "io.debezium.data.geometry.Line")
		s.Doc = "Geometry (LINE)"
		for _, name := range []string{"a", "b", "c"} {
			s.Fields = append(s.Fields, data.Field{Name: name, Schema: &data.Schema{Kind: data.Float64}})
		}
		return Conversion{Schema: s, Append: appendLine, Zero: must(appendLine(nil, []byte("{0,1,0}")))}, true
	}
	return Conversion{}, false
}

// must is for texts of our own.
func must(packed []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return packed
}

func pointSchema() *data.Schema {
	s := named(data.Struct, "io.debezium.data.geometry.Point")
	s.Doc = "Geometry (POINT)"
	s.Fields = []data.Field{
		{Name: "x", Schema: &data.Schema{Kind: data.Float64}},
		{Name: "y", Schema: &data.Schema{Kind: data.Float64}},
		{Name: "wkb", Schema: &data.Schema{Kind: data.Bytes, Optional: true}},
		{Name: "srid", Schema: &data.Schema{Kind: data.Int32, Optional: true}},
	}
	return s
}

func point() Conversion {
	return Conversion{Schema: pointSchema(), Append: appendPoint, Zero: must(appendPoint(nil, []byte("(0,0)")))}
}

func appendPoint(into, text []byte) ([]byte, error) {
	v, err := numbers(text, 2)
	if err != nil {
		return nil, err
	}
	return packPoint(into, v[0], v[1]), nil
}

func packPoint(into []byte, x, y float64) []byte {
	into = data.AppendFloat64(data.AppendFloat64(into, x), y)
	var wkb [21]byte // well-known binary: little-endian, type 1
	wkb[0], wkb[1] = 1, 1
	binary.LittleEndian.PutUint64(wkb[5:], math.Float64bits(x))
	binary.LittleEndian.PutUint64(wkb[13:], math.Float64bits(y))
	return data.AppendNull(data.AppendBytes(data.AppendPresent(into), wkb[:]))
}

// numbers are the numbers of a geometric text, whatever its brackets; n: how many there must be, 0 any.
func numbers(text []byte, n int) ([]float64, error) {
	var v []float64
	for _, word := range bytes.FieldsFunc(text, func(r rune) bool { return bytes.ContainsRune([]byte("()[]{}<>,"), r) }) {
		f, err := strconv.ParseFloat(string(word), 64)
		if err != nil {
			return nil, fmt.Errorf("%.40q is no geometric value", text)
		}
		v = append(v, f)
	}
	if n > 0 && len(v) != n || len(v)%2 != 0 && n == 0 {
		return nil, fmt.Errorf("%.40q is no geometric value", text)
	}
	return v, nil
}

func appendCircle(into, text []byte) ([]byte, error) {
	v, err := numbers(text, 3)
	if err != nil {
		return nil, err
	}
	return data.AppendFloat64(packPoint(into, v[0], v[1]), v[2]), nil
}

func appendLine(into, text []byte) ([]byte, error) {
	v, err := numbers(text, 3)
	if err != nil {
		return nil, err
	}
	for _, f := range v {
		into = data.AppendFloat64(into, f)
	}
	return into, nil
}

// outline is how a shape is written as well-known binary.
type outline struct {
	name string
	zero string
	ring func(v []float64) []float64 // of a polygon; nil: a line string
}

var shapes = map[uint32]outline{
	oidBox: {"box", "(1,1),(0,0)", func(v []float64) []float64 {
		return []float64{v[0], v[1], v[0], v[3], v[2], v[3], v[2], v[1], v[0], v[1]}
	}},
	oidLseg: {"lseg", "[(0,0),(1,0)]", nil},
	oidPath: {"path", "[(0,0),(1,0)]", nil},
	oidPolygon: {"polygon", "((0,0),(1,0),(0,1))", func(v []float64) []float64 {
		if n := len(v); v[0] != v[n-2] || v[1] != v[n-1] {
			v = append(v, v[0], v[1])
		}
		return v
	}},
}

func shape(o outline) Conversion {
	s := named(data.Struct, "io.debezium.data.geometry.Geometry")
	s.Version, s.Doc = 2, "Geometry"
	text := &data.Schema{Kind: data.String}
	s.Fields = []data.Field{
		{Name: "wkb", Schema: &data.Schema{Kind: data.Bytes}},
		{Name: "srid", Schema: &data.Schema{Kind: data.Int32, Optional: true}},
		{Name: "extensions", Schema: &data.Schema{Kind: data.Map, Key: text, Elem: text, Optional: true}},
	}
	return Conversion{Schema: s, Append: o.append, Zero: must(o.append(nil, []byte(o.zero)))}
}

func (o outline) append(into, text []byte) ([]byte, error) {
	v, err := numbers(text, 0)
	if err != nil || len(v) < 2 || o.name == "box" && len(v) != 4 {
		return nil, fmt.Errorf("%.40q is no %s", text, o.name)
	}
	into = data.AppendNull(data.AppendBytes(into, o.wkb(v)))
	extensions := []string{"type", o.name}
	if o.name == "path" {
		extensions = append(extensions, "closed", strconv.FormatBool(text[0] == '('))
	}
	into = data.AppendInt(data.AppendPresent(into), int64(len(extensions)/2))
	for _, word := range extensions {
		into = data.AppendString(into, word)
	}
	return data.AppendInt(into, 0), nil
}

func (o outline) wkb(v []float64) []byte {
	b := []byte{1}
	if o.ring == nil {
		b = binary.LittleEndian.AppendUint32(b, 2)
	} else {
		v = o.ring(v)
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, 3), 1)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(v)/2))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}
