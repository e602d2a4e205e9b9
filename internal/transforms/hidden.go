package transforms

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// redact is the mask that says least of a value and keeps that there is one.
const redact = "redact"

// hidden is the personal data that a column of a plan is made of; none where it is not.
type hidden struct {
	fields []personalField
	asIs   bool // the values are those of the one field, unchanged
}

type personalField struct {
	name, topic, mask string
	nested            bool
}

func (h hidden) none() bool { return len(h.fields) == 0 }

func (h hidden) with(other hidden) hidden {
	if other.none() {
		return h
	}
	return hidden{fields: append(slices.Clone(h.fields), other.fields...)}
}

// shown says of each column of a result how it is masked: as its field is, where it is that field as it stands. What
// is made of personal data is redacted, since a mask of a part could give the whole away, part by part; made tells
// which those are.
func (c *compiler) shown(n plan.Node) (columns []Shown, made []bool) {
	columns, made = make([]Shown, len(n.Schema())), make([]bool, len(n.Schema()))
	for i, h := range c.hidden(n) {
		f := n.Schema()[i]
		columns[i] = Shown{Name: f.Name, Type: f.Type.Plain().String()}
		switch {
		case h.none():
		case h.asIs && !h.fields[0].nested:
			columns[i].Mask = cmp.Or(h.fields[0].mask, redact)
		default:
			columns[i].Mask, made[i] = redact, true
		}
	}
	return columns, made
}

// without leaves out of a query what is made of personal data and would not be shown: whether it can be computed at all
// could tell of the values.
func (c *compiler) without(sql string, n plan.Node, made []bool) (string, plan.Node, error) {
	if !slices.Contains(made, true) {
		return sql, n, nil
	}
	list := make([]string, len(made))
	for i, f := range n.Schema() {
		list[i] = quoted(f.Name)
		switch {
		case made[i] && f.Type.Kind.IsText():
			list[i] = "'***' AS " + quoted(f.Name)
		case made[i]:
			list[i] = "CAST(NULL AS STRING) AS " + quoted(f.Name)
		}
	}
	sql = "SELECT " + strings.Join(list, ", ") + " FROM (" + sql + ")"
	query, err := parse.Query(sql)
	if err != nil {
		return "", nil, err
	}
	n, err = c.planner.Query(query)
	return sql, n, err
}

// hidden follows personal data through a plan. That it decides which rows there are, or is counted, is refused: it
// would tell of values that are masked.
func (c *compiler) hidden(n plan.Node) []hidden {
	var in []hidden
	for _, input := range n.Inputs() {
		in = append(in, c.hidden(input)...)
	}
	switch n := n.(type) {
	case *plan.Scan:
		return c.scanned(n)
	case *plan.Project:
		return projected(n.Exprs, in)
	case *plan.Union:
		return united(n, in)
	case *plan.GroupAggregate:
		return c.grouped(n, in, n.Keys, n.Aggregates)
	case *plan.WindowAggregate:
		c.decides("a window", in, append(slices.Clone(n.Window.Partition), n.Window.Time))
		return c.grouped(n, in, n.Keys, n.Aggregates)
	case *plan.Join, *plan.IntervalJoin, *plan.TemporalJoin:
		c.joined(n, in)
	case *plan.Unnest:
		return c.unnested(n, in)
	default:
		c.chooses(n, in)
	}
	return widened(in, len(n.Schema()))
}

// chooses refuses personal data by which an operator of one input chooses or orders rows.
func (c *compiler) chooses(n plan.Node, in []hidden) {
	switch n := n.(type) {
	case *plan.Filter:
		c.decides("a condition", in, expr.Columns(n.Condition))
	case *plan.WindowAssign:
		c.decides("a window", in, append(slices.Clone(n.Window.Partition), n.Window.Time))
	case *plan.Rank:
		c.decides("an order", in, append(slices.Clone(n.Partition), columnsOf(n.Order)...))
	case *plan.Deduplicate:
		c.decides("an order", in, append(slices.Clone(n.Partition), n.Time))
	case *plan.TimeSort:
		c.decides("an order", in, append(columnsOf(n.Order), n.Time))
	case *plan.Values, *plan.Limit, *plan.Normalize, *plan.DropBefore:
	default:
		c.decides("this query", in, all(in))
	}
}

// widened are an operator's columns: its input's, then its own, which tell nothing; or only the left side's.
func widened(in []hidden, width int) []hidden {
	out := slices.Clone(in)
	for len(out) < width {
		out = append(out, hidden{})
	}
	return out[:width]
}

func all(in []hidden) []int {
	columns := make([]int, len(in))
	for i := range in {
		columns[i] = i
	}
	return columns
}

