package ast

import (
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// Format writes an expression, a query or a part of one as Flink SQL on one line, with no more brackets than it needs.
// Parsing gives the same tree again.
func Format(n Node) string {
	var p printer
	switch n := n.(type) {
	case Expr:
		p.expr(n, 0)
	case Body:
		p.body(n)
	case TableExpr:
		p.table(n)
	}
	return p.String()
}

// printer gathers the text.
type printer struct{ strings.Builder }

func (p *printer) put(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

// join writes items with a separator between.
func join[T any](p *printer, items []T, separator string, write func(T)) {
	for i, item := range items {
		if i > 0 {
			p.put(separator)
		}
		write(item)
	}
}

func (p *printer) exprs(items []Expr) { join(p, items, ", ", func(e Expr) { p.expr(e, 0) }) }

func (p *printer) inBrackets(write func()) {
	p.put("(")
	write()
	p.put(")")
}

// Quote gives a name as it stands in SQL: in backticks where it needs them.
func Quote(name string) string {
	if simple(name) && !lex.Reserved(name) && !strings.EqualFold(name, "MAP") {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// simple reports whether a name is one word of ASCII letters, digits, _ and $.
func simple(name string) bool {
	for i, r := range name {
		letter := r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// String gives a name as it stands in SQL, its parts with points between.
func (n Name) String() string {
	quoted := make([]string, len(n.Parts))
	for i, part := range n.Parts {
		quoted[i] = Quote(part)
	}
	return strings.Join(quoted, ".")
}

func (p *printer) names(names []string) {
	join(p, names, ", ", func(n string) { p.put(Quote(n)) })
}

func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// String gives the type as it stands in SQL.
func (t *TypeName) String() string { return Format(t) }

func (p *printer) typeName(t *TypeName) {
	p.put(t.Name)
	p.ints(t.Args)
	switch {
	case t.Unit != nil:
		p.put(" ")
		p.span(*t.Unit)
	case t.Name == "ROW":
		p.put("<")
		join(p, t.Fields, ", ", p.rowField)
		p.put(">")
	case t.Elements != nil:
		p.put("<")
		join(p, t.Elements, ", ", p.typeName)
		p.put(">")
	}
	if t.NotNull {
		p.put(" NOT NULL")
	}
}

func (p *printer) rowField(f RowField) {
	p.put(Quote(f.Name), " ")
	p.typeName(f.Type)
	if f.Comment != "" {
		p.put(" ", quoteText(f.Comment))
	}
}

func (p *printer) span(s Span) {
	p.put(s.From)
	p.ints(s.FromArgs)
	if s.To != "" {
		p.put(" TO ", s.To)
		p.ints(s.ToArgs)
	}
}

// ints writes (1, 2), or nothing if there are none.
func (p *printer) ints(numbers []int) {
	if len(numbers) > 0 {
		p.inBrackets(func() { join(p, numbers, ", ", func(n int) { p.put(strconv.Itoa(n)) }) })
	}
}
