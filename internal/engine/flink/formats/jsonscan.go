package formats

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
)

// scanner reads JSON (RFC 8259) in place.
type scanner struct {
	data []byte
	at   int
}

// nesting is how deep arrays and objects may lie in each other.
const nesting = 500

var errEnd = errors.New("it ends too early")

func (s *scanner) problem(what string) error { return fmt.Errorf("%s at byte %d", what, s.at) }

// peek gives the first byte of the next token; 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.data) {
		c := s.data[s.at]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.at++
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	if got := s.peek(); got != c {
		if got == 0 {
			return errEnd
		}
		return s.problem(fmt.Sprintf("there is %q, not %q,", got, c))
	}
	s.at++
	return nil
}

// more goes to the next member of an object or array, of which closing ends it.
func (s *scanner) more(first bool, closing byte) (bool, error) {
	c := s.peek()
	if c == closing {
		s.at++
		return false, nil
	}
	if first {
		return true, nil
	}
	if c != ',' {
		return false, s.expect(',')
	}
	s.at++
	if s.peek() == closing {
		return false, s.problem("a comma before the end")
	}
	return true, nil
}

// str reads a string without its quotes. escaped says that it has to be unescaped.
func (s *scanner) str() (raw []byte, escaped bool, err error) {
	if err := s.expect('"'); err != nil {
		return nil, false, err
	}
	start := s.at
	for i, c := range s.data[start:] {
		if c == '"' {
			s.at = start + i + 1
			return s.data[start : start+i], false, nil
		}
		if c == '\\' {
			return s.escapedStr(start, start+i)
		}
	}
	return nil, false, errEnd
}

// escapedStr goes on at the first backslash.
func (s *scanner) escapedStr(start, at int) ([]byte, bool, error) {
	for ; at < len(s.data); at++ {
		switch s.data[at] {
		case '\\':
			at++
		case '"':
			s.at = at + 1
			return s.data[start:at], true, nil
		}
	}
	return nil, true, errEnd
}

// text gives a string's value; it shares memory with the data if it can.
func (s *scanner) text() (string, error) {
	raw, escaped, err := s.str()
	if err != nil || !escaped {
		return shared(raw), err
	}
	out, err := unescaped(raw)
	return shared(out), err
}

// shared is bytes as a string, without a copy.
func shared(b []byte) string { return rows.Shared(b) }

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func unescaped(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		if i+1 == len(raw) {
			return nil, errEnd
		}
		if raw[i+1] != 'u' {
			plain, ok := escapes[raw[i+1]]
			if !ok {
				return nil, fmt.Errorf("there is no escape \\%c", raw[i+1])
			}
			out = append(out, plain)
			i += 2
			continue
		}
		r, n, err := unicodeAt(raw[i:])
		if err != nil {
			return nil, err
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return out, nil
}

// unicodeAt reads \uXXXX, or two of them that are a surrogate pair.
func unicodeAt(raw []byte) (rune, int, error) {
	high, err := hexAt(raw)
	if err != nil || !utf16.IsSurrogate(high) {
		return high, 6, err
	}
	if len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
		if low, err := hexAt(raw[6:]); err == nil {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return r, 12, nil
			}
		}
	}
	return utf8.RuneError, 6, nil
}

func hexAt(raw []byte) (rune, error) {
	if len(raw) < 6 {
		return 0, errEnd
	}
	v, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(v), err
}

// bare reads a number or a bare word: everything up to the next punctuation.
func (s *scanner) bare() []byte {
	s.peek()
	start := s.at
	for i, c := range s.data[start:] {
		if punctuation[c] {
			s.at = start + i
			return s.data[start:s.at]
		}
	}
	s.at = len(s.data)
	return s.data[start:]
}

var punctuation = [256]bool{',': true, '}': true, ']': true, ' ': true, '\n': true, '\t': true, '\r': true, ':': true, '"': true, '{': true, '[': true}

// null steps over a null, if it is the next token.
func (s *scanner) null() bool {
	if s.peek() == 'n' && s.at+4 <= len(s.data) && string(s.data[s.at:s.at+4]) == "null" {
		s.at += 4
		return true
	}
	return false
}

// skip steps over a value.
func (s *scanner) skip(depth int) error {
	if depth > nesting {
		return s.problem("values lie too deep in each other")
	}
	switch s.peek() {
	case 0:
		return errEnd
	case '"':
		_, _, err := s.str()
		return err
	case '{':
		return s.members(depth, func([]byte) error { return s.skip(depth + 1) })
	case '[':
		return s.elements(func() error { return s.skip(depth + 1) })
	}
	return s.scalar(s.bare())
}

func (s *scanner) scalar(word []byte) error {
	switch string(word) {
	case "true", "false", "null":
		return nil
	}
	if !isNumber(word) {
		return s.problem(fmt.Sprintf("%q is no value", clip(word)))
	}
	return nil
}

// members visits those of an object; the visitor reads the value.
func (s *scanner) members(_ int, visit func(name []byte) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if err != nil || !more {
			return err
		}
		name, escaped, err := s.str()
		if err != nil {
			return err
		}
		if escaped {
			if name, err = unescaped(name); err != nil {
				return err
			}
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := visit(name); err != nil {
			return err
		}
	}
}

func (s *scanner) elements(visit func() error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, ']')
		if err != nil || !more {
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
}

// isNumber holds a word against JSON's grammar of numbers.
func isNumber(w []byte) bool {
	w = after(w, "-")
	whole := digitsIn(w)
	if whole == 0 || w[0] == '0' && whole > 1 {
		return false
	}
	if w = w[whole:]; len(w) > 0 && w[0] == '.' {
		n := digitsIn(w[1:])
		if n == 0 {
			return false
		}
		w = w[1+n:]
	}
	if len(w) == 0 {
		return true
	}
	if w[0] != 'e' && w[0] != 'E' {
		return false
	}
	w = after(w[1:], "+-")
	return len(w) > 0 && digitsIn(w) == len(w)
}

// after leaves out one of some signs.
func after(w []byte, signs string) []byte {
	if len(w) > 0 && strings.IndexByte(signs, w[0]) >= 0 {
		return w[1:]
	}
	return w
}

// digitsIn is how many digits a word begins with.
func digitsIn(w []byte) (n int) {
	for n < len(w) && w[n] >= '0' && w[n] <= '9' {
		n++
	}
	return n
}

func clip(b []byte) string {
	if len(b) > 80 {
		return string(b[:80]) + "..."
	}
	return string(b)
}
