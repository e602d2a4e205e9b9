package plan

import (
	"fmt"
	"math"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/expr"
)

// Explain writes a plan as a tree, the result first. With modes it says what changes each operator gives.
func Explain(n Node, modes bool) string {
	var b strings.Builder
	explain(&b, n, "", "", modes)
	return b.String()
}

func explain(b *strings.Builder, n Node, first, rest string, modes bool) {
	b.WriteString(first + describe(n))
	if modes {
		fmt.Fprintf(b, " changelogMode=[%s]", n.Properties().Mode)
	}
	b.WriteByte('\n')
	inputs := n.Inputs()
	for i, input := range inputs {
		branch, below := "+- ", "   "
		if i < len(inputs)-1 {
			branch, below = ":- ", ":  "
		}
		explain(b, input, rest+branch, rest+below, modes)
	}
}

// String gives the changes of a mode as Flink writes them.
func (m Mode) String() string { return [...]string{"I", "I,UB,UA,D", "I,UA,D"}[m] }

func describe(n Node) string { //nolint:gocyclo,funlen // a case for each node
	names := func(of Node, list []int) string {
		return joined(list, func(i int) string { return columnTitle(of, i) })
	}
	switch n := n.(type) {
	case *Scan:
		return fmt.Sprintf("Scan(table=[%s], fields=[%s]%s%s)", n.Table.Name, names(n, sequence(0, len(n.Out))), watermarkText(n), conditionText(", filter", n.Filter))
	case *Values:
		return fmt.Sprintf("Values(rows=[%d])", len(n.Rows))
	case *Project:
		return fmt.Sprintf("Calc(select=[%s])", selectText(n))
	case *Filter:
		return fmt.Sprintf("Calc(where=[%s])", n.Condition)
	case *Union:
		return fmt.Sprintf("Union(all=[true], members=[%d])", len(n.Members))
	case *WindowAssign:
		return fmt.Sprintf("WindowTableFunction(window=[%s])", windowText(n.Window))
	case *WindowAggregate:
		return fmt.Sprintf("WindowAggregate(groupBy=[%s], window=[%s], select=[%s])", names(n.Input, n.Keys), windowText(n.Window), callsText(n.Input, n.Aggregates))
	case *GroupAggregate:
		return fmt.Sprintf("GroupAggregate(groupBy=[%s], select=[%s])", names(n.Input, n.Keys), callsText(n.Input, n.Aggregates))
	case *Rank:
		return fmt.Sprintf("Rank(partitionBy=[%s], orderBy=[%s], rankRange=[%d, %s], window=[%t], number=[%t])", names(n.Input, n.Partition), orderText(n.Input, n.Order), n.From, toText(n.To), n.Windowed, n.Number)
	case *Deduplicate:
		keep := "FirstRow"
		if n.Last {
			keep = "LastRow"
		}
		return fmt.Sprintf("Deduplicate(keep=[%s], key=[%s], order=[%s], window=[%t])", keep, names(n.Input, n.Partition), columnTitle(n.Input, n.Time), n.Windowed)
	case *Join, *IntervalJoin, *TemporalJoin:
		return joinText(n)
	case *Unnest:
		return fmt.Sprintf("Correlate(unnest=[%s], joinType=[%s])", n.Expr, n.Kind)
	case *Limit:
		return fmt.Sprintf("Limit(offset=[%d], fetch=[%s])", n.Offset, toText(n.Count))
	case *TimeSort:
		return fmt.Sprintf("TemporalSort(orderBy=[%s])", columnTitle(n.Input, n.Time))
	case *Normalize:
		return fmt.Sprintf("ChangelogNormalize(key=[%s])", names(n.Input, n.Keys))
	case *DropBefore:
		return "DropUpdateBefore"
	case *Sink:
		return fmt.Sprintf("Sink(table=[%s], fields=[%s], upsertMaterialize=[%t])", n.Table.Name, columnNames(n.Table, n.Columns), n.Materialize)
	}
	return fmt.Sprintf("%T", n)
}

func joined(list []int, text func(int) string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = text(v)
	}
	return strings.Join(parts, ", ")
}

// columnTitle is a column's name, or its place where it has none.
func columnTitle(n Node, i int) string {
	if i < len(n.Schema()) && n.Schema()[i].Name != "" {
		return n.Schema()[i].Name
	}
	return fmt.Sprintf("$%d", i)
}

func conditionText(name string, e expr.Expr) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf("%s=[%s]", name, e)
}

func watermarkText(n *Scan) string {
	if n.Watermark == nil {
		return ""
	}
	return fmt.Sprintf(", watermark=[%s: %s]", columnTitle(n, n.Watermark.Column), n.Watermark.Expr)
}

func selectText(n *Project) string {
	parts := make([]string, len(n.Exprs))
	for i, e := range n.Exprs {
		parts[i] = fmt.Sprintf("%s AS %s", e, columnTitle(n, i))
	}
	return strings.Join(parts, ", ")
}

func callsText(input Node, calls []expr.AggregateCall) string {
	parts := make([]string, len(calls))
	for i, c := range calls {
		distinct, filtered := "", ""
		if c.Distinct {
			distinct = "DISTINCT "
		}
		if c.Filter >= 0 {
			filtered = " FILTER " + columnTitle(input, c.Filter)
		}
		parts[i] = fmt.Sprintf("%s(%s%s)%s", c.Func.Name, distinct, joined(c.Args, func(a int) string { return columnTitle(input, a) }), filtered)
	}
	return strings.Join(parts, ", ")
}

func windowText(w Window) string {
	if w.Kind == Attached {
		return "ATTACHED"
	}
	text := string(w.Kind)
	for _, length := range []struct {
		name  string
		value int64
	}{{"size", w.Size}, {"slide", w.Slide}, {"gap", w.Gap}, {"offset", w.Offset}} {
		if length.value != 0 {
			text += fmt.Sprintf(" %s=%dms", length.name, length.value)
		}
	}
	return text
}

func orderText(input Node, order []SortKey) string {
	parts := make([]string, len(order))
	for i, k := range order {
		parts[i] = columnTitle(input, k.Column) + " ASC"
		if k.Descending {
			parts[i] = columnTitle(input, k.Column) + " DESC"
		}
	}
	return strings.Join(parts, ", ")
}

func toText(n int64) string {
	if n == math.MaxInt64 {
		return "unbounded"
	}
	return fmt.Sprint(n)
}

func joinText(n Node) string {
	s := sidesOf(n)
	pairs := make([]string, len(*s.leftKeys))
	for i, l := range *s.leftKeys {
		pairs[i] = columnTitle(*s.left, l) + " = " + columnTitle(*s.right, (*s.rightKeys)[i])
	}
	name, more := "Join", ""
	switch n := n.(type) {
	case *IntervalJoin:
		name, more = "IntervalJoin", fmt.Sprintf(", between=[%dms, %dms]", n.Lower, n.Upper)
	case *TemporalJoin:
		name = "TemporalJoin"
	}
	return fmt.Sprintf("%s(joinType=[%s], on=[%s]%s%s)", name, s.kind, strings.Join(pairs, " AND "), more, conditionText(", where", *s.condition))
}
