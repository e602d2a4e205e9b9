// Package lex takes Flink SQL apart into words, each with its place.
package lex

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Position is a place in a query; lines and columns count from 1, columns in characters.
type Position struct{ Line, Column int }

// Kind tells tokens apart.
type Kind int

// The kinds of tokens.
const (
	Word   Kind = iota // a keyword or a bare identifier
	Quoted             // an identifier in backticks, without them
	Text               // a string, without its quotes, its escapes resolved
	Number
	Symbol // an operator or a sign of punctuation; /*+ and */ around hints
	Binary // X'0aff', the digits
	End    // the end of the text, where a parser wants a token to stand for it; Lex gives none
)

// Token is one word of a query. Start and End are where it lies in the text, in bytes.
type Token struct {
	Kind Kind
	Text string
	Position
	Start, End int
}

// Is reports whether a token is a keyword or a symbol, in any case.
func (t Token) Is(text string) bool {
	return (t.Kind == Word || t.Kind == Symbol) && strings.EqualFold(t.Text, text)
}

// Error is a mistake in a query, with its place and a hint.
type Error struct {
	Position
	Message string
	Hint    string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// lexer walks over a query once.
type lexer struct {
	rest   string
	at     Position
	offset int
	hint   bool // between /*+ and */
}

// Lex takes a query apart. Comments are left out. It takes time in proportion to the query's length. With an error
// come the tokens before it.
func Lex(query string) ([]Token, error) {
	l := &lexer{rest: query, at: Position{1, 1}}
	var tokens []Token
	for {
		if err := l.skip(); err != nil {
			return tokens, err
		}
		if l.rest == "" {
			return tokens, nil
		}
		token := Token{Position: l.at, Start: l.offset}
		var err error
		if token.Kind, token.Text, err = l.next(); err != nil {
			return tokens, err
		}
		token.End = l.offset
		tokens = append(tokens, token)
	}
}

// take moves over n bytes.
func (l *lexer) take(n int) string {
	text := l.rest[:n]
	l.rest = l.rest[n:]
	l.offset += n
	for _, r := range text {
		if r == '\n' {
			l.at = Position{l.at.Line + 1, 1}
			continue
		}
		l.at.Column++
	}
	return text
}

// skip moves over white space and comments.
func (l *lexer) skip() error {
	for {
		l.take(l.while(unicode.IsSpace))
		switch {
		case strings.HasPrefix(l.rest, "--"):
			end := strings.IndexByte(l.rest, '\n')
			if end < 0 {
				end = len(l.rest)
			}
			l.take(end)
		case strings.HasPrefix(l.rest, "/*+"):
			return nil
		case strings.HasPrefix(l.rest, "/*"):
			end := strings.Index(l.rest[2:], "*/")
			if end < 0 {
				return l.mistake("a comment does not end", "Close it with */.")
			}
			l.take(end + 4)
		default:
			return nil
		}
	}
}

func (l *lexer) mistake(message, hint string) error { return &Error{l.at, message, hint} }

// next reads a token; there is one.
func (l *lexer) next() (Kind, string, error) {
	r, size := utf8.DecodeRuneInString(l.rest)
	switch {
	case r == '`':
		if strings.HasPrefix(l.rest, "``") && !strings.HasPrefix(l.rest, "```") {
			return 0, "", l.mistake("a name in backticks is empty", "Write the name between the backticks.")
		}
		text, err := l.quoted("an identifier in backticks does not end", "Close it with a backtick.")
		return Quoted, text, err
	case r == '\'':
		text, err := l.text()
		return Text, text, err
	case r == '"':
		return 0, "", l.mistake("double quotes are not of Flink SQL", "Put a name in backticks, as in `order`, and a text in single quotes, as in 'paid'.")
	case isDigit(r), r == '.' && len(l.rest) > 1 && isDigit(rune(l.rest[1])):
		return Number, l.take(number(l.rest)), nil
	case startsWord(r):
		return l.word()
	case r == utf8.RuneError && size <= 1:
		return 0, "", l.mistake("this is not text in UTF-8", "Save the file as UTF-8.")
	}
	return l.symbol(size)
}

func (l *lexer) symbol(size int) (Kind, string, error) {
	if strings.HasPrefix(l.rest, "/*+") {
		l.hint = true
		return Symbol, l.take(3), nil
	}
	if l.hint && strings.HasPrefix(l.rest, "*/") {
		l.hint = false
		return Symbol, l.take(2), nil
	}
	for _, symbol := range []string{"<>", "<=", ">=", "!=", "||", "=>", "::"} {
		if strings.HasPrefix(l.rest, symbol) {
			return Symbol, l.take(2), nil
		}
	}
	return Symbol, l.take(size), nil
}

// while gives how many bytes from here on are runes that belong.
func (l *lexer) while(belongs func(rune) bool) int {
	for i, r := range l.rest {
		if !belongs(r) {
			return i
		}
	}
	return len(l.rest)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func startsWord(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) }

func inWord(r rune) bool { return startsWord(r) || unicode.IsDigit(r) }

// number gives the length of the number at the start of a text: 1, 1.5, .5, 1., each with an exponent or without.
func number(text string) int {
	i := digits(text, 0)
	if i < len(text) && text[i] == '.' {
		i = digits(text, i+1)
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		j := i + 1
		if j < len(text) && (text[j] == '+' || text[j] == '-') {
			j++
		}
		if end := digits(text, j); end > j {
			return end
		}
	}
	return i
}

func digits(text string, from int) int {
	for from < len(text) && isDigit(rune(text[from])) {
		from++
	}
	return from
}
