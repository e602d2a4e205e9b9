package expr

import (
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// trimFunctions are TRIM and its relations. The characters to cut off are a set; without one it is the blank.
func trimFunctions() []*Function {
	trim := func(name string, out func([]Arg) rows.Type, cut func(s, set string) string) *Function {
		return prepared(String, name, takes(aText, aText).orLess(1), out, byCount(1, map1(func(s string) string { return cut(s, " ") }), map2(cut)))
	}
	return []*Function{
		trim("LTRIM", varcharOf(0), strings.TrimLeft),
		trim("RTRIM", varcharOf(0), strings.TrimRight),
		trim("BTRIM", always(rows.StringType), strings.Trim),
		{Name: "TRIM", Category: String, Infer: inferTrim, Prepare: trimKernel, Strict: true},
	}
}

// inferTrim takes TRIM(s), or the words of TRIM([BOTH|LEADING|TRAILING] [set] FROM s) in front.
func inferTrim(args []Arg) (rows.Type, []rows.Type, error) {
	texts := args
	if len(args) > 0 && args[0].Type.Kind == rows.Symbol {
		texts = args[1:]
	}
	s := takes(aText, aText).orLess(1)
	if _, _, err := s.returns(always(rows.StringType))(texts); err != nil {
		return rows.Type{}, nil, err
	}
	return varcharOf(len(texts) - 1)(texts), nil, nil
}

func trimKernel(_ *Env, of *Call) (Kernel, error) {
	cut := strings.Trim
	texts := len(of.Args)
	if c, ok := of.Args[0].(*Const); ok && c.Of.Kind == rows.Symbol {
		texts--
		switch c.Value {
		case "LEADING":
			cut = strings.TrimLeft
		case "TRAILING":
			cut = strings.TrimRight
		}
	}
	if texts == 1 {
		return map1(func(s string) string { return cut(s, " ") }), nil
	}
	return map2(func(set, s string) string { return cut(s, set) }), nil
}
