// Package plan turns queries of Flink SQL into trees of relational operators with every name resolved and every type
// known, and says what each does to a changelog.
package plan

import (
	"time"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// Mode is what changes a stream may carry.
type Mode uint8

// The modes. Upsert streams leave out UpdateBefore and have a key by which an UpdateAfter or a Delete finds its row.
const (
	InsertOnly Mode = iota
	Retract         // +I -U +U -D
	Upsert          // +I +U -D
)

// Base is what every node says of its output.
type Base struct {
	Out  rows.Schema
	Mode Mode
	Keys [][]int // sets of columns of which each identifies at most one row at any time
}

// Schema gives the columns of the node's output.
func (b *Base) Schema() rows.Schema { return b.Out }

// Properties gives what the node says of its output.
func (b *Base) Properties() *Base { return b }

// Node is one operator of a plan; data flows from its inputs to it.
type Node interface {
	Schema() rows.Schema
	Properties() *Base
	Inputs() []Node
}

// Scan reads a table: the columns Read, then computes Project from them (nil: they are the output), keeps what Filter
// lets through, and follows event time.
type Scan struct {
	Base
	Table     *Table
	Read      []int       // of Table.Columns: physical and metadata columns
	Members   []int       // nil, or by place in Read: the member of a ROW column that is read in place of it; -1: the column
	Project   []expr.Expr // over Read
	Watermark *Watermark  // nil if the table has none
	Filter    expr.Expr   // over the output; nil if there is none. Rows that it drops still move the watermark
}

// Watermark follows event time: the greatest value of Expr seen so far, per partition of the source.
type Watermark struct {
	Column int       // the row time, in the output
	Expr   expr.Expr // over the output: TIMESTAMP or TIMESTAMP_LTZ
	Idle   time.Duration
}

// Values is rows that stand in the query.
type Values struct {
	Base
	Rows [][]expr.Expr
}

// Project computes columns from each row.
type Project struct {
	Base
	Input Node
	Exprs []expr.Expr
}

// Filter keeps the rows for which Condition is true.
type Filter struct {
	Base
	Input     Node
	Condition expr.Expr
}

// Union is UNION ALL.
type Union struct {
	Base
	Members []Node
}

// WindowKind tells windows apart.
type WindowKind string

// The kinds. Attached windows are those that an operator below has given: columns window_start and window_end.
const (
	Tumble   WindowKind = "TUMBLE"
	Hop      WindowKind = "HOP"
	Cumulate WindowKind = "CUMULATE"
	Session  WindowKind = "SESSION"
	Attached WindowKind = "ATTACHED"
)

// Window says how rows go to windows. Lengths are in milliseconds, as Flink's windows are.
type Window struct {
	Kind       WindowKind
	Time       int   // the time attribute's column in the input
	Size       int64 // TUMBLE, HOP: length; CUMULATE: the longest
	Slide      int64 // HOP, CUMULATE: from one window to the next
	Offset     int64
	Gap        int64 // SESSION
	Partition  []int // SESSION ... PARTITION BY
	Start, End int   // of ATTACHED: columns of the input
	ProcTime   bool
	LTZ        bool // the time attribute is TIMESTAMP_LTZ: windows are cut in the session's zone
}

// WindowAssign gives each row its windows: the input's columns, then window_start, window_end, window_time. A row of
// overlapping windows comes out once for each.
type WindowAssign struct {
	Base
	Input  Node
	Window Window

	at ast.Node // where it is written
}

// WindowAggregate groups by windows and keys, and emits each window once, when the watermark passes its end. Output:
// Keys, Aggregates, then window_start, window_end, window_time as asked for in Properties.
type WindowAggregate struct {
	Base
	Input      Node // not assigned, but for ATTACHED
	Window     Window
	Keys       []int
	Aggregates []expr.AggregateCall
	Columns    []WindowColumn // which columns of the window come last, in this order
}

// WindowColumn is a column that a window gives.
type WindowColumn string

// The columns of windows.
const (
	WindowStart WindowColumn = "window_start" // TIMESTAMP(3)
	WindowEnd   WindowColumn = "window_end"   // TIMESTAMP(3)
	WindowTime  WindowColumn = "window_time"  // the row time: window_end - 1 ms
)

// GroupAggregate groups by keys and emits the changed result of a group for each row. Output: Keys, Aggregates. No keys
// is one group for all, which has a result even before the first row. DISTINCT is one without aggregates.
type GroupAggregate struct {
	Base
	Input      Node
	Keys       []int
	Aggregates []expr.AggregateCall
	Before     bool // emit UpdateBefore
}

// SortKey is one column of an order.
type SortKey struct {
	Column     int
	Descending bool
	NullsLast  bool
}

// Rank keeps, of each partition, the rows From..To in an order (Flink's Top-N by ROW_NUMBER). With Number, the rank
// comes as a last BIGINT column. With Windowed, partitions belong to the window of columns Start and End and are
// emitted once, when it ends.
type Rank struct {
	Base
	Input     Node
	Partition []int
	Order     []SortKey
	From, To  int64 // from 1, both inclusive; To is math.MaxInt64 for ORDER BY without LIMIT
	Number    bool
	Windowed  bool
	End       int  // the column of the window's end; with Windowed
	Before    bool // emit UpdateBefore
}

// Deduplicate keeps the first or the last row of each partition by a time attribute.
type Deduplicate struct {
	Base
	Input     Node
	Partition []int
	Time      int
	ProcTime  bool
	Last      bool
	Windowed  bool // as in Rank
	End       int
	Before    bool
}

// JoinKind tells joins apart.
type JoinKind string

// The kinds of joins. Semi and Anti give the left side's columns alone (IN, EXISTS and their negations).
const (
	Inner JoinKind = "INNER"
	Left  JoinKind = "LEFT"
	Right JoinKind = "RIGHT"
	Full  JoinKind = "FULL"
	Semi  JoinKind = "SEMI"
	Anti  JoinKind = "ANTI"
)

// Join keeps both sides for ever and emits the changes of their join. Output: left columns, then right columns.
type Join struct {
	Base
	Kind                  JoinKind
	LeftInput, RightInput Node
	LeftKeys, RightKeys   []int     // equal in pairs; none: every row meets every row
	NullSafe              []bool    // IS NOT DISTINCT FROM, by pair
	Condition             expr.Expr // what is left, over both sides' columns; nil if nothing
}

// IntervalJoin joins rows whose times are close: Lower <= left time - right time <= Upper, in milliseconds.
type IntervalJoin struct {
	Base
	Kind                  JoinKind
	LeftInput, RightInput Node
	LeftKeys, RightKeys   []int
	LeftTime, RightTime   int
	Lower, Upper          int64
	ProcTime              bool
	Condition             expr.Expr
}

// TemporalJoin joins each row of the left side with the version of the right side that was valid at its time (FOR
// SYSTEM_TIME AS OF a row time). Output: left columns, then right columns.
type TemporalJoin struct {
	Base
	Kind                  JoinKind // INNER, LEFT
	LeftInput, RightInput Node
	LeftKeys, RightKeys   []int
	LeftTime, RightTime   int
	Condition             expr.Expr

	at ast.Node // where it is written
}

// Unnest gives a row for each member of an array, map or multiset. Output: the input's columns, then the member's.
type Unnest struct {
	Base
	Input      Node
	Expr       expr.Expr
	Kind       JoinKind // INNER, LEFT
	Ordinality bool
	Condition  expr.Expr
}

// Limit passes on some rows: LIMIT without ORDER BY.
type Limit struct {
	Base
	Input         Node
	Offset, Count int64
	Before        bool
}

// TimeSort puts rows into the order of their row time (ORDER BY rowtime), then of the other keys.
type TimeSort struct {
	Base
	Input Node
	Time  int
	Order []SortKey // of rows at the same time
}

// Normalize turns an upsert stream into one with UpdateBefore and full rows, by remembering the last row of each key.
type Normalize struct {
	Base
	Input Node
	Keys  []int
	Plain bool // the input has all changes already, but perhaps twice (a CDC source with duplicates)
}

// DropBefore leaves out UpdateBefore for consumers that have no use of it.
type DropBefore struct {
	Base
	Input Node
}

// Sink writes to a table.
type Sink struct {
	Base
	Input      Node
	Table      *Table
	Columns    []int // of Table.Columns, in the order of the input
	OnConflict string
	// Materialize keeps the rows of each primary key, since the input's key is another one and its changes may come in
	// an order that would leave the wrong row (Flink's SinkUpsertMaterializer).
	Materialize bool
}

// Inputs of a Scan: none.
func (*Scan) Inputs() []Node { return nil }

// Inputs of Values: none.
func (*Values) Inputs() []Node { return nil }

// Inputs gives the one input.
func (n *Project) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *Filter) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the members.
func (n *Union) Inputs() []Node { return n.Members }

// Inputs gives the one input.
func (n *WindowAssign) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *WindowAggregate) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *GroupAggregate) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *Rank) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *Deduplicate) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the left and the right side.
func (n *Join) Inputs() []Node { return []Node{n.LeftInput, n.RightInput} }

// Inputs gives the left and the right side.
func (n *IntervalJoin) Inputs() []Node { return []Node{n.LeftInput, n.RightInput} }

// Inputs gives the left and the right side.
func (n *TemporalJoin) Inputs() []Node { return []Node{n.LeftInput, n.RightInput} }

// Inputs gives the one input.
func (n *Unnest) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *TimeSort) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *Normalize) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *DropBefore) Inputs() []Node { return []Node{n.Input} }

// Inputs gives the one input.
func (n *Sink) Inputs() []Node { return []Node{n.Input} }
