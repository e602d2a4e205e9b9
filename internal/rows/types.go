// Package rows holds typed columns of values in batches: what every stage of a stream hands to the next.
package rows

import (
	"fmt"
	"strings"
)

// Kind is what a value is, before length, precision or members. The kinds are those of Flink SQL's type system.
type Kind uint8

// The kinds of Flink SQL, and the representation of their values in a Column.
const (
	Null           Kind = iota // the type of a bare NULL; no representation
	Boolean                    // Bools
	TinyInt                    // Ints; arithmetic wraps at 8 bits, as Java's
	SmallInt                   // Ints
	Int                        // Ints
	BigInt                     // Ints
	Float                      // Floats, rounded to 32 bits
	Double                     // Floats
	Decimal                    // Decimals, unscaled: 1.50 of DECIMAL(10,2) is 150
	Char                       // Strings
	Varchar                    // Strings; STRING is VARCHAR(MaxLength)
	Binary                     // Strings, of bytes
	Varbinary                  // Strings, of bytes; BYTES is VARBINARY(MaxLength)
	Date                       // Ints: days since 1970-01-01
	Time                       // Ints: milliseconds of the day
	Timestamp                  // Ints: microseconds since 1970-01-01T00:00:00, without a zone
	TimestampLTZ               // Ints: microseconds since the epoch
	IntervalMonths             // Ints: months (YEAR, MONTH)
	IntervalMillis             // Ints: milliseconds (DAY TO SECOND)
	Array                      // Boxed: []any
	Map                        // Boxed: Map
	Multiset                   // Boxed: Map of element to INT
	Row                        // Boxed: []any
	Symbol                     // no representation: a keyword among a function's arguments
)

// MaxLength is the length of STRING and BYTES.
const MaxLength = 2147483647

// TimeAttribute says whether a timestamp carries the stream's time.
type TimeAttribute uint8

// The time attributes of Flink.
const (
	NoTime   TimeAttribute = iota
	RowTime                // event time: a column that has a watermark
	ProcTime               // processing time: the clock when a row is handled
)

// Type is the logical type of a column or an expression. The zero Type is NULL's.
type Type struct {
	Kind      Kind
	NotNull   bool
	Length    int   // of Char, Varchar, Binary, Varbinary
	Precision int   // of Decimal: digits in all; of Time and Timestamp: digits of the second's fraction
	Scale     int   // of Decimal
	Elem      *Type // of Array and Multiset; of Map the value
	Key       *Type // of Map
	Fields    []Field
	Time      TimeAttribute // of Timestamp and TimestampLTZ
}

// Field is a named column of a schema or member of a ROW.
type Field struct {
	Name string
	Type Type
}

// Schema is the columns of a table or a batch.
type Schema []Field

