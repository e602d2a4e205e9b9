package expr

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
)

// likeFunctions match text against SQL's patterns: % is any characters, _ is one.
func likeFunctions() []*Function {
	out := always(rows.BooleanType)
	return []*Function{
		{Name: "LIKE", Category: Comparison, Infer: inferLike, Prepare: matching(likeMatcher), Strict: true},
		prepared(Comparison, "SIMILAR TO", takes(aText, aText, aText).orLess(1), out, matching(similarMatcher)),
	}
}

// inferLike refuses a pattern that cannot be read, if it is a constant.
func inferLike(args []Arg) (rows.Type, []rows.Type, error) {
	out, coerced, err := takes(aText, aText, aText).orLess(1).returns(always(rows.BooleanType))(args)
	if err != nil || len(args) < 3 {
		return out, coerced, err
	}
	operands := &Call{Args: []Expr{args[1].Expr, args[2].Expr}}
	pattern, fixed := constantArg[string](operands, 0)
	escape, alsoFixed := constantArg[string](operands, 1)
	if fixed && alsoFixed {
		if _, err := likeMatcher(pattern, escape); err != nil {
			return out, nil, refuse("Write one character after ESCAPE.", "%v", err)
		}
	}
	return out, coerced, nil
}

type matcher func(s string) bool

// matching makes a kernel whose matcher is made once where the pattern is a constant, else whenever it changes.
func matching(compile func(pattern, escape string) (matcher, error)) func(*Env, *Call) (Kernel, error) {
	return func(_ *Env, of *Call) (Kernel, error) {
		pattern, fixed := constantArg[string](of, 1)
		escape, escapeFixed := constantArg[string](of, 2)
		if fixed && (escapeFixed || len(of.Args) == 2) {
			match, err := compile(pattern, escape)
			if err != nil {
				return nil, err
			}
			return map1(match), nil
		}
		var lastPattern, lastEscape string
		var match matcher
		find := func(s, pattern, escape string) (bool, bool, error) {
			if match == nil || pattern != lastPattern || escape != lastEscape {
				made, err := compile(pattern, escape)
				if err != nil {
					return false, false, err
				}
				match, lastPattern, lastEscape = made, pattern, escape
			}
			return match(s), true, nil
		}
		if len(of.Args) == 2 {
			return try2(func(s, pattern string) (bool, bool, error) { return find(s, pattern, "") }), nil
		}
		return try3(find), nil
	}
}

// likeMatcher takes the usual forms to what strings can do: 'a', 'a%', '%a', '%a%'.
func likeMatcher(pattern, escape string) (matcher, error) {
	parts, err := likeParts(pattern, escape)
	if err != nil {
		return nil, err
	}
	shape := ""
	text := ""
	for _, p := range parts {
		shape += string(p.kind)
		text += p.text
	}
	switch shape {
	case "", "t":
		return func(s string) bool { return s == text }, nil
	case "t%":
		return func(s string) bool { return strings.HasPrefix(s, text) }, nil
	case "%t":
		return func(s string) bool { return strings.HasSuffix(s, text) }, nil
	case "%t%":
		return func(s string) bool { return strings.Contains(s, text) }, nil
	case "%":
		return func(string) bool { return true }, nil
	}
	return func(s string) bool { return likeFrom(parts, s) }, nil
}

// likePart is a text (t), one character (_) or any characters (%).
type likePart struct {
	kind byte
	text string
}

func likeParts(pattern, escape string) ([]likePart, error) {
	esc, _ := utf8.DecodeRuneInString(escape)
	if utf8.RuneCountInString(escape) > 1 {
		return nil, fmt.Errorf("Invalid escape character '%s'", escape)
	}
	var parts []likePart
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case escape != "" && r == esc:
			if i++; i == len(runes) || runes[i] != '%' && runes[i] != '_' && runes[i] != esc {
				return nil, fmt.Errorf("Invalid escape sequence '%s', %d", pattern, i-1)
			}
			parts = addPart(parts, 't', runes[i])
		case r == '%', r == '_':
			parts = addPart(parts, byte(r), r)
		default:
			parts = addPart(parts, 't', r)
		}
	}
	return parts, nil
}

// addPart puts a character or a sign to the parts; texts grow, and several % are one.
func addPart(parts []likePart, kind byte, r rune) []likePart {
	last := len(parts) - 1
	switch {
	case kind == 't' && last >= 0 && parts[last].kind == 't':
		parts[last].text += string(r)
		return parts
	case kind == 't':
		return append(parts, likePart{'t', string(r)})
	case kind == '%' && last >= 0 && parts[last].kind == '%':
		return parts
	}
	return append(parts, likePart{kind: kind})
}

// likeFrom matches with one place to go back to, the last %: time is at most the product of both lengths.
func likeFrom(parts []likePart, s string) bool {
	at, part := 0, 0
	backAt, backPart := -1, 0
	for at < len(s) || part < len(parts) {
		if part < len(parts) {
			switch p := parts[part]; {
			case p.kind == '%':
				backAt, backPart = at, part
				part++
				continue
			case p.kind == '_' && at < len(s):
				_, size := utf8.DecodeRuneInString(s[at:])
				at += size
				part++
				continue
			case p.kind == 't' && strings.HasPrefix(s[at:], p.text):
				at += len(p.text)
				part++
				continue
			}
		}
		if backAt < 0 || backAt >= len(s) {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[backAt:])
		backAt += size
		at, part = backAt, backPart+1
	}
	return true
}

// similarMatcher takes the pattern to a regular expression: % is .*, _ is a dot, the rest is as there.
func similarMatcher(pattern, escape string) (matcher, error) {
	esc, _ := utf8.DecodeRuneInString(escape)
	var b strings.Builder
	runes := []rune(pattern)
	inClass := false
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case escape != "" && r == esc:
			if i++; i == len(runes) {
				return nil, fmt.Errorf("Invalid escape sequence '%s', %d", pattern, i-1)
			}
			b.WriteString(regexp.QuoteMeta(string(runes[i])))
		case inClass:
			inClass = r != ']'
			b.WriteRune(r)
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		default:
			inClass = r == '['
			b.WriteRune(r)
		}
	}
	re, err := regexp.Compile(`(?s)\A(?:` + b.String() + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("the pattern '%s' of SIMILAR TO cannot be read: %w", pattern, err)
	}
	return re.MatchString, nil
}
