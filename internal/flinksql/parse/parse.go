// Package parse reads Flink SQL 2.3 into trees, and says what a text that is none lacks, and where.
package parse

import (
	"errors"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// Bounds keep hostile text from overflowing the stack of whoever walks the tree.
const (
	maxDepth = 200    // brackets, subqueries, types within each other
	maxChain = 100000 // operators, joins, set operations in a row
)

// Statements reads a script: statements with semicolons between them. Errors are *lex.Error.
func Statements(text string) ([]ast.Statement, error) { return run(text, (*parser).script) }

// Statement reads one statement, which a semicolon may end. Errors are *lex.Error.
func Statement(text string) (ast.Statement, error) {
	return run(text, func(p *parser) ast.Statement {
		s := p.statement()
		p.accept(";")
		return s
	})
}

// Query reads a query, which a semicolon may end. Errors are *lex.Error.
func Query(text string) (*ast.Query, error) {
	return run(text, func(p *parser) *ast.Query {
		q := p.query()
		p.accept(";")
		return q
	})
}

// Expression reads an expression. Errors are *lex.Error.
func Expression(text string) (ast.Expr, error) { return run(text, (*parser).expr) }

// Type reads a type, INTERVAL among them. Errors are *lex.Error.
func Type(text string) (*ast.TypeName, error) { return run(text, (*parser).castType) }

// parser walks over the tokens once, with two of them in sight.
type parser struct {
	text    string
	tokens  []lex.Token // the last is an End
	keys    []string    // of words and symbols, in upper case; "" of other tokens
	broken  *lex.Error  // why the tokens end before the text does; nil if they do not
	at      int
	depth   int
	steps   int      // looks at tokens: proof of linear time
	tried   []string // keywords that the token at hand was compared with
	alias   bool     // the token before is an alias without AS
	noAlias int      // the token at which an alias could stand, and none does; -1 if there is none
	opened  []lex.Token
	bare    bool // the unit behind the next bracket is not its own
}

// failure is a mistake on its way up to run; no other panic is caught.
type failure struct{ mistake *lex.Error }

func run[T any](text string, read func(*parser) T) (result T, err error) {
	p := newParser(text)
	defer func() {
		switch caught := recover().(type) {
		case nil:
		case failure:
			var none T
			result, err = none, caught.mistake
		default:
			panic(caught)
		}
	}()
	result = read(p)
	if !p.ended() {
		p.unexpected(theEnd)
	}
	return result, nil
}

func newParser(text string) *parser {
	p := &parser{text: text, noAlias: -1}
	tokens, err := lex.Lex(text)
	if !errors.As(err, &p.broken) {
		p.broken = nil
	}
	tokens = append(tokens, lex.Token{Kind: lex.End, Position: end(text), Start: len(text), End: len(text)})
	p.tokens = tokens
	p.keys = make([]string, len(p.tokens))
	for i, t := range p.tokens {
		if t.Kind == lex.Word || t.Kind == lex.Symbol {
			p.keys[i] = strings.ToUpper(t.Text)
		}
	}
	return p
}

// end is the place behind a text's last character.
func end(text string) lex.Position {
	text = strings.TrimRight(text, " \t\r\n")
	last := strings.LastIndexByte(text, '\n')
	return lex.Position{Line: 1 + strings.Count(text, "\n"), Column: 1 + len([]rune(text[last+1:]))}
}

func (p *parser) peek() lex.Token { return p.tokens[p.at] }

// key is the word or symbol at hand in upper case.
func (p *parser) key() string {
	p.steps++
	return p.keys[p.at]
}

// keyAfter is the word or symbol n tokens ahead in upper case.
func (p *parser) keyAfter(n int) string {
	p.steps++
	if p.at+n >= len(p.keys) {
		return ""
	}
	return p.keys[p.at+n]
}

func (p *parser) kindAfter(n int) lex.Kind {
	if p.at+n >= len(p.tokens) {
		return lex.End
	}
	return p.tokens[p.at+n].Kind
}

func (p *parser) ended() bool { return p.peek().Kind == lex.End && p.broken == nil }

// next takes the token at hand.
func (p *parser) next() lex.Token {
	t := p.tokens[p.at]
	if t.Kind == lex.End {
		p.unexpected("more")
	}
	p.at++
	p.tried = p.tried[:0]
	p.alias = false
	return t
}

// is reports whether the tokens at hand are these words or symbols.
func (p *parser) is(words ...string) bool {
	p.tried = append(p.tried, words[0])
	for i, word := range words {
		if p.keyAfter(i) != word {
			return false
		}
	}
	return true
}

// accept takes the words if they are at hand.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	for range words {
		p.next()
	}
	return true
}

// acceptAny takes one of the words, and gives it, or "".
func (p *parser) acceptAny(words ...string) string {
	for _, word := range words {
		if p.accept(word) {
			return word
		}
	}
	return ""
}

// expect takes the words, one after the other; they must be at hand.
func (p *parser) expect(words ...string) lex.Token {
	first := p.peek()
	for _, word := range words {
		if !p.accept(word) {
			p.unexpected(word)
		}
	}
	return first
}

// expectAny takes one of the words, and gives it.
func (p *parser) expectAny(words ...string) string {
	if word := p.acceptAny(words...); word != "" {
		return word
	}
	p.unexpected(words...)
	return ""
}

// within reads what stands in brackets.
func (p *parser) within(read func()) {
	p.opened = append(p.opened, p.expect("("))
	read()
	p.close(")")
}

// close takes the bracket that ends what stands in brackets.
func (p *parser) close(bracket string) {
	listed := slices.Contains(p.tried, ",")
	switch {
	case p.accept(bracket):
	case listed:
		p.unexpected(",", bracket)
	default:
		p.unexpected(bracket)
	}
	p.opened = p.opened[:len(p.opened)-1]
}

// list reads one or more, with commas between.
func list[T any](p *parser, read func() T) []T {
	items := []T{read()}
	for p.accept(",") {
		items = append(items, read())
	}
	return items
}

// bracketed reads ( one or more, with commas between ).
func bracketed[T any](p *parser, read func() T) (items []T) {
	p.within(func() { items = list(p, read) })
	return items
}

// enter counts a level of nesting; the caller leaves it.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.tooDeep()
	}
}

func (p *parser) tooDeep() {
	p.fail(p.peek(), "this is nested more than 200 deep", "Give parts of the query names by WITH or CREATE VIEW.")
}

func (p *parser) leave() { p.depth-- }

// chained counts operators in a row.
func (p *parser) chained(n int) {
	if n > maxChain {
		p.fail(p.peek(), "more than 100000 operators stand in a row", "Use IN with a list, or a table.")
	}
}
