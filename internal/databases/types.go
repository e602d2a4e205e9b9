package databases

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/weftmesh/weft/internal/schemas"
)

// plain are the types whose values need no more than a name (Debezium for PostgreSQL, "Data type mappings", with the
// default modes).
var plain = map[string]schemas.Kind{
	"int2": schemas.Int, "int4": schemas.Int, "int8": schemas.Long, "oid": schemas.Long, "interval": schemas.Long,
	"float4": schemas.Float, "float8": schemas.Double, "bool": schemas.Boolean, "bytea": schemas.Bytes, "varbit": schemas.Bytes,
	"date": schemas.Date, "time": schemas.Time, "timetz": schemas.Time, "uuid": schemas.UUID,
	"json": schemas.JSON, "jsonb": schemas.JSON, "hstore": schemas.JSON, "point": schemas.JSON, "geometry": schemas.JSON, "geography": schemas.JSON,
	"text": schemas.String, "varchar": schemas.String, "bpchar": schemas.String, "char": schemas.String, "name": schemas.String, "citext": schemas.String,
	"xml": schemas.String, "ltree": schemas.String, "inet": schemas.String, "cidr": schemas.String, "macaddr": schemas.String, "macaddr8": schemas.String,
	"int4range": schemas.String, "int8range": schemas.String, "numrange": schemas.String, "tsrange": schemas.String, "tstzrange": schemas.String, "daterange": schemas.String,
}

// notes are what people should know of types that come out otherwise than they look.
var notes = map[string]string{
	"interval": "an interval, in microseconds", "timestamp": "without a time zone in the table: taken as UTC", "timetz": "shifted to UTC",
	"point": "an object with x and y", "geometry": "an object with wkb and srid", "geography": "an object with wkb and srid",
}

// symbol is what Avro takes as a symbol of an enum.
var symbol = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Contract is what a contract calls the column's type, with what people should know of it. Where no contract can carry
// its values it is not ok, and the note says why.
func (c Column) Contract() (t schemas.Type, note string, ok bool) {
	kind, known := plain[c.Base]
	switch {
	case c.Items != nil:
		return c.array()
	case c.Kind == "e":
		return c.enum()
	case c.Kind == "c":
		return t, fmt.Sprintf("of composite type %s, which change data capture does not read", c.Type), false
	case c.Base == "numeric":
		return c.numeric()
	case c.Base == "money":
		return schemas.Type{Kind: schemas.Decimal, Precision: 19, Scale: 2}, "", true
	case c.Base == "timestamp" || c.Base == "timestamptz":
		return schemas.Type{Kind: schemas.Timestamp, Precision: 3}, notes[c.Base], true
	case c.Base == "bit" && c.Modifier == 1:
		return schemas.Type{Kind: schemas.Boolean}, "", true
	case c.Base == "bit":
		return schemas.Type{Kind: schemas.Bytes}, "", true
	case known:
		return schemas.Type{Kind: kind}, notes[c.Base], true
	}
	return t, fmt.Sprintf("of type %s, which change data capture does not read", c.Type), false
}

func (c Column) array() (schemas.Type, string, bool) {
	if c.Depth > 1 {
		return schemas.Type{}, fmt.Sprintf("an array of %d dimensions, whose inner ones change data capture does not read", c.Depth), false
	}
	items, note, ok := c.Items.Contract()
	if !ok {
		return schemas.Type{}, "an array of " + strings.TrimPrefix(note, "of "), false
	}
	return schemas.Type{Kind: schemas.Array, Items: &items}, note, true
}

func (c Column) enum() (schemas.Type, string, bool) {
	for _, s := range c.Symbols {
		if !symbol.MatchString(s) {
			return schemas.Type{Kind: schemas.String}, fmt.Sprintf("an enum, whose value %q cannot be a symbol in Avro", s), true
		}
	}
	if len(c.Symbols) == 0 {
		return schemas.Type{Kind: schemas.String}, "an enum without values", true
	}
	return schemas.Type{Kind: schemas.Enum, Symbols: c.Symbols}, "", true
}

// Digits that a numeric without any gets: Flink's most, with room for parts.
const openScale = 9

func (c Column) numeric() (schemas.Type, string, bool) {
	precision, scale, declared := c.digits()
	t := schemas.Type{Kind: schemas.Decimal, Precision: max(precision, scale), Scale: scale}
	switch {
	case !declared:
		return schemas.Type{Kind: schemas.Decimal, Precision: schemas.MaxDecimalPrecision, Scale: openScale}, "the table sets no limit: a value with more digits goes to the quarantine", true
	case scale < 0:
		return t, fmt.Sprintf("%s, whose scale is negative", c.Type), false
	case scale > schemas.MaxDecimalPrecision:
		return t, fmt.Sprintf("%s, which has more digits after the point than the %d of a decimal", c.Type, schemas.MaxDecimalPrecision), false
	case precision > schemas.MaxDecimalPrecision:
		t.Precision = schemas.MaxDecimalPrecision
		return t, fmt.Sprintf("%s in the table: a value of more than %d digits goes to the quarantine", c.Type, schemas.MaxDecimalPrecision), true
	}
	return t, "", true
}
