package parse_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

// TestPrintingAndReadingGiveTheSameTree is a law over made-up expressions of every form; rapid prints the seed that
// breaks it.
func TestPrintingAndReadingGiveTheSameTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := (&maker{t}).expr(4)
		printed := ast.Format(e)
		again, err := parse.Expression(printed)
		if err != nil {
			t.Fatalf("%s\n%v\n%s", printed, err, tree(e))
		}
		if got, want := tree(again), tree(e); got != want {
			t.Fatalf("%s\n got %s\nwant %s", printed, got, want)
		}
	})
}

// TestPrintingAndReadingATypeGiveTheSameType is the same law over types.
func TestPrintingAndReadingATypeGiveTheSameType(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made := (&maker{t}).typ(4, false)
		again, err := parse.Type(made.String())
		if err != nil {
			t.Fatalf("%s\n%v", made, err)
		}
		if got, want := tree(again), tree(made); got != want {
			t.Fatalf("%s\n got %s\nwant %s", made, got, want)
		}
	})
}

// maker makes up trees.
type maker struct{ t *rapid.T }

func (m *maker) one(of ...string) string { return rapid.SampledFrom(of).Draw(m.t, "one") }

func (m *maker) yes() bool { return rapid.Bool().Draw(m.t, "yes") }

func (m *maker) some(least, most int) int { return rapid.IntRange(least, most).Draw(m.t, "some") }

func (m *maker) name() string {
	return m.one("a", "b1", "Total", "value", "select", "map", "MAP", "descriptor", "key", "with space", "back`tick", "ünïcode", "1st", "$x", "json", "a")
}

func (m *maker) names(least int) []string {
	var names []string
	for range m.some(least, 3) {
		names = append(names, m.name())
	}
	return names
}

func (m *maker) exprs(least, depth int) []ast.Expr {
	var exprs []ast.Expr
	for range m.some(least, 3) {
		exprs = append(exprs, m.expr(depth))
	}
	return exprs
}

func (m *maker) text() string {
	return m.one("", "x", "it's", "''", "--", "/*", "ü", "a\nb", "`")
}

func (m *maker) leaf() ast.Expr {
	switch m.some(0, 7) {
	case 0:
		return &ast.Literal{Kind: ast.NumberLiteral, Text: m.one("0", "1", "1.50", ".5", "1e3", "1E-3", "1.", "12345678901234567890")}
	case 1:
		return &ast.Literal{Kind: ast.TextLiteral, Text: m.text()}
	case 2:
		return &ast.Literal{Kind: ast.BooleanLiteral, Text: m.one("TRUE", "FALSE", "UNKNOWN")}
	case 3:
		return &ast.Literal{Kind: ast.NullLiteral, Text: "NULL"}
	case 4:
		kind := m.one("DATE", "TIME", "TIMESTAMP", "BINARY")
		return &ast.Literal{Kind: ast.LiteralKind(kind), Text: map[bool]string{true: "0aFF", false: "2026-01-31"}[kind == "BINARY"]}
	case 5:
		return &ast.Interval{Text: m.one("1", "-1", "1-6"), Unit: m.span()}
	case 6:
		return &ast.Call{Name: m.one("CURRENT_DATE", "LOCALTIMESTAMP", "CURRENT_TIMESTAMP", "USER")}
	}
	return &ast.Column{Name: ast.Name{Parts: m.names(1)}}
}

func (m *maker) span() ast.Span {
	s := ast.Span{From: m.one("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")}
	if m.yes() {
		s.FromArgs = []int{m.some(0, 9)}
	}
	if s.From == "DAY" && m.yes() {
		s.To = m.one("HOUR", "MINUTE", "SECOND")
	}
	return s
}

