package expr

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/weftmesh/weft/internal/rows"
)

// regexFunctions search text by regular expressions. They are Go's (RE2): what Java's have beyond, such as looking around
// and going back to a group, fails with its name. A text that is no expression gives NULL, as in Flink.
func regexFunctions() []*Function {
	t, texts := rows.StringType, rows.Type{Kind: rows.Array, Elem: &rows.StringType}
	return []*Function{
		prepared(String, "REGEXP", takes(aText, aText), always(rows.BooleanType), searching(func(re *regexp.Regexp, s string) (bool, bool) {
			return re != nil && re.String() != "" && re.MatchString(s), true
		})),
		prepared(String, "REGEXP_COUNT", takes(aText, aText), maybe(rows.IntType), searching(func(re *regexp.Regexp, s string) (int64, bool) {
			if re == nil {
				return 0, false
			}
			return int64(len(re.FindAllStringIndex(s, -1))), true
		})),
		prepared(String, "REGEXP_INSTR", takes(aText, aText), maybe(rows.IntType), searching(func(re *regexp.Regexp, s string) (int64, bool) {
			if re == nil {
				return 0, false
			}
			at := re.FindStringIndex(s)
			if at == nil {
				return 0, true
			}
			return int64(utf8.RuneCountInString(s[:at[0]])) + 1, true
		})),
		prepared(String, "REGEXP_SUBSTR", takes(aText, aText), maybe(t), searching(func(re *regexp.Regexp, s string) (string, bool) {
			if re == nil {
				return "", false
			}
			at := re.FindStringIndex(s)
			if at == nil {
				return "", false
			}
			return s[at[0]:at[1]], true
		})),
		prepared(String, "REGEXP_REPLACE", takes(aText, aText, aText), always(t), replacing),
		prepared(String, "REGEXP_EXTRACT", takes(aText, aText, anInt).orLess(1), maybe(t), extractingGroup),
		prepared(String, "REGEXP_EXTRACT_ALL", takes(aText, aText, anInt).orLess(1), maybe(texts), extractingAll),
	}
}

// expressionOf gives the expression that an argument holds: made once where it is a constant, else when it changes. Nil
// is a text that is none.
func expressionOf(of *Call, i int) func(pattern string) (*regexp.Regexp, error) {
	if pattern, ok := constantArg[string](of, i); ok {
		re, err := javaRegexp(pattern)
		return func(string) (*regexp.Regexp, error) { return re, err }
	}
	var last string
	var re *regexp.Regexp
	var err error
	known := false
	return func(pattern string) (*regexp.Regexp, error) {
		if !known || pattern != last {
			known, last = true, pattern
			re, err = javaRegexp(pattern)
		}
		return re, err
	}
}

// beyondRE2 is what Java's regular expressions have and Go's have not.
var beyondRE2 = []struct{ sign, name string }{
	{"(?=", "looking ahead (?=...)"},
	{"(?!", "looking ahead (?!...)"},
	{"(?<=", "looking behind (?<=...)"},
	{"(?<!", "looking behind (?<!...)"},
	{"(?>", "an atomic group (?>...)"},
	{"*+", "a possessive quantifier *+"},
	{"++", "a possessive quantifier ++"},
	{"?+", "a possessive quantifier ?+"},
	{"&&", "an intersection of classes &&"},
	{`\1`, `going back to a group \1`},
	{`\2`, `going back to a group \2`},
	{`\k<`, `going back to a group \k<...>`},
}

func javaRegexp(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err == nil {
		return re, nil
	}
	for _, beyond := range beyondRE2 {
		if strings.Contains(pattern, beyond.sign) {
			return nil, fmt.Errorf("the regular expression '%s' uses %s, which is missing here", pattern, beyond.name)
		}
	}
	return nil, nil //nolint:nilnil // no expression: NULL
}

func searching[R native](f func(re *regexp.Regexp, s string) (R, bool)) func(*Env, *Call) (Kernel, error) {
	return func(_ *Env, of *Call) (Kernel, error) {
		expression := expressionOf(of, 1)
		return try2(func(s, pattern string) (R, bool, error) {
			re, err := expression(pattern)
			if err != nil {
				var none R
				return none, false, err
			}
			found, ok := f(re, s)
			return found, ok, nil
		}), nil
	}
}

func replacing(_ *Env, of *Call) (Kernel, error) {
	expression := expressionOf(of, 1)
	return try3(func(s, pattern, by string) (string, bool, error) {
		re, err := expression(pattern)
		if err != nil || re == nil {
			return "", false, err
		}
		return re.ReplaceAllLiteralString(s, by), true, nil
	}), nil
}

func extractingGroup(_ *Env, of *Call) (Kernel, error) {
	expression := expressionOf(of, 1)
	skip := &skipping{}
	find := func(s, pattern string, group int64) (string, bool, error) {
		re, err := expression(pattern)
		if err != nil || re == nil || group < 0 || group > int64(re.NumSubexp()) {
			return "", false, err
		}
		if skip.re != re {
			skip = newSkipping(re)
		}
		at := skip.find(s)
		if at == nil || at[2*group] < 0 {
			return "", false, nil
		}
		return s[at[2*group]:at[2*group+1]], true, nil
	}
	return byCount(2, try2(func(s, pattern string) (string, bool, error) { return find(s, pattern, 0) }), try3(find))(nil, of)
}

func extractingAll(_ *Env, of *Call) (Kernel, error) {
	expression := expressionOf(of, 1)
	find := func(s, pattern string, group int64) (any, bool, error) {
		re, err := expression(pattern)
		if err != nil || re == nil || group < 0 || group > int64(re.NumSubexp()) {
			return nil, false, err
		}
		all := []any{}
		for _, at := range re.FindAllStringSubmatchIndex(s, -1) {
			if at[2*group] < 0 {
				all = append(all, nil)
				continue
			}
			all = append(all, s[at[2*group]:at[2*group+1]])
		}
		return all, true, nil
	}
	return byCount(2, try2(func(s, pattern string) (any, bool, error) { return find(s, pattern, 1) }), try3(find))(nil, of)
}
