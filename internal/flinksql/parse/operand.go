package parse

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// operand reads what operators stand between: a constant, a name, a call, something in brackets, and [index] and
// .field behind it.
func (p *parser) operand() ast.Expr {
	e := p.primary()
	for n := 0; ; n++ {
		p.chained(n)
		at := p.here()
		switch {
		case p.is("["):
			p.opened = append(p.opened, p.next())
			index := p.expr()
			if !p.accept("]") {
				p.unexpected("]")
			}
			p.opened = p.opened[:len(p.opened)-1]
			e = &ast.Index{Place: at, Operand: e, Index: index}
		case p.accept("."):
			e = &ast.Field{Place: at, Operand: e, Name: p.ident()}
		default:
			return e
		}
	}
}

func (p *parser) primary() ast.Expr {
	t := p.peek()
	switch t.Kind {
	case lex.Number:
		p.next()
		return &ast.Literal{Place: place(t), Kind: ast.NumberLiteral, Text: t.Text}
	case lex.Text:
		return &ast.Literal{Place: place(t), Kind: ast.TextLiteral, Text: p.string()}
	case lex.Binary:
		p.next()
		return &ast.Literal{Place: place(t), Kind: ast.BinaryLiteral, Text: t.Text}
	case lex.Quoted:
		return p.named()
	case lex.Word:
		return p.word()
	}
	if p.is("(") {
		return p.brackets()
	}
	if p.is("?") {
		p.fail(t, "parameters are not supported", "Write the value.")
	}
	p.unexpected(anExpr)
	return nil
}

// brackets reads (expression), (a, b), which is a row, or (query).
func (p *parser) brackets() ast.Expr {
	at, bare := p.here(), p.bare
	p.bare = false
	var items []ast.Expr
	p.within(func() {
		if p.atQuery() {
			items = []ast.Expr{&ast.Subquery{Place: at, Query: p.query()}}
			return
		}
		items = append(items, p.expr())
		if s, ok := items[0].(*ast.Subquery); ok && p.queryGoesOn() {
			items[0] = &ast.Subquery{Place: at, Query: p.queryAfter(s.Query)}
			return
		}
		for p.accept(",") {
			items = append(items, p.expr())
		}
	})
	if minus, ok := items[0].(*ast.Binary); ok && len(items) == 1 && minus.Op == "-" && !bare && p.atUnit() {
		return p.distance(at, minus)
	}
	if len(items) > 1 {
		return &ast.Constructor{Place: at, Kind: "ROW", Items: items}
	}
	return items[0]
}

// word reads what starts with a word: a constant, a form of its own, a call, a name.
func (p *parser) word() ast.Expr {
	t := p.peek()
	switch key := p.key(); key {
	case "NULL":
		p.next()
		return &ast.Literal{Place: place(t), Kind: ast.NullLiteral, Text: key}
	case "TRUE", "FALSE", "UNKNOWN":
		p.next()
		return &ast.Literal{Place: place(t), Kind: ast.BooleanLiteral, Text: key}
	case "DATE", "TIME", "TIMESTAMP":
		if p.kindAfter(1) == lex.Text {
			p.next()
			return &ast.Literal{Place: place(t), Kind: ast.LiteralKind(key), Text: p.string()}
		}
	case "INTERVAL":
		return p.interval()
	case "CASE":
		return p.caseExpr()
	case "CAST", "TRY_CAST":
		return p.cast()
	case "EXISTS":
		return p.exists()
	case "ARRAY", "MAP", "ROW":
		if e := p.constructor(key); e != nil {
			return e
		}
	}
	return p.named()
}

func (p *parser) exists() ast.Expr {
	e := &ast.Exists{Place: place(p.next())}
	p.within(func() { e.Query = p.query() })
	return e
}

func (p *parser) caseExpr() ast.Expr {
	c := &ast.Case{Place: place(p.next())}
	if !p.is("WHEN") {
		c.Operand = p.expr()
	}
	for p.accept("WHEN") {
		w := ast.When{Condition: p.expr()}
		for c.Operand != nil && p.accept(",") {
			w.More = append(w.More, p.expr())
		}
		p.expect("THEN")
		w.Result = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.unexpected("WHEN")
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	if !p.accept("END") {
		p.unexpected("WHEN", "ELSE", "END")
	}
	return c
}

func (p *parser) cast() ast.Expr {
	c := &ast.Cast{Place: p.here(), Try: p.key() == "TRY_CAST"}
	p.next()
	p.within(func() {
		c.Operand = p.expr()
		p.expect("AS")
		c.Type = p.castType()
	})
	return c
}

// constructor reads ARRAY[..], MAP[..], ROW(..); nil if it is none.
func (p *parser) constructor(kind string) ast.Expr {
	c := &ast.Constructor{Place: p.here(), Kind: kind}
	switch {
	case kind != "ROW" && p.keyAfter(1) == "[":
		p.next()
		p.opened = append(p.opened, p.next())
		if !p.is("]") {
			c.Items = list(p, p.expr)
		}
		if len(c.Items)%2 != 0 && kind == "MAP" {
			p.fail(p.peek(), "a MAP has a key without a value", "Write keys and values in turn: MAP['a', 1, 'b', 2].")
		}
		p.close("]")
	case kind == "ROW" && p.keyAfter(1) == "(":
		p.next()
		c.Items = bracketed(p, p.expr)
	case kind != "ROW" && p.keyAfter(1) == "(":
		p.fail(p.peek(), kind+"(...) is not supported", "Write "+kind+"[...] with the members in square brackets.")
	default:
		return nil
	}
	return c
}
