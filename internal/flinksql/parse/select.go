package parse

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

func (p *parser) selectBody() ast.Body {
	s := &ast.Select{Place: place(p.next())}
	s.Hints = p.hints()
	s.Distinct = p.acceptAny("DISTINCT", "ALL") == "DISTINCT"
	s.Items = list(p, p.selectItem)
	if p.accept("FROM") {
		s.From = p.from()
		p.clauses(s)
	} else if p.is("WHERE") || p.is("GROUP") || p.is("HAVING") {
		p.unexpected(",", "FROM")
	}
	return s
}

// clauses reads what may follow FROM.
func (p *parser) clauses(s *ast.Select) {
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.accept("GROUP") {
		p.expect("BY")
		s.GroupBy = p.groupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("WINDOW") {
		s.Windows = list(p, p.namedWindow)
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
}

func (p *parser) namedWindow() ast.NamedWindow {
	w := ast.NamedWindow{Name: p.ident()}
	p.expect("AS")
	w.Window = p.windowSpec()
	return w
}

func (p *parser) selectItem() ast.SelectItem {
	if star := p.star(); star != nil {
		return ast.SelectItem{Expr: star}
	}
	item := ast.SelectItem{Expr: p.expr()}
	item.Alias = p.bareAlias()
	return item
}

// star reads * or name.*; nil if it is none.
func (p *parser) star() *ast.Star {
	n := 0
	for p.nameAfter(n) && p.keyAfter(n+1) == "." {
		n += 2
	}
	if p.keyAfter(n) != "*" {
		return nil
	}
	s := &ast.Star{Place: p.here()}
	for range n / 2 {
		s.Qualifier = append(s.Qualifier, p.ident())
		p.next()
	}
	p.next()
	return s
}

// bareAlias reads [AS] name, if it follows.
func (p *parser) bareAlias() string {
	if p.accept("AS") {
		if t := p.peek(); t.Kind == lex.Text {
			p.fail(t, "expected a name, found "+shown(t), "Put a name in backticks: `"+t.Text+"`.")
		}
		return p.ident()
	}
	if !p.atName() {
		p.noAlias = p.at
		return ""
	}
	name := p.ident()
	p.alias = true
	return name
}

// groupBy reads the members of GROUP BY.
func (p *parser) groupBy() []ast.GroupItem {
	if p.is("DISTINCT") {
		p.fail(p.peek(), "GROUP BY DISTINCT is not supported", "Name each grouping set once.")
	}
	p.accept("ALL")
	items := p.groupItem()
	for p.accept(",") {
		items = append(items, p.groupItem()...)
	}
	return items
}

func (p *parser) groupItem() []ast.GroupItem {
	at := p.here()
	switch {
	case p.accept("GROUPING", "SETS"):
		return []ast.GroupItem{{Place: at, Kind: "GROUPING SETS", Sets: bracketed(p, p.groupingSet)}}
	case p.is("ROLLUP"), p.is("CUBE"):
		kind := p.keyword()
		return []ast.GroupItem{{Place: at, Kind: kind, Exprs: bracketed(p, p.expr)}}
	case p.accept("(", ")"):
		return []ast.GroupItem{{Place: at}}
	}
	e := p.expr()
	row, ok := e.(*ast.Constructor)
	if !ok || row.Kind != "ROW" {
		return []ast.GroupItem{{Place: at, Exprs: []ast.Expr{e}}}
	}
	var items []ast.GroupItem
	for _, member := range row.Items {
		items = append(items, ast.GroupItem{Place: ast.Place{Position: member.At()}, Exprs: []ast.Expr{member}})
	}
	return items
}

// groupingSet reads (a, b), a, or ().
func (p *parser) groupingSet() []ast.Expr {
	if p.accept("(", ")") {
		return []ast.Expr{}
	}
	if p.is("ROLLUP") || p.is("CUBE") || p.is("GROUPING", "SETS") {
		p.fail(p.peek(), p.key()+" within GROUPING SETS is not supported", "Write the sets that it stands for.")
	}
	e := p.expr()
	if row, ok := e.(*ast.Constructor); ok && row.Kind == "ROW" {
		return row.Items
	}
	return []ast.Expr{e}
}
