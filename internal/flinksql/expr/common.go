package expr

import "github.com/weftmesh/weft/internal/rows"

// CommonType gives the narrowest type that holds the values of all types, as CASE, COALESCE, ARRAY[..] and UNION need it;
// false if there is none. NULL goes with every type. Source: Flink's LogicalTypeMerging.findCommonType.
func CommonType(types ...rows.Type) (rows.Type, bool) {
	out, notNull, found := rows.Type{}, true, false
	for _, t := range types {
		notNull = notNull && t.NotNull
		if t.Kind == rows.Null {
			notNull = false
			continue
		}
		if !found {
			out, found = t, true
			continue
		}
		merged, ok := commonOfTwo(out, t)
		if !ok {
			return rows.Type{}, false
		}
		out = merged
	}
	out.NotNull = notNull && found
	if len(types) > 1 {
		out = out.Plain()
	}
	return out, true
}

func commonOfTwo(a, b rows.Type) (rows.Type, bool) {
	switch {
	case a.Kind.IsNumeric() && b.Kind.IsNumeric():
		return commonNumber(a, b), true
	case a.Kind.IsText() && b.Kind.IsText():
		return commonString(a, b, rows.Char, rows.Varchar), true
	case a.Kind.IsBytes() && b.Kind.IsBytes():
		return commonString(a, b, rows.Binary, rows.Varbinary), true
	case a.Kind.IsTimestamp() && b.Kind.IsTimestamp():
		return commonTimestamp(a, b), true
	case a.Kind != b.Kind:
		return rows.Type{}, false
	}
	return commonNested(a, b)
}

func commonNested(a, b rows.Type) (rows.Type, bool) {
	switch a.Kind {
	case rows.Time:
		a.Precision = max(a.Precision, b.Precision)
	case rows.Array, rows.Multiset:
		elem, ok := CommonType(*a.Elem, *b.Elem)
		a.Elem = &elem
		return a, ok
	case rows.Map:
		key, ok := CommonType(*a.Key, *b.Key)
		elem, also := CommonType(*a.Elem, *b.Elem)
		a.Key, a.Elem = &key, &elem
		return a, ok && also
	case rows.Row:
		return commonRow(a, b)
	}
	return a, true
}

func commonRow(a, b rows.Type) (rows.Type, bool) {
	if len(a.Fields) != len(b.Fields) {
		return rows.Type{}, false
	}
	fields := make([]rows.Field, len(a.Fields))
	for i, f := range a.Fields {
		t, ok := CommonType(f.Type, b.Fields[i].Type)
		if !ok {
			return rows.Type{}, false
		}
		fields[i] = rows.Field{Name: f.Name, Type: t}
	}
	a.Fields = fields
	return a, true
}

func commonString(a, b rows.Type, fixed, varying rows.Kind) rows.Type {
	if a.Kind == fixed && b.Kind == fixed && a.Length == b.Length {
		return a
	}
	return rows.Type{Kind: varying, Length: max(a.Length, b.Length)}
}

func commonTimestamp(a, b rows.Type) rows.Type {
	out := rows.Type{Kind: rows.Timestamp, Precision: max(a.Precision, b.Precision)}
	if a.Kind == rows.TimestampLTZ || b.Kind == rows.TimestampLTZ {
		out.Kind = rows.TimestampLTZ
	}
	return out
}

// commonNumber gives the wider of two types of numbers. Two approximate ones give DOUBLE; a DECIMAL after which a FLOAT
// comes gives FLOAT, in the other order DOUBLE: so Flink has it.
func commonNumber(a, b rows.Type) rows.Type {
	switch {
	case a.Kind == b.Kind && a.Kind != rows.Decimal:
		return rows.Type{Kind: a.Kind}
	case approximate(a) && approximate(b):
		return rows.DoubleType
	case approximate(a) && b.Kind == rows.Decimal:
		return rows.DoubleType
	case approximate(a):
		return rows.Type{Kind: a.Kind}
	case approximate(b):
		return rows.Type{Kind: b.Kind}
	case a.Kind != rows.Decimal && b.Kind != rows.Decimal:
		return rows.Type{Kind: max(a.Kind, b.Kind)}
	}
	a, b = asDecimal(a), asDecimal(b)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	scale := min(max(a.Scale, b.Scale), rows.MaxPrecision-whole) // digits before the point are kept
	return rows.DecimalType(whole+scale, scale)
}

func approximate(t rows.Type) bool { return t.Kind == rows.Float || t.Kind == rows.Double }

// asDecimal gives the DECIMAL that holds all values of a type of exact numbers.
func asDecimal(t rows.Type) rows.Type {
	digits := map[rows.Kind]int{rows.TinyInt: 3, rows.SmallInt: 5, rows.Int: 10, rows.BigInt: 19}
	if n, ok := digits[t.Kind]; ok {
		return rows.DecimalType(n, 0)
	}
	return t
}

// bounded gives DECIMAL(precision, scale), with digits after the point given up where it would have over 38, but none of
// the last six. Source: Flink's LogicalTypeMerging.adjustPrecisionScale.
func bounded(precision, scale int) rows.Type {
	if precision <= rows.MaxPrecision {
		return rows.DecimalType(precision, scale)
	}
	whole := precision - scale
	return rows.DecimalType(rows.MaxPrecision, max(rows.MaxPrecision-whole, min(scale, 6)))
}

// Types of sums, products and such of two DECIMALs. Source: Flink's LogicalTypeMerging.

func sumType(a, b rows.Type) rows.Type {
	scale := max(a.Scale, b.Scale)
	return bounded(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale+1, scale)
}

func productType(a, b rows.Type) rows.Type {
	return bounded(a.Precision+b.Precision+1, a.Scale+b.Scale)
}

func quotientType(a, b rows.Type) rows.Type {
	scale := max(6, a.Scale+b.Precision+1)
	return bounded(a.Precision-a.Scale+b.Scale+scale, scale)
}

func moduloType(a, b rows.Type) rows.Type {
	scale := max(a.Scale, b.Scale)
	return bounded(min(a.Precision-a.Scale, b.Precision-b.Scale)+scale, scale)
}
