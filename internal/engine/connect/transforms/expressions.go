package transforms

import (
	"regexp"
	"strings"
)

// expression is a regular expression as Java's Matcher takes it for routing: matches, then replaceFirst.
type expression struct{ whole, first *regexp.Regexp }

func (e expression) set() bool { return e.whole != nil }

// replaced gives a text with its first match replaced; false if the expression does not match the whole text.
func (e expression) replaced(text, replacement string) (string, bool) {
	if !e.whole.MatchString(text) {
		return text, false
	}
	at := e.first.FindStringSubmatchIndex(text)
	if at == nil {
		return text, true
	}
	return text[:at[0]] + e.expand(replacement, text, at) + text[at[1]:], true
}

// expand writes a replacement as java.util.regex.Matcher does: $1 and ${name} are groups, a backslash takes the next
// character as it is. Of several digits as many belong to the number as name a group.
func (e expression) expand(replacement, text string, at []int) string {
	var out strings.Builder
	group := func(n int) {
		if at[2*n] >= 0 {
			out.WriteString(text[at[2*n]:at[2*n+1]])
		}
	}
	for i := 0; i < len(replacement); i++ {
		switch c := replacement[i]; {
		case c == '\\' && i+1 < len(replacement):
			i++
			out.WriteByte(replacement[i])
		case c == '$' && i+1 < len(replacement) && digit(replacement[i+1]):
			n, width := e.number(replacement[i+1:])
			group(n)
			i += width
		case c == '$' && strings.HasPrefix(replacement[i+1:], "{") && strings.Contains(replacement[i:], "}"):
			end := i + strings.IndexByte(replacement[i:], '}')
			if n := e.first.SubexpIndex(replacement[i+2 : end]); n >= 0 {
				group(n)
			}
			i = end
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (e expression) number(text string) (n, width int) {
	n, width = int(text[0]-'0'), 1
	for width < len(text) && digit(text[width]) {
		longer := n*10 + int(text[width]-'0')
		if longer > e.first.NumSubexp() {
			break
		}
		n, width = longer, width+1
	}
	return min(n, e.first.NumSubexp()), width
}

// judge finds groups in a replacement that the expression has not.
func (e expression) judge(replacement string) string {
	for i := 0; e.set() && i+1 < len(replacement); i++ {
		if replacement[i] == '\\' {
			i++
			continue
		}
		if replacement[i] != '$' {
			continue
		}
		next := replacement[i+1]
		if digit(next) && int(next-'0') > e.first.NumSubexp() {
			return "refers to group $" + string(next) + ", which the expression does not have"
		}
		if end := strings.IndexByte(replacement[i:], '}'); next == '{' && end > 0 && e.first.SubexpIndex(replacement[i+2:i+end]) < 0 {
			return "refers to group " + replacement[i:i+end+1] + ", which the expression does not have"
		}
	}
	return ""
}
