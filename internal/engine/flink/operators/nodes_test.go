package operators

import (
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// nodeCase is a node for stories.
type nodeCase struct {
	node plan.Node
	ttl  time.Duration
	zone string
}

func (c nodeCase) env() *expr.Env {
	zone := time.UTC
	if c.zone != "" {
		var err error
		if zone, err = time.LoadLocation(c.zone); err != nil {
			panic(err)
		}
	}
	return &expr.Env{Zone: zone, Now: time.Now}
}

// input is a node that is only its schema.
type input struct{ plan.Base }

func (*input) Inputs() []plan.Node { return nil }

func source(mode plan.Mode, fields ...rows.Field) *input {
	return &input{plan.Base{Out: fields, Mode: mode}}
}

func keyed(n *input, key ...int) *input {
	n.Keys = append(n.Keys, key)
	return n
}

func text(name string) rows.Field  { return rows.Field{Name: name, Type: rows.StringType} }
func whole(name string) rows.Field { return rows.Field{Name: name, Type: rows.BigIntType} }
func moment(name string) rows.Field {
	t := rows.TimestampType(3)
	t.Time = rows.RowTime
	return rows.Field{Name: name, Type: t}
}

func flag3(name string) rows.Field { return rows.Field{Name: name, Type: rows.BooleanType} }

func distinctly(c expr.AggregateCall) expr.AggregateCall {
	c.Distinct = true
	return c
}

func filtered(c expr.AggregateCall, by int) expr.AggregateCall {
	c.Filter = by
	return c
}

func grouped(in plan.Node, before bool, keys []int, calls ...expr.AggregateCall) *plan.GroupAggregate {
	mode := plan.Upsert
	if before {
		mode = plan.Retract
	}
	out := rows.Schema{}
	for _, k := range keys {
		out = append(out, in.Schema()[k])
	}
	for range calls {
		out = append(out, whole("agg"))
	}
	return &plan.GroupAggregate{Base: plan.Base{Out: out, Mode: mode}, Input: in, Keys: keys, Aggregates: calls, Before: before}
}

func nodes() map[string]nodeCase {
	all := map[string]nodeCase{}
	for _, group := range []map[string]nodeCase{groupNodes(), windowNodes(), rankNodes(), firstNodes(), joinNodes(), intervalNodes(), timeNodes(), sinkNodes(), plainNodes()} {
		for name, c := range group {
			all[name] = c
		}
	}
	return all
}

// sharing is calls that remember the values they have seen together.
func sharing() []expr.AggregateCall {
	return []expr.AggregateCall{distinctly(countCall(1)), filtered(distinctly(sumCall(1)), 2), distinctly(sumCall(1)), distinctly(countCall(0))}
}

func groupNodes() map[string]nodeCase {
	plain := source(plan.InsertOnly, text("word"), whole("n"), flag3("ok"))
	changing := source(plan.Retract, text("word"), whole("n"), flag3("ok"))
	return map[string]nodeCase{
		"group-append":   {node: grouped(plain, true, []int{0}, countCall(), sumCall(1))},
		"group-upsert":   {node: grouped(plain, false, []int{0}, countCall())},
		"group-retract":  {node: grouped(changing, true, []int{0}, countCall(), sumCall(1))},
		"group-all":      {node: grouped(changing, true, nil, countCall())},
		"group-distinct": {node: grouped(changing, true, []int{0}, distinctly(countCall(1)), filtered(sumCall(1), 2))},
		"group-shared":   {node: grouped(plain, true, []int{0}, sharing()...)},
		"group-counted":  {node: grouped(changing, true, []int{0}, sharing()...)},
		"group-none":     {node: grouped(changing, true, []int{0, 1})},
		"group-ttl":      {node: grouped(changing, true, []int{0}, countCall(), distinctly(countCall(1))), ttl: time.Second},
	}
}

func windowed(in plan.Node, w plan.Window, keys []int, calls ...expr.AggregateCall) *plan.WindowAggregate {
	out := rows.Schema{}
	for _, k := range keys {
		out = append(out, in.Schema()[k])
	}
	for range calls {
		out = append(out, whole("agg"))
	}
	for _, name := range []string{"window_start", "window_end", "window_time"} {
		out = append(out, moment(name))
	}
	return &plan.WindowAggregate{
		Base: plan.Base{Out: out}, Input: in, Window: w, Keys: keys, Aggregates: calls,
		Columns: []plan.WindowColumn{plan.WindowStart, plan.WindowEnd, plan.WindowTime},
	}
}

func windowNodes() map[string]nodeCase {
	in := source(plan.InsertOnly, text("word"), whole("n"), moment("ts"))
	changing := source(plan.Retract, text("word"), whole("n"), moment("ts"))
	cut := source(plan.InsertOnly, text("word"), moment("window_start"), moment("window_end"))
	calls := []expr.AggregateCall{countCall(), distinctly(sumCall(1))}
	tumble := plan.Window{Kind: plan.Tumble, Time: 2, Size: 5000}
	hop := plan.Window{Kind: plan.Hop, Time: 2, Size: 6000, Slide: 2000, Offset: 1000}
	cumulate := plan.Window{Kind: plan.Cumulate, Time: 2, Size: 6000, Slide: 2000}
	ltz := plan.Window{Kind: plan.Tumble, Time: 2, Size: hour, LTZ: true}
	proc := plan.Window{Kind: plan.Tumble, Size: 1000, ProcTime: true}
	return map[string]nodeCase{
		"window-tumble":   {node: windowed(in, tumble, []int{0}, calls...)},
		"window-retract":  {node: windowed(changing, tumble, []int{0}, calls...)},
		"window-hop":      {node: windowed(in, hop, []int{0}, calls...)},
		"window-cumulate": {node: windowed(in, cumulate, []int{0}, calls...)},
		"window-zone":     {node: windowed(in, ltz, nil, countCall()), zone: "Europe/Berlin"},
		"window-proctime": {node: windowed(in, proc, []int{0}, countCall())},
		"window-session":  {node: windowed(changing, plan.Window{Kind: plan.Session, Time: 2, Gap: 2000}, []int{0}, calls...)},
		"window-attached": {node: windowed(cut, plan.Window{Kind: plan.Attached, Start: 1, End: 2}, []int{0}, countCall())},
	}
}

func ranked(in plan.Node, number bool, from, to int64) *plan.Rank {
	out := append(rows.Schema{}, in.Schema()...)
	if number {
		out = append(out, whole("rank"))
	}
	return &plan.Rank{
		Base: plan.Base{Out: out, Mode: plan.Retract}, Input: in, Partition: []int{0}, Number: number, From: from, To: to, Before: true,
		Order: []plan.SortKey{{Column: 1, Descending: true, NullsLast: true}},
	}
}

func rankNodes() map[string]nodeCase {
	fields := []rows.Field{text("word"), whole("n"), text("id")}
	plain, changing := source(plan.InsertOnly, fields...), source(plan.Retract, fields...)
	upsert := keyed(source(plan.Upsert, fields...), 0, 2)
	cut := source(plan.InsertOnly, text("word"), whole("n"), moment("window_end"))
	inWindow := ranked(cut, true, 1, 2)
	inWindow.Windowed, inWindow.End = true, 2
	limited := func(in plan.Node, offset, count int64) *plan.Limit {
		return &plan.Limit{Base: plan.Base{Out: in.Schema(), Mode: plan.Retract}, Input: in, Offset: offset, Count: count, Before: true}
	}
	return map[string]nodeCase{
		"rank-append":         {node: ranked(plain, false, 1, 2)},
		"rank-append-number":  {node: ranked(plain, true, 1, 3)},
		"rank-best":           {node: ranked(plain, true, 1, 1)},
		"rank-offset":         {node: ranked(plain, false, 2, 3)},
		"rank-retract":        {node: ranked(changing, false, 1, 2)},
		"rank-retract-number": {node: ranked(changing, true, 1, 2)},
		"rank-update":         {node: ranked(upsert, false, 1, 2)},
		"rank-update-number":  {node: ranked(upsert, true, 1, 3)},
		"rank-window":         {node: inWindow},
		"limit-append":        {node: limited(plain, 1, 2)},
		"limit-retract":       {node: limited(changing, 0, 2)},
	}
}

func firstNodes() map[string]nodeCase {
	in := source(plan.InsertOnly, text("word"), whole("n"), moment("ts"))
	cut := source(plan.InsertOnly, text("word"), moment("ts"), moment("window_end"))
	first := func(in plan.Node, d plan.Deduplicate) nodeCase {
		d.Out, d.Input, d.Partition, d.Before = in.Schema(), in, []int{0}, true
		return nodeCase{node: &d}
	}
	changes := plan.Base{Mode: plan.Retract}
	return map[string]nodeCase{
		"dedup-proc-first":  first(in, plan.Deduplicate{ProcTime: true}),
		"dedup-proc-last":   first(in, plan.Deduplicate{ProcTime: true, Last: true, Base: changes}),
		"dedup-row-first":   first(in, plan.Deduplicate{Time: 2, Base: changes}),
		"dedup-row-last":    first(in, plan.Deduplicate{Time: 2, Last: true, Base: changes}),
		"dedup-row-once":    first(in, plan.Deduplicate{Time: 2}),
		"dedup-window-last": first(cut, plan.Deduplicate{Time: 1, Last: true, Windowed: true, End: 2}),
	}
}

func joinNodes() map[string]nodeCase {
	fields := []rows.Field{text("k"), whole("n")}
	joined := func(kind plan.JoinKind, left, right plan.Node) *plan.Join {
		out := append(rows.Schema{}, left.Schema()...)
		if kind != plan.Semi && kind != plan.Anti {
			out = append(out, right.Schema()...)
		}
		return &plan.Join{
			Base: plan.Base{Out: out, Mode: plan.Retract}, Kind: kind, LeftInput: left, RightInput: right, LeftKeys: []int{0}, RightKeys: []int{0},
		}
	}
	all := map[string]nodeCase{}
	for _, kind := range []plan.JoinKind{plan.Inner, plan.Left, plan.Right, plan.Full, plan.Semi, plan.Anti} {
		all["join-"+strings.ToLower(string(kind))] = nodeCase{node: joined(kind, source(plan.Retract, fields...), source(plan.Retract, fields...))}
	}
	upsert := func() *input { return keyed(source(plan.Upsert, fields...), 0) }
	all["join-upsert"] = nodeCase{node: joined(plan.Left, upsert(), upsert())}
	all["join-ttl"] = nodeCase{node: joined(plan.Inner, source(plan.InsertOnly, fields...), source(plan.InsertOnly, fields...)), ttl: time.Second}
	safe := joined(plan.Inner, source(plan.InsertOnly, fields...), source(plan.InsertOnly, fields...))
	safe.NullSafe = []bool{true}
	all["join-null-safe"] = nodeCase{node: safe}
	every := joined(plan.Inner, source(plan.InsertOnly, fields...), source(plan.InsertOnly, fields...))
	every.LeftKeys, every.RightKeys = nil, nil
	all["join-cross"] = nodeCase{node: every}
	return all
}

func intervalNodes() map[string]nodeCase {
	fields := []rows.Field{text("k"), whole("n"), moment("ts")}
	left, right := source(plan.InsertOnly, fields...), source(plan.InsertOnly, fields...)
	between := func(kind plan.JoinKind, lower, upper int64) nodeCase {
		out := append(append(rows.Schema{}, fields...), fields...)
		return nodeCase{node: &plan.IntervalJoin{
			Base: plan.Base{Out: out}, Kind: kind, LeftInput: left, RightInput: right, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 2, RightTime: 2,
			Lower: lower, Upper: upper,
		}}
	}
	return map[string]nodeCase{
		"interval-inner": between(plan.Inner, -1000, 2000),
		"interval-left":  between(plan.Left, -1000, 2000),
		"interval-right": between(plan.Right, -1000, 2000),
		"interval-full":  between(plan.Full, -1000, 2000),
		"interval-never": between(plan.Full, 2000, 1000),
	}
}

func timeNodes() map[string]nodeCase {
	fields := []rows.Field{text("k"), whole("n"), moment("ts")}
	in, changing := source(plan.InsertOnly, fields...), source(plan.Retract, fields...)
	out := append(append(rows.Schema{}, fields...), fields...)
	asOf := func(kind plan.JoinKind) nodeCase {
		return nodeCase{node: &plan.TemporalJoin{
			Base: plan.Base{Out: out}, Kind: kind, LeftInput: changing, RightInput: changing, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 2, RightTime: 2,
		}}
	}
	conditional := asOf(plan.Left)
	one := &expr.Const{Value: int64(99), Of: rows.BigIntType}
	less, _ := expr.LookupFunction("<>")
	conditional.node.(*plan.TemporalJoin).Condition = &expr.Call{
		Func: less, Args: []expr.Expr{&expr.Ref{Index: 4, Of: rows.BigIntType}, one}, Of: rows.BooleanType,
	}
	assigned := func(w plan.Window) nodeCase {
		out := append(append(rows.Schema{}, fields...), moment("window_start"), moment("window_end"), moment("window_time"))
		return nodeCase{node: &plan.WindowAssign{Base: plan.Base{Out: out}, Input: in, Window: w}}
	}
	return map[string]nodeCase{
		"temporal-inner":     asOf(plan.Inner),
		"temporal-left":      asOf(plan.Left),
		"temporal-condition": conditional,
		"time-sort":          {node: &plan.TimeSort{Base: plan.Base{Out: fields}, Input: in, Time: 2, Order: []plan.SortKey{{Column: 1, Descending: true}}}},
		"assign-tumble":      assigned(plan.Window{Kind: plan.Tumble, Time: 2, Size: 5000}),
		"assign-hop":         assigned(plan.Window{Kind: plan.Hop, Time: 2, Size: 6000, Slide: 2000}),
		"assign-cumulate":    assigned(plan.Window{Kind: plan.Cumulate, Time: 2, Size: 6000, Slide: 2000}),
		"assign-session":     assigned(plan.Window{Kind: plan.Session, Time: 2, Gap: 2000, Partition: []int{0}}),
	}
}

func sinkNodes() map[string]nodeCase {
	fields := []rows.Field{text("k"), whole("n"), text("id")}
	table := &plan.Table{Name: "sink", PrimaryKey: []int{0}}
	upsert, whole, twice := keyed(source(plan.Upsert, fields...), 2), source(plan.Retract, fields...), source(plan.Retract, fields...)
	return map[string]nodeCase{
		"sink-upsert":     {node: &plan.Sink{Input: upsert, Table: table, Columns: []int{0, 1, 2}, Materialize: true}},
		"sink-retract":    {node: &plan.Sink{Input: whole, Table: table, Columns: []int{0, 1, 2}, Materialize: true}},
		"sink-error":      {node: &plan.Sink{Input: whole, Table: table, Columns: []int{0, 1, 2}, Materialize: true, OnConflict: "DO ERROR"}},
		"sink-nothing":    {node: &plan.Sink{Input: upsert, Table: table, Columns: []int{0, 1, 2}, Materialize: true, OnConflict: "DO NOTHING"}},
		"normalize":       {node: &plan.Normalize{Base: plan.Base{Out: fields, Mode: plan.Retract}, Input: upsert, Keys: []int{0}}},
		"normalize-plain": {node: &plan.Normalize{Base: plan.Base{Out: fields, Mode: plan.Upsert}, Input: twice, Keys: []int{0}, Plain: true}},
	}
}

func plainNodes() map[string]nodeCase {
	in := source(plan.Retract, text("word"), whole("n"), flag3("ok"))
	list := rows.Field{Name: "list", Type: rows.Type{Kind: rows.Array, Elem: &rows.Type{Kind: rows.BigInt}}}
	lists := source(plan.Retract, text("word"), list)
	member := &plan.Unnest{
		Base: plan.Base{Out: append(append(rows.Schema{}, lists.Out...), whole("member"), whole("at"))}, Input: lists, Kind: plan.Left, Ordinality: true,
		Expr: &expr.Ref{Index: 1, Of: list.Type},
	}
	return map[string]nodeCase{
		"project": {node: &plan.Project{Input: in, Exprs: []expr.Expr{&expr.Ref{Index: 1, Of: rows.BigIntType}, &expr.Ref{Index: 0, Of: rows.StringType}}}},
		"filter":  {node: &plan.Filter{Input: in, Condition: &expr.Ref{Index: 2, Of: rows.BooleanType}}},
		"union":   {node: &plan.Union{Members: []plan.Node{in, in}}},
		"dropped": {node: &plan.DropBefore{Input: in}},
		"unnest":  {node: member},
	}
}
