package parse

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// atQuery reports whether a query starts here with a word.
func (p *parser) atQuery() bool {
	switch p.key() {
	case "SELECT", "WITH", "VALUES":
		return true
	case "TABLE":
		return p.nameAfter(1)
	}
	return false
}

func (p *parser) atSetOperator() bool {
	switch p.key() {
	case "UNION", "INTERSECT", "EXCEPT", "MINUS":
		return true
	}
	return false
}

// queryGoesOn reports whether what follows a query in brackets makes it a part of another.
func (p *parser) queryGoesOn() bool {
	switch p.key() {
	case "ORDER", "LIMIT", "OFFSET", "FETCH":
		return true
	}
	return p.atSetOperator()
}

// query reads [WITH ...] body [ORDER BY ...] [LIMIT ...].
func (p *parser) query() *ast.Query {
	p.enter()
	defer p.leave()
	q := &ast.Query{Place: p.here()}
	if p.accept("WITH") {
		if p.is("RECURSIVE") {
			p.fail(p.peek(), "recursive queries are not supported", "Flink has none.")
		}
		q.With = list(p, p.cte)
	}
	q.Body = p.setOperations(p.body(), 0)
	p.tail(q)
	return q
}

// queryAfter goes on with a query of which the first part, in brackets, is read.
func (p *parser) queryAfter(first *ast.Query) *ast.Query {
	q := &ast.Query{Place: first.Place}
	q.Body = p.setOperations(first, 0)
	p.tail(q)
	return q
}

func (p *parser) cte() ast.CTE {
	c := ast.CTE{Place: p.here(), Name: p.ident()}
	if p.is("(") {
		c.Columns = p.idents()
	}
	p.expect("AS")
	p.within(func() { c.Query = p.query() })
	return c
}

// body reads SELECT, VALUES, TABLE t, or a query in brackets.
func (p *parser) body() ast.Body {
	switch {
	case p.is("SELECT"):
		return p.selectBody()
	case p.is("VALUES"):
		return p.values()
	case p.is("TABLE"):
		at := place(p.next())
		name := p.name()
		return &ast.Select{
			Place: at, Items: []ast.SelectItem{{Expr: &ast.Star{Place: at}}},
			From: &ast.TableName{Place: name.Place, Name: name},
		}
	case p.is("("):
		var q *ast.Query
		p.within(func() { q = p.query() })
		return q
	}
	if p.is("INSERT") {
		p.fail(p.peek(), "INSERT stands before WITH", "Write INSERT INTO ... WITH ... SELECT ...")
	}
	p.unexpected("SELECT", "VALUES", "WITH")
	return nil
}

// setOperations reads UNION, EXCEPT and, which binds tighter, INTERSECT.
func (p *parser) setOperations(left ast.Body, least int) ast.Body {
	for n := 0; p.atSetOperator(); n++ {
		p.chained(n)
		op, bind := p.key(), 1
		if op == "MINUS" {
			p.fail(p.peek(), "MINUS is not of Flink SQL", "Write EXCEPT.")
		}
		if op == "INTERSECT" {
			bind = 2
		}
		if bind < least {
			break
		}
		s := &ast.SetOperation{Place: place(p.next()), Op: op, Left: left}
		s.All = p.acceptAny("ALL", "DISTINCT") == "ALL"
		s.Right = p.setOperations(p.body(), bind+1)
		left = s
	}
	return left
}

// tail reads ORDER BY, LIMIT, OFFSET, FETCH.
func (p *parser) tail(q *ast.Query) {
	q.OrderBy = p.orderBy()
	limited := false
	if p.accept("LIMIT") {
		limited = true
		if !p.accept("ALL") {
			q.Limit = p.count()
		}
	}
	if p.accept("OFFSET") {
		q.Offset = p.count()
		p.acceptAny("ROW", "ROWS")
	}
	if p.is("LIMIT") && !limited {
		p.fail(p.peek(), "LIMIT stands before OFFSET", "Write LIMIT 10 OFFSET 5.")
	}
	if p.is(",") && limited && len(p.opened) == 0 {
		p.fail(p.peek(), "LIMIT takes one number", "Write LIMIT 10 OFFSET 5 in place of LIMIT 5, 10.")
	}
	if !limited && p.accept("FETCH") {
		p.expectAny("FIRST", "NEXT")
		q.Limit = p.count()
		p.expectAny("ROW", "ROWS")
		p.expect("ONLY")
	}
}

// count reads the number of a LIMIT.
func (p *parser) count() ast.Expr {
	t := p.peek()
	if t.Kind != lex.Number {
		p.unexpected(aNumber)
	}
	p.next()
	return &ast.Literal{Place: place(t), Kind: ast.NumberLiteral, Text: t.Text}
}

// orderBy reads ORDER BY, if it follows.
func (p *parser) orderBy() []ast.SortItem {
	if !p.accept("ORDER") {
		return nil
	}
	p.expect("BY")
	return list(p, p.sortItem)
}

func (p *parser) sortItem() ast.SortItem {
	s := ast.SortItem{Expr: p.expr()}
	s.Descending = p.acceptAny("ASC", "DESC") == "DESC"
	if p.accept("NULLS") {
		s.Nulls = p.expectAny("FIRST", "LAST")
	}
	return s
}

// values reads VALUES (1, 'a'), (2, 'b').
func (p *parser) values() ast.Body {
	v := &ast.Values{Place: place(p.next())}
	v.Rows = list(p, func() []ast.Expr {
		switch e := p.expr().(type) {
		case *ast.Constructor:
			if e.Kind == "ROW" {
				return e.Items
			}
			return []ast.Expr{e}
		default:
			return []ast.Expr{e}
		}
	})
	return v
}
