package parse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// structural are reserved words that nobody means as a name.
var structural = strings.Fields(`ALL AND ANY AS BEGIN BETWEEN BY CASE CAST CREATE CROSS DISTINCT DROP ELSE END EXCEPT EXISTS FETCH FOR FROM
	FULL GROUP HAVING IN INNER INSERT INTERSECT INTO IS JOIN LATERAL LEFT LIKE LIMIT NATURAL NOT NULL OF OFFSET ON OR ORDER OUTER OVER
	PARTITION RIGHT SELECT SET TABLE THEN UNION UNNEST USING VALUES WHEN WHERE WINDOW WITH`)

// fail ends the reading with a mistake at a token.
func (p *parser) fail(at lex.Token, message, hint string) {
	panic(failure{&lex.Error{Position: at.Position, Message: message, Hint: hint}})
}

// unexpected ends the reading at the token at hand, with the best guess at what went wrong.
func (p *parser) unexpected(expected ...string) {
	found := p.peek()
	switch {
	case found.Kind == lex.End && p.broken != nil:
		panic(failure{p.broken})
	case found.Kind == lex.End || found.Is(";") && len(p.opened) > 0:
		p.cutShort(expected)
	case found.Is(")") && len(p.opened) == 0:
		p.fail(found, "a bracket is closed that was not opened", "Remove ), or add ( before.")
	}
	p.misspelled(expected)
	if found.Kind == lex.Word && lex.Reserved(found.Text) && !slices.Contains(structural, p.keys[p.at]) {
		p.reserved(found)
	}
	p.fail(found, fmt.Sprintf("expected %s, found %s", either(expected), shown(found)), p.advice(found, expected))
}

// cutShort is the mistake of a text that ends too early.
func (p *parser) cutShort(expected []string) {
	if n := len(p.opened); n > 0 {
		sign := map[string]string{"(": ")", "[": "]", "<": ">"}[p.opened[n-1].Text]
		p.fail(p.opened[n-1], "a bracket is not closed", "Add "+sign+".")
	}
	if len(p.tokens) == 1 {
		p.fail(p.peek(), "there is no statement", "Write one, as in SELECT * FROM orders.")
	}
	p.misspelled(expected)
	p.fail(p.peek(), "the statement ends where "+either(expected)+" is expected", "Complete the statement.")
}

// misspelled fails if the word at hand, or the alias before it, is nearly a keyword that may stand there.
func (p *parser) misspelled(expected []string) {
	words := slices.Concat(expected, p.tried)
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 2 || strings.ToUpper(w) != w || strings.Contains(w, " ") })
	if p.alias && p.at > 0 {
		p.nearly(p.at-1, words)
	}
	p.nearly(p.at, words)
}

func (p *parser) nearly(at int, words []string) {
	if p.tokens[at].Kind != lex.Word || lex.Reserved(p.keys[at]) && len(p.keys[at]) < 3 {
		return
	}
	if closest, ok := diags.Closest(p.keys[at], words); ok && closest != p.keys[at] {
		p.fail(p.tokens[at], "unknown word "+p.tokens[at].Text, "Did you mean "+closest+"?")
	}
}

// reserved is the mistake of a reserved word in a name's place.
func (p *parser) reserved(word lex.Token) {
	p.fail(word, word.Text+" is a reserved word", "If it is a name, put it in backticks: `"+word.Text+"`.")
}

// advice is a way out of an unexpected token.
func (p *parser) advice(found lex.Token, expected []string) string {
	if p.at > 0 && p.tokens[p.at-1].Is(",") && (p.keys[p.at] != "" || found.Kind == lex.End) && !slices.Contains(expected, ",") {
		return "Remove the comma before it, or write what should follow."
	}
	if found.Is("::") {
		return "Write CAST(x AS INT) in place of x::INT."
	}
	startsItem := found.Kind == lex.Word && !slices.Contains(structural, p.keys[p.at]) || found.Kind != lex.Word && found.Kind != lex.Symbol
	if startsItem && (slices.Contains(expected, ",") || slices.Contains(p.tried, ",")) {
		return "Is a comma missing before it?"
	}
	if found.Kind == lex.Text && slices.Contains(expected, aName) {
		return "Put a name in backticks, not in quotes."
	}
	return "Write " + either(expected) + " here, or see whether something is missing before it."
}

// The parts of a statement that are no keywords, as errors name them.
const (
	aName      = "a name"
	aText      = "a text in single quotes"
	aNumber    = "a whole number"
	aType      = "a type"
	anExpr     = "an expression"
	aQuery     = "a query"
	aTable     = "a table"
	aStatement = "a statement"
)

// either joins what is expected: a, b or c.
func either(expected []string) string {
	if len(expected) == 1 {
		return expected[0]
	}
	return strings.Join(expected[:len(expected)-1], ", ") + " or " + expected[len(expected)-1]
}

// shown is a token as it stands in a message.
func shown(t lex.Token) string {
	text := t.Text
	if runes := []rune(text); len(runes) > 30 {
		text = string(runes[:30]) + "..."
	}
	switch t.Kind {
	case lex.Quoted:
		return "`" + text + "`"
	case lex.Text:
		return "'" + text + "'"
	case lex.Binary:
		return "X'" + text + "'"
	}
	return text
}
