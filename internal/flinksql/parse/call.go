package parse

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// bare are the functions that are called without brackets.
var bare = strings.Fields("CURRENT_CATALOG CURRENT_DATE CURRENT_DEFAULT_TRANSFORM_GROUP CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA " +
	"CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP SESSION_USER SYSTEM_USER USER")

// otherFunctions are reserved words that other databases have as functions, and what to write in their place.
var otherFunctions = map[string]string{
	"DAY": "DAYOFMONTH(t) or EXTRACT(DAY FROM t)", "CONVERT": "CAST(x AS INT)", "STRING_AGG": "LISTAGG(x, ',')", "GROUP_CONCAT": "LISTAGG(x, ',')",
	"SAFE_CAST": "TRY_CAST(x AS INT)", "DATE_TRUNC": "FLOOR(t TO DAY)", "DATETIME_TRUNC": "FLOOR(t TO DAY)", "TIMESTAMP_TRUNC": "FLOOR(t TO DAY)",
	"TIMESTAMP_DIFF": "TIMESTAMPDIFF(DAY, a, b)", "TIME_DIFF": "TIMESTAMPDIFF(SECOND, a, b)",
}

// named reads a column's name or a function's call.
func (p *parser) named() ast.Expr {
	first := p.peek()
	if first.Kind == lex.Word && p.keyAfter(1) == "(" {
		if e := p.builtin(); e != nil {
			return e
		}
		if lex.ReservedFunction(first.Text) {
			p.next()
			return p.call(ast.Name{Place: place(first), Parts: []string{first.Text}}, first)
		}
		if instead := otherFunctions[p.key()]; instead != "" {
			p.fail(first, "Flink has no function "+p.key(), "Write "+instead+".")
		}
	}
	if first.Kind == lex.Word && slices.Contains(bare, p.key()) {
		return &ast.Call{Place: place(first), Name: p.keyword()}
	}
	if !p.atName() {
		p.unexpected(anExpr)
	}
	name := p.name()
	if p.is("(") {
		return p.call(name, p.tokens[p.at-1])
	}
	return &ast.Column{Name: name}
}

// call reads a call's arguments and what may follow them. The last token of the function's name tells whether it was
// in backticks.
func (p *parser) call(name ast.Name, last lex.Token) *ast.Call {
	n := len(name.Parts) - 1
	c := &ast.Call{Place: name.Place, Name: name.Parts[n], Qualifier: name.Parts[:n:n]}
	if last.Kind == lex.Word {
		c.Name = strings.ToUpper(c.Name)
	}
	p.within(func() { p.arguments(c) })
	p.afterArguments(c)
	return c
}

func (p *parser) arguments(c *ast.Call) {
	if p.is(")") {
		return
	}
	if p.accept("*") {
		c.Star = true
		return
	}
	c.Distinct = p.acceptAny("DISTINCT", "ALL") == "DISTINCT"
	p.argument(c)
	for p.accept(",") {
		p.argument(c)
	}
	if c.OrderBy = p.orderBy(); c.OrderBy == nil && p.is("SEPARATOR") {
		p.fail(p.peek(), "SEPARATOR is not of Flink SQL", "Write LISTAGG(x, ', ').")
	}
}

// argument reads value or name => value.
func (p *parser) argument(c *ast.Call) {
	name := ""
	if p.atName() && p.keyAfter(1) == "=>" {
		name = p.ident()
		p.next()
	}
	if name != "" && c.ArgNames == nil {
		c.ArgNames = make([]string, len(c.Args), len(c.Args)+1)
	}
	if c.ArgNames != nil {
		c.ArgNames = append(c.ArgNames, name)
	}
	c.Args = append(c.Args, p.argumentValue())
}

func (p *parser) argumentValue() ast.Expr {
	at := p.here()
	switch {
	case p.is("TABLE"):
		return p.tableArg()
	case p.accept("DEFAULT"):
		return &ast.Keyword{Place: at, Word: "DEFAULT"}
	case p.is("MODEL") && p.nameAfter(1):
		p.fail(p.peek(), "models as arguments are not supported", "Call a function that takes no model.")
	}
	e := p.expr()
	if s, ok := e.(*ast.Subquery); ok && (p.is("PARTITION") || p.is("ORDER")) {
		return p.partitioned(&ast.TableArg{Place: at, Query: s.Query})
	}
	return e
}

// tableArg reads TABLE name with its partitioning.
func (p *parser) tableArg() ast.Expr {
	arg := &ast.TableArg{Place: place(p.next())}
	if p.is("(") {
		p.fail(p.peek(), "TABLE takes a name", "Write the query in brackets, without TABLE before it.")
	}
	name := p.name()
	arg.Name = &name
	return p.partitioned(arg)
}

func (p *parser) partitioned(arg *ast.TableArg) ast.Expr {
	if p.accept("PARTITION") {
		p.expect("BY")
		if p.is("(") {
			arg.PartitionBy = bracketed(p, p.expr)
		} else {
			arg.PartitionBy = []ast.Expr{p.expr()}
		}
	}
	if p.accept("ORDER") {
		p.expect("BY")
		if p.is("(") {
			arg.OrderBy = bracketed(p, p.sortItem)
		} else {
			arg.OrderBy = []ast.SortItem{p.sortItem()}
		}
	}
	return arg
}

// afterArguments reads IGNORE NULLS, WITHIN GROUP, FILTER and OVER.
func (p *parser) afterArguments(c *ast.Call) {
	for _, nulls := range []string{"IGNORE", "RESPECT"} {
		if p.accept(nulls, "NULLS") {
			c.Nulls = nulls
		}
	}
	if p.accept("WITHIN", "GROUP") {
		c.Within = true
		p.within(func() {
			if c.OrderBy = p.orderBy(); c.OrderBy == nil {
				p.unexpected("ORDER BY")
			}
		})
	}
	if p.accept("FILTER") {
		p.within(func() {
			p.expect("WHERE")
			c.Filter = p.expr()
		})
	}
	if p.accept("OVER") {
		if p.is("(") {
			spec := p.windowSpec()
			c.Over = &spec
		} else {
			c.OverName = p.ident()
		}
	}
}

// windowSpec reads ([name] [PARTITION BY ..] [ORDER BY ..] [frame]).
func (p *parser) windowSpec() ast.WindowSpec {
	w := ast.WindowSpec{Place: p.here()}
	p.within(func() {
		if p.atName() {
			w.Base = p.ident()
			p.alias = true
		}
		if p.accept("PARTITION") {
			p.expect("BY")
			w.PartitionBy = list(p, p.expr)
		}
		w.OrderBy = p.orderBy()
		if p.is("ROWS") || p.is("RANGE") {
			w.Frame = p.frame()
		}
	})
	return w
}

func (p *parser) frame() *ast.Frame {
	f := &ast.Frame{Place: p.here(), Unit: p.keyword()}
	f.End = ast.Bound{Kind: "CURRENT ROW"}
	if !p.accept("BETWEEN") {
		f.Start = p.bound()
		return f
	}
	f.Start = p.bound()
	p.expect("AND")
	f.End = p.bound()
	return f
}

func (p *parser) bound() ast.Bound {
	switch {
	case p.accept("CURRENT"):
		p.expect("ROW")
		return ast.Bound{Kind: "CURRENT ROW"}
	case p.accept("UNBOUNDED"):
		return ast.Bound{Kind: "UNBOUNDED " + p.expectAny("PRECEDING", "FOLLOWING")}
	}
	offset := p.operators(bindAnd + tighter)
	return ast.Bound{Kind: p.expectAny("PRECEDING", "FOLLOWING"), Offset: offset}
}
