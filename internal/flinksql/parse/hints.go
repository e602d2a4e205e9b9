package parse

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// hints reads /*+ NAME(...), NAME */, if it follows.
func (p *parser) hints() []ast.Hint {
	if !p.accept("/*+") {
		return nil
	}
	hints := list(p, p.hint)
	if !p.accept("*/") {
		p.unexpected(",", "*/")
	}
	return hints
}

func (p *parser) hint() ast.Hint {
	h := ast.Hint{Place: p.here(), Name: p.ident()}
	if p.is("(") {
		p.within(func() {
			if !p.is(")") {
				list(p, func() bool { p.hintItem(&h); return true })
			}
		})
	}
	return h
}

// hintItem reads 'k' = 'v', k = v, or a bare word or value.
func (p *parser) hintItem(h *ast.Hint) {
	at := p.peek()
	key := p.hintWord()
	if !p.accept("=") {
		h.Args = append(h.Args, key)
		return
	}
	h.Options = append(h.Options, ast.Option{Place: place(at), Key: key, Value: p.hintWord()})
}

func (p *parser) hintWord() string {
	switch p.peek().Kind {
	case lex.Text, lex.Word, lex.Quoted, lex.Number:
		return p.next().Text
	}
	p.unexpected(aName)
	return ""
}

// options reads the options of hints OPTIONS(...).
func (p *parser) optionHints() []ast.Option {
	var options []ast.Option
	for _, h := range p.hints() {
		options = append(options, h.Options...)
	}
	return options
}
