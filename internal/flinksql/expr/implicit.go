package expr

import "github.com/weftmesh/weft/internal/rows"

// Implicit reports whether a value becomes a column's type without a CAST, as where a query is inserted into a table
// (LogicalTypeCasts.supportsImplicitCast).
func Implicit(from, to rows.Type) bool { //nolint:gocyclo // a case for each kind
	if from.Kind == rows.Null {
		return !to.NotNull
	}
	switch to.Kind {
	case rows.Char, rows.Varchar:
		return from.Kind.IsText()
	case rows.Binary, rows.Varbinary:
		return from.Kind.IsBytes()
	case rows.TinyInt, rows.SmallInt, rows.Int, rows.BigInt:
		return from.Kind.IsInteger() && from.Kind <= to.Kind
	case rows.Float:
		return from.Kind.IsInteger() || from.Kind == rows.Float || from.Kind == rows.Decimal
	case rows.Double, rows.Decimal:
		return from.Kind.IsNumeric()
	case rows.Date, rows.Time:
		return from.Kind == to.Kind || from.Kind == rows.Timestamp
	case rows.Timestamp, rows.TimestampLTZ:
		return from.Kind.IsTimestamp()
	case rows.Array, rows.Multiset:
		return from.Kind == to.Kind && Implicit(*from.Elem, *to.Elem)
	case rows.Map:
		return from.Kind == rows.Map && Implicit(*from.Key, *to.Key) && Implicit(*from.Elem, *to.Elem)
	case rows.Row:
		return implicitRow(from, to)
	}
	return from.Kind == to.Kind
}

func implicitRow(from, to rows.Type) bool {
	if from.Kind != rows.Row || len(from.Fields) != len(to.Fields) {
		return false
	}
	for i, f := range from.Fields {
		if !Implicit(f.Type, to.Fields[i].Type) {
			return false
		}
	}
	return true
}
