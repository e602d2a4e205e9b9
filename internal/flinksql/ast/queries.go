package ast

// Query is [WITH ...] body [ORDER BY ...] [LIMIT ...] [OFFSET ...] [FETCH ...].
type Query struct {
	Place
	With    []CTE
	Body    Body
	OrderBy []SortItem
	Limit   Expr // LIMIT n or FETCH FIRST n ROWS ONLY; nil if absent, and for LIMIT ALL
	Offset  Expr
}

// CTE is name [(columns)] AS (query).
type CTE struct {
	Place
	Name    string
	Columns []string
	Query   *Query
}

// Body is what a query is made of: *Select, *SetOperation, *Values, or a *Query in brackets.
type Body interface {
	Node
	body()
}

// Select is SELECT ... FROM ... WHERE ... GROUP BY ... HAVING ...
type Select struct {
	Place
	Hints    []Hint
	Distinct bool
	Items    []SelectItem
	From     TableExpr // nil without FROM
	Where    Expr
	GroupBy  []GroupItem
	Having   Expr
	Windows  []NamedWindow
	Qualify  Expr
}

// SelectItem is expression [AS alias]; a star is the expression *Star.
type SelectItem struct {
	Expr  Expr
	Alias string // "" if absent
}

// GroupItem is one member of GROUP BY. GROUP BY () has neither kind nor expression; (a, b) without a kind is two members.
type GroupItem struct {
	Place
	Kind  string // "" for an expression; GROUPING SETS, ROLLUP, CUBE
	Exprs []Expr // one expression; of ROLLUP and CUBE the members
	Sets  [][]Expr
}

// NamedWindow is WINDOW name AS (specification).
type NamedWindow struct {
	Name   string
	Window WindowSpec
}

// SortItem is expression [ASC|DESC] [NULLS FIRST|LAST].
type SortItem struct {
	Expr       Expr
	Descending bool
	Nulls      string // "", FIRST, LAST
}

// SetOperation is left UNION|INTERSECT|EXCEPT [ALL] right.
type SetOperation struct {
	Place
	Op          string // UNION, INTERSECT, EXCEPT
	All         bool
	Left, Right Body
}

// Values is VALUES (..), (..).
type Values struct {
	Place
	Rows [][]Expr
}

func (*Select) body()       {}
func (*SetOperation) body() {}
func (*Values) body()       {}
func (*Query) body()        {}

// TableExpr is a member of FROM.
type TableExpr interface {
	Node
	tableExpr()
}

// Alias is [AS] name [(columns)].
type Alias struct {
	Name    string // "" if absent
	Columns []string
}

// Hint is one of /*+ NAME(options) */.
type Hint struct {
	Place
	Name    string
	Options []Option // 'k' = 'v' or k = v
	Args    []string // bare names
}

// TableName is a table or view by name.
type TableName struct {
	Place
	Name  Name
	Hints []Hint
	AsOf  Expr // FOR SYSTEM_TIME AS OF expression; nil if absent
	Alias Alias
}

// DerivedTable is [LATERAL] (query) alias.
type DerivedTable struct {
	Place
	Lateral bool
	Query   *Query
	Alias   Alias
}

// TableFunction is [LATERAL] TABLE(call) alias, or a window function over TABLE t. Args hold *TableArg for TABLE t,
// and *Descriptor for DESCRIPTOR(c).
type TableFunction struct {
	Place
	Lateral bool
	Call    *Call
	Alias   Alias
}

// Unnest is UNNEST(expression) [WITH ORDINALITY] alias.
type Unnest struct {
	Place
	Expr       Expr
	Ordinality bool
	Alias      Alias
}

// Join is left JOIN right; a comma is a CROSS join.
type Join struct {
	Place
	Kind        string // INNER, LEFT, RIGHT, FULL, CROSS
	Natural     bool
	Left, Right TableExpr
	On          Expr
	Using       []string
}

// MatchRecognize is table MATCH_RECOGNIZE (...), read only far enough to name it.
type MatchRecognize struct {
	Place
	Input TableExpr
	Text  string // what stands in its brackets
	Alias Alias
}

func (*TableName) tableExpr()      {}
func (*DerivedTable) tableExpr()   {}
func (*TableFunction) tableExpr()  {}
func (*Unnest) tableExpr()         {}
func (*Join) tableExpr()           {}
func (*MatchRecognize) tableExpr() {}
