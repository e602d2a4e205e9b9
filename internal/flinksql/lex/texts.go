package lex

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word reads a word, or the text that a prefix begins: X'0a', U&'\00e9', _UTF8'..', N'..'.
func (l *lexer) word() (Kind, string, error) {
	n := l.while(inWord)
	word, after := l.rest[:n], l.rest[n:]
	switch {
	case strings.HasPrefix(after, "'") && strings.EqualFold(word, "X"):
		l.take(n)
		return l.binary()
	case strings.HasPrefix(after, "'") && (word[0] == '_' || strings.EqualFold(word, "N")):
		l.take(n)
		text, err := l.text()
		return Text, text, err
	case strings.HasPrefix(after, "&'") && strings.EqualFold(word, "U"):
		l.take(n + 1)
		text, err := l.unicode()
		return Text, text, err
	}
	return Word, l.take(n), nil
}

func (l *lexer) text() (string, error) {
	return l.quoted("a string does not end", "Close it with a single quote; within it, write two.")
}

// quoted reads up to the closing quote; a doubled one stands for itself.
func (l *lexer) quoted(message, hint string) (string, error) {
	quote := l.rest[0]
	for i := 1; i < len(l.rest); i++ {
		if l.rest[i] != quote {
			continue
		}
		if i+1 < len(l.rest) && l.rest[i+1] == quote {
			i++
			continue
		}
		whole := l.take(i + 1)
		return strings.ReplaceAll(whole[1:i], string([]byte{quote, quote}), string(quote)), nil
	}
	return "", l.mistake(message, hint)
}

func (l *lexer) binary() (Kind, string, error) {
	start := *l
	digits, err := l.text()
	if err != nil {
		return Binary, "", err
	}
	if len(digits)%2 != 0 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return Binary, "", start.mistake("X'...' holds bytes, each two of the digits 0-9 and a-f", "Write as in X'0aff'.")
	}
	return Binary, digits, nil
}

// unicode reads '...' with escapes \0041 and \+01F600, or with another sign than \ after UESCAPE.
func (l *lexer) unicode() (string, error) {
	start := *l
	text, err := l.text()
	if err != nil {
		return "", err
	}
	escape, err := l.escape()
	if err != nil {
		return "", err
	}
	out, ok := unescape(text, escape)
	if !ok {
		return "", start.mistake("U&'...' has an escape that is no character", `Write four hexadecimal digits, as in U&'caf\00e9', or six after a plus, as in U&'\+01F600'.`)
	}
	return out, nil
}

// escape reads UESCAPE 'c', if it follows.
func (l *lexer) escape() (rune, error) {
	const word = "UESCAPE"
	ahead := strings.TrimLeftFunc(l.rest, unicode.IsSpace)
	if len(ahead) < len(word) || !strings.EqualFold(ahead[:len(word)], word) {
		return '\\', nil
	}
	after := strings.TrimLeftFunc(ahead[len(word):], unicode.IsSpace)
	if !strings.HasPrefix(after, "'") {
		return '\\', nil
	}
	l.take(len(l.rest) - len(after))
	start := *l
	sign, err := l.text()
	if err != nil {
		return 0, err
	}
	if r, size := utf8.DecodeRuneInString(sign); size == len(sign) && size > 0 && !strings.ContainsRune("0123456789abcdefABCDEF+'\" \n\r\t", r) {
		return r, nil
	}
	return 0, start.mistake("UESCAPE takes one character that is no digit, letter a-f, plus, quote or space", "Write as in UESCAPE '!'.")
}

// unescape resolves the escapes of a text.
func unescape(text string, escape rune) (string, bool) {
	var out strings.Builder
	sign := string(escape)
	for {
		before, after, found := strings.Cut(text, sign)
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		if strings.HasPrefix(after, sign) {
			out.WriteString(sign)
			text = after[len(sign):]
			continue
		}
		width := 4
		if strings.HasPrefix(after, "+") {
			after, width = after[1:], 6
		}
		if len(after) < width {
			return "", false
		}
		code, err := strconv.ParseUint(after[:width], 16, 32)
		if err != nil {
			return "", false
		}
		out.WriteRune(rune(code))
		text = after[width:]
	}
}