// Index finds a column by name; -1 if there is none.
func (s Schema) Index(name string) int {
	for i, f := range s {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// Types are the types of the columns.
func (s Schema) Types() []Type {
	types := make([]Type, len(s))
	for i, f := range s {
		types[i] = f.Type
	}
	return types
}

// String types and others that are used all over.
var (
	BooleanType = Type{Kind: Boolean}
	IntType     = Type{Kind: Int}
	BigIntType  = Type{Kind: BigInt}
	DoubleType  = Type{Kind: Double}
	StringType  = Type{Kind: Varchar, Length: MaxLength}
	BytesType   = Type{Kind: Varbinary, Length: MaxLength}
	DateType    = Type{Kind: Date}
)

// DecimalType is DECIMAL(precision, scale).
func DecimalType(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: precision, Scale: scale}
}

// TimestampType is TIMESTAMP(precision).
func TimestampType(precision int) Type { return Type{Kind: Timestamp, Precision: precision} }

// LTZType is TIMESTAMP_LTZ(precision).
func LTZType(precision int) Type { return Type{Kind: TimestampLTZ, Precision: precision} }

// Nullable gives the type with or without NULL.
func (t Type) Nullable(nullable bool) Type {
	t.NotNull = !nullable
	return t
}

// Plain gives the type without its time attribute, which only the column of a stream has.
func (t Type) Plain() Type {
	t.Time = NoTime
	return t
}

var names = map[Kind]string{
	Null: "NULL", Boolean: "BOOLEAN", TinyInt: "TINYINT", SmallInt: "SMALLINT", Int: "INT", BigInt: "BIGINT", Float: "FLOAT", Double: "DOUBLE",
	Decimal: "DECIMAL", Char: "CHAR", Varchar: "VARCHAR", Binary: "BINARY", Varbinary: "VARBINARY", Date: "DATE", Time: "TIME", Timestamp: "TIMESTAMP",
	TimestampLTZ: "TIMESTAMP_LTZ", IntervalMonths: "INTERVAL MONTH", IntervalMillis: "INTERVAL SECOND(3)", Array: "ARRAY", Map: "MAP",
	Multiset: "MULTISET", Row: "ROW", Symbol: "SYMBOL",
}

// String gives the kind's name in SQL.
func (k Kind) String() string { return names[k] }

// String gives the type as Flink's asSummaryString does: DECIMAL(10, 2), STRING, ARRAY<INT NOT NULL>, TIMESTAMP(3) *ROWTIME*.
func (t Type) String() string {
	text := t.base()
	if t.NotNull {
		text += " NOT NULL"
	}
	switch t.Time {
	case RowTime:
		text += " *ROWTIME*"
	case ProcTime:
		text += " *PROCTIME*"
	}
	return text
}

func (t Type) base() string {
	switch t.Kind {
	case Char, Binary:
		return fmt.Sprintf("%s(%d)", t.Kind, t.Length)
	case Varchar:
		if t.Length == MaxLength {
			return "STRING"
		}
		return fmt.Sprintf("VARCHAR(%d)", t.Length)
	case Varbinary:
		if t.Length == MaxLength {
			return "BYTES"
		}
		return fmt.Sprintf("VARBINARY(%d)", t.Length)
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d, %d)", t.Precision, t.Scale)
	case Time, Timestamp, TimestampLTZ:
		return fmt.Sprintf("%s(%d)", t.Kind, t.Precision)
	case Array, Multiset:
		return fmt.Sprintf("%s<%s>", t.Kind, t.Elem)
	case Map:
		return fmt.Sprintf("MAP<%s, %s>", t.Key, t.Elem)
	case Row:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = fmt.Sprintf("`%s` %s", f.Name, f.Type)
		}
		return "ROW<" + strings.Join(fields, ", ") + ">"
	}
	return t.Kind.String()
}

// Layout is which of a column's slices holds its values.
type Layout uint8

// The layouts.
const (
	NoLayout Layout = iota
	BoolLayout
	IntLayout
	FloatLayout
	DecimalLayout
	StringLayout
	BoxedLayout
)

// Layout tells where a column of this type keeps its values.
func (k Kind) Layout() Layout {
	switch k {
	case Boolean:
		return BoolLayout
	case TinyInt, SmallInt, Int, BigInt, Date, Time, Timestamp, TimestampLTZ, IntervalMonths, IntervalMillis:
		return IntLayout
	case Float, Double:
		return FloatLayout
	case Decimal:
		return DecimalLayout
	case Char, Varchar, Binary, Varbinary:
		return StringLayout
	case Array, Map, Multiset, Row:
		return BoxedLayout
	}
	return NoLayout
}

// IsNumeric reports whether a kind takes part in arithmetic.
func (k Kind) IsNumeric() bool { return k >= TinyInt && k <= Decimal }

// IsInteger reports whether a kind is a whole number.
func (k Kind) IsInteger() bool { return k >= TinyInt && k <= BigInt }

// IsText reports whether a kind is a string of characters.
func (k Kind) IsText() bool { return k == Char || k == Varchar }

// IsBytes reports whether a kind is a string of bytes.
func (k Kind) IsBytes() bool { return k == Binary || k == Varbinary }

// IsTimestamp reports whether a kind is a point in time.
func (k Kind) IsTimestamp() bool { return k == Timestamp || k == TimestampLTZ }

// Equal reports whether two types are the same, but for time attributes and, if loose, for NULL at the top.
func (t Type) Equal(other Type, loose bool) bool {
	if t.Kind != other.Kind || t.Length != other.Length || t.Precision != other.Precision || t.Scale != other.Scale || len(t.Fields) != len(other.Fields) {
		return false
	}
	if !loose && t.NotNull != other.NotNull {
		return false
	}
	if !equalElem(t.Elem, other.Elem) || !equalElem(t.Key, other.Key) {
		return false
	}
	for i, f := range t.Fields {
		if f.Name != other.Fields[i].Name || !f.Type.Equal(other.Fields[i].Type, false) {
			return false
		}
	}
	return true
}

func equalElem(a, b *Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b, false)
}
