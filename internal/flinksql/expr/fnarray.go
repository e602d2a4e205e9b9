package expr

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// arrayFunctions work on ARRAYs. Elements are compared as values, NULL being equal to NULL.
func arrayFunctions() []*Function {
	one := func(name string, out func([]Arg) rows.Type, f func(a []any) any) *Function {
		return fn(Collection, name, takes(anArray), out, boxed(func(_ *Call, args []any) (any, error) { return f(itemsOf(args[0])), nil }))
	}
	return []*Function{
		{Name: "CARDINALITY", Category: Collection, Infer: takes(param{accepts: isCollection, want: "an ARRAY, a MAP or a MULTISET"}).returns(always(rows.IntType)), Strict: true, Eval: map1(sizeOf)},
		{Name: "ELEMENT", Category: Collection, Infer: takes(anArray).returns(elementType), Strict: true, Eval: boxed(theOnly)},
		withElement("ARRAY_CONTAINS", maybeArray(rows.BooleanType), func(a []any, e any) any { return indexOf(a, e) >= 0 }),
		withElement("ARRAY_POSITION", strictly(maybeArray(rows.IntType)), func(a []any, e any) any { return int64(indexOf(a, e) + 1) }),
		withElement("ARRAY_REMOVE", arrayAsIs, func(a []any, e any) any {
			return slices.DeleteFunc(slices.Clone(a), func(v any) bool { return Compare(v, e) == 0 })
		}),
		withElement("ARRAY_APPEND", arrayWith, func(a []any, e any) any { return append(slices.Clip(a), e) }),
		withElement("ARRAY_PREPEND", arrayWith, func(a []any, e any) any { return append([]any{e}, a...) }),
		one("ARRAY_DISTINCT", asFirst, func(a []any) any { return distinctItems(a) }),
		one("ARRAY_REVERSE", asFirst, func(a []any) any {
			out := slices.Clone(a)
			slices.Reverse(out)
			return out
		}),
		one("ARRAY_MAX", elementType, func(a []any) any { return extremeItem(a, 1) }),
		one("ARRAY_MIN", elementType, func(a []any) any { return extremeItem(a, -1) }),
		several("ARRAY_CONCAT", func(arrays [][]any) []any { return slices.Concat(arrays...) }),
		several("ARRAY_UNION", func(arrays [][]any) []any { return distinctItems(slices.Concat(arrays...)) }),
		several("ARRAY_INTERSECT", func(arrays [][]any) []any {
			return distinctItems(slices.DeleteFunc(slices.Clone(arrays[0]), func(v any) bool { return indexOf(arrays[1], v) < 0 }))
		}),
		several("ARRAY_EXCEPT", arrayExcept),
		fn(Collection, "ARRAY_SLICE", takes(anArray, anInt, anInt).orLess(1), asFirst, boxed(sliced)),
		{Name: "ARRAY_SORT", Category: Collection, Infer: takes(anArray, aBool, aBool).orLess(2).returns(asFirst), Strict: true, Eval: boxed(sorted)},
		{Name: "ARRAY_JOIN", Category: Collection, Infer: takes(arrayOfText, aText, aText).orLess(1).returns(always(rows.StringType)), Strict: true, Eval: boxed(joinedItems)},
	}
}

var arrayOfText = param{accepts: func(t rows.Type) bool { return t.Kind == rows.Array && t.Elem.Kind.IsText() }, want: "an ARRAY of strings"}

func isCollection(t rows.Type) bool {
	return t.Kind == rows.Array || t.Kind == rows.Map || t.Kind == rows.Multiset
}

func itemsOf(v any) []any {
	items, _ := v.([]any)
	return items
}

func sizeOf(v any) int64 {
	switch v := v.(type) {
	case []any:
		return int64(len(v))
	case rows.Entries:
		var n int64
		for range v {
			n++
		}
		return n
	}
	return 0
}

func elementType(args []Arg) rows.Type { return args[0].Type.Elem.Nullable(true) }

func theOnly(_ *Call, args []any) (any, error) {
	switch items := itemsOf(args[0]); len(items) {
	case 0:
		return nil, nil
	case 1:
		return items[0], nil
	}
	return nil, refuse("", "Array has more than one element.")
}

func indexOf(items []any, v any) int {
	return slices.IndexFunc(items, func(item any) bool { return Compare(item, v) == 0 })
}

func distinctItems(items []any) []any {
	out := make([]any, 0, len(items))
	seen := map[string]bool{}
	var key []byte
	for _, item := range items {
		key = rows.AppendValue(key[:0], item)
		if !seen[string(key)] {
			seen[string(key)] = true
			out = append(out, item)
		}
	}
	return out
}

func extremeItem(items []any, sign int) any {
	var found any
	for _, item := range items {
		if item != nil && (found == nil || sign*Compare(item, found) > 0) {
			found = item
		}
	}
	return found
}

