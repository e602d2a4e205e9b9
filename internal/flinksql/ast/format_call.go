package ast

import (
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/lex"
)

func (p *printer) call(c *Call) {
	if len(c.Qualifier) == 0 && p.special(c) {
		p.afterArguments(c)
		return
	}
	for _, part := range c.Qualifier {
		p.put(Quote(part), ".")
	}
	p.functionName(c)
	if len(c.Args) == 0 && !c.Star && withoutBrackets(c) {
		return
	}
	p.inBrackets(func() { p.arguments(c) })
	p.afterArguments(c)
}

// withoutBrackets reports whether a call's name is a word that Flink reads without brackets, and as nothing else.
func withoutBrackets(c *Call) bool {
	return strings.HasPrefix(c.Name, "CURRENT_") && lex.Reserved(c.Name) || c.Name == "LOCALTIME" || c.Name == "LOCALTIMESTAMP" ||
		c.Name == "SESSION_USER" || c.Name == "SYSTEM_USER" || c.Name == "USER"
}

// functionName writes a name bare where that is read as the same name.
func (p *printer) functionName(c *Call) {
	bare := simple(c.Name) && c.Name == strings.ToUpper(c.Name) && !hasOwnSyntax(c.Name)
	if lex.Reserved(c.Name) {
		bare = bare && len(c.Qualifier) == 0 && (lex.ReservedFunction(c.Name) && c.Name != "CEILING" || withoutBrackets(c))
	}
	if bare && c.Name != "MAP" {
		p.put(c.Name)
		return
	}
	p.put("`", strings.ReplaceAll(c.Name, "`", "``"), "`")
}

func hasOwnSyntax(name string) bool {
	switch name {
	case "EXTRACT", "POSITION", "OVERLAY", "SUBSTRING", "TRIM", "CEIL", "FLOOR", "TIMESTAMPADD", "TIMESTAMPDIFF", "INTERVAL", "DESCRIPTOR":
		return true
	}
	return strings.HasPrefix(name, "JSON_")
}

func (p *printer) arguments(c *Call) {
	switch {
	case c.Star:
		p.put("*")
	case c.Distinct:
		p.put("DISTINCT ")
	}
	for i, arg := range c.Args {
		if i > 0 {
			p.put(", ")
		}
		if i < len(c.ArgNames) && c.ArgNames[i] != "" {
			p.put(Quote(c.ArgNames[i]), " => ")
		}
		p.expr(arg, 0)
	}
	if !c.Within {
		p.orderBy(c.OrderBy)
	}
}

func (p *printer) afterArguments(c *Call) {
	if c.Nulls != "" {
		p.put(" ", c.Nulls, " NULLS")
	}
	if c.Within {
		p.put(" WITHIN GROUP (")
		p.put("ORDER BY ")
		join(p, c.OrderBy, ", ", p.sortItem)
		p.put(")")
	}
	if c.Filter != nil {
		p.put(" FILTER (WHERE ")
		p.expr(c.Filter, 0)
		p.put(")")
	}
	switch {
	case c.Over != nil:
		p.put(" OVER ")
		p.window(c.Over)
	case c.OverName != "":
		p.put(" OVER ", Quote(c.OverName))
	}
}

// special writes a call that has words among its arguments; false, and nothing is written, if it has none.
func (p *printer) special(c *Call) bool { //nolint:gocyclo // a case for each form
	var separators []string // before each argument after the first
	n := len(c.Args)
	_, keywordFirst := first(c).(*Keyword)
	switch c.Name {
	case "EXTRACT":
		separators = fits(keywordFirst && n == 2, " FROM ")
	case "INTERVAL":
		return p.intervalCall(c)
	case "MINUS_DATE":
		return p.distance(c)
	case "CEIL", "FLOOR":
		return p.rounded(c)
	case "POSITION":
		separators = fits(n == 2 || n == 3, " IN ", " FROM ")
	case "OVERLAY":
		separators = fits(n == 3 || n == 4, " PLACING ", " FROM ", " FOR ")
	case "SUBSTRING":
		separators = fits(n == 2 || n == 3, ", ", ", ")
	case "TRIM":
		return p.trim(c, keywordFirst)
	case "TIMESTAMPADD", "TIMESTAMPDIFF":
		separators = fits(keywordFirst && n == 3, ", ", ", ")
	default:
		return p.json(c)
	}
	if separators == nil {
		return false
	}
	p.put(c.Name)
	p.inBrackets(func() {
		for i, arg := range c.Args {
			if i > 0 {
				p.put(separators[i-1])
			}
			p.expr(arg, map[bool]int{true: atom}[c.Name == "POSITION" && i == 0])
		}
	})
	return true
}

