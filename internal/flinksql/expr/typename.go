package expr

import (
	"fmt"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/rows"
)

// TypeOf gives the type that a name stands for; it is nullable unless NOT NULL follows. Errors are *lex.Error. Source:
// Flink's documentation, Data Types.
func TypeOf(name *ast.TypeName) (rows.Type, error) {
	t, err := typeOf(name)
	if err != nil {
		return t, err
	}
	return t.Nullable(!name.NotNull), nil
}

var plainTypes = map[string]rows.Type{
	"BOOLEAN": rows.BooleanType, "TINYINT": {Kind: rows.TinyInt}, "SMALLINT": {Kind: rows.SmallInt}, "INT": rows.IntType, "INTEGER": rows.IntType,
	"BIGINT": rows.BigIntType, "FLOAT": {Kind: rows.Float}, "DOUBLE": rows.DoubleType, "DOUBLE PRECISION": rows.DoubleType, "STRING": rows.StringType,
	"BYTES": rows.BytesType, "DATE": rows.DateType, "NULL": {},
}

func typeOf(name *ast.TypeName) (rows.Type, error) {
	if t, ok := plainTypes[name.Name]; ok {
		if len(name.Args) > 0 {
			return t, wrong(name, "Leave the brackets out.", "%s has no length or precision", name.Name)
		}
		return t, nil
	}
	switch name.Name {
	case "CHAR", "CHARACTER":
		return lengthOf(name, rows.Char, 1)
	case "VARCHAR", "CHARACTER VARYING", "CHAR VARYING":
		return lengthOf(name, rows.Varchar, rows.MaxLength)
	case "BINARY":
		return lengthOf(name, rows.Binary, 1)
	case "VARBINARY", "BINARY VARYING":
		return lengthOf(name, rows.Varbinary, rows.MaxLength)
	case "DECIMAL", "DEC", "NUMERIC":
		return decimalOf(name)
	case "TIME":
		return fractionOf(name, rows.Time, 0, 3)
	case "TIMESTAMP":
		return fractionOf(name, rows.Timestamp, 6, 9)
	case "TIMESTAMP_LTZ":
		return fractionOf(name, rows.TimestampLTZ, 6, 9)
	case "INTERVAL":
		return intervalOf(name)
	case "ARRAY", "MULTISET", "MAP", "ROW":
		return nestedOf(name)
	case "TIMESTAMP_TZ", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_WITH_TIME_ZONE":
		return rows.Type{}, wrong(name, "Use TIMESTAMP_LTZ for points in time, TIMESTAMP for a date with a time of day.", "TIMESTAMP WITH TIME ZONE is not a type that Flink can process")
	case "VARIANT", "RAW", "STRUCTURED", "BITMAP", "DESCRIPTOR":
		return rows.Type{}, wrong(name, "Use STRING with JSON_VALUE and its like, or ROW<...>.", "the type %s is missing here", name.Name)
	}
	return rows.Type{}, wrong(name, "Types are STRING, BIGINT, INT, DOUBLE, DECIMAL(p, s), BOOLEAN, DATE, TIMESTAMP(3), TIMESTAMP_LTZ(3), ARRAY<t>, MAP<k, v>, ROW<name type>.",
		"there is no type %s", name.Name)
}

func wrong(at ast.Node, hint, format string, args ...any) error {
	return &lex.Error{Position: at.At(), Message: fmt.Sprintf(format, args...), Hint: hint}
}

func lengthOf(name *ast.TypeName, kind rows.Kind, length int) (rows.Type, error) {
	if len(name.Args) > 0 {
		length = name.Args[0]
	}
	if length < 1 || length > rows.MaxLength {
		return rows.Type{}, wrong(name, "", "the length of %s is 1 to %d, not %d", name.Name, rows.MaxLength, length)
	}
	return rows.Type{Kind: kind, Length: length}, nil
}

func decimalOf(name *ast.TypeName) (rows.Type, error) {
	precision, scale := 10, 0
	if len(name.Args) > 0 {
		precision = name.Args[0]
	}
	if len(name.Args) > 1 {
		scale = name.Args[1]
	}
	if precision < 1 || precision > rows.MaxPrecision {
		return rows.Type{}, wrong(name, "", "the precision of DECIMAL is 1 to %d, not %d", rows.MaxPrecision, precision)
	}
	if scale < 0 || scale > precision {
		return rows.Type{}, wrong(name, "", "the scale of DECIMAL(%d, %d) is 0 to %d", precision, scale, precision)
	}
	return rows.DecimalType(precision, scale), nil
}

// fractionOf refuses more milliseconds than a TIME has. Timestamps may be declared as fine as Flink's, with nine digits of
// a second, of which six are kept.
func fractionOf(name *ast.TypeName, kind rows.Kind, precision, most int) (rows.Type, error) {
	if len(name.Args) > 0 {
		precision = name.Args[0]
	}
	if precision < 0 || precision > 9 {
		return rows.Type{}, wrong(name, "", "the precision of %s is 0 to 9, not %d", name.Name, precision)
	}
	if precision > most {
		return rows.Type{}, wrong(name, fmt.Sprintf("Write %s(%d).", name.Name, most), "%s(%d) is missing here: a fraction of a second has at most %d digits", name.Name, precision, most)
	}
	return rows.Type{Kind: kind, Precision: precision}, nil
}

func intervalOf(name *ast.TypeName) (rows.Type, error) {
	switch name.Unit.From {
	case "YEAR", "QUARTER", "MONTH":
		return rows.Type{Kind: rows.IntervalMonths}, nil
	}
	return rows.Type{Kind: rows.IntervalMillis}, nil
}

func nestedOf(name *ast.TypeName) (rows.Type, error) {
	members := make([]*rows.Type, len(name.Elements))
	for i, e := range name.Elements {
		t, err := TypeOf(e)
		if err != nil {
			return rows.Type{}, err
		}
		members[i] = &t
	}
	switch {
	case name.Name == "ROW":
		return rowOf(name)
	case name.Name == "MAP" && len(members) == 2:
		return rows.Type{Kind: rows.Map, Key: members[0], Elem: members[1]}, nil
	case name.Name == "ARRAY" && len(members) == 1:
		return rows.Type{Kind: rows.Array, Elem: members[0]}, nil
	case name.Name == "MULTISET" && len(members) == 1:
		return rows.Type{Kind: rows.Multiset, Elem: members[0]}, nil
	}
	return rows.Type{}, wrong(name, "Write ARRAY<t>, MULTISET<t> or MAP<k, v>.", "%s does not name the types of its members", name.Name)
}

func rowOf(name *ast.TypeName) (rows.Type, error) {
	fields := make([]rows.Field, len(name.Fields))
	for i, f := range name.Fields {
		t, err := TypeOf(f.Type)
		if err != nil {
			return rows.Type{}, err
		}
		fields[i] = rows.Field{Name: f.Name, Type: t}
	}
	return rows.Type{Kind: rows.Row, Fields: fields}, nil
}