// withElement makes a function of an array and one value of its elements' type, which may be NULL.
func withElement(name string, out func(array rows.Type, element rows.Type) rows.Type, f func(a []any, e any) any) *Function {
	var strict bool
	if name == "ARRAY_POSITION" {
		strict = true
	}
	return &Function{
		Name: name, Category: Collection, Strict: strict,
		Infer: func(args []Arg) (rows.Type, []rows.Type, error) {
			if len(args) == 2 && args[0].Type.Kind == rows.Array && args[1].Type.Kind == rows.Null {
				args = []Arg{args[0], {Type: args[0].Type.Elem.Nullable(true), Expr: args[1].Expr}}
			}
			if _, _, err := takes(anArray, anything).returns(maybe(rows.BooleanType))(args); err != nil {
				return rows.Type{}, nil, err
			}
			array, element := args[0].Type, args[1].Type
			if common, ok := commonOfTwo(array.Elem.Nullable(true), element.Nullable(true)); !ok || !sameLayoutAs(common, *array.Elem) {
				return rows.Type{}, nil, refuse("CAST the value to it.", "the ARRAY has elements of %s, not %s", array.Elem.Nullable(true), element.Nullable(true))
			}
			return out(array, element), []rows.Type{{}, array.Elem.Nullable(!element.NotNull)}, nil
		},
		Eval: boxed(func(_ *Call, args []any) (any, error) {
			if args[0] == nil {
				return nil, nil
			}
			return f(itemsOf(args[0]), args[1]), nil
		}),
	}
}

// sameLayoutAs reports whether values that have a type in common are of the array's own: no wider number.
func sameLayoutAs(common, own rows.Type) bool {
	if common.Kind.IsNumeric() {
		return common.Kind == own.Kind && common.Scale == own.Scale
	}
	return true
}

func maybeArray(t rows.Type) func(array, element rows.Type) rows.Type {
	return func(array, _ rows.Type) rows.Type { return t.Nullable(!array.NotNull) }
}

func strictly(out func(array, element rows.Type) rows.Type) func(array, element rows.Type) rows.Type {
	return func(array, element rows.Type) rows.Type {
		t := out(array, element)
		return t.Nullable(!t.NotNull || !element.NotNull)
	}
}

func arrayAsIs(array, _ rows.Type) rows.Type { return array }

// arrayWith is the array that holds the element as well: its elements may be NULL if the new one may.
func arrayWith(array, element rows.Type) rows.Type {
	elem := array.Elem.Nullable(!array.Elem.NotNull || !element.NotNull)
	array.Elem = &elem
	return array
}

// several makes a function of arrays whose elements have a type in common.
func several(name string, f func(arrays [][]any) []any) *Function {
	return &Function{
		Name: name, Category: Collection, Strict: true,
		Infer: func(args []Arg) (rows.Type, []rows.Type, error) {
			s := takes(anArray, anArray)
			if name == "ARRAY_CONCAT" {
				s = takes(anArray).orMore()
			}
			if _, _, err := s.returns(asFirst)(args); err != nil {
				return rows.Type{}, nil, err
			}
			common, ok := CommonType(types(args)...)
			if !ok {
				return rows.Type{}, nil, refuse("CAST them to one type.", "the arrays have no type in common: %s", list(types(args)))
			}
			coerced := make([]rows.Type, len(args))
			for i, arg := range args {
				coerced[i] = common.Nullable(!arg.Type.NotNull)
			}
			return common, coerced, nil
		},
		Eval: boxed(func(_ *Call, args []any) (any, error) {
			arrays := make([][]any, len(args))
			for i, arg := range args {
				arrays[i] = itemsOf(arg)
			}
			return f(arrays), nil
		}),
	}
}

// arrayExcept leaves out the second array's elements, and doubles.
func arrayExcept(arrays [][]any) []any {
	return distinctItems(slices.DeleteFunc(slices.Clone(arrays[0]), func(v any) bool { return indexOf(arrays[1], v) >= 0 }))
}

// sliced takes the places from one to another, both from 1, or from the end if they are negative.
func sliced(_ *Call, args []any) (any, error) {
	items := itemsOf(args[0])
	n := int64(len(items))
	from, _ := args[1].(int64)
	to := n
	if len(args) > 2 {
		to, _ = args[2].(int64)
	}
	place := func(at int64) int64 {
		if at < 0 {
			return at + n + 1
		}
		return at
	}
	from, to = max(place(from), 1), min(place(to), n)
	if from > to {
		return []any{}, nil
	}
	return items[from-1 : to : to], nil
}

// sorted takes whether to sort upwards, and whether NULLs come first: by default so if upwards.
func sorted(_ *Call, args []any) (any, error) {
	ascending := len(args) < 2 || args[1] == true
	nullsFirst := ascending
	if len(args) > 2 {
		nullsFirst = args[2] == true
	}
	out := slices.Clone(itemsOf(args[0]))
	slices.SortStableFunc(out, func(a, b any) int {
		switch {
		case a == nil && b == nil:
			return 0
		case a == nil || b == nil:
			if (a == nil) == nullsFirst {
				return -1
			}
			return 1
		case ascending:
			return Compare(a, b)
		}
		return Compare(b, a)
	})
	return out, nil
}

// joinedItems joins strings; NULLs are left out, or written as the third argument says.
func joinedItems(_ *Call, args []any) (any, error) {
	separator, _ := args[1].(string)
	var parts []string
	for _, item := range itemsOf(args[0]) {
		switch text, ok := item.(string); {
		case ok:
			parts = append(parts, text)
		case len(args) > 2:
			instead, _ := args[2].(string)
			parts = append(parts, instead)
		}
	}
	return strings.Join(parts, separator), nil
}
