// Package expr holds the typed expressions of Flink SQL: resolving them from their syntax, and evaluating them over
// batches of rows.
package expr

import (
	"time"

	"github.com/weftmesh/weft/internal/rows"
)

// Expr is an expression whose columns and types are known. Two expressions are the same if their texts are (String).
type Expr interface {
	Type() rows.Type
	String() string // in the manner of Flink's EXPLAIN: columns as $0
}

// Ref is a column of the input.
type Ref struct {
	Index int
	Of    rows.Type
}

// Const is a constant, boxed as rows.Column says; nil is NULL.
type Const struct {
	Value any
	Of    rows.Type
}

// Call is a function, an operator or a special form (AND, CASE, CAST ...) over arguments, which already have the types
// that it takes.
type Call struct {
	Func *Function
	Args []Expr
	Of   rows.Type
}

// Type gives the column's type.
func (r *Ref) Type() rows.Type { return r.Of }

// Type gives the constant's type.
func (c *Const) Type() rows.Type { return c.Of }

// Type gives the type of the result.
func (c *Call) Type() rows.Type { return c.Of }

// Arg is an argument as type inference sees it.
type Arg struct {
	Type rows.Type
	Expr Expr // for what depends on the value of a constant; a Symbol is a Const of kind Symbol with its word
}

// Function is a scalar function or an operator.
type Function struct {
	Name string // upper case, as in Flink's documentation; operators by their sign
	// Infer checks the arguments and gives the type of the result. The types that it returns are those that the arguments
	// are to be cast to first (implicit coercion); nil leaves them as they are. Its error is a sentence for people.
	Infer func(args []Arg) (result rows.Type, coerced []rows.Type, err error)
	// Eval fills out, which has n values and no Nulls yet. With Strict, rows in which an argument is NULL are NULL already
	// (out.Nulls), and Eval may leave them alone; its error fails the job, as an exception does in Flink.
	Eval Kernel
	// Prepare, if set, makes the kernel of one call in place of Eval: what its types and constants tell is worked out once.
	Prepare func(env *Env, call *Call) (Kernel, error)
	Strict  bool // NULL if any argument is
	// Volatile results differ from row to row or call to call (RAND, UUID); they are never folded into a constant.
	Volatile bool
	// Cheap says that the function cannot fail and costs little, so it may run for rows that do not need it.
	Cheap    bool
	Category Category // as in Flink's documentation
	special  special  // how a form is evaluated that does not need all its arguments for all rows
}

// Kernel evaluates a function over n rows. Args of kind Symbol are Consts of the call, not columns, and are left out.
type Kernel func(env *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error

// Database is the one that there is, by the name that Flink gives its own.
const Database = "default_database"

// Env is what an evaluation depends on besides its rows.
type Env struct {
	Zone *time.Location   // the session's time zone; nil is UTC
	Now  func() time.Time // the clock: of the process, or a test's; nil is time.Now
	// Watermark gives the operator's current watermark in microseconds; false before the first. Nil: there is none.
	Watermark func() (int64, bool)
}

func (e *Env) zone() *time.Location {
	if e == nil || e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

func (e *Env) now() time.Time {
	if e == nil || e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// Aggregate is an aggregate function. Its state is kept in columns, a slot for each group (and window), so that a
// stream of rows costs no allocation.
type Aggregate struct {
	Name  string
	Infer func(args []rows.Type) (result rows.Type, coerced []rows.Type, err error)
	// New makes the state of one aggregate call. Retract says that rows may be taken back, so that MIN, MAX, FIRST_VALUE
	// and such must remember all of them.
	New func(args []rows.Type, result rows.Type, retract bool) Accumulator
}

// Accumulator is the state of one aggregate call for many groups, addressed by slot.
type Accumulator interface {
	// Grow makes room for slots 0..n-1; new ones are empty.
	Grow(n int)
	// Add handles rows: row i goes to slots[i], taken back where changes (nil: all inserts) says so. Rows in which skip
	// (nil: none) is true are left out: those that FILTER excludes.
	Add(slots []int32, args []*rows.Column, changes []rows.Change, skip []bool) error
	// Merge adds one slot's state to another's, as when sessions meet or slices make a window; from is left as it is.
	Merge(into, from int32) error
	// Clear empties a slot, for another group to use.
	Clear(slot int32)
	// Values appends the result of each slot to a column.
	Values(slots []int32, out *rows.Column) error
	// Save and Load write and read the state of some slots, in order: a snapshot's bytes.
	Save(slots []int32, to []byte) []byte
	Load(slots []int32, from []byte) (rest []byte, err error)
}

// AggregateCall is a call of an aggregate function, its arguments and filter being columns of the input.
type AggregateCall struct {
	Func     *Aggregate
	Args     []int
	Filter   int // a BOOLEAN column; -1 if there is none
	Distinct bool
	Of       rows.Type
	Name     string
}
