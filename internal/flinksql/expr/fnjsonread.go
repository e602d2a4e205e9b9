package expr

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// jsonReaders take values out of JSON by a path. A path without lax or strict in front is strict: one that leads nowhere
// is an error, which ON ERROR answers.
func jsonReaders() []*Function {
	return []*Function{
		{Name: "JSON_VALUE", Category: JSON, Infer: inferJSONValue, Prepare: jsonValue},
		{Name: "JSON_QUERY", Category: JSON, Infer: inferJSONQuery, Prepare: jsonQuery},
		{Name: "JSON_EXISTS", Category: JSON, Infer: inferJSONExists, Prepare: jsonExists},
	}
}

// jsonRead is the words of a reader's call.
type jsonRead struct {
	returning        rows.Type
	wrapper          string
	onEmpty, onError string // the word in front of ON: NULL, ERROR, DEFAULT, EMPTY ARRAY ...
	emptyAt, errorAt int    // of the arguments that are no words: the defaults
}

func readWords(args []Expr, returning rows.Type) jsonRead {
	r := jsonRead{returning: returning, onEmpty: "NULL", onError: "NULL"}
	place, last := 0, 0
	for _, arg := range args {
		c, _ := arg.(*Const)
		if !isSymbol(arg) {
			last = place
			place++
			continue
		}
		if t, ok := c.Value.(rows.Type); ok {
			r.returning = t
			continue
		}
		word, _ := c.Value.(string)
		switch {
		case word == "ON EMPTY":
			r.onEmpty, r.emptyAt = "DEFAULT", last
		case word == "ON ERROR":
			r.onError, r.errorAt = "DEFAULT", last
		case strings.HasSuffix(word, " ON EMPTY"):
			r.onEmpty = strings.TrimSuffix(word, " ON EMPTY")
		case strings.HasSuffix(word, " ON ERROR"):
			r.onError = strings.TrimSuffix(word, " ON ERROR")
		case strings.HasSuffix(word, " WRAPPER"):
			r.wrapper = word
		}
	}
	return r
}

func exprsOf(args []Arg) []Expr {
	es := make([]Expr, len(args))
	for i, arg := range args {
		es[i] = arg.Expr
	}
	return es
}

// readable checks the JSON text and the path, which is read at once if it is a constant.
func readable(name string, args []Arg) error {
	if len(args) < 2 || !args[0].Type.Kind.IsText() || !args[1].Type.Kind.IsText() {
		return refuse("Write "+name+"(json, '$.field').", "it takes a string of JSON and a path")
	}
	if path, ok := constantArg[string](&Call{Args: exprsOf(args)}, 1); ok {
		if _, err := parseJSONPath(path); err != nil {
			return refuse("Paths are $.a.b, $['a b'], $.list[0], $.list[*].", "%s", err)
		}
	}
	return nil
}

func inferJSONValue(args []Arg) (rows.Type, []rows.Type, error) {
	if err := readable("JSON_VALUE", args); err != nil {
		return rows.Type{}, nil, err
	}
	r := readWords(exprsOf(args), rows.StringType)
	switch r.returning.Kind {
	case rows.Varchar, rows.Char, rows.Int, rows.Boolean, rows.Double:
	default:
		return rows.Type{}, nil, refuse("Write RETURNING STRING and CAST the result.", "JSON_VALUE returns STRING, BOOLEAN, INTEGER or DOUBLE, not %s", r.returning.Nullable(true))
	}
	out := r.returning.Nullable(true)
	coerced := make([]rows.Type, len(args))
	for i, arg := range args {
		if i < 2 || arg.Type.Kind == rows.Symbol {
			continue
		}
		if castable(arg.Type, out) != nil {
			return rows.Type{}, nil, refuse("", "a DEFAULT of %s does not fit the result of %s", arg.Type.Nullable(true), out)
		}
		coerced[i] = out
	}
	return out, coerced, nil
}

// jsonText is JSON as a path is asked of it: why is the error of text that is none.
type jsonDoc struct {
	value any
	why   error
	lax   bool
}

// reading gives a function that reads a text by a path, which is parsed once while it stays the same.
func reading() func(text, path string) (jsonDoc, error) {
	var last string
	var p *jsonPath
	return func(text, path string) (jsonDoc, error) {
		if p == nil || path != last {
			made, err := parseJSONPath(path)
			if err != nil {
				return jsonDoc{}, err
			}
			p, last = made, path
		}
		root, err := parseJSON(text)
		if err != nil {
			if p.lax {
				return jsonDoc{lax: true}, nil
			}
			return jsonDoc{why: err}, nil
		}
		v, found := p.find(root)
		if !found && !p.lax {
			return jsonDoc{why: fmt.Errorf("No results for path: %s", path)}, nil
		}
		return jsonDoc{value: v, lax: p.lax}, nil
	}
}

func jsonValue(_ *Env, of *Call) (Kernel, error) {
	r := readWords(of.Args, of.Of)
	read := reading()
	return boxed(func(_ *Call, args []any) (any, error) {
		text, ok := args[0].(string)
		path, also := args[1].(string)
		if !ok || !also {
			return nil, nil
		}
		doc, err := read(text, path)
		if err != nil {
			return nil, err
		}
		scalar := isScalarJSON(doc.value)
		switch {
		case doc.why == nil && doc.lax && (doc.value == nil || !scalar):
			return r.fallback(r.onEmpty, args, r.emptyAt, fmt.Errorf("Empty result of JSON_VALUE function is not allowed"))
		case doc.why == nil && (doc.value == nil || !scalar):
			doc.why = fmt.Errorf("Strict jsonpath mode requires scalar value, and the actual value is: '%s'", appendJSON(nil, doc.value))
		}
		if doc.why != nil {
			return r.fallback(r.onError, args, r.errorAt, doc.why)
		}
		return scalarOf(doc.value, r.returning)
	}), nil
}

