package ast

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// LiteralKind tells literals apart.
type LiteralKind string

// The kinds of literals.
const (
	NullLiteral      LiteralKind = "NULL"
	BooleanLiteral   LiteralKind = "BOOLEAN"   // Text TRUE, FALSE or UNKNOWN
	NumberLiteral    LiteralKind = "NUMBER"    // Text as written: 1, 1.50, 1e3
	TextLiteral      LiteralKind = "TEXT"      // Text without quotes, escapes resolved (also of U&'..' and _UTF16'..')
	BinaryLiteral    LiteralKind = "BINARY"    // X'0aff': Text is the digits
	DateLiteral      LiteralKind = "DATE"      // DATE '2026-01-31'
	TimeLiteral      LiteralKind = "TIME"      // TIME '10:00:00'
	TimestampLiteral LiteralKind = "TIMESTAMP" // TIMESTAMP '2026-01-31 10:00:00.5'
)

// Literal is a constant.
type Literal struct {
	Place
	Kind LiteralKind
	Text string
}

// Interval is INTERVAL 'text' unit [TO unit]: INTERVAL '1-6' YEAR TO MONTH, INTERVAL '5' SECOND. Text keeps its sign.
type Interval struct {
	Place
	Text string
	Unit Span
}

// Span is the unit of an interval: FROM [(precision)] [TO to [(fraction)]].
type Span struct {
	From, To         string // YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND; To "" if absent
	FromArgs, ToArgs []int  // precisions as they are written: of DAY(2), SECOND(2, 3)
}

// Column is a name in an expression: column, table.column, column.field ...; which it is, resolution tells.
type Column struct{ Name }

// Star is * or name.*.
type Star struct {
	Place
	Qualifier []string
}

// Unary is -x, +x or NOT x.
type Unary struct {
	Place
	Op      string // -, +, NOT
	Operand Expr
}

// Binary is left op right: + - * / % || = <> < <= > >= AND OR, IS DISTINCT FROM, IS NOT DISTINCT FROM. Flink refuses !=.
type Binary struct {
	Place       // of the operator
	Op          string
	Left, Right Expr
}

// Is is operand IS [NOT] what.
type Is struct {
	Place
	Operand Expr
	Not     bool
	What    string // NULL, TRUE, FALSE, UNKNOWN, JSON, JSON VALUE, JSON OBJECT, JSON ARRAY, JSON SCALAR
}

// Between is operand [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	Place
	Operand, Low, High Expr
	Not, Symmetric     bool
}

// Like is operand [NOT] LIKE|SIMILAR TO pattern [ESCAPE escape]. Flink reads ILIKE and RLIKE as well, and has neither.
type Like struct {
	Place
	Operand, Pattern, Escape Expr // Escape nil if absent
	Not, Similar             bool
}

// In is operand [NOT] IN (list) or (query); one of List and Query is set.
type In struct {
	Place
	Operand Expr
	Not     bool
	List    []Expr
	Query   *Query
}

// Quantified is left op ANY|ALL (list) or (query); one of List and Query is set. SOME is read as ANY.
type Quantified struct {
	Place
	Op    string // = <> < <= > >=
	All   bool
	Left  Expr
	List  []Expr
	Query *Query
}

// Exists is EXISTS (query).
type Exists struct {
	Place
	Query *Query
}

// Subquery is a query in brackets where a value stands.
type Subquery struct {
	Place
	Query *Query
}

// Case is CASE [operand] WHEN .. THEN .. [ELSE ..] END.
type Case struct {
	Place
	Operand Expr // nil in a searched CASE
	Whens   []When
	Else    Expr
}

// When is WHEN condition THEN result.
type When struct{ Condition, Result Expr }

// Cast is CAST(x AS type) or TRY_CAST(x AS type).
type Cast struct {
	Place
	Try     bool
	Operand Expr
	Type    *TypeName
}

