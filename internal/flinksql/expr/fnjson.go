package expr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// jsonFunctions make JSON of values, and tell what is JSON.
func jsonFunctions() []*Function {
	t := rows.StringType
	all := []*Function{
		{Name: "JSON_STRING", Category: JSON, Infer: inferJSONString, Strict: true, Prepare: jsonString},
		{Name: "JSON_OBJECT", Category: JSON, Infer: inferJSONObject, Prepare: jsonObject},
		{Name: "JSON_ARRAY", Category: JSON, Infer: inferJSONArray, Prepare: jsonArray},
		fn(JSON, "JSON_QUOTE", takes(aText), always(t), map1(quoted16)),
		fn(JSON, "JSON_UNQUOTE", takes(aText), always(t), map1(unquoted)),
		fn(JSON, "JSON", takes(aText), always(t), try1(compactJSON)),
	}
	for what, test := range map[string]func(any) bool{
		"JSON": func(any) bool { return true }, "JSON VALUE": func(any) bool { return true },
		"JSON OBJECT": func(v any) bool { _, ok := v.(map[string]any); return ok },
		"JSON ARRAY":  func(v any) bool { _, ok := v.([]any); return ok },
		"JSON SCALAR": isScalarJSON,
	} {
		all = append(all, isJSON("IS "+what, true, test), isJSON("IS NOT "+what, false, test))
	}
	return all
}

// compactJSON writes JSON without blanks, its members in the order in which they stand.
func compactJSON(s string) (string, bool, error) {
	v, err := parseJSON(s)
	if err != nil {
		return "", false, fmt.Errorf("JSON('%s'): %w", s, err)
	}
	return string(appendJSON(nil, v)), true, nil
}

func isScalarJSON(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// isJSON is IS [NOT] JSON: of NULL it is FALSE, or TRUE with NOT.
func isJSON(name string, want bool, test func(any) bool) *Function {
	return &Function{
		Name: name, Category: JSON, Infer: takes(aText).returns(never(rows.BooleanType)),
		Eval: func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
			for i := range n {
				holds := false
				if !args[0].Null(i) {
					v, err := parseJSON(args[0].Strings[i])
					holds = err == nil && test(v)
				}
				out.Bools[i] = holds == want
			}
			return nil
		},
	}
}

func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var plain string
	if err := json.Unmarshal([]byte(s), &plain); err != nil {
		return s
	}
	return plain
}

// writableJSON reports whether Flink writes JSON of a type.
func writableJSON(t rows.Type) error {
	switch t.Kind {
	case rows.Date, rows.Time, rows.IntervalMonths, rows.IntervalMillis:
		return refuse("Write CAST(... AS STRING).", "%s cannot be written as JSON", t.Nullable(true))
	case rows.Array, rows.Multiset:
		return writableJSON(*t.Elem)
	case rows.Map:
		if !t.Key.Kind.IsText() {
			return refuse("CAST the keys to STRING.", "a MAP with keys of %s cannot be written as JSON", t.Key.Nullable(true))
		}
		return writableJSON(*t.Elem)
	case rows.Row:
		for _, f := range t.Fields {
			if err := writableJSON(f.Type); err != nil {
				return err
			}
		}
	}
	return nil
}

func inferJSONString(args []Arg) (rows.Type, []rows.Type, error) {
	out, _, err := takes(anything).returns(always(rows.StringType))(args)
	if err == nil {
		err = writableJSON(args[0].Type)
	}
	return out, nil, err
}

func jsonString(env *Env, of *Call) (Kernel, error) {
	from, zone := of.Args[0].Type(), env.zone()
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		return each(n, out, func(i int) (bool, error) {
			out.Strings[i] = string(appendJSON(nil, jsonOf(args[0].Value(i), from, zone)))
			return true, nil
		})
	}, nil
}

// nullWord splits the closing NULL ON NULL or ABSENT ON NULL off the arguments.
func nullWord(args []Expr, otherwise bool) (values []Expr, absent bool) {
	if n := len(args); n > 0 && isSymbol(args[n-1]) {
		c, _ := args[n-1].(*Const)
		return args[:n-1], c.Value == "ABSENT ON NULL"
	}
	return args, otherwise
}

func plainArgs(args []Arg) []Arg {
	if n := len(args); n > 0 && args[n-1].Type.Kind == rows.Symbol {
		return args[:n-1]
	}
	return args
}

func inferJSONObject(args []Arg) (rows.Type, []rows.Type, error) {
	for i, arg := range plainArgs(args) {
		if i%2 == 0 && !arg.Type.Kind.IsText() {
			return rows.Type{}, nil, refuse("CAST it to STRING.", "a key of JSON_OBJECT is a string, not %s", arg.Type.Nullable(true))
		}
		if err := writableJSON(arg.Type); err != nil {
			return rows.Type{}, nil, err
		}
	}
	return rows.StringType.Nullable(false), nil, nil
}

func inferJSONArray(args []Arg) (rows.Type, []rows.Type, error) {
	for _, arg := range plainArgs(args) {
		if err := writableJSON(arg.Type); err != nil {
			return rows.Type{}, nil, err
		}
	}
	return rows.StringType.Nullable(false), nil, nil
}

// jsonMember gives how one argument is written: what is JSON already, by JSON_OBJECT and its like, as it is.
func jsonMember(env *Env, e Expr) func(v any) any {
	if of, ok := e.(*Call); ok {
		switch of.Func.Name {
		case "JSON_OBJECT", "JSON_ARRAY", "JSON":
			return func(v any) any {
				text, ok := v.(string)
				if !ok {
					return nil
				}
				return rawJSON(text)
			}
		}
	}
	zone, from := env.zone(), e.Type()
	return func(v any) any { return jsonOf(v, from, zone) }
}

// rawJSON is text that is JSON.
type rawJSON string

func appendMember(to []byte, v any) []byte {
	if raw, ok := v.(rawJSON); ok {
		return append(to, raw...)
	}
	return appendJSON(to, v)
}

func jsonArray(env *Env, of *Call) (Kernel, error) {
	values, absent := nullWord(of.Args, true)
	members := membersOf(env, values)
	return boxed(func(_ *Call, args []any) (any, error) {
		to := []byte{'['}
		for i, v := range args {
			if v == nil && absent {
				continue
			}
			if len(to) > 1 {
				to = append(to, ',')
			}
			to = appendMember(to, members[i](v))
		}
		return string(append(to, ']')), nil
	}), nil
}

func membersOf(env *Env, es []Expr) []func(any) any {
	members := make([]func(any) any, len(es))
	for i, e := range es {
		members[i] = jsonMember(env, e)
	}
	return members
}

// jsonObject writes its members in the order of their keys; of a key that comes twice the last value stays.
func jsonObject(env *Env, of *Call) (Kernel, error) {
	values, absent := nullWord(of.Args, false)
	members := membersOf(env, values)
	return boxed(func(_ *Call, args []any) (any, error) {
		var entries rows.Entries
		for i := 0; i+1 < len(args); i += 2 {
			if args[i+1] != nil || !absent {
				entries = put(entries, args[i], members[i+1](args[i+1]))
			}
		}
		slices.SortStableFunc(entries, func(a, b rows.Pair) int { return Compare(a.Key, b.Key) })
		parts := make([]string, len(entries))
		for i, e := range entries {
			key, _ := e.Key.(string)
			parts[i] = string(appendMember(append(appendJSONString(nil, key), ':'), e.Value))
		}
		return "{" + strings.Join(parts, ",") + "}", nil
	}), nil
}
