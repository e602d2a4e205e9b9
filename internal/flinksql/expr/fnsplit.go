package expr

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// splitFunctions take text apart at separators, and print values into text.
func splitFunctions() []*Function {
	t := rows.StringType
	texts, pairs := rows.Type{Kind: rows.Array, Elem: &t}, rows.Type{Kind: rows.Map, Key: &t, Elem: &t}
	return []*Function{
		fn(Collection, "SPLIT", takes(aText, aText), always(texts), map2(splitAt)),
		prepared(String, "SPLIT_INDEX", takes(aText, param{accepts: func(t rows.Type) bool { return t.Kind.IsText() || t.Kind.IsInteger() }, want: "a separator"}, anInt), maybe(t), splitIndex),
		{Name: "STR_TO_MAP", Category: String, Infer: takes(aText, aText, aText).orLess(2).returns(maybe(pairs)), Strict: true, Prepare: strToMap},
		{Name: "PRINTF", Category: String, Infer: takes(aText, anything).orLess(1).orMore().returns(maybe(t)), Prepare: printing},
		{Name: "ELT", Category: String, Infer: inferElt, Eval: boxed(func(_ *Call, args []any) (any, error) {
			at, ok := args[0].(int64)
			if !ok || at < 1 || at >= int64(len(args)) {
				return nil, nil
			}
			return args[at], nil
		})},
	}
}

// splitAt gives the parts between separators; an empty separator parts all characters.
func splitAt(s, separator string) any {
	if s == "" {
		return []any{}
	}
	parts := strings.Split(s, separator)
	out := make([]any, len(parts))
	for i, part := range parts {
		out[i] = part
	}
	return out
}

func splitIndex(_ *Env, of *Call) (Kernel, error) {
	if of.Args[1].Type().Kind.IsInteger() {
		return try3(func(s string, code, at int64) (string, bool, error) {
			if code < 0 || code > 255 {
				return "", false, nil
			}
			return partAt(s, string(rune(code)), at)
		}), nil
	}
	return try3(partAt), nil
}

// partAt gives the part at a place that counts from 0.
func partAt(s, separator string, at int64) (string, bool, error) {
	if at < 0 || s == "" {
		return "", false, nil
	}
	if separator == "" {
		separator = " "
	}
	for ; at > 0; at-- {
		_, rest, found := strings.Cut(s, separator)
		if !found {
			return "", false, nil
		}
		s = rest
	}
	part, _, _ := strings.Cut(s, separator)
	return part, true, nil
}

// strToMap reads k1=v1,k2=v2; both separators are regular expressions.
func strToMap(_ *Env, of *Call) (Kernel, error) {
	between, equals := expressionOf(of, 1), expressionOf(of, 2)
	return boxed(func(_ *Call, args []any) (any, error) {
		separators := [2]string{",", "="}
		for i, arg := range args[1:] {
			separators[i], _ = arg.(string)
		}
		text, _ := args[0].(string)
		entries := rows.Entries{}
		if text == "" {
			return entries, nil
		}
		pairs, err := splitBy(between, text, separators[0], -1, len(args) > 1)
		if err != nil {
			return nil, err
		}
		for _, pair := range pairs {
			sides, err := splitBy(equals, pair, separators[1], 2, len(args) > 2)
			if err != nil {
				return nil, err
			}
			if len(sides) == 1 {
				entries = put(entries, sides[0], nil)
			} else {
				entries = put(entries, sides[0], sides[1])
			}
		}
		return entries, nil
	}), nil
}

func splitBy(expression func(string) (*regexp.Regexp, error), s, separator string, n int, given bool) ([]string, error) {
	if !given {
		return strings.SplitN(s, separator, n), nil
	}
	re, err := expression(separator)
	if err != nil {
		return nil, err
	}
	if re == nil {
		return nil, fmt.Errorf("the separator '%s' is no regular expression", separator)
	}
	return re.Split(s, n), nil
}

func inferElt(args []Arg) (rows.Type, []rows.Type, error) {
	if _, _, err := takes(anInt, aRaw).orMore().returns(maybe(rows.StringType))(args); err != nil {
		return rows.Type{}, nil, err
	}
	common, ok := CommonType(types(args)[1:]...)
	if !ok {
		return rows.Type{}, nil, refuse("CAST them to one type.", "the values of ELT have no type in common: %s", list(types(args)[1:]))
	}
	return common.Nullable(true), nil, nil
}

// printing is PRINTF with the conversions of Java's Formatter that Go's share: what does not fit gives NULL.
func printing(_ *Env, of *Call) (Kernel, error) {
	kinds := make([]rows.Type, len(of.Args))
	for i, arg := range of.Args {
		kinds[i] = arg.Type()
	}
	return boxed(func(_ *Call, args []any) (any, error) {
		format, ok := args[0].(string)
		if !ok {
			return nil, nil
		}
		format = conversions.ReplaceAllStringFunc(format, goConversion)
		values := make([]any, len(args)-1)
		for i, v := range args[1:] {
			values[i] = printable(v, kinds[i+1])
		}
		text := fmt.Sprintf(format, values...)
		if strings.Contains(text, "%!") {
			return nil, nil
		}
		return text, nil
	}), nil
}

// conversions are those of Java's Formatter that Go's writes by another letter.
var conversions = regexp.MustCompile(`%[-#+ 0]*[0-9]*(?:\.[0-9]+)?[sSbBn%]`)

func goConversion(java string) string {
	head, letter := java[:len(java)-1], java[len(java)-1]
	switch letter {
	case 's', 'S':
		return head + "v"
	case 'b', 'B':
		return head + "t"
	case 'n':
		return "\n"
	}
	return java
}

func printable(v any, of rows.Type) any {
	switch of.Kind.Layout() {
	case rows.DecimalLayout:
		if n, ok := v.(rows.Num); ok {
			return n.Float(of.Scale)
		}
	case rows.BoolLayout:
		return v == true
	case rows.BoxedLayout:
		return TextOf(v, of, nil)
	}
	if v == nil {
		return "null"
	}
	return v
}
