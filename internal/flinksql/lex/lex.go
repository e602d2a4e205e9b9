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
	Text               // a string, without its quotes
	Number
	Symbol // an operator or a sign of punctuation
)

// Token is one word of a query.
type Token struct {
	Kind Kind
	Text string
	Position
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
	rest string
	at   Position
}

// Lex takes a query apart. Comments are left out. It takes time in proportion to the query's length.
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
		token, err := l.next()
		if err != nil {
			return tokens, err
		}
		tokens = append(tokens, token)
	}
}

// take moves over n bytes.
func (l *lexer) take(n int) string {
	text := l.rest[:n]
	l.rest = l.rest[n:]
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
		trimmed := strings.TrimLeftFunc(l.rest, unicode.IsSpace)
		l.take(len(l.rest) - len(trimmed))
		switch {
		case strings.HasPrefix(l.rest, "--"):
			end := strings.IndexByte(l.rest, '\n')
			if end < 0 {
				end = len(l.rest)
			}
			l.take(end)
		case strings.HasPrefix(l.rest, "/*"):
			end := strings.Index(l.rest[2:], "*/")
			if end < 0 {
				return &Error{l.at, "a comment does not end", "Close it with */."}
			}
			l.take(end + 4)
		default:
			return nil
		}
	}
}

func (l *lexer) next() (Token, error) {
	at := l.at
	switch c := l.rest[0]; {
	case c == '`':
		text, err := l.quoted('`', "an identifier in backticks does not end", "Close it with a backtick.")
		return Token{Quoted, text, at}, err
	case c == '\'':
		text, err := l.quoted('\'', "a string does not end", "Close it with a single quote; within it, write two.")
		return Token{Text, text, at}, err
	case c >= '0' && c <= '9':
		return Token{Number, l.take(l.while(func(r rune) bool {
			return r == '.' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
		})), at}, nil
	}
	if r, _ := utf8.DecodeRuneInString(l.rest); r == '_' || r == '$' || unicode.IsLetter(r) {
		return Token{Word, l.take(l.while(func(r rune) bool {
			return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
		})), at}, nil
	}
	for _, symbol := range []string{"<>", "<=", ">=", "!=", "||", "=>", "::"} {
		if strings.HasPrefix(l.rest, symbol) {
			return Token{Symbol, l.take(2), at}, nil
		}
	}
	_, size := utf8.DecodeRuneInString(l.rest)
	return Token{Symbol, l.take(size), at}, nil
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

// quoted reads up to the closing quote; a doubled one stands for itself.
func (l *lexer) quoted(quote byte, message, hint string) (string, error) {
	at := l.at
	var text strings.Builder
	for i := 1; i < len(l.rest); i++ {
		if l.rest[i] != quote {
			text.WriteByte(l.rest[i])
			continue
		}
		if i+1 < len(l.rest) && l.rest[i+1] == quote {
			text.WriteByte(quote)
			i++
			continue
		}
		l.take(i + 1)
		return text.String(), nil
	}
	return "", &Error{at, message, hint}
}
