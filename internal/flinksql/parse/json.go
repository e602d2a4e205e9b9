package parse

import (
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
)

// json gives the reader of a JSON function's arguments (Flink documentation, "JSON Functions"); nil for another function.
func (p *parser) json(function string) func(*ast.Call) {
	switch function {
	case "JSON_EXISTS":
		return p.jsonExists
	case "JSON_VALUE":
		return p.jsonValue
	case "JSON_QUERY":
		return p.jsonQuery
	case "JSON_OBJECT":
		return p.jsonObject
	case "JSON_OBJECTAGG":
		return p.jsonObjectAgg
	case "JSON_ARRAY":
		return p.jsonArray
	case "JSON_ARRAYAGG":
		return p.jsonArrayAgg
	}
	return nil
}

// keywords takes the words, if they are at hand, as one argument.
func (p *parser) keywords(c *ast.Call, words ...string) bool {
	at := p.here()
	if !p.accept(words...) {
		return false
	}
	c.Args = append(c.Args, &ast.Keyword{Place: at, Word: strings.Join(words, " ")})
	return true
}

// anyKeywords takes the first of the phrases that is at hand.
func (p *parser) anyKeywords(c *ast.Call, phrases ...string) bool {
	for _, phrase := range phrases {
		if p.keywords(c, strings.Fields(phrase)...) {
			return true
		}
	}
	return false
}

func (p *parser) jsonPath(c *ast.Call) {
	c.Args = append(c.Args, p.expr())
	p.expect(",")
	c.Args = append(c.Args, p.expr())
}

func (p *parser) jsonExists(c *ast.Call) {
	p.jsonPath(c)
	p.anyKeywords(c, "TRUE ON ERROR", "FALSE ON ERROR", "UNKNOWN ON ERROR", "ERROR ON ERROR")
}

func (p *parser) returning(c *ast.Call) {
	if p.keywords(c, "RETURNING") {
		c.Args = append(c.Args, p.typeName())
	}
}

func (p *parser) jsonValue(c *ast.Call) {
	p.jsonPath(c)
	p.returning(c)
	for p.jsonValueFallback(c) {
		continue
	}
}

func (p *parser) jsonValueFallback(c *ast.Call) bool {
	if !p.keywords(c, "DEFAULT") {
		return p.anyKeywords(c, "NULL ON EMPTY", "NULL ON ERROR", "ERROR ON EMPTY", "ERROR ON ERROR")
	}
	c.Args = append(c.Args, p.expr())
	if !p.anyKeywords(c, "ON EMPTY", "ON ERROR") {
		p.unexpected("ON EMPTY", "ON ERROR")
	}
	return true
}

func (p *parser) jsonQuery(c *ast.Call) {
	p.jsonPath(c)
	p.returning(c)
	p.jsonWrapper(c)
	for p.anyKeywords(c, "NULL ON EMPTY", "NULL ON ERROR", "ERROR ON EMPTY", "ERROR ON ERROR", "EMPTY ARRAY ON EMPTY",
		"EMPTY ARRAY ON ERROR", "EMPTY OBJECT ON EMPTY", "EMPTY OBJECT ON ERROR") {
		continue
	}
}

// jsonWrapper reads WITHOUT [ARRAY] WRAPPER or WITH [CONDITIONAL|UNCONDITIONAL] [ARRAY] WRAPPER, and leaves out ARRAY.
func (p *parser) jsonWrapper(c *ast.Call) {
	at := p.here()
	with := p.acceptAny("WITHOUT", "WITH")
	if with == "" {
		return
	}
	if with == "WITH" {
		kind := p.acceptAny("CONDITIONAL", "UNCONDITIONAL")
		if kind == "" {
			kind = "UNCONDITIONAL"
		}
		with += " " + kind
	}
	p.accept("ARRAY")
	p.expect("WRAPPER")
	c.Args = append(c.Args, &ast.Keyword{Place: at, Word: with + " WRAPPER"})
}

// jsonPair reads [KEY] k VALUE v or k : v.
func (p *parser) jsonPair(c *ast.Call) {
	if p.is("KEY") && p.keyAfter(1) != "VALUE" && p.keyAfter(1) != ":" {
		p.next()
	}
	c.Args = append(c.Args, p.expr())
	if p.acceptAny("VALUE", ":") == "" {
		p.unexpected("VALUE")
	}
	c.Args = append(c.Args, p.expr())
}

func (p *parser) jsonNulls(c *ast.Call) { p.anyKeywords(c, "NULL ON NULL", "ABSENT ON NULL") }

func (p *parser) jsonObject(c *ast.Call) {
	if p.jsonNulls(c); !p.is(")") {
		p.jsonPair(c)
		for p.accept(",") {
			p.jsonPair(c)
		}
	}
	p.jsonNulls(c)
}

func (p *parser) jsonObjectAgg(c *ast.Call) {
	p.jsonPair(c)
	p.jsonNulls(c)
}

func (p *parser) jsonArray(c *ast.Call) {
	if p.jsonNulls(c); !p.is(")") {
		c.Args = append(c.Args, list(p, p.expr)...)
	}
	p.jsonNulls(c)
}

func (p *parser) jsonArrayAgg(c *ast.Call) {
	c.Args = append(c.Args, p.expr())
	c.OrderBy = p.orderBy()
	p.jsonNulls(c)
}
