package plan

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// tableFunction plans TABLE(f(...)): the window functions of Flink's "Windowing table-valued functions".
func (p *Planner) tableFunction(t *ast.TableFunction, e env) (relation, error) {
	kind := WindowKind(strings.ToUpper(t.Call.Name))
	parameters, ok := windowParameters[kind]
	if !ok {
		return relation{}, missing(t, "table function "+t.Call.Name)
	}
	args, err := bind(t.Call, parameters)
	if err != nil {
		return relation{}, err
	}
	input, partition, err := p.windowInput(t.Call, args["DATA"], e)
	if err != nil {
		return relation{}, err
	}
	window := Window{Kind: kind, Partition: partition}
	if err := p.windowTime(&window, args["TIMECOL"], input); err != nil {
		return relation{}, err
	}
	if err := p.windowLengths(&window, args); err != nil {
		return relation{}, err
	}
	return assigned(t, input, window), nil
}

// windowParameters are the parameters of each window function, in order; those in brackets may be left out.
var windowParameters = map[WindowKind][]string{
	Tumble:   {"DATA", "TIMECOL", "SIZE", "[OFFSET]"},
	Hop:      {"DATA", "TIMECOL", "SLIDE", "SIZE", "[OFFSET]"},
	Cumulate: {"DATA", "TIMECOL", "STEP", "SIZE", "[OFFSET]"},
	Session:  {"DATA", "TIMECOL", "GAP"},
}

// bind gives a call's arguments by the names of its parameters.
func bind(call *ast.Call, parameters []string) (map[string]ast.Expr, error) {
	bound := map[string]ast.Expr{}
	for i, arg := range call.Args {
		name := ""
		if call.ArgNames != nil {
			name = strings.ToUpper(call.ArgNames[i])
		}
		switch {
		case name == "" && i < len(parameters):
			name = strings.Trim(parameters[i], "[]")
		case name == "" || !slices.ContainsFunc(parameters, func(p string) bool { return strings.Trim(p, "[]") == name }):
			return nil, problem(arg, signature(call.Name, parameters), "%s has no parameter for this", call.Name)
		}
		bound[name] = arg
	}
	for _, parameter := range parameters {
		if _, ok := bound[parameter]; !ok && !strings.HasPrefix(parameter, "[") {
			return nil, problem(call, signature(call.Name, parameters), "%s lacks %s", call.Name, parameter)
		}
	}
	return bound, nil
}

func signature(name string, parameters []string) string {
	return "Write " + strings.ToUpper(name) + "(" + strings.Join(parameters, ", ") + "), as in TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)."
}

// windowInput plans TABLE t, and the columns of PARTITION BY.
func (p *Planner) windowInput(call *ast.Call, arg ast.Expr, e env) (relation, []int, error) {
	t, ok := arg.(*ast.TableArg)
	if !ok {
		return relation{}, nil, problem(arg, "Write TABLE before the table's name.", "%s needs a table first", call.Name)
	}
	var input relation
	var err error
	if t.Query != nil {
		input, err = p.query(t.Query, e)
	} else {
		input, err = p.namedTable(*t.Name, e, nil)
	}
	if err != nil {
		return input, nil, err
	}
	if len(t.PartitionBy) > 0 && !strings.EqualFold(call.Name, "SESSION") {
		return input, nil, problem(t, "Leave it out: GROUP BY does the rest.", "only SESSION takes PARTITION BY")
	}
	var partition []int
	for _, by := range t.PartitionBy {
		resolved, err := p.resolver(&scope{relation: input}).Resolve(by)
		if err != nil {
			return input, nil, err
		}
		ref, ok := resolved.(*expr.Ref)
		if !ok {
			return input, nil, problem(by, "Name columns.", "PARTITION BY of a window needs columns")
		}
		partition = append(partition, ref.Index)
	}
	return input, partition, nil
}

// windowTime finds the time attribute that DESCRIPTOR names.
func (p *Planner) windowTime(w *Window, arg ast.Expr, input relation) error {
	d, ok := arg.(*ast.Descriptor)
	if !ok || len(d.Columns) == 0 {
		return problem(arg, "Write DESCRIPTOR(ts).", "the window needs the descriptor of one time column")
	}
	s := &scope{relation: input}
	at, rest, err := s.find(d.Columns[0])
	if err != nil {
		return err
	}
	if at < 0 || len(rest) > 0 {
		return s.unknown(d.Columns[0])
	}
	t := input.node.Schema()[at].Type
	if t.Time == rows.NoTime {
		return problem(arg, "Name the column that has the WATERMARK; an expression over it, or a plain group's result, has lost it.", "column %s is %s and not a time attribute, which a window needs", d.Columns[0].Parts[0], t)
	}
	w.Time, w.ProcTime, w.LTZ = at, t.Time == rows.ProcTime, t.Kind == rows.TimestampLTZ
	return nil
}

