package codecs

import (
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// Columns are the columns that rows of a schema have, one for each field, as transforms read them: timestamps without
// a zone, of at most microseconds.
func Columns(fields []schemas.Field) rows.Schema {
	columns := make(rows.Schema, len(fields))
	for i, f := range fields {
		columns[i] = rows.Field{Name: f.Name, Type: ColumnType(f.Type).Nullable(!f.Required)}
	}
	return columns
}

// ColumnType is the type of the column that holds values of a type.
func ColumnType(t schemas.Type) rows.Type {
	switch t.Kind {
	case schemas.Int:
		return rows.IntType
	case schemas.Long:
		return rows.BigIntType
	case schemas.Float:
		return rows.Type{Kind: rows.Float}
	case schemas.Double:
		return rows.DoubleType
	case schemas.Boolean:
		return rows.BooleanType
	case schemas.Bytes:
		return rows.BytesType
	case schemas.Decimal:
		return rows.DecimalType(t.Precision, t.Scale)
	case schemas.Date:
		return rows.DateType
	case schemas.Time:
		return rows.Type{Kind: rows.Time, Precision: 3}
	case schemas.Timestamp:
		return rows.TimestampType(t.Precision)
	}
	return nestedType(t)
}

func nestedType(t schemas.Type) rows.Type {
	switch t.Kind {
	case schemas.Array:
		return rows.Type{Kind: rows.Array, Elem: new(ColumnType(*t.Items).Nullable(false))}
	case schemas.Map:
		return rows.Type{Kind: rows.Map, Key: new(rows.StringType.Nullable(false)), Elem: new(ColumnType(*t.Items).Nullable(false))}
	case schemas.RecordOf:
		return rows.Type{Kind: rows.Row, Fields: Columns(t.Fields)}
	}
	return rows.StringType // string, uuid, enum, json
}

const day = 24 * time.Hour

// Boxed gives a native value as columns have it, on its own.
func Boxed(t schemas.Type, value any) any {
	switch v := value.(type) {
	case float32:
		return float64(v)
	case []byte:
		return string(v)
	case *big.Rat:
		n, _ := rows.ParseNum(v.FloatString(t.Scale), t.Precision, t.Scale) // it fits: FromJSON made sure
		return n
	case time.Time:
		if t.Kind == schemas.Date {
			return v.Unix() / int64(day/time.Second)
		}
		return v.UnixMicro()
	case time.Duration:
		return v.Milliseconds()
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = Boxed(*t.Items, item)
		}
		return items
	case map[string]any:
		return boxedObject(t, v)
	}
	return value
}

func boxedObject(t schemas.Type, v map[string]any) any {
	if t.Kind == schemas.RecordOf {
		return BoxedRow(t.Fields, v)
	}
	entries := make(rows.Entries, 0, len(v))
	for _, key := range slices.Sorted(maps.Keys(v)) {
		entries = append(entries, rows.Pair{Key: key, Value: Boxed(*t.Items, v[key])})
	}
	return entries
}

// BoxedRow gives a row as columns have it, in the order of the fields.
func BoxedRow(fields []schemas.Field, row Row) []any {
	values := make([]any, len(fields))
	for i, f := range fields {
		values[i] = Boxed(f.Type, row[f.Name])
	}
	return values
}
