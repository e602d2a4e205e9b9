package plan

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/expr"
)

// changes says of every node what changes its output has and by what keys its rows are known, from the sources up.
// Before tells stateful operators whether anyone above needs what an update replaces.
func changes(n Node, before bool) (Node, error) {
	if d, ok := n.(*Deduplicate); ok {
		// Rows that are taken back need an operator that remembers more than one.
		if err := settle(&d.Input, true); err != nil {
			return n, err
		}
		if d.Input.Properties().Mode != InsertOnly {
			return changes(rankInstead(d), before)
		}
	}
	for i, input := range inputsOf(n) {
		if err := settle(input, needsBefore(n, i, before)); err != nil {
			return n, err
		}
	}
	if t, ok := n.(*TemporalJoin); ok {
		t.RightInput = withoutBefore(t.RightInput)
	}
	base := n.Properties()
	setBefore(n, before)
	base.Keys = uniqueKeys(n)
	base.Mode = modeOf(n)
	return n, insertOnlyInput(n)
}

func settle(n *Node, before bool) error {
	settled, err := changes(*n, before)
	*n = settled
	return err
}

func rankInstead(d *Deduplicate) *Rank {
	return &Rank{
		Base: Base{Out: d.Out}, Input: d.Input, Partition: d.Partition, Order: []SortKey{{Column: d.Time, Descending: d.Last, NullsLast: d.Last}},
		From: 1, To: 1, Windowed: d.Windowed, End: d.End,
	}
}

// needsBefore reports whether a node needs UpdateBefore from its inputs: those that only pass rows on need what is
// needed above them, unless they drop rows by what is no key; those with a state need it always.
func needsBefore(n Node, input int, above bool) bool {
	switch n := n.(type) {
	case *Rank:
		return !fast(n)
	case *TemporalJoin:
		return input == 0 // a version replaces the one before it
	case *Project, *Union, *DropBefore:
		return above
	case *Filter:
		return above || !slices.ContainsFunc(uniqueKeys(n.Input), func(key []int) bool { return subset(refs(n.Condition), key) })
	case *Sink:
		return n.Table.Accepts == Retract || n.Materialize
	}
	return true
}

// withoutBefore leaves out UpdateBefore where a node gives it.
func withoutBefore(n Node) Node {
	base := n.Properties()
	if base.Mode != Retract {
		return n
	}
	return &DropBefore{Base: Base{Out: base.Out, Mode: Upsert, Keys: base.Keys}, Input: n}
}

// fast reports whether a rank's rows only move up, so that it need not remember those behind the last rank: its order
// follows results of groups that only grow, or only fall, as rows are added (Flink's UpdateFastStrategy).
func fast(r *Rank) bool {
	if r.Windowed || len(r.Order) == 0 {
		return false
	}
	g, column, ok := groupBelow(r.Input)
	if !ok || len(g.Keys) == 0 || g.Input.Properties().Mode != InsertOnly {
		return false
	}
	for _, k := range r.Order {
		if slices.Contains(r.Partition, k.Column) {
			continue
		}
		at := column(k.Column)
		if at < len(g.Keys) {
			return false
		}
		name := g.Aggregates[at-len(g.Keys)].Func.Name
		rises, falls := name == "COUNT" || name == "MAX", name == "MIN"
		if k.Descending && !rises || !k.Descending && !falls {
			return false
		}
	}
	return slices.ContainsFunc(uniqueKeys(r.Input), func(key []int) bool { return subset(r.Partition, key) })
}

// groupBelow finds a group under projections of its columns, and where a column of theirs comes from in it (-1: nowhere).
func groupBelow(n Node) (*GroupAggregate, func(int) int, bool) {
	switch n := n.(type) {
	case *GroupAggregate:
		return n, func(i int) int { return i }, true
	case *Project:
		g, below, ok := groupBelow(n.Input)
		return g, func(i int) int {
			if ref, plain := n.Exprs[i].(*expr.Ref); plain {
				return below(ref.Index)
			}
			return -1
		}, ok
	}
	return nil, nil, false
}

func setBefore(n Node, before bool) {
	switch n := n.(type) {
	case *GroupAggregate:
		n.Before = before
	case *Rank:
		n.Before = before
	case *Deduplicate:
		n.Before = before
	case *Limit:
		n.Before = before
	}
}

// modeOf says what changes a node's output may have.
func modeOf(n Node) Mode { //nolint:gocyclo // a case for each node
	switch n := n.(type) {
	case *Scan:
		return n.Table.Mode
	case *Values, *WindowAggregate, *IntervalJoin:
		return InsertOnly
	case *Normalize:
		return Retract
	case *GroupAggregate:
		if !n.Before && n.Input.Properties().Mode == InsertOnly {
			return Upsert
		}
		return Retract
	case *Project:
		return n.Input.Properties().Mode
	case *Filter:
		return n.Input.Properties().Mode
	case *DropBefore:
		return Upsert
	case *Rank:
		if n.Windowed {
			return InsertOnly
		}
		return Retract
	case *Deduplicate:
		if n.Windowed || !n.Last && n.ProcTime {
			return InsertOnly
		}
		return Retract
	case *Join:
		if n.Kind != Inner && n.Kind != Semi {
			return Retract
		}
	case *TemporalJoin:
		return n.LeftInput.Properties().Mode
	}
	for _, input := range n.Inputs() {
		if input.Properties().Mode != InsertOnly {
			return Retract
		}
	}
	return InsertOnly
}

