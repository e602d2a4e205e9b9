package ast

// How tightly operators bind; what has no operator is an atom.
const (
	bindAnd      = 24
	bindNot      = 26
	bindIs       = 28
	bindCompare  = 30
	bindLike     = 32
	bindMultiply = 60
	bindSign     = 80
	atom         = 100
)

var binds = map[string]int{"OR": 22, "AND": bindAnd, "+": 40, "-": 40, "*": bindMultiply, "/": bindMultiply, "%": bindMultiply, "||": bindMultiply}

func bind(e Expr) int {
	switch e := e.(type) {
	case *Unary:
		if e.Op == "NOT" {
			return bindNot
		}
		return bindSign
	case *Binary:
		if b := binds[e.Op]; b > 0 {
			return b
		}
		return bindCompare
	case *Quantified, *Overlaps:
		return bindCompare
	case *Is:
		return bindIs
	case *Between, *Like, *In:
		return bindLike
	}
	return atom
}

// expr writes an expression, in brackets if it binds less tightly than its place asks.
func (p *printer) expr(e Expr, least int) {
	if bind(e) < least {
		p.inBrackets(func() { p.operators(e) })
		return
	}
	p.operators(e)
}

func (p *printer) operators(e Expr) {
	switch e := e.(type) {
	case *Unary:
		p.unary(e)
	case *Binary:
		p.expr(e.Left, bind(e))
		p.put(" ", e.Op, " ")
		p.expr(e.Right, bind(e)+1)
	case *Quantified:
		p.expr(e.Left, bindCompare)
		p.put(" ", e.Op, choose(e.All, " ALL ", " ANY "))
		p.listOrQuery(e.List, e.Query)
	case *Overlaps:
		p.expr(e.Left, bindCompare)
		p.put(" OVERLAPS ")
		p.expr(e.Right, bindCompare+1)
	case *Is:
		p.expr(e.Operand, bindIs)
		p.put(choose(e.Not, " IS NOT ", " IS "), e.What)
	case *Between:
		p.expr(e.Operand, bindLike)
		p.put(choose(e.Not, " NOT BETWEEN ", " BETWEEN "), choose(e.Symmetric, "SYMMETRIC ", ""))
		p.expr(e.Low, bindAnd+1)
		p.put(" AND ")
		p.expr(e.High, bindLike+1)
	case *Like:
		p.like(e)
	case *In:
		p.expr(e.Operand, bindLike)
		p.put(choose(e.Not, " NOT IN ", " IN "))
		p.listOrQuery(e.List, e.Query)
	default:
		p.operand(e)
	}
}

func choose(yes bool, this, that string) string {
	if yes {
		return this
	}
	return that
}

// unary writes a sign before a sign in brackets: -- is a comment.
func (p *printer) unary(e *Unary) {
	if e.Op == "NOT" {
		p.put("NOT ")
		p.expr(e.Operand, bindNot)
		return
	}
	p.put(e.Op)
	p.expr(e.Operand, bindSign+1)
}

func (p *printer) like(e *Like) {
	p.expr(e.Operand, bindLike)
	p.put(choose(e.Not, " NOT", ""), choose(e.Similar, " SIMILAR TO ", " LIKE "))
	p.expr(e.Pattern, bindLike+1)
	if e.Escape != nil {
		p.put(" ESCAPE ")
		p.expr(e.Escape, bindLike+1)
	}
}

func (p *printer) listOrQuery(items []Expr, query *Query) {
	p.inBrackets(func() {
		if query != nil {
			p.body(query)
			return
		}
		p.exprs(items)
	})
}

// operand writes what has no operator at its top.
func (p *printer) operand(e Expr) {
	switch e := e.(type) {
	case *Literal:
		p.literal(e)
	case *Interval:
		p.put("INTERVAL ", quoteText(e.Text), " ")
		p.span(e.Unit)
	case *Column:
		p.put(e.Name.String())
	case *Star:
		for _, part := range e.Qualifier {
			p.put(Quote(part), ".")
		}
		p.put("*")
	case *Exists:
		p.put("EXISTS ")
		p.listOrQuery(nil, e.Query)
	case *Subquery:
		p.listOrQuery(nil, e.Query)
	case *Case:
		p.caseExpr(e)
	case *Cast:
		p.put(choose(e.Try, "TRY_CAST(", "CAST("))
		p.expr(e.Operand, 0)
		p.put(" AS ")
		p.typeName(e.Type)
		p.put(")")
	case *Call:
		p.call(e)
	default:
		p.compound(e)
	}
}

func (p *printer) compound(e Expr) {
	switch e := e.(type) {
	case *Keyword:
		p.put(e.Word)
	case *TableArg:
		p.tableArg(e)
	case *Descriptor:
		p.put("DESCRIPTOR(")
		join(p, e.Columns, ", ", func(n Name) { p.put(n.String()) })
		p.put(")")
	case *Constructor:
		p.put(e.Kind, choose(e.Kind == "ROW", "(", "["))
		p.exprs(e.Items)
		p.put(choose(e.Kind == "ROW", ")", "]"))
	case *Index:
		p.expr(e.Operand, atom)
		p.put("[")
		p.expr(e.Index, 0)
		p.put("]")
	case *Field:
		p.field(e)
	case *TypeName:
		p.typeName(e)
	}
}

// field writes operand.name, the operand in brackets where it would be read as a part of a name or number.
func (p *printer) field(e *Field) {
	least := atom
	switch e.Operand.(type) {
	case *Column, *Literal:
		least++
	}
	p.expr(e.Operand, least)
	p.put(".", Quote(e.Name))
}

func (p *printer) literal(e *Literal) {
	switch e.Kind {
	case TextLiteral:
		p.put(quoteText(e.Text))
	case BinaryLiteral:
		p.put("X", quoteText(e.Text))
	case DateLiteral, TimeLiteral, TimestampLiteral:
		p.put(string(e.Kind), " ", quoteText(e.Text))
	default:
		p.put(e.Text)
	}
}

func (p *printer) caseExpr(e *Case) {
	p.put("CASE")
	if e.Operand != nil {
		p.put(" ")
		p.expr(e.Operand, 0)
	}
	for _, w := range e.Whens {
		p.put(" WHEN ")
		p.expr(w.Condition, 0)
		p.put(" THEN ")
		p.expr(w.Result, 0)
	}
	if e.Else != nil {
		p.put(" ELSE ")
		p.expr(e.Else, 0)
	}
	p.put(" END")
}

func (p *printer) tableArg(e *TableArg) {
	if e.Name != nil {
		p.put("TABLE ", e.Name.String())
	} else {
		p.listOrQuery(nil, e.Query)
	}
	if e.PartitionBy != nil {
		p.put(" PARTITION BY (")
		p.exprs(e.PartitionBy)
		p.put(")")
	}
	if e.OrderBy != nil {
		p.put(" ORDER BY (")
		join(p, e.OrderBy, ", ", p.sortItem)
		p.put(")")
	}
}