func (r *jsonRead) fallback(word string, args []any, at int, why error) (any, error) {
	switch word {
	case "ERROR":
		return nil, why
	case "DEFAULT":
		return args[at], nil
	case "EMPTY ARRAY":
		return r.emptyQuery("[]"), nil
	case "EMPTY OBJECT":
		return r.emptyQuery("{}"), nil
	}
	return nil, nil
}

func (r *jsonRead) emptyQuery(text string) any {
	if r.returning.Kind == rows.Array {
		return []any{}
	}
	return text
}

// scalarOf gives a scalar of JSON as the type that RETURNING names; another kind of scalar fails, as in Flink.
func scalarOf(v any, to rows.Type) (any, error) {
	switch v := v.(type) {
	case bool:
		if to.Kind == rows.Boolean {
			return v, nil
		}
		if to.Kind.IsText() {
			return strconv.FormatBool(v), nil
		}
	case string:
		if to.Kind.IsText() {
			return v, nil
		}
	case json.Number:
		text := string(v)
		whole := !strings.ContainsAny(text, ".eE")
		switch {
		case to.Kind.IsText():
			return bigDecimalText(text), nil
		case to.Kind == rows.Int && whole:
			if n, err := strconv.ParseInt(text, 10, 32); err == nil {
				return n, nil
			}
		case to.Kind == rows.Double && !whole:
			f, _ := parseFloat(text, 64)
			return f, nil
		}
	}
	return nil, fmt.Errorf("JSON_VALUE found %s, which is no %s as RETURNING says; return STRING and CAST it", appendJSON(nil, v), to.Nullable(true))
}

func inferJSONQuery(args []Arg) (rows.Type, []rows.Type, error) {
	if err := readable("JSON_QUERY", args); err != nil {
		return rows.Type{}, nil, err
	}
	r := readWords(exprsOf(args), rows.StringType)
	texts := r.returning.Kind == rows.Array && r.returning.Elem.Kind.IsText()
	if !r.returning.Kind.IsText() && !texts {
		return rows.Type{}, nil, refuse("Write RETURNING ARRAY<STRING>.", "JSON_QUERY returns STRING or ARRAY<STRING>, not %s", r.returning.Nullable(true))
	}
	return r.returning.Nullable(true), nil, nil
}

func jsonQuery(_ *Env, of *Call) (Kernel, error) {
	r := readWords(of.Args, of.Of)
	read := reading()
	return boxed(func(_ *Call, args []any) (any, error) {
		text, ok := args[0].(string)
		path, also := args[1].(string)
		if !ok || !also {
			return nil, nil
		}
		doc, err := read(text, path)
		if err != nil {
			return nil, err
		}
		if doc.why == nil {
			doc.value = r.wrap(doc.value)
			scalar := isScalarJSON(doc.value)
			switch {
			case doc.lax && (doc.value == nil || scalar):
				return r.fallback(r.onEmpty, args, 0, fmt.Errorf("Empty result of JSON_QUERY function is not allowed"))
			case scalar:
				doc.why = fmt.Errorf("Strict jsonpath mode requires array or object value, and the actual value is: '%s'", appendJSON(nil, doc.value))
			}
		}
		if doc.why != nil {
			return r.fallback(r.onError, args, 0, doc.why)
		}
		return r.queried(doc.value), nil
	}), nil
}

func (r *jsonRead) wrap(v any) any {
	if v == nil {
		return nil
	}
	switch r.wrapper {
	case "WITH UNCONDITIONAL WRAPPER", "WITH WRAPPER":
		return []any{v}
	case "WITH CONDITIONAL WRAPPER":
		if isScalarJSON(v) {
			return []any{v}
		}
	}
	return v
}

func (r *jsonRead) queried(v any) any {
	items, ok := v.([]any)
	if r.returning.Kind != rows.Array {
		return string(appendJSON(nil, v))
	}
	if !ok {
		return nil
	}
	out := make([]any, len(items))
	for i, item := range items {
		if text, isText := item.(string); isText {
			out[i] = text
		} else if item != nil {
			out[i] = string(appendJSON(nil, item))
		}
	}
	return out
}

func inferJSONExists(args []Arg) (rows.Type, []rows.Type, error) {
	if err := readable("JSON_EXISTS", args); err != nil {
		return rows.Type{}, nil, err
	}
	return rows.BooleanType, nil, nil
}

func jsonExists(_ *Env, of *Call) (Kernel, error) {
	r := readWords(of.Args, of.Of)
	read := reading()
	return boxed(func(_ *Call, args []any) (any, error) {
		text, ok := args[0].(string)
		path, also := args[1].(string)
		if !ok || !also {
			return nil, nil
		}
		doc, err := read(text, path)
		if err != nil {
			return nil, err
		}
		if doc.why == nil {
			return doc.value != nil, nil
		}
		switch r.onError {
		case "TRUE":
			return true, nil
		case "UNKNOWN":
			return nil, nil
		case "ERROR":
			return nil, doc.why
		}
		return false, nil
	}), nil
}
