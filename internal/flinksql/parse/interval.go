package parse

import (
	"slices"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// units are those of intervals, from the coarsest to the finest, and what the plurals are short for.
var units = map[string]string{
	"YEAR": "YEAR", "YEARS": "YEAR", "QUARTER": "QUARTER", "QUARTERS": "QUARTER", "MONTH": "MONTH", "MONTHS": "MONTH", "WEEK": "WEEK",
	"WEEKS": "WEEK", "DAY": "DAY", "DAYS": "DAY", "HOUR": "HOUR", "HOURS": "HOUR", "MINUTE": "MINUTE", "MINUTES": "MINUTE",
	"SECOND": "SECOND", "SECONDS": "SECOND",
}

// finer are the units that may follow TO.
var finer = map[string][]string{
	"YEAR": {"MONTH"}, "DAY": {"HOUR", "MINUTE", "SECOND"}, "HOUR": {"MINUTE", "SECOND"}, "MINUTE": {"SECOND"},
}

// interval reads INTERVAL '5' MINUTE, or INTERVAL n MINUTE as a call.
func (p *parser) interval() ast.Expr {
	at := place(p.next())
	sign := ""
	if p.kindAfter(1) == lex.Text {
		if sign = p.acceptAny("-", "+"); sign == "+" {
			sign = ""
		}
	}
	if p.peek().Kind == lex.Text {
		text := p.string()
		return &ast.Interval{Place: at, Text: sign + text, Unit: p.span()}
	}
	p.bare = true // INTERVAL (a - b) DAY is so many days, not the distance of a and b
	n := p.operand()
	p.bare = false
	word := ast.Keyword{Place: p.here()}
	word.Word = p.unit()
	return &ast.Call{Place: at, Name: "INTERVAL", Args: []ast.Expr{n, &word}}
}

// span reads the unit of an interval: DAY(3) TO SECOND(3).
func (p *parser) span() ast.Span {
	s := ast.Span{From: p.unit()}
	s.FromArgs = p.precisions()
	if next := finer[s.From]; next != nil && p.accept("TO") {
		if !slices.Contains(next, units[p.key()]) {
			p.unexpected(next...)
		}
		s.To = p.unit()
		s.ToArgs = p.precisions()
	}
	return s
}

func (p *parser) unit() string {
	unit := units[p.key()]
	if unit == "" {
		p.unexpected("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")
	}
	p.next()
	return unit
}

func (p *parser) precisions() []int {
	if !p.is("(") {
		return nil
	}
	return bracketed(p, p.number)
}

// atUnit reports whether a unit of time is at hand that can be no name.
func (p *parser) atUnit() bool {
	return units[p.key()] != "" && lex.Reserved(p.peek().Text) && p.peek().Kind == lex.Word
}

// distance reads what follows (a - b): the unit of the interval between two points in time, as in DAY TO SECOND.
func (p *parser) distance(at ast.Place, minus *ast.Binary) ast.Expr {
	word := ast.Keyword{Place: p.here()}
	span := p.span()
	word.Word = span.From
	if span.To != "" {
		word.Word += " TO " + span.To
	}
	return &ast.Call{Place: at, Name: "MINUS_DATE", Args: []ast.Expr{minus.Left, minus.Right, &word}}
}
