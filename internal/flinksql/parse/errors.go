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
	if p.nameWanted(expected) && found.Kind == lex.Word && lex.Reserved(found.Text) && !p.structuralHere() {
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

// nameWanted reports whether a name could stand at the token at hand.
func (p *parser) nameWanted(expected []string) bool {
	return p.noAlias == p.at || slices.ContainsFunc(expected, func(e string) bool { return e == aName || e == anExpr || e == aTable })
}

// misspelled fails if the word at hand, or the alias before it, is nearly a keyword that may stand there.
func (p *parser) misspelled(expected []string) {
	if p.alias && p.at > 0 {
		p.nearly(p.at-1, p.tried)
		p.nearly(p.at-1, expected)
	}
	p.nearly(p.at, expected)
	if !lex.Reserved(p.keys[p.at]) {
		p.nearly(p.at, p.tried)
	}
}

// nearly fails if a word is not one of the keywords, but nearly.
func (p *parser) nearly(at int, keywords []string) {
	word := p.keys[at]
	keywords = slices.DeleteFunc(slices.Clone(keywords), func(k string) bool { return len(k) < 3 || k[0] < 'A' || k[0] > 'Z' })
	if p.tokens[at].Kind != lex.Word || len(word) < 3 || slices.Contains(keywords, word) {
		return
	}
	if len(word) == 3 {
		keywords = slices.DeleteFunc(keywords, func(k string) bool { return !scrambled(word, k) })
	}
	if closest, ok := diags.Closest(word, keywords); ok {
		p.fail(p.tokens[at], "unknown word "+p.tokens[at].Text, "Did you mean "+closest+"?")
	}
}

// scrambled reports whether all letters of a short word are in the keyword: ADN and LIK are AND and LIKE, FOO is no FOR.
func scrambled(word, keyword string) bool {
	for _, letter := range word {
		if strings.Count(word, string(letter)) > strings.Count(keyword, string(letter)) {
			return false
		}
	}
	return true
}

// reserved is the mistake of a reserved word in a name's place.
func (p *parser) reserved(word lex.Token) {
	p.fail(word, word.Text+" is a reserved word", "If it is a name, put it in backticks: `"+word.Text+"`.")
}

// advice is a way out of an unexpected token.
func (p *parser) advice(found lex.Token, expected []string) string { //nolint:gocyclo // a case for each mistake
	if p.at > 0 && p.tokens[p.at-1].Is(",") && (p.keys[p.at] != "" || found.Kind == lex.End) && !slices.Contains(expected, ",") {
		return "Remove the comma before it, or write what should follow."
	}
	switch {
	case found.Is("::"):
		return "Write CAST(x AS INT) in place of x::INT."
	case found.Is("=") && p.at > 0 && p.tokens[p.at-1].Is("="):
		return "Write = once."
	}
	startsItem := found.Kind == lex.Word && !p.structuralHere() || found.Kind != lex.Word && found.Kind != lex.Symbol
	switch {
	case slices.Contains(expected, "("):
		return "Put what follows in brackets."
	case startsItem && (slices.Contains(expected, ",") || slices.Contains(p.tried, ",")):
		return "Is a comma missing before it?"
	case found.Kind == lex.Text && slices.Contains(expected, aName):
		return "Put a name in backticks, not in quotes."
	case slices.Contains(expected, theEnd):
		return "Remove it, or see what is missing before it."
	case p.key() == "SELECT" && slices.Contains(expected, anExpr):
		return "Put a query in brackets."
	case p.nameWanted(expected) && found.Kind == lex.Word && p.key() != "FROM" && p.noAlias != p.at:
		return "Write " + either(expected) + " here; if " + found.Text + " is a name, put it in backticks: `" + found.Text + "`."
	case p.nameWanted(expected) || slices.Contains(expected, aNumber) || slices.Contains(expected, aType):
		return "Write " + either(expected) + " here."
	}
	return "Write " + either(expected) + " before it."
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
	theEnd     = "the end of the statement"
)

// either joins what is expected: a, b or c.
func either(expected []string) string {
	expected = slices.Clone(expected)
	for i, e := range expected {
		switch e {
		case ",":
			expected[i] = "a comma"
		case ";":
			expected[i] = "a semicolon"
		}
	}
	if len(expected) == 1 {
		return expected[0]
	}
	return strings.Join(expected[:len(expected)-1], ", ") + " or " + expected[len(expected)-1]
}

// shown is a token as it stands in a message.
func shown(t lex.Token) string {
	text := t.Text
	switch text {
	case ",":
		return "a comma"
	case ";":
		return "a semicolon"
	}
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
