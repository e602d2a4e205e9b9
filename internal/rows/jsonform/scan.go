// Package jsonform scans JSON in place, and reads and writes the texts of dates and times.
package jsonform

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
)

// Scanner reads JSON (RFC 8259) in place.
type Scanner struct {
	Data []byte
	At   int
}

// Nesting is how deep arrays and objects may lie in each other.
const Nesting = 500

// ErrEnd says that a text ends before its value does.
var ErrEnd = errors.New("it ends too early")

// Problem says what is wrong where the scanner is.
func (s *Scanner) Problem(what string) error { return fmt.Errorf("%s at byte %d", what, s.At) }

// Peek gives the first byte of the next token; 0 at the end.
func (s *Scanner) Peek() byte {
	for s.At < len(s.Data) {
		c := s.Data[s.At]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.At++
	}
	return 0
}

// Expect steps over a sign of punctuation, which must come.
func (s *Scanner) Expect(c byte) error {
	if got := s.Peek(); got != c {
		if got == 0 {
			return ErrEnd
		}
		return s.Problem(fmt.Sprintf("there is %q, not %q,", got, c))
	}
	s.At++
	return nil
}

// More goes to the next member of an object or array, of which closing ends it.
func (s *Scanner) More(first bool, closing byte) (bool, error) {
	c := s.Peek()
	if c == closing {
		s.At++
		return false, nil
	}
	if first {
		return true, nil
	}
	if c != ',' {
		return false, s.Expect(',')
	}
	s.At++
	if s.Peek() == closing {
		return false, s.Problem("a comma before the end")
	}
	return true, nil
}

// Str reads a string without its quotes. escaped says that it has to be unescaped.
func (s *Scanner) Str() (raw []byte, escaped bool, err error) {
	if err := s.Expect('"'); err != nil {
		return nil, false, err
	}
	start := s.At
	for i, c := range s.Data[start:] {
		if c == '"' {
			s.At = start + i + 1
			return s.Data[start : start+i], false, nil
		}
		if c == '\\' {
			return s.escapedStr(start, start+i)
		}
	}
	return nil, false, ErrEnd
}

// escapedStr goes on at the first backslash.
func (s *Scanner) escapedStr(start, at int) ([]byte, bool, error) {
	for ; at < len(s.Data); at++ {
		switch s.Data[at] {
		case '\\':
			at++
		case '"':
			s.At = at + 1
			return s.Data[start:at], true, nil
		}
	}
	return nil, true, ErrEnd
}

// Text gives a string's value; it shares memory with the data if it can.
func (s *Scanner) Text() (string, error) {
	raw, escaped, err := s.Str()
	if err != nil || !escaped {
		return rows.Shared(raw), err
	}
	out, err := Unescaped(raw)
	return rows.Shared(out), err
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// Unescaped resolves the escapes of a string.
func Unescaped(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		if i+1 == len(raw) {
			return nil, ErrEnd
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
		return 0, ErrEnd
	}
	v, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(v), err
}

// Bare reads a number or a bare word: everything up to the next punctuation.
func (s *Scanner) Bare() []byte {
	s.Peek()
	start := s.At
	for i, c := range s.Data[start:] {
		if punctuation[c] {
			s.At = start + i
			return s.Data[start:s.At]
		}
	}
	s.At = len(s.Data)
	return s.Data[start:]
}

var punctuation = [256]bool{',': true, '}': true, ']': true, ' ': true, '\n': true, '\t': true, '\r': true, ':': true, '"': true, '{': true, '[': true}

// Null steps over a null, if it is the next token.
func (s *Scanner) Null() bool {
	if s.Peek() == 'n' && s.At+4 <= len(s.Data) && string(s.Data[s.At:s.At+4]) == "null" {
		s.At += 4
		return true
	}
	return false
}

// Skip steps over a value.
func (s *Scanner) Skip(depth int) error {
	if depth > Nesting {
		return s.Problem("values lie too deep in each other")
	}
	switch s.Peek() {
	case 0:
		return ErrEnd
	case '"':
		_, _, err := s.Str()
		return err
	case '{':
		return s.Members(depth, func([]byte) error { return s.Skip(depth + 1) })
	case '[':
		return s.Elements(func() error { return s.Skip(depth + 1) })
	}
	return s.Scalar(s.Bare())
}

// Scalar refuses a word that is neither a number nor true, false or null.
func (s *Scanner) Scalar(word []byte) error {
	switch string(word) {
	case "true", "false", "null":
		return nil
	}
	if !IsNumber(word) {
		return s.Problem(fmt.Sprintf("%q is no value", Clip(word)))
	}
	return nil
}

// Members visits those of an object; the visitor reads the value.
func (s *Scanner) Members(_ int, visit func(name []byte) error) error {
	if err := s.Expect('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.More(first, '}')
		if err != nil || !more {
			return err
		}
		name, escaped, err := s.Str()
		if err != nil {
			return err
		}
		if escaped {
			if name, err = Unescaped(name); err != nil {
				return err
			}
		}
		if err := s.Expect(':'); err != nil {
			return err
		}
		if err := visit(name); err != nil {
			return err
		}
	}
}

// Elements visits those of an array; the visitor reads the value.
func (s *Scanner) Elements(visit func() error) error {
	if err := s.Expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.More(first, ']')
		if err != nil || !more {
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
}

// IsNumber holds a word against JSON's grammar of numbers.
func IsNumber(w []byte) bool {
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

// Clip shortens what is shown in a message.
func Clip(b []byte) string {
	if len(b) > 80 {
		return string(b[:80]) + "..."
	}
	return string(b)
}
