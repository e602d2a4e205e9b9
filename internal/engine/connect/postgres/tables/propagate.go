package tables

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
)

// Propagation names the columns whose schemas tell of the column's own type (column.propagate.source.type, by
// schema.table.column; datatype.propagate.source.type, by schema.table.type).
type Propagation struct{ Columns, Types []*regexp.Regexp }

// parameters are those that Debezium's schemas have: the type, its length and scale as pgjdbc gives them, and the name.
func (p Propagation) parameters(table string, c *Column) []data.Parameter {
	name := c.Type.Name
	if !matches(p.Columns, table+"."+c.Name) && !matches(p.Types, table+"."+name) {
		return nil
	}
	const prefix = "__debezium.source.column."
	length, scale := extent(c)
	return []data.Parameter{
		{Name: prefix + "type", Value: strings.ToUpper(name)},
		{Name: prefix + "length", Value: strconv.Itoa(length)},
		{Name: prefix + "scale", Value: strconv.Itoa(scale)},
		{Name: prefix + "name", Value: c.Name},
	}
}

// fixed are the lengths and scales of types that have no modifier.
var fixed = map[string][2]int{
	"int2": {5, 0}, "int4": {10, 0}, "oid": {10, 0}, "int8": {19, 0}, "float4": {8, 8}, "float8": {17, 17}, "bool": {1, 0}, "char": {1, 0},
	"date": {13, 0},
}

// clocks are the letters of a time without its decimals.
var clockLetters = map[string]int{"time": 8, "timetz": 14, "timestamp": 22, "timestamptz": 28}

// extent is the length and the scale of a column.
func extent(c *Column) (length, scale int) {
	t, mod := root(c)
	if e, ok := fixed[t.Name]; ok {
		return e[0], e[1]
	}
	if letters, ok := clockLetters[t.Name]; ok {
		return clockExtent(letters, mod)
	}
	switch {
	case t.Name == "interval" && mod < 0:
		return 49, 6
	case t.Name == "interval":
		return 49, int(mod) & 0xffff
	case t.Name == "numeric" && mod < 0:
		return 131089, 0
	case t.Name == "numeric":
		return int(mod-4) >> 16, int(mod-4) & 0xffff
	case (t.Name == "varchar" || t.Name == "bpchar") && mod >= 4:
		return int(mod - 4), 0
	case (t.Name == "bit" || t.Name == "varbit") && mod >= 0:
		return int(mod), 0
	}
	return math.MaxInt32, 0
}

func clockExtent(letters int, mod int32) (length, scale int) {
	switch {
	case mod < 0:
		return letters + 7, 6
	case mod == 0:
		return letters, 0
	case mod == 1:
		return letters + 3, 1
	}
	return letters + int(mod) + 1, int(mod)
}

// root is the type below domains, with the modifier that holds for it.
func root(c *Column) (*values.Type, int32) {
	t, mod := c.Type, c.Mod
	for t.Base != nil {
		if mod < 0 {
			mod = t.Mod
		}
		t = t.Base
	}
	return t, mod
}