// insertOnlyInput refuses updates where an operator cannot take rows back.
func insertOnlyInput(n Node) error {
	var what string
	switch n := n.(type) {
	case *IntervalJoin:
		what = "an interval join"
	case *TimeSort:
		what = "ORDER BY of a stream"
	case *WindowAssign:
		if n.Window.Kind == Session {
			what = "a session window"
		}
	case *Rank:
		if n.Windowed {
			what = "a window Top-N"
		}
	}
	if what == "" {
		return nil
	}
	for _, input := range n.Inputs() {
		if input.Properties().Mode != InsertOnly {
			return &UpdatesError{Consumer: what, Producer: producer(input)}
		}
	}
	return nil
}

// UpdatesError says that an operator or a table takes only new rows, and is given updates.
type UpdatesError struct{ Consumer, Producer string }

func (e *UpdatesError) Error() string {
	return e.Consumer + " does not support update and delete changes, which " + e.Producer + " produces"
}

// producer names the operator that makes updates out of rows.
func producer(n Node) string {
	for {
		switch m := n.(type) {
		case *GroupAggregate:
			if len(m.Aggregates) == 0 {
				return "DISTINCT"
			}
			return "a group aggregate (GROUP BY without a window)"
		case *Rank:
			return "a Top-N"
		case *Deduplicate:
			return "a deduplication that keeps the last row"
		case *Join:
			if m.LeftInput.Properties().Mode == InsertOnly && m.RightInput.Properties().Mode == InsertOnly {
				return "an outer join"
			}
		case *Scan:
			return "table " + m.Table.Name
		case *Normalize:
			return producer(m.Input)
		}
		next := slices.IndexFunc(n.Inputs(), func(i Node) bool { return i.Properties().Mode != InsertOnly })
		if next < 0 {
			return "the query"
		}
		n = n.Inputs()[next]
	}
}

// uniqueKeys gives sets of columns by which a node's rows are known.
func uniqueKeys(n Node) [][]int {
	switch n := n.(type) {
	case *Scan:
		return scanKeys(n)
	case *Filter:
		return uniqueKeys(n.Input)
	case *Limit:
		return uniqueKeys(n.Input)
	case *TimeSort:
		return uniqueKeys(n.Input)
	case *DropBefore:
		return uniqueKeys(n.Input)
	case *Normalize:
		return [][]int{n.Keys}
	case *Project:
		return projectedKeys(n)
	case *GroupAggregate:
		return [][]int{sequence(0, len(n.Keys))}
	case *WindowAggregate:
		return windowKeys(n)
	case *Rank:
		keys := uniqueKeys(n.Input)
		if n.Number {
			keys = append(slices.Clone(keys), append(slices.Clone(n.Partition), len(n.Out)-1))
		}
		if n.From == n.To {
			keys = append(slices.Clone(keys), n.Partition)
		}
		return keys
	case *Deduplicate:
		return append([][]int{n.Partition}, uniqueKeys(n.Input)...)
	case *Join, *IntervalJoin, *TemporalJoin:
		return joinKeys(n)
	}
	return nil
}

func scanKeys(n *Scan) [][]int {
	var key []int
	for _, column := range n.Table.PrimaryKey {
		at := slices.IndexFunc(n.Project, func(e expr.Expr) bool {
			ref, ok := e.(*expr.Ref)
			return ok && n.Read[ref.Index] == column
		})
		if at < 0 {
			return nil
		}
		key = append(key, at)
	}
	if key == nil {
		return nil
	}
	return [][]int{key}
}

func projectedKeys(n *Project) [][]int {
	var out [][]int
	for _, key := range uniqueKeys(n.Input) {
		var to []int
		for _, column := range key {
			at := projectedTo(n, column)
			if at < 0 {
				to = nil
				break
			}
			to = append(to, at)
		}
		if len(to) == len(key) {
			out = append(out, to)
		}
	}
	return out
}

func windowKeys(n *WindowAggregate) [][]int {
	base := len(n.Keys) + len(n.Aggregates)
	var out [][]int
	for i := range n.Columns {
		out = append(out, append(sequence(0, len(n.Keys)), base+i))
	}
	return out
}

func joinKeys(n Node) [][]int {
	s := sidesOf(n)
	left, right, width := uniqueKeys(*s.left), uniqueKeys(*s.right), len((*s.left).Schema())
	if s.kind == Semi || s.kind == Anti {
		return left
	}
	var out [][]int
	shift := func(key []int) []int {
		moved := make([]int, len(key))
		for i, c := range key {
			moved[i] = c + width
		}
		return moved
	}
	byRight := slices.ContainsFunc(right, func(key []int) bool { return subset(key, *s.rightKeys) })
	byLeft := slices.ContainsFunc(left, func(key []int) bool { return subset(key, *s.leftKeys) })
	if byRight && (s.kind == Inner || s.kind == Left) {
		out = append(out, left...)
	}
	if byLeft && (s.kind == Inner || s.kind == Right) {
		for _, key := range right {
			out = append(out, shift(key))
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, l := range left {
		for _, r := range right {
			out = append(out, append(slices.Clone(l), shift(r)...))
		}
	}
	return out
}