func first(c *Call) Expr {
	if len(c.Args) == 0 {
		return nil
	}
	return c.Args[0]
}

func isKeyword(e Expr) bool {
	_, ok := e.(*Keyword)
	return ok
}

func fits(ok bool, separators ...string) []string {
	if !ok {
		return nil
	}
	return separators
}

func (p *printer) intervalCall(c *Call) bool {
	if len(c.Args) != 2 || !isKeyword(c.Args[1]) {
		return false
	}
	p.put("INTERVAL ")
	p.closed(c.Args[0])
	p.put(" ")
	p.expr(c.Args[1], 0)
	return true
}

// distance writes (a - b) DAY.
func (p *printer) distance(c *Call) bool {
	if len(c.Args) != 3 || !isKeyword(c.Args[2]) {
		return false
	}
	p.inBrackets(func() { p.operators(&Binary{Op: "-", Left: c.Args[0], Right: c.Args[1]}) })
	p.put(" ")
	p.expr(c.Args[2], 0)
	return true
}

// rounded writes CEIL and FLOOR.
func (p *printer) rounded(c *Call) bool {
	n := len(c.Args)
	if n != 1 && (n != 2 || !isKeyword(c.Args[1])) {
		return false
	}
	p.put(c.Name, "(")
	if n == 1 {
		p.expr(c.Args[0], 0)
	} else {
		p.closed(c.Args[0])
		p.put(" TO ")
		p.expr(c.Args[1], 0)
	}
	p.put(")")
	return true
}

// closed writes an operand before a unit of time, in brackets if it could end in one, or be a text.
func (p *printer) closed(e Expr) {
	switch e := e.(type) {
	case *Column:
		p.operand(e)
	case *Literal:
		if e.Kind == NumberLiteral {
			p.operand(e)
			return
		}
		p.inBrackets(func() { p.operand(e) })
	default:
		p.inBrackets(func() { p.operators(e) })
	}
}

func (p *printer) trim(c *Call, sided bool) bool {
	args := c.Args
	if sided {
		args = args[1:]
	}
	if len(args) == 0 || len(args) > 2 || !sided && len(args) > 1 {
		return false
	}
	p.put("TRIM(")
	if sided {
		p.expr(c.Args[0], 0)
		p.put(" ")
	}
	if len(args) == 2 {
		p.expr(args[0], 0)
	}
	if sided {
		p.put(choose(len(args) == 2, " FROM ", "FROM "))
	}
	p.expr(args[len(args)-1], 0)
	p.put(")")
	return true
}

// json writes a JSON function's call, if it is one: its values with commas, then its words with spaces.
func (p *printer) json(c *Call) bool {
	values := len(c.Args)
	for i, arg := range c.Args {
		if isKeyword(arg) {
			values = i
			break
		}
	}
	switch pairs := c.Name == "JSON_OBJECT" || c.Name == "JSON_OBJECTAGG"; {
	case pairs && values%2 == 0 && (values == 2 || c.Name == "JSON_OBJECT"):
		p.jsonCall(c, values, p.jsonPairs)
	case c.Name == "JSON_ARRAY", c.Name == "JSON_ARRAYAGG" && values == 1,
		(c.Name == "JSON_VALUE" || c.Name == "JSON_QUERY" || c.Name == "JSON_EXISTS") && values == 2:
		p.jsonCall(c, values, p.exprs)
	default:
		return false
	}
	return true
}

func (p *printer) jsonCall(c *Call, values int, write func([]Expr)) {
	p.put(c.Name, "(")
	write(c.Args[:values])
	p.orderBy(c.OrderBy)
	for i, word := range c.Args[values:] {
		if i+values > 0 {
			p.put(" ")
		}
		p.expr(word, 0)
	}
	p.put(")")
}

func (p *printer) jsonPairs(items []Expr) {
	for i := 0; i < len(items); i += 2 {
		if i > 0 {
			p.put(", ")
		}
		p.put("KEY ")
		p.expr(items[i], atom) // k IS JSON VALUE v would be read otherwise
		p.put(" VALUE ")
		p.expr(items[i+1], 0)
	}
}