// Call is a function's call. Functions with words among their arguments are calls as well, the words as *Keyword
// arguments in the order in which they stand: EXTRACT(DAY FROM t) is EXTRACT(Keyword DAY, t); TRIM(BOTH 'x' FROM s) is
// TRIM(Keyword BOTH, 'x', s); CEIL(t TO DAY) is CEIL(t, Keyword DAY); POSITION(a IN b) is POSITION(a, b);
// OVERLAY(s PLACING r FROM i FOR n) is OVERLAY(s, r, i, n); SUBSTRING(s FROM i FOR n) is SUBSTRING(s, i, n);
// TIMESTAMPDIFF(DAY, a, b) is TIMESTAMPDIFF(Keyword DAY, a, b); JSON_VALUE(j, p RETURNING INT NULL ON EMPTY ERROR ON ERROR)
// is JSON_VALUE(j, p, Keyword RETURNING, *TypeName, Keyword "NULL ON EMPTY", Keyword "ERROR ON ERROR").
// JSON_VALUE(j, p DEFAULT 0 ON EMPTY) has Keyword DEFAULT, 0, Keyword "ON EMPTY"; JSON_OBJECT(KEY k VALUE v, ... NULL ON NULL) is
// JSON_OBJECT(k, v, ..., Keyword "NULL ON NULL"); an interval that is no literal, INTERVAL n DAY, is INTERVAL(n, Keyword DAY).
// Functions without brackets (CURRENT_DATE, LOCALTIMESTAMP ...) are calls without arguments.
type Call struct {
	Place
	Name      string   // upper case, unless it was written in backticks
	Qualifier []string // catalog and database before the name, if they are given
	Args      []Expr
	ArgNames  []string // name => value; nil when none is named, "" for those that are not
	Star      bool     // COUNT(*)
	Distinct  bool
	Filter    Expr       // FILTER (WHERE ...)
	OrderBy   []SortItem // behind the arguments, or WITHIN GROUP (ORDER BY ...)
	Within    bool       // OrderBy was written WITHIN GROUP
	Nulls     string     // "", IGNORE, RESPECT
	Over      *WindowSpec
	OverName  string // OVER name
}

// Keyword is a word among a call's arguments.
type Keyword struct {
	Place
	Word string // upper case
}

// WindowSpec is ([name] [PARTITION BY ..] [ORDER BY ..] [ROWS|RANGE ..]).
type WindowSpec struct {
	Place
	Base        string // a named window that this one adds to; "" if absent
	PartitionBy []Expr
	OrderBy     []SortItem
	Frame       *Frame
}

// Frame is ROWS|RANGE [BETWEEN] start [AND end].
type Frame struct {
	Place
	Unit       string // ROWS, RANGE
	Start, End Bound
}

// Bound is UNBOUNDED PRECEDING, n PRECEDING, CURRENT ROW, n FOLLOWING, UNBOUNDED FOLLOWING.
type Bound struct {
	Kind   string // UNBOUNDED PRECEDING, PRECEDING, CURRENT ROW, FOLLOWING, UNBOUNDED FOLLOWING
	Offset Expr
}

// TableArg is TABLE name, or (query) with a PARTITION BY, as an argument (SESSION windows have one). A query without is a
// *Subquery.
type TableArg struct {
	Place
	Name        *Name
	Query       *Query
	PartitionBy []Expr
	OrderBy     []SortItem
}

// Descriptor is DESCRIPTOR(columns).
type Descriptor struct {
	Place
	Columns []Name
}

// Constructor is ARRAY[..], MAP[..] (keys and values in turn) or ROW(..) / (a, b).
type Constructor struct {
	Place
	Kind  string // ARRAY, MAP, ROW
	Items []Expr
}

// Index is operand[index].
type Index struct {
	Place
	Operand, Index Expr
}

// Field is operand.name where the operand is no plain name: f(x).y, (row).y.
type Field struct {
	Place
	Operand Expr
	Name    string
}

// Overlaps is (a, b) OVERLAPS (c, d).
type Overlaps struct {
	Place
	Left, Right Expr
}

// TypeName is a type as it is written.
type TypeName struct {
	Place
	Name     string      // upper case: STRING, VARCHAR, DECIMAL, TIMESTAMP, TIMESTAMP_LTZ, ARRAY, MAP, MULTISET, ROW, INTERVAL ...; DOUBLE PRECISION is DOUBLE; TIMESTAMP WITH LOCAL TIME ZONE is TIMESTAMP_LTZ
	Args     []int       // length, or precision and scale
	Elements []*TypeName // ARRAY<e>, MULTISET<e>, MAP<k, v>
	Fields   []RowField
	NotNull  bool
	Unit     *Span // of INTERVAL
}

// RowField is one field of ROW<name type 'comment'>.
type RowField struct {
	Name    string
	Type    *TypeName
	Comment string
}

func (*Literal) expr()     {}
func (*Interval) expr()    {}
func (*Column) expr()      {}
func (*Star) expr()        {}
func (*Unary) expr()       {}
func (*Binary) expr()      {}
func (*Is) expr()          {}
func (*Between) expr()     {}
func (*Like) expr()        {}
func (*In) expr()          {}
func (*Quantified) expr()  {}
func (*Exists) expr()      {}
func (*Subquery) expr()    {}
func (*Case) expr()        {}
func (*Cast) expr()        {}
func (*Call) expr()        {}
func (*Keyword) expr()     {}
func (*TableArg) expr()    {}
func (*Descriptor) expr()  {}
func (*Constructor) expr() {}
func (*Index) expr()       {}
func (*Field) expr()       {}
func (*Overlaps) expr()    {}
func (*TypeName) expr()    {}