func (m *maker) expr(depth int) ast.Expr {
	if depth == 0 {
		return m.leaf()
	}
	depth--
	switch m.some(0, 12) {
	case 0:
		return &ast.Unary{Op: m.one("-", "+", "NOT"), Operand: m.expr(depth)}
	case 1, 2, 3:
		op := m.one("+", "-", "*", "/", "%", "||", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
		return &ast.Binary{Op: op, Left: m.expr(depth), Right: m.expr(depth)}
	case 4:
		what := m.one("NULL", "TRUE", "FALSE", "UNKNOWN", "JSON", "JSON VALUE", "JSON OBJECT", "JSON ARRAY", "JSON SCALAR")
		return &ast.Is{Operand: m.expr(depth), Not: m.yes(), What: what}
	case 5:
		return &ast.Between{Operand: m.expr(depth), Low: m.expr(depth), High: m.expr(depth), Not: m.yes(), Symmetric: m.yes()}
	case 6:
		l := &ast.Like{Operand: m.expr(depth), Pattern: m.expr(depth), Not: m.yes(), Similar: m.yes()}
		if m.yes() {
			l.Escape = m.expr(depth)
		}
		return l
	case 7:
		return m.membership(depth)
	case 8:
		return m.caseOrCast(depth)
	case 9:
		return m.postfix(depth)
	case 10:
		return m.constructed(depth)
	case 11:
		return m.special(depth)
	}
	return m.call(depth)
}

func (m *maker) membership(depth int) ast.Expr {
	var items []ast.Expr
	var query *ast.Query
	if items = m.exprs(2, depth); m.yes() {
		items, query = nil, m.query(depth)
	}
	switch m.some(0, 3) {
	case 0:
		return &ast.Exists{Query: m.query(depth)}
	case 1:
		return &ast.Subquery{Query: m.query(depth)}
	case 2:
		return &ast.Quantified{Op: m.one("=", "<>", "<", ">="), All: m.yes(), Left: m.expr(depth), List: items, Query: query}
	}
	return &ast.In{Operand: m.expr(depth), Not: m.yes(), List: items, Query: query}
}

func (m *maker) caseOrCast(depth int) ast.Expr {
	if m.yes() {
		return &ast.Cast{Try: m.yes(), Operand: m.expr(depth), Type: m.typ(depth, false)}
	}
	c := &ast.Case{}
	if m.yes() {
		c.Operand = m.expr(depth)
	}
	for range m.some(1, 3) {
		w := ast.When{Condition: m.expr(depth), Result: m.expr(depth)}
		if c.Operand != nil {
			w.More = m.exprs(0, depth)
		}
		c.Whens = append(c.Whens, w)
	}
	if m.yes() {
		c.Else = m.expr(depth)
	}
	return c
}

func (m *maker) postfix(depth int) ast.Expr {
	switch m.some(0, 2) {
	case 0:
		return &ast.Index{Operand: m.expr(depth), Index: m.expr(depth)}
	case 1:
		return &ast.Field{Operand: m.expr(depth), Name: m.name()}
	}
	return &ast.Overlaps{Left: m.expr(depth), Right: m.expr(depth)}
}

func (m *maker) constructed(depth int) ast.Expr {
	switch kind := m.one("ARRAY", "MAP", "ROW"); kind {
	case "ARRAY":
		return &ast.Constructor{Kind: kind, Items: m.exprs(0, depth)}
	case "MAP":
		return &ast.Constructor{Kind: kind, Items: []ast.Expr{m.expr(depth), m.expr(depth)}}
	default:
		return &ast.Constructor{Kind: kind, Items: m.exprs(1, depth)}
	}
}

func (m *maker) special(depth int) ast.Expr {
	word := func(w string) ast.Expr { return &ast.Keyword{Word: w} }
	x := func() ast.Expr { return m.expr(depth) }
	calls := []func() *ast.Call{
		func() *ast.Call { return &ast.Call{Name: "EXTRACT", Args: []ast.Expr{word("DAY"), x()}} },
		func() *ast.Call { return &ast.Call{Name: "POSITION", Args: []ast.Expr{x(), x()}} },
		func() *ast.Call { return &ast.Call{Name: "OVERLAY", Args: []ast.Expr{x(), x(), x()}} },
		func() *ast.Call { return &ast.Call{Name: "SUBSTRING", Args: []ast.Expr{x(), x(), x()}} },
		func() *ast.Call { return &ast.Call{Name: "TRIM", Args: []ast.Expr{x()}} },
		func() *ast.Call { return &ast.Call{Name: "TRIM", Args: []ast.Expr{word("BOTH"), x(), x()}} },
		func() *ast.Call { return &ast.Call{Name: "TRIM", Args: []ast.Expr{word("LEADING"), x()}} },
		func() *ast.Call { return &ast.Call{Name: "FLOOR", Args: []ast.Expr{x(), word("DAY")}} },
		func() *ast.Call { return &ast.Call{Name: "CEIL", Args: []ast.Expr{x()}} },
		func() *ast.Call { return &ast.Call{Name: "TIMESTAMPDIFF", Args: []ast.Expr{word("DAY"), x(), x()}} },
		func() *ast.Call { return &ast.Call{Name: "INTERVAL", Args: []ast.Expr{x(), word("DAY")}} },
		func() *ast.Call {
			return &ast.Call{Name: "JSON_VALUE", Args: []ast.Expr{x(), x(), word("RETURNING"), m.typ(1, true), word("DEFAULT"), x(), word("ON EMPTY")}}
		},
		func() *ast.Call {
			return &ast.Call{Name: "JSON_QUERY", Args: []ast.Expr{x(), x(), word("WITHOUT WRAPPER"), word("EMPTY ARRAY ON ERROR")}}
		},
		func() *ast.Call {
			return &ast.Call{Name: "JSON_EXISTS", Args: []ast.Expr{x(), x(), word("TRUE ON ERROR")}}
		},
		func() *ast.Call {
			return &ast.Call{Name: "JSON_OBJECT", Args: []ast.Expr{x(), x(), x(), x(), word("ABSENT ON NULL")}}
		},
		func() *ast.Call { return &ast.Call{Name: "JSON_ARRAY", Args: []ast.Expr{word("NULL ON NULL")}} },
		func() *ast.Call { return &ast.Call{Name: "JSON_ARRAY", Args: m.exprs(0, depth)} },
	}
	return rapid.SampledFrom(calls).Draw(m.t, "special")()
}

func (m *maker) call(depth int) ast.Expr {
	c := &ast.Call{Name: m.one("F", "COUNT", "LEFT", "count", "my f", "YEAR", "NOW", "select"), Args: m.exprs(0, depth)}
	if first, second := m.yes(), m.yes(); first && second {
		c.Qualifier = m.names(1)
	}
	switch {
	case len(c.Args) == 0 && m.yes():
		c.Star = true
	case len(c.Args) > 0 && m.yes():
		c.Distinct = m.yes()
	case len(c.Args) > 0:
		for range c.Args {
			c.ArgNames = append(c.ArgNames, m.name())
		}
	}
	if len(c.Args) > 0 && m.yes() {
		c.OrderBy = m.sorts(1, depth)
	}
	c.Within = c.OrderBy != nil && m.yes()
	c.Nulls = m.one("", "IGNORE", "RESPECT")
	if m.yes() {
		c.Filter = m.expr(depth)
	}
	switch m.some(0, 2) {
	case 0:
		c.OverName = m.name()
	case 1:
		c.Over = m.window(depth)
	}
	return c
}

func (m *maker) sorts(least, depth int) []ast.SortItem {
	var items []ast.SortItem
	for range m.some(least, 2) {
		items = append(items, ast.SortItem{Expr: m.expr(depth), Descending: m.yes(), Nulls: m.one("", "FIRST", "LAST")})
	}
	return items
}

func (m *maker) window(depth int) *ast.WindowSpec {
	w := &ast.WindowSpec{PartitionBy: m.exprs(0, depth), OrderBy: m.sorts(0, depth)}
	if m.yes() {
		w.Base = m.name()
	}
	if m.yes() {
		w.Frame = &ast.Frame{Unit: m.one("ROWS", "RANGE"), Start: ast.Bound{Kind: "PRECEDING", Offset: m.expr(depth)}, End: ast.Bound{Kind: "CURRENT ROW"}}
	}
	return w
}

func (m *maker) query(depth int) *ast.Query {
	s := &ast.Select{Distinct: m.yes(), From: m.table(depth)}
	for _, e := range m.exprs(1, depth) {
		s.Items = append(s.Items, ast.SelectItem{Expr: e, Alias: m.one("", "a", "value")})
	}
	if m.yes() {
		s.Where = m.expr(depth)
	}
	q := &ast.Query{Body: s, OrderBy: m.sorts(0, depth)}
	if m.yes() {
		q.Limit = &ast.Literal{Kind: ast.NumberLiteral, Text: "10"}
	}
	if depth > 0 && m.yes() {
		inner := m.query(depth - 1)
		q.Body = &ast.SetOperation{Op: m.one("UNION", "INTERSECT", "EXCEPT"), All: m.yes(), Left: s, Right: inner}
	}
	if depth > 0 && m.yes() {
		q.With = []ast.CTE{{Name: m.name(), Columns: m.names(0), Query: m.query(depth - 1)}}
	}
	return q
}

func (m *maker) table(depth int) ast.TableExpr {
	alias := ast.Alias{Name: m.one("", "t", "user")}
	if alias.Name != "" {
		alias.Columns = m.names(0)
	}
	kind := m.some(0, 4)
	if depth == 0 {
		kind = 0
	}
	switch kind {
	case 1:
		return &ast.DerivedTable{Lateral: m.yes(), Query: m.query(depth - 1), Alias: alias}
	case 2:
		return &ast.Unnest{Expr: m.expr(depth - 1), Ordinality: m.yes(), Alias: alias}
	case 3:
		j := &ast.Join{Kind: m.one("INNER", "LEFT", "FULL", "CROSS"), Left: m.table(depth - 1), Right: m.table(depth - 1)}
		if m.yes() {
			j.On = m.expr(depth - 1)
		} else {
			j.Using = m.names(1)
		}
		return j
	case 4:
		arg := &ast.TableArg{Name: &ast.Name{Parts: m.names(1)}, PartitionBy: m.exprs(0, 0)}
		d := &ast.Descriptor{Columns: []ast.Name{{Parts: m.names(1)}}}
		return &ast.TableFunction{Lateral: m.yes(), Call: &ast.Call{Name: "SESSION", Args: []ast.Expr{arg, d, m.leaf()}}, Alias: alias}
	}
	return &ast.TableName{Name: ast.Name{Parts: m.names(1)}, Alias: alias}
}

func (m *maker) typ(depth int, nullable bool) *ast.TypeName {
	t := &ast.TypeName{Name: m.one("STRING", "INT", "DOUBLE", "DATE", "TIMESTAMP_LTZ", "BYTES"), NotNull: nullable && m.yes()}
	switch kind := m.some(0, 4); {
	case depth > 0 && kind == 1:
		t.Name, t.Elements = m.one("ARRAY", "MULTISET"), []*ast.TypeName{m.typ(depth-1, true)}
	case depth > 0 && kind == 2:
		t.Name, t.Elements = "MAP", []*ast.TypeName{m.typ(depth-1, true), m.typ(depth-1, true)}
	case depth > 0 && kind == 3:
		t.Name = "ROW"
		for range m.some(0, 3) {
			t.Fields = append(t.Fields, ast.RowField{Name: m.name(), Type: m.typ(depth-1, true), Comment: m.text()})
		}
	case kind == 4:
		t.Name, t.Args = "DECIMAL", []int{m.some(1, 38), 2}
	}
	return t
}
