package parse

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
)

// How tightly operators bind, as in Calcite's SqlStdOperatorTable, which Flink uses: || binds like *.
const (
	bindOr       = 22
	bindAnd      = 24
	bindNot      = 26
	bindIs       = 28
	bindCompare  = 30
	bindLike     = 32 // IN, BETWEEN, LIKE, SIMILAR TO
	bindAdd      = 40
	bindMultiply = 60
	bindSign     = 80
	tighter      = 1 // the right side of an operator that groups to the left
)

// binaries are the operators between two operands, with their strength and the name that the tree has for them.
var binaries = map[string]struct {
	bind int
	op   string
}{
	"OR": {bindOr, "OR"}, "AND": {bindAnd, "AND"},
	"=": {bindCompare, "="}, "<>": {bindCompare, "<>"},
	"<": {bindCompare, "<"}, "<=": {bindCompare, "<="}, ">": {bindCompare, ">"}, ">=": {bindCompare, ">="},
	"+": {bindAdd, "+"}, "-": {bindAdd, "-"},
	"*": {bindMultiply, "*"}, "/": {bindMultiply, "/"}, "%": {bindMultiply, "%"}, "||": {bindMultiply, "||"},
}

// expr reads an expression.
func (p *parser) expr() ast.Expr {
	p.enter()
	defer p.leave()
	return p.operators(0)
}

// operators reads an expression of operators that bind at least as tightly as is said.
func (p *parser) operators(least int) ast.Expr {
	left := p.prefixed()
	for n := 0; ; n++ {
		p.chained(n)
		whole := p.operator(left, least)
		if whole == nil {
			return left
		}
		left = whole
	}
}

// prefixed reads -x, +x, NOT x, or an operand.
func (p *parser) prefixed() ast.Expr {
	at := p.here()
	bind := bindSign
	op := p.acceptAny("-", "+")
	if op == "" && p.accept("NOT") {
		op, bind = "NOT", bindNot
	}
	if op == "" {
		return p.operand()
	}
	p.enter()
	defer p.leave()
	return &ast.Unary{Place: at, Op: op, Operand: p.operators(bind)}
}

// operator reads an operator and what is right of it; nil if none follows that binds tightly enough.
func (p *parser) operator(left ast.Expr, least int) ast.Expr {
	if b, ok := binaries[p.key()]; ok {
		if b.bind < least {
			return nil
		}
		return p.binary(left, b.op, b.bind)
	}
	switch p.key() {
	case "IS":
		return p.isOperator(left, least)
	case "NOT":
		switch p.keyAfter(1) {
		case "IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "SIMILAR":
			return p.negatable(left, least)
		}
	case "IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "SIMILAR":
		return p.negatable(left, least)
	case "!=":
		p.fail(p.peek(), "!= is not of Flink SQL", "Write <>.")
	case "OVERLAPS":
		if bindCompare >= least {
			at := place(p.next())
			return &ast.Overlaps{Place: at, Left: left, Right: p.operators(bindCompare + tighter)}
		}
	}
	p.tried = append(p.tried, "AND", "OR", "IS", "NOT", "BETWEEN", "LIKE")
	return nil
}

func (p *parser) binary(left ast.Expr, op string, bind int) ast.Expr {
	at := place(p.next())
	if bind == bindCompare {
		if word := p.acceptAny("ANY", "SOME", "ALL"); word != "" {
			q := &ast.Quantified{Place: at, Op: op, All: word == "ALL", Left: left}
			q.List, q.Query = p.listOrQuery()
			return q
		}
	}
	return &ast.Binary{Place: at, Op: op, Left: left, Right: p.operators(bind + tighter)}
}

// listOrQuery reads (a, b) or (query).
func (p *parser) listOrQuery() (items []ast.Expr, query *ast.Query) {
	p.within(func() {
		if p.atQuery() {
			query = p.query()
			return
		}
		items = list(p, p.expr)
		if s, ok := items[0].(*ast.Subquery); ok && len(items) == 1 {
			items, query = nil, s.Query
			if p.queryGoesOn() {
				query = p.queryAfter(s.Query)
			}
		}
	})
	return items, query
}

// isOperator reads IS [NOT] NULL, IS [NOT] DISTINCT FROM x and their like.
func (p *parser) isOperator(left ast.Expr, least int) ast.Expr {
	negated := p.keyAfter(1) == "NOT"
	word := p.keyAfter(1)
	if negated {
		word = p.keyAfter(2)
	}
	if word == "DISTINCT" {
		return p.distinctFrom(left, least, negated)
	}
	if bindIs < least {
		return nil
	}
	at := place(p.next())
	if negated {
		p.next()
	}
	return &ast.Is{Place: at, Operand: left, Not: negated, What: p.isWhat()}
}

func (p *parser) distinctFrom(left ast.Expr, least int, negated bool) ast.Expr {
	if bindCompare < least {
		return nil
	}
	at := place(p.next())
	op := "IS DISTINCT FROM"
	if negated {
		op = "IS NOT DISTINCT FROM"
		p.next()
	}
	p.expect("DISTINCT", "FROM")
	return &ast.Binary{Place: at, Op: op, Left: left, Right: p.operators(bindCompare + tighter)}
}

func (p *parser) isWhat() string {
	what := p.expectAny("NULL", "TRUE", "FALSE", "UNKNOWN", "JSON")
	if what != "JSON" {
		return what
	}
	if kind := p.acceptAny("VALUE", "OBJECT", "ARRAY", "SCALAR"); kind != "" {
		return "JSON " + kind
	}
	return what
}

// negatable reads [NOT] IN, BETWEEN, LIKE, SIMILAR TO.
func (p *parser) negatable(left ast.Expr, least int) ast.Expr {
	if bindLike < least {
		return nil
	}
	at := p.here()
	not := p.accept("NOT")
	switch p.key() {
	case "IN":
		p.next()
		in := &ast.In{Place: at, Operand: left, Not: not}
		if !p.is("(") {
			p.fail(p.peek(), "expected (, found "+shown(p.peek()), "Put a list or a query in brackets: IN (1, 2).")
		}
		in.List, in.Query = p.listOrQuery()
		return in
	case "BETWEEN":
		p.next()
		return p.between(&ast.Between{Place: at, Operand: left, Not: not})
	case "ILIKE", "RLIKE":
		p.fail(p.peek(), "Flink has no "+p.key(), "Write LOWER(x) LIKE 'a%', or REGEXP(x, '^a').")
	}
	return p.like(&ast.Like{Place: at, Operand: left, Not: not})
}

func (p *parser) between(b *ast.Between) ast.Expr {
	b.Symmetric = p.accept("SYMMETRIC")
	if !b.Symmetric {
		p.accept("ASYMMETRIC")
	}
	b.Low = p.operators(bindAnd + tighter)
	p.expect("AND")
	b.High = p.operators(bindLike + tighter)
	return b
}

func (p *parser) like(l *ast.Like) ast.Expr {
	if p.accept("SIMILAR") {
		p.expect("TO")
		l.Similar = true
	} else {
		p.expect("LIKE")
	}
	l.Pattern = p.operators(bindLike + tighter)
	if p.accept("ESCAPE") {
		l.Escape = p.operators(bindLike + tighter)
	}
	return l
}
