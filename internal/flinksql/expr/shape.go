package expr

import (
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// param is what a function takes at one place.
type param struct {
	accepts func(rows.Type) bool
	want    string    // for people: a string
	as      rows.Type // what arguments are cast to; its zero leaves them as they are
}

var (
	aText    = param{accepts: func(t rows.Type) bool { return t.Kind.IsText() }, want: "a string"}
	aBytes   = param{accepts: func(t rows.Type) bool { return t.Kind.IsBytes() }, want: "bytes"}
	aRaw     = param{accepts: func(t rows.Type) bool { return t.Kind.IsText() || t.Kind.IsBytes() }, want: "a string or bytes"}
	aNumber  = param{accepts: func(t rows.Type) bool { return t.Kind.IsNumeric() }, want: "a number"}
	aDouble  = param{accepts: aNumber.accepts, want: "a number", as: rows.DoubleType}
	anInt    = param{accepts: func(t rows.Type) bool { return t.Kind.IsInteger() }, want: "a whole number", as: rows.IntType}
	aLong    = param{accepts: anInt.accepts, want: "a whole number", as: rows.BigIntType}
	aBool    = param{accepts: func(t rows.Type) bool { return t.Kind == rows.Boolean }, want: "a BOOLEAN"}
	anArray  = param{accepts: func(t rows.Type) bool { return t.Kind == rows.Array }, want: "an ARRAY"}
	aMap     = param{accepts: func(t rows.Type) bool { return t.Kind == rows.Map }, want: "a MAP"}
	aPoint   = param{accepts: isTemporal, want: "a DATE, TIME or TIMESTAMP"}
	anything = param{accepts: func(rows.Type) bool { return true }, want: "a value"}
)

// shape is the arguments of a function.
type shape struct {
	params   []param
	optional int  // how many of the last may be left out
	repeated bool // the last may come more than once
}

func takes(params ...param) shape { return shape{params: params} }

// orLess lets the last n arguments be left out.
func (s shape) orLess(n int) shape { s.optional = n; return s }

// orMore lets the last argument come again and again.
func (s shape) orMore() shape { s.repeated = true; return s }

// returns gives a function's inference: arguments as the shape says, the result from them.
func (s shape) returns(result func(args []Arg) rows.Type) func([]Arg) (rows.Type, []rows.Type, error) {
	return func(args []Arg) (rows.Type, []rows.Type, error) {
		if err := s.count(len(args)); err != nil {
			return rows.Type{}, nil, err
		}
		if err := noBareNull(args); err != nil {
			return rows.Type{}, nil, err
		}
		coerced := make([]rows.Type, len(args))
		for i, arg := range args {
			p := s.params[min(i, len(s.params)-1)]
			if !p.accepts(arg.Type) {
				return rows.Type{}, nil, refuse(castHint(arg.Type, p), "argument %d is %s, not %s", i+1, p.want, arg.Type.Nullable(true))
			}
			if p.as.Kind != rows.Null {
				coerced[i] = p.as.Nullable(!arg.Type.NotNull)
			}
		}
		return result(args), coerced, nil
	}
}

func castHint(from rows.Type, p param) string {
	switch {
	case p.want == aText.want && castable(from, rows.StringType) == nil:
		return "Write CAST(... AS STRING)."
	case p.accepts(rows.IntType) && from.Kind.IsText():
		return "Write CAST(... AS INT)."
	}
	return ""
}

func (s shape) count(n int) error {
	least := len(s.params) - s.optional
	switch {
	case n < least:
		return refuse("", "it takes at least %s, not %d: %s", counted(least), n, s.wants())
	case n > len(s.params) && !s.repeated:
		return refuse("", "it takes at most %s, not %d: %s", counted(len(s.params)), n, s.wants())
	}
	return nil
}

func (s shape) wants() string {
	words := make([]string, len(s.params))
	for i, p := range s.params {
		words[i] = p.want
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// always gives one type, which is NULL only if an argument is.
func always(t rows.Type) func([]Arg) rows.Type {
	return func(args []Arg) rows.Type { return t.Nullable(!allNotNull(args)) }
}

// maybe gives one type that may be NULL whatever the arguments are.
func maybe(t rows.Type) func([]Arg) rows.Type {
	return func([]Arg) rows.Type { return t.Nullable(true) }
}

// never gives one type that is NULL never.
func never(t rows.Type) func([]Arg) rows.Type {
	return func([]Arg) rows.Type { return t.Nullable(false) }
}

// asFirst gives the type of the first argument.
func asFirst(args []Arg) rows.Type { return args[0].Type.Nullable(!allNotNull(args)) }

// varcharOf gives VARCHAR of the length of an argument.
func varcharOf(i int) func([]Arg) rows.Type {
	return func(args []Arg) rows.Type {
		return rows.Type{Kind: rows.Varchar, Length: args[i].Type.Length, NotNull: allNotNull(args)}
	}
}

// maybeVarcharOf is varcharOf that may be NULL whatever the arguments are.
func maybeVarcharOf(i int) func([]Arg) rows.Type {
	return func(args []Arg) rows.Type { return varcharOf(i)(args).Nullable(true) }
}

func allNotNull(args []Arg) bool {
	for _, arg := range args {
		if !arg.Type.NotNull {
			return false
		}
	}
	return true
}

// fn makes a strict function with one kernel.
func fn(category Category, name string, in shape, out func([]Arg) rows.Type, eval Kernel) *Function {
	return &Function{Name: name, Category: category, Infer: in.returns(out), Eval: eval, Strict: true}
}

// prepared makes a strict function whose kernel depends on the call.
func prepared(category Category, name string, in shape, out func([]Arg) rows.Type, prepare func(env *Env, of *Call) (Kernel, error)) *Function {
	return &Function{Name: name, Category: category, Infer: in.returns(out), Prepare: prepare, Strict: true}
}

// byCount picks the kernel by the number of arguments, the first being for the least.
func byCount(least int, kernels ...Kernel) func(*Env, *Call) (Kernel, error) {
	return func(_ *Env, of *Call) (Kernel, error) {
		return kernels[min(max(len(of.Args)-least, 0), len(kernels)-1)], nil
	}
}
