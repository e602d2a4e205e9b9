// Package planted puts bugs into the embedded Flink engine, one at a time, to see that the suite finds each.
package planted

// Bug is a small change of the source that makes answers wrong.
type Bug struct {
	Name string // what is wrong, as a sentence
	File string // from the root of the module
	Good string // stands once in the file
	Bad  string // stands there instead
}

const (
	operators = "internal/engine/flink/operators/"
	exprs     = "internal/flinksql/expr/"
	plans     = "internal/flinksql/plan/"
)

// Bugs are those that the suite has to find.
var Bugs = []Bug{
	{"windows end a millisecond late", operators + "window_aggregate.go", "return start, start + size, nil", "return start, start + size + 1, nil"},
	{"windows hold a time that is behind their end", operators + "windows.go", "return at - rest\n", "return at - rest - rest/(size-1)*size\n"},
	{"a row right at the watermark is not late", operators + "windows.go", "now >= p.clock.timer(end-1)", "now > p.clock.timer(end-1)"},
	{"HOP windows slide by their size", operators + "window_aggregate.go", "return w.node.Window.Slide\n", "return w.node.Window.Size\n"},
	{"sessions do not meet where they touch", operators + "sessions.go", "if have.end >= start {", "if have.end > start {"},
	{"a session's gap is a millisecond short", operators + "sessions.go", "start, end := at, at+s.gap", "start, end := at, at+s.gap-1"},
	{"a group that ends is not taken back", operators + "group_aggregate.go", "g.steps[i] = gone\n", "g.steps[i] = changed\n"},
	{"COUNT(DISTINCT) forgets to take back", operators + "distinct.go", "*count--\n\t\t\tskip[i] = *count > 0", "*count--\n\t\t\tskip[i] = *count >= 0"},
	{"an outer join does not take its NULLs back", operators + "join.go", "if met == 0 {\n\t\t\t\tj.give(rows.Delete, -1, m)", "if met == 0 && false {\n\t\t\t\tj.give(rows.Delete, -1, m)"},
	{"an outer join leaves rows without a match out", operators + "join.go", "if len(matches) == 0 && j.outer[input] {\n\t\tj.give(rows.Insert", "if len(matches) == 0 && j.outer[input] && input == 1 {\n\t\tj.give(rows.Insert"},
	{"NULL joins NULL", operators + "join.go", "(k >= len(j.node.NullSafe) || !j.node.NullSafe[k])", "k >= len(j.node.NullSafe)"},
	{"NOT EXISTS does not come back", operators + "join.go", "if met == edge {", "if met == edge && (semi || adds) {"},
	{"Top-N is short of a row", operators + "rank.go", "return int(min(r.node.To, math.MaxInt32))", "return int(min(max(r.node.To-1, 1), math.MaxInt32))"},
	{"the displaced row of a Top-N stays", operators + "rank.go", "if last >= size {\n\t\t\tr.give(rows.Delete, all[size], 1)", "if last > size {\n\t\t\tr.give(rows.Delete, all[size], 1)"},
	{"FALSE AND NULL is NULL", exprs + "logic.go", "case !wasNull && out.Bools[at] == c.decides: // stays", "case false:"},
	{"x IN (1, NULL) is FALSE", exprs + "in.go", "if hasNull && !found || args[0].Null(i) {", "if args[0].Null(i) {"},
	{"decimals are cut, not rounded", "internal/rows/wide.go", "if rest >= divisor-rest {\n\t\tquotient", "if rest > divisor {\n\t\tquotient"},
	{"CEIL of a time goes on from a start", exprs + "fnfloor.go", "if up && start != local {", "if up {"},
	{"conditions are pushed below an outer join", plans + "conditions.go", "case side == rightSide && (kind == Inner || kind == Right):", "case side == rightSide:"},
	{"EXTRACT(WEEK) counts from Sunday", exprs + "fnextract.go", "return floorMod(day+3, 7) + 1", "return floorMod(day+4, 7) + 1"},
}
