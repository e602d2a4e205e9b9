package parse

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// builtin reads a call of a function that has words among its arguments; nil if it is none. The bracket is in sight.
func (p *parser) builtin() ast.Expr {
	c := &ast.Call{Place: p.here(), Name: p.key()}
	var read func(*ast.Call)
	switch c.Name {
	case "DESCRIPTOR":
		return p.descriptor()
	case "EXTRACT":
		read = p.extract
	case "POSITION":
		read = p.positionOf
	case "OVERLAY":
		read = p.overlay
	case "SUBSTRING":
		read = p.substring
	case "TRIM":
		read = p.trim
	case "CEIL", "CEILING", "FLOOR":
		read = p.rounded
	case "TIMESTAMPADD", "TIMESTAMPDIFF":
		read = p.timeUnitFirst
	case "TRANSLATE", "DATE", "TIME", "TIMESTAMP":
		read = func(c *ast.Call) { c.Args = list(p, p.expr) }
	default:
		if read = p.json(c.Name); read == nil {
			return nil
		}
	}
	p.next()
	p.within(func() { read(c) })
	if c.Name == "JSON_OBJECTAGG" || c.Name == "JSON_ARRAYAGG" || c.Name == "FLOOR" {
		p.afterArguments(c)
	}
	return c
}

func (p *parser) descriptor() ast.Expr {
	d := &ast.Descriptor{Place: place(p.next())}
	d.Columns = bracketed(p, p.name)
	return d
}

// unitKeyword reads a unit of time: DAY, EPOCH, MILLISECOND ...
func (p *parser) unitKeyword() *ast.Keyword {
	k := &ast.Keyword{Place: p.here()}
	if p.peek().Kind != lex.Word {
		p.unexpected("a unit of time")
	}
	k.Word = p.keyword()
	return k
}

func (p *parser) extract(c *ast.Call) {
	c.Args = append(c.Args, p.unitKeyword())
	p.expect("FROM")
	c.Args = append(c.Args, p.expr())
}

func (p *parser) positionOf(c *ast.Call) {
	c.Args = append(c.Args, p.operand())
	p.expect("IN")
	c.Args = append(c.Args, p.expr())
	if p.accept("FROM") {
		c.Args = append(c.Args, p.expr())
	}
}

func (p *parser) overlay(c *ast.Call) {
	c.Args = append(c.Args, p.expr())
	p.expect("PLACING")
	c.Args = append(c.Args, p.expr())
	p.expect("FROM")
	c.Args = append(c.Args, p.expr())
	if p.accept("FOR") {
		c.Args = append(c.Args, p.expr())
	}
}

func (p *parser) substring(c *ast.Call) {
	c.Args = append(c.Args, p.expr())
	if p.acceptAny("FROM", ",") == "" {
		p.unexpected("FROM", ",")
	}
	c.Args = append(c.Args, p.expr())
	if p.acceptAny("FOR", ",") != "" {
		c.Args = append(c.Args, p.expr())
	}
}

func (p *parser) trim(c *ast.Call) {
	at := p.here()
	side := p.acceptAny("BOTH", "LEADING", "TRAILING")
	var chars ast.Expr
	if side == "" || !p.is("FROM") {
		chars = p.expr()
	}
	if !p.accept("FROM") {
		if side != "" {
			c.Args = append(c.Args, &ast.Keyword{Place: at, Word: side})
		}
		c.Args = append(c.Args, chars)
		return
	}
	if side == "" {
		side = "BOTH"
	}
	c.Args = append(c.Args, &ast.Keyword{Place: at, Word: side})
	if chars != nil {
		c.Args = append(c.Args, chars)
	}
	c.Args = append(c.Args, p.expr())
}

// rounded reads the arguments of CEIL and FLOOR.
func (p *parser) rounded(c *ast.Call) {
	if c.Name == "CEILING" {
		c.Name = "CEIL"
	}
	c.Args = append(c.Args, p.expr())
	if p.accept("TO") {
		c.Args = append(c.Args, p.unitKeyword())
	}
}

func (p *parser) timeUnitFirst(c *ast.Call) {
	c.Args = append(c.Args, p.unitKeyword())
	for range 2 {
		p.expect(",")
		c.Args = append(c.Args, p.expr())
	}
}