func columnsOf(order []plan.SortKey) []int {
	columns := make([]int, len(order))
	for i, k := range order {
		columns[i] = k.Column
	}
	return columns
}

func (c *compiler) scanned(n *plan.Scan) []hidden {
	read := make([]hidden, len(n.Read))
	from := c.sources[n.Table.Name]
	if !c.rights.Clear(from.Product) {
		for i, column := range n.Read {
			name := strings.TrimSuffix(n.Table.Columns[column].Name, instantSuffix)
			if f, known := from.Product.Field(name); known {
				read[i] = personalIn(f, from, n.Members != nil && n.Members[i] >= 0)
			}
		}
	}
	out := read
	if n.Project != nil {
		out = projected(n.Project, read)
	}
	if n.Filter != nil {
		c.decides("a condition", out, expr.Columns(n.Filter))
	}
	return out
}

func personalIn(f contracts.Field, from Source, member bool) hidden {
	switch {
	case f.PII:
		return hidden{[]personalField{{f.Name, string(from.Topic.Name), f.Mask, false}}, !member}
	case slices.ContainsFunc(from.Product.AllFields(), func(n contracts.PathField) bool { return n.PII && within(n.Name, f.Name) }):
		return hidden{[]personalField{{f.Name, string(from.Topic.Name), f.Mask, true}}, false}
	}
	return hidden{}
}

// within reports whether a dotted name lies in a field.
func within(name, field string) bool {
	rest, ok := strings.CutPrefix(name, field)
	return ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
}

func projected(exprs []expr.Expr, in []hidden) []hidden {
	out := make([]hidden, len(exprs))
	for i, e := range exprs {
		if r, ok := e.(*expr.Ref); ok {
			out[i] = in[r.Index]
			continue
		}
		for _, column := range expr.Columns(e) {
			out[i] = out[i].with(in[column])
		}
	}
	return out
}

// united merges the columns of the members, which come one member after the other.
func united(n *plan.Union, in []hidden) []hidden {
	width := len(n.Schema())
	out := make([]hidden, width)
	for i, h := range in {
		out[i%width] = out[i%width].with(h)
		out[i%width].asIs = false
	}
	return out
}

func (c *compiler) grouped(n plan.Node, in []hidden, keys []int, calls []expr.AggregateCall) []hidden {
	c.decides("GROUP BY or DISTINCT", in, keys)
	for _, call := range calls {
		c.decides(call.Func.Name, in, call.Args)
		if call.Filter >= 0 {
			c.decides("FILTER", in, []int{call.Filter})
		}
	}
	return make([]hidden, len(n.Schema()))
}

func (c *compiler) joined(n plan.Node, in []hidden) {
	var left, right []int
	var condition expr.Expr
	switch n := n.(type) {
	case *plan.Join:
		left, right, condition = n.LeftKeys, n.RightKeys, n.Condition
	case *plan.IntervalJoin:
		left, right, condition = append(slices.Clone(n.LeftKeys), n.LeftTime), append(slices.Clone(n.RightKeys), n.RightTime), n.Condition
	case *plan.TemporalJoin:
		left, right, condition = append(slices.Clone(n.LeftKeys), n.LeftTime), append(slices.Clone(n.RightKeys), n.RightTime), n.Condition
	}
	shift := len(n.Inputs()[0].Schema())
	c.decides("a join", in, left)
	for _, k := range right {
		c.decides("a join", in, []int{shift + k})
	}
	if condition != nil {
		c.decides("a join", in, expr.Columns(condition))
	}
}

func (c *compiler) unnested(n *plan.Unnest, in []hidden) []hidden {
	member := projected([]expr.Expr{n.Expr}, in)[0]
	member.asIs = false
	out := slices.Clone(in)
	for len(out) < len(n.Schema()) {
		out = append(out, member)
	}
	if n.Condition != nil {
		c.decides("a condition", out, expr.Columns(n.Condition))
	}
	return out
}

// decides refuses personal data by which rows are chosen, met or counted.
func (c *compiler) decides(what string, in []hidden, by []int) {
	for _, column := range by {
		if column < 0 || column >= len(in) || in[column].none() {
			continue
		}
		f := in[column].fields[0]
		at := c.product.SQLAt(placeOf(c.product.Transform.SQL, f.name))
		summary := fmt.Sprintf("%s uses %s of %s, which is personal data", what, f.name, f.topic)
		if !slices.ContainsFunc(c.problems, func(d diags.Diagnostic) bool { return d.Summary == summary }) {
			c.problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: Forbidden, Range: at, Summary: summary, Fix: "Leave it out, or ask in the name of a domain that may read it in clear: --as DOMAIN."})
		}
	}
}