// windowLengths reads sizes, slides, gaps and offsets: constant intervals of days to milliseconds.
func (p *Planner) windowLengths(w *Window, args map[string]ast.Expr) error {
	for name, to := range map[string]*int64{"SIZE": &w.Size, "SLIDE": &w.Slide, "STEP": &w.Slide, "GAP": &w.Gap, "OFFSET": &w.Offset} {
		arg, ok := args[name]
		if !ok {
			continue
		}
		e, err := p.resolver(&scope{relation: relation{node: oneRow()}}).Resolve(arg)
		if err != nil {
			return err
		}
		millis, ok := constInt(e, rows.IntervalMillis, p.Env)
		if !ok {
			return problem(arg, "Write INTERVAL '5' MINUTE.", "%s of a window is a constant interval of days, hours, minutes or seconds", strings.ToLower(name))
		}
		if millis <= 0 && name != "OFFSET" {
			return problem(arg, "Write a longer interval.", "%s of a window is greater than 0", strings.ToLower(name))
		}
		*to = millis
	}
	if w.Kind != Session && (w.Offset >= w.Size || -w.Offset >= w.Size) {
		return problem(args["OFFSET"], "Write a shorter offset.", "the offset of a window is shorter than its size")
	}
	if w.Kind == Cumulate && w.Size%w.Slide != 0 {
		return problem(args["SIZE"], "Make the size a multiple of the step.", "CUMULATE's size is a whole number of steps")
	}
	return nil
}

// constInt gives the value of a constant of a kind.
func constInt(e expr.Expr, kind rows.Kind, env *expr.Env) (int64, bool) {
	if e.Type().Kind != kind || len(refs(e)) > 0 || expr.IsVolatile(e) {
		return 0, false
	}
	value, err := expr.Evaluate(e, env)
	if err != nil {
		return 0, false
	}
	v, ok := value.(int64)
	return v, ok
}

// assigned gives rows their windows: window_start and window_end, and window_time, which is the row time from then on.
func assigned(at ast.Node, input relation, w Window) relation {
	in := input.node.Schema()
	node := &WindowAssign{Input: input.node, Window: w, at: at}
	out := relation{node: node, names: slices.Clone(input.names)}
	for _, f := range in {
		node.Out = append(node.Out, rows.Field{Name: f.Name, Type: f.Type})
	}
	for _, f := range windowFields(w) {
		node.Out = append(node.Out, f)
		out.names = append(out.names, columnName{name: f.Name})
	}
	return out
}

func windowFields(w Window) []rows.Field {
	time := rows.TimestampType(3).Nullable(false)
	attribute := time
	attribute.Time = rows.RowTime
	if w.LTZ {
		attribute.Kind = rows.TimestampLTZ
	}
	if w.ProcTime {
		attribute.Time = rows.ProcTime
	}
	return []rows.Field{{Name: string(WindowStart), Type: time}, {Name: string(WindowEnd), Type: time}, {Name: string(WindowTime), Type: attribute}}
}

// windowed tells which columns of a node are the start, the end and the time of a window (-1: none), and where the
// windows come from.
type windowed struct {
	start, end, time int
	assign           *WindowAssign // nil where they are attached by something else
	pure             bool          // between the assignment and here, rows were only projected and filtered by other columns
}

// windowOf finds the window columns of a node.
func windowOf(n Node) (windowed, bool) { //nolint:gocyclo // a case for each node that has or passes windows
	none := windowed{start: -1, end: -1, time: -1}
	switch n := n.(type) {
	case *WindowAssign:
		width := len(n.Input.Schema())
		return windowed{width, width + 1, width + 2, n, true}, true
	case *WindowAggregate:
		base := len(n.Keys) + len(n.Aggregates)
		at := func(c WindowColumn) int {
			if i := slices.Index(n.Columns, c); i >= 0 {
				return base + i
			}
			return -1
		}
		w := windowed{start: at(WindowStart), end: at(WindowEnd), time: at(WindowTime)}
		return w, w.start >= 0 && w.end >= 0
	case *Filter:
		w, ok := windowOf(n.Input)
		for _, c := range refs(n.Condition) {
			if c == w.start || c == w.end || c == w.time {
				w.pure = false
			}
		}
		return w, ok
	case *Rank:
		w, ok := windowOf(n.Input)
		w.assign, w.pure = nil, false
		return w, ok && n.Windowed
	case *Deduplicate:
		w, ok := windowOf(n.Input)
		w.assign, w.pure = nil, false
		return w, ok && n.Windowed
	case *Project:
		w, ok := windowOf(n.Input)
		if !ok {
			return none, false
		}
		w.start, w.end, w.time = projectedTo(n, w.start), projectedTo(n, w.end), projectedTo(n, w.time)
		return w, w.start >= 0 && w.end >= 0
	}
	return none, false
}

// projectedTo gives the column of a projection that is column i of its input; -1 if none is.
func projectedTo(p *Project, i int) int {
	return slices.IndexFunc(p.Exprs, func(e expr.Expr) bool {
		ref, ok := e.(*expr.Ref)
		return ok && i >= 0 && ref.Index == i
	})
}
