package parse

import (
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// atName reports whether a token can be a name: in backticks, or a word that is not reserved.
func (p *parser) atName() bool { return p.nameAfter(0) }

func (p *parser) nameAfter(n int) bool {
	switch p.kindAfter(n) {
	case lex.Quoted:
		return true
	case lex.Word:
		return !lex.Reserved(p.keyAfter(n))
	default:
		return false
	}
}

// ident reads a name of one part.
func (p *parser) ident() string { return p.identToken().Text }

func (p *parser) identToken() lex.Token {
	if t := p.peek(); !p.atName() {
		if t.Kind == lex.Word && lex.Reserved(t.Text) {
			if p.at > 0 && p.tokens[p.at-1].Is(".") || !p.structuralHere() {
				p.reserved(t)
			}
		}
		p.unexpected(aName)
	}
	return p.next()
}

// structuralHere reports whether the word at hand is one that nobody means as a name.
func (p *parser) structuralHere() bool {
	for _, word := range structural {
		if p.keys[p.at] == word {
			return true
		}
	}
	return false
}

// name reads a name of one or more parts.
func (p *parser) name() ast.Name {
	first := p.identToken()
	name := ast.Name{Place: place(first), Parts: []string{first.Text}}
	for p.accept(".") {
		name.Parts = append(name.Parts, p.ident())
	}
	return name
}

// idents reads (a, b).
func (p *parser) idents() []string { return bracketed(p, p.ident) }

// string reads a text.
func (p *parser) string() string {
	if p.peek().Kind != lex.Text {
		p.unexpected(aText)
	}
	parts := []string{p.next().Text}
	for p.peek().Kind == lex.Text {
		parts = append(parts, p.next().Text)
	}
	return strings.Join(parts, "")
}

// number reads a whole number.
func (p *parser) number() int {
	t := p.peek()
	n, err := strconv.Atoi(t.Text)
	if t.Kind != lex.Number || err != nil {
		p.unexpected(aNumber)
	}
	p.next()
	return n
}

// option reads 'key' = 'value'.
func (p *parser) option() ast.Option {
	at := p.peek()
	if at.Kind == lex.Word || at.Kind == lex.Quoted {
		p.fail(at, "expected a text in single quotes, found "+shown(at), "Put keys and values in single quotes, as in '"+at.Text+"' = '...'.")
	}
	key := p.string()
	p.expect("=")
	if v := p.peek(); v.Kind == lex.Word || v.Kind == lex.Quoted || v.Kind == lex.Number {
		p.fail(v, "expected a text in single quotes, found "+shown(v), "Put the value in single quotes: '"+v.Text+"'.")
	}
	return ast.Option{Place: place(at), Key: key, Value: p.string()}
}

func place(t lex.Token) ast.Place { return ast.Place{Position: t.Position} }

// here is the place of the token at hand.
func (p *parser) here() ast.Place { return place(p.peek()) }
