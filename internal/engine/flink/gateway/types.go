package gateway

import "github.com/weftmesh/weft/internal/rows"

// logicalType is a type as Flink's LogicalTypeJsonSerializer writes it, its members in that order.
type logicalType struct {
	Type                string       `json:"type"`
	Nullable            bool         `json:"nullable"`
	Length              *int         `json:"length,omitempty"`
	Precision           *int         `json:"precision,omitempty"`
	Scale               *int         `json:"scale,omitempty"`
	FractionalPrecision *int         `json:"fractionalPrecision,omitempty"`
	Resolution          string       `json:"resolution,omitempty"`
	ElementType         *logicalType `json:"elementType,omitempty"`
	KeyType             *logicalType `json:"keyType,omitempty"`
	ValueType           *logicalType `json:"valueType,omitempty"`
	Fields              []member     `json:"fields,omitempty"`
}

type member struct {
	Name      string      `json:"name"`
	FieldType logicalType `json:"fieldType"`
}

// roots are Flink's names of types (LogicalTypeRoot) where they are not those of SQL.
var roots = map[rows.Kind]string{
	rows.Int: "INTEGER", rows.Time: "TIME_WITHOUT_TIME_ZONE", rows.Timestamp: "TIMESTAMP_WITHOUT_TIME_ZONE",
	rows.TimestampLTZ: "TIMESTAMP_WITH_LOCAL_TIME_ZONE", rows.IntervalMonths: "INTERVAL_YEAR_MONTH", rows.IntervalMillis: "INTERVAL_DAY_TIME",
}

// Digits of intervals, which are all alike here: the precision of years and days, and of a second's fraction.
const (
	intervalPrecision = 2
	intervalFraction  = 3
)

func logical(t rows.Type) logicalType {
	l := logicalType{Type: roots[t.Kind], Nullable: !t.NotNull}
	if l.Type == "" {
		l.Type = t.Kind.String()
	}
	switch t.Kind {
	case rows.Char, rows.Varchar, rows.Binary, rows.Varbinary:
		l.Length = &t.Length
	case rows.Decimal:
		l.Precision, l.Scale = &t.Precision, &t.Scale
	case rows.Time, rows.Timestamp, rows.TimestampLTZ:
		l.Precision = &t.Precision
	case rows.IntervalMonths:
		l.Precision, l.Resolution = new(intervalPrecision), "MONTH"
	case rows.IntervalMillis:
		l.Precision, l.FractionalPrecision, l.Resolution = new(intervalPrecision), new(intervalFraction), "SECOND"
	case rows.Array, rows.Multiset:
		l.ElementType = new(logical(*t.Elem))
	case rows.Map:
		l.KeyType, l.ValueType = new(logical(*t.Key)), new(logical(*t.Elem))
	case rows.Row:
		for _, f := range t.Fields {
			l.Fields = append(l.Fields, member{f.Name, logical(f.Type)})
		}
	}
	return l
}
