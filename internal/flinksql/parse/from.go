package parse

import (
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// from reads what follows FROM: tables with commas or joins between them.
func (p *parser) from() ast.TableExpr {
	left := p.joined()
	for n := 0; p.is(","); n++ {
		p.chained(n)
		at := place(p.next())
		left = &ast.Join{Place: at, Kind: "CROSS", Left: left, Right: p.joined()}
	}
	return left
}

// joined reads a table and what is joined to it.
func (p *parser) joined() ast.TableExpr { return p.joins(p.tableRef()) }

func (p *parser) joins(left ast.TableExpr) ast.TableExpr {
	for n := 0; ; n++ {
		p.chained(n)
		at := p.here()
		natural := p.accept("NATURAL")
		kind := p.joinKind()
		if kind == "" {
			if natural {
				p.unexpected("JOIN")
			}
			return left
		}
		j := &ast.Join{Place: at, Kind: kind, Natural: natural, Left: left, Right: p.tableRef()}
		switch {
		case p.accept("ON"):
			j.On = p.expr()
		case p.accept("USING"):
			j.Using = p.idents()
		}
		left = j
	}
}

// joinKind reads the words up to JOIN; "" if there is no join.
func (p *parser) joinKind() string {
	kind := p.acceptAny("INNER", "CROSS", "LEFT", "RIGHT", "FULL")
	switch kind {
	case "":
		if p.accept("JOIN") {
			return "INNER"
		}
		return ""
	case "LEFT", "RIGHT", "FULL":
		p.accept("OUTER")
	}
	if p.is("SEMI") || p.is("ANTI") {
		p.fail(p.peek(), p.key()+" JOIN is not of Flink SQL", "Write WHERE x IN (SELECT ...) or WHERE NOT EXISTS (SELECT ...).")
	}
	p.expect("JOIN")
	return kind
}

// tableRef reads one member of FROM with its alias.
func (p *parser) tableRef() ast.TableExpr {
	p.enter()
	defer p.leave()
	at := p.here()
	lateral := p.accept("LATERAL")
	switch {
	case p.is("("):
		return p.tableInBrackets(at, lateral)
	case p.is("UNNEST"):
		return p.unnest()
	case p.accept("TABLE"):
		return p.tableFunction(at, lateral)
	case lateral:
		p.fail(p.peek(), "LATERAL stands before TABLE(...) or a query in brackets", "Write LATERAL TABLE(f(x)).")
	case p.functionAhead():
		t := &ast.TableFunction{Place: at, Call: p.tableCall()}
		t.Alias = p.tableAlias()
		return t
	case !p.atName():
		if p.structuralHere() {
			p.unexpected(aTable)
		}
	}
	return p.tableName()
}

// functionAhead reports whether a name before a bracket stands here.
func (p *parser) functionAhead() bool {
	n := 0
	for p.nameAfter(n) && p.keyAfter(n+1) == "." {
		n += 2
	}
	return p.nameAfter(n) && p.keyAfter(n+1) == "("
}

// tableCall reads a function's call, of which no OVER or FILTER can follow.
func (p *parser) tableCall() *ast.Call {
	name := p.name()
	if !p.is("(") {
		p.unexpected("(")
	}
	return p.call(name, p.tokens[p.at-1])
}

// tableFunction reads what follows TABLE: (call) alias.
func (p *parser) tableFunction(at ast.Place, lateral bool) ast.TableExpr {
	t := &ast.TableFunction{Place: at, Lateral: lateral}
	p.within(func() { t.Call = p.tableCall() })
	t.Alias = p.tableAlias()
	return t
}

// tableInBrackets reads (query), (tables) or, with LATERAL, (query).
func (p *parser) tableInBrackets(at ast.Place, lateral bool) ast.TableExpr {
	var inner ast.TableExpr
	p.within(func() {
		if p.atQuery() {
			inner = &ast.DerivedTable{Place: at, Lateral: lateral, Query: p.query()}
			return
		}
		inner = p.tableRef()
		if d, ok := inner.(*ast.DerivedTable); ok && d.Alias.Name == "" && !d.Lateral && (p.queryGoesOn() || p.is(")")) {
			inner = &ast.DerivedTable{Place: at, Lateral: lateral, Query: p.queryAfter(d.Query)}
			return
		}
		if inner = p.joins(inner); !isJoin(inner) {
			p.fail(p.tokens[p.at], "a table stands alone in brackets", "Remove the brackets around it.")
		}
	})
	if d, ok := inner.(*ast.DerivedTable); ok {
		return p.afterTable(d, &d.Alias)
	}
	return inner
}

func isJoin(t ast.TableExpr) bool {
	_, ok := t.(*ast.Join)
	return ok
}

func (p *parser) unnest() ast.TableExpr {
	u := &ast.Unnest{Place: place(p.next())}
	p.within(func() {
		if u.Expr = p.expr(); p.is(",") {
			p.fail(p.peek(), "UNNEST takes one array", "Unnest each by itself: CROSS JOIN UNNEST(a) CROSS JOIN UNNEST(b).")
		}
	})
	u.Ordinality = p.accept("WITH", "ORDINALITY")
	u.Alias = p.tableAlias()
	return u
}

func (p *parser) tableName() ast.TableExpr {
	t := &ast.TableName{Place: p.here(), Name: p.name()}
	t.Hints = p.hints()
	if p.accept("FOR") {
		p.expect("SYSTEM_TIME", "AS", "OF")
		t.AsOf = p.expr()
	}
	return p.afterTable(t, &t.Alias)
}

// afterTable reads MATCH_RECOGNIZE or an alias behind a table.
func (p *parser) afterTable(t ast.TableExpr, alias *ast.Alias) ast.TableExpr {
	if p.is("MATCH_RECOGNIZE") {
		m := &ast.MatchRecognize{Place: place(p.next()), Input: t}
		start := p.peek().End
		p.balanced()
		m.Text = strings.TrimSpace(p.text[start:p.tokens[p.at-1].Start])
		m.Alias = p.tableAlias()
		return m
	}
	if *alias = p.tableAlias(); p.is("TABLESAMPLE") || p.is("PIVOT") || p.is("UNPIVOT") {
		p.fail(p.peek(), p.key()+" is not supported", "Filter by WHERE, or group with FILTER (WHERE ...).")
	}
	return t
}

// balanced skips what stands in brackets.
func (p *parser) balanced() {
	p.within(func() {
		for open := 0; open > 0 || !p.is(")"); {
			switch p.key() {
			case "(":
				open++
			case ")":
				open--
			}
			if p.kindAfter(0) == lex.End {
				p.unexpected(")")
			}
			p.next()
		}
	})
}

// tableAlias reads [AS] name [(columns)], if it follows.
func (p *parser) tableAlias() ast.Alias {
	a := ast.Alias{Name: p.bareAlias()}
	if a.Name != "" && p.is("(") {
		a.Columns = p.idents()
	}
	return a
}
