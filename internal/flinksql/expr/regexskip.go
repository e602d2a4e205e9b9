package expr

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// skipping finds an expression's first match sooner where every match has a fixed text in it, behind something short:
// it looks for the text first, and tries the expression only from shortly before it.
type skipping struct {
	re     *regexp.Regexp
	direct *direct // nil: it takes an engine
	text   string  // "": there is no such text
	reach  int     // how many bytes of a match may lie before the text
}

func newSkipping(re *regexp.Regexp) *skipping {
	s := &skipping{re: re}
	if re == nil {
		return s
	}
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return s
	}
	if s.direct = newDirect(parsed, re.NumSubexp()); s.direct != nil || parsed.Op != syntax.OpConcat {
		return s
	}
	for _, part := range parsed.Sub {
		if part.Op == syntax.OpLiteral && part.Flags&syntax.FoldCase == 0 {
			s.text = string(part.Rune)
			return s
		}
		longest, bounded := longestMatch(part)
		if !bounded {
			return s
		}
		s.reach += longest
	}
	return s
}

// find gives the places of the first match and its groups, as FindStringSubmatchIndex does; they are good until the next
// call.
func (s *skipping) find(in string) []int {
	if s.direct != nil {
		return s.direct.find(in)
	}
	if s.text == "" {
		return s.re.FindStringSubmatchIndex(in)
	}
	at := strings.Index(in, s.text)
	if at < 0 {
		return nil
	}
	// One more byte, so that no match can begin where the rest does: there ^ and \b would see a beginning that is none.
	from := max(0, at-s.reach-1)
	for from > 0 && !utf8.RuneStart(in[from]) {
		from--
	}
	found := s.re.FindStringSubmatchIndex(in[from:])
	for i := range found {
		if found[i] >= 0 {
			found[i] += from
		}
	}
	return found
}

// longestMatch is how many bytes an expression matches at most; false if there is no bound.
func longestMatch(re *syntax.Regexp) (bytes int, bounded bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return 0, true
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return utf8.UTFMax, true
	case syntax.OpLiteral:
		return utf8.UTFMax * len(re.Rune), true
	case syntax.OpCapture, syntax.OpQuest:
		return longestMatch(re.Sub[0])
	case syntax.OpConcat, syntax.OpAlternate:
		for _, part := range re.Sub {
			n, ok := longestMatch(part)
			if !ok {
				return 0, false
			}
			if re.Op == syntax.OpConcat {
				bytes += n
			} else {
				bytes = max(bytes, n)
			}
		}
		return bytes, true
	}
	return 0, false
}
