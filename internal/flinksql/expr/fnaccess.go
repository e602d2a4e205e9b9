package expr

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// accessFunctions make values of several members, and take members out.
func accessFunctions() []*Function {
	return []*Function{
		{Name: "FIELD", Category: Access, Infer: inferField, Prepare: fieldKernel, Strict: true},
		{Name: "AT", Category: Access, Infer: inferAt, Prepare: atKernel, Strict: true},
		{Name: "ARRAY", Category: Access, Infer: inferArray, Eval: items},
		{Name: "ROW", Category: Access, Infer: inferRow, Eval: items},
		{Name: "MAP", Category: Access, Infer: inferMap, Eval: boxed(func(_ *Call, args []any) (any, error) {
			var entries rows.Entries
			for i := 0; i+1 < len(args); i += 2 {
				entries = put(entries, args[i], args[i+1])
			}
			return entries, nil
		})},
	}
}

// items puts the row's values together.
func items(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
	all := make([]any, n*len(args))
	for i := range n {
		row := all[i*len(args) : (i+1)*len(args) : (i+1)*len(args)]
		for j, arg := range args {
			row[j] = arg.Value(i)
		}
		out.Boxed[i] = row
	}
	return nil
}

// put sets the value of a key, at the place that the key has already.
func put(entries rows.Entries, key, value any) rows.Entries {
	for i, e := range entries {
		if Compare(e.Key, key) == 0 {
			entries[i].Value = value
			return entries
		}
	}
	return append(entries, rows.Pair{Key: key, Value: value})
}

func inferField(args []Arg) (rows.Type, []rows.Type, error) {
	of := args[0].Type
	name := symbolOf(args[1].Expr)
	if of.Kind != rows.Row {
		return rows.Type{}, nil, refuse("", "a value of %s has no field `%s`", of.Nullable(true), name)
	}
	i := rows.Schema(of.Fields).Index(name)
	if i < 0 {
		names := make([]string, len(of.Fields))
		for j, f := range of.Fields {
			names[j] = f.Name
		}
		hint := ""
		if near := Nearest(name, names); near != "" {
			hint = "Did you mean `" + near + "`?"
		}
		return rows.Type{}, nil, refuse(hint, "the ROW has no field `%s`", name)
	}
	t := of.Fields[i].Type
	return t.Nullable(!t.NotNull || !of.NotNull), nil, nil
}

func fieldKernel(_ *Env, of *Call) (Kernel, error) {
	name := symbolOf(of.Args[1])
	return takeMember(rows.Schema(of.Args[0].Type().Fields).Index(name)), nil
}

func takeMember(at int) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		return each(n, out, func(i int) (bool, error) {
			row, _ := args[0].Boxed[i].([]any)
			if at >= len(row) || row[at] == nil {
				return false, nil
			}
			set(out, i, row[at])
			return true, nil
		})
	}
}

func inferAt(args []Arg) (rows.Type, []rows.Type, error) {
	of, index := args[0].Type, args[1].Type
	switch {
	case of.Kind == rows.Array && index.Kind.IsInteger():
		if at, ok := constantArg[int64](&Call{Args: []Expr{args[1].Expr}}, 0); ok && at < 1 {
			return rows.Type{}, nil, refuse("Places count from 1.", "an ARRAY has no place %d", at)
		}
		return of.Elem.Nullable(true), nil, nil
	case of.Kind == rows.Array:
		return rows.Type{}, nil, refuse("Places count from 1.", "an ARRAY is asked by a whole number, not %s", index.Nullable(true))
	case of.Kind == rows.Map:
		return inferAtKey(of, index)
	case of.Kind == rows.Row && index.Kind.IsInteger():
		if at, ok := constantArg[int64](&Call{Args: []Expr{args[1].Expr}}, 0); ok && at >= 1 && at <= int64(len(of.Fields)) {
			t := of.Fields[at-1].Type
			return t.Nullable(!t.NotNull || !of.NotNull), nil, nil
		}
	}
	return rows.Type{}, nil, refuse("", "[...] asks an ARRAY or a MAP, not %s", of.Nullable(true))
}

// inferAtKey is of what a MAP has under a key.
func inferAtKey(of, index rows.Type) (rows.Type, []rows.Type, error) {
	key, ok := comparedAs(*of.Key, index, "=")
	if !ok {
		return rows.Type{}, nil, refuse("", "the MAP has keys of %s, not %s", of.Key.Nullable(true), index.Nullable(true))
	}
	if sameValues(index, *of.Key) || index.Equal(*of.Key, true) {
		key = index
	}
	return of.Elem.Nullable(true), []rows.Type{{}, key}, nil
}

func atKernel(_ *Env, of *Call) (Kernel, error) {
	switch of.Args[0].Type().Kind {
	case rows.Row:
		at, _ := constantArg[int64](of, 1)
		return takeMember(int(at) - 1), nil
	case rows.Map:
		return boxed(func(_ *Call, args []any) (any, error) {
			entries, _ := args[0].(rows.Entries)
			for _, e := range entries {
				if Compare(e.Key, args[1]) == 0 {
					return e.Value, nil
				}
			}
			return nil, nil
		}), nil
	}
	return boxed(func(_ *Call, args []any) (any, error) {
		array, _ := args[0].([]any)
		at, _ := args[1].(int64)
		if at < 1 || at > int64(len(array)) {
			return nil, nil
		}
		return array[at-1], nil
	}), nil
}

func types(args []Arg) []rows.Type {
	all := make([]rows.Type, len(args))
	for i, arg := range args {
		all[i] = arg.Type
	}
	return all
}

func inferArray(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) == 0 {
		return rows.Type{}, nil, refuse("Write CAST(NULL AS ARRAY<INT>), or give it a value.", "an ARRAY needs at least one value to know its type")
	}
	elem, ok := CommonType(types(args)...)
	if !ok || elem.Kind == rows.Null {
		return rows.Type{}, nil, refuse("CAST the values to one type.", "the values of the ARRAY have no type in common: %s", list(types(args)))
	}
	coerced := make([]rows.Type, len(args))
	for i := range coerced {
		coerced[i] = elem
	}
	return rows.Type{Kind: rows.Array, Elem: &elem, NotNull: true}, coerced, nil
}

func inferRow(args []Arg) (rows.Type, []rows.Type, error) {
	fields := make([]rows.Field, len(args))
	for i, arg := range args {
		fields[i] = rows.Field{Name: fmt.Sprintf("EXPR$%d", i), Type: arg.Type}
	}
	if err := noBareNull(args); err != nil {
		return rows.Type{}, nil, err
	}
	return rows.Type{Kind: rows.Row, Fields: fields, NotNull: true}, nil, nil
}

func inferMap(args []Arg) (rows.Type, []rows.Type, error) {
	if len(args) == 0 || len(args)%2 == 1 {
		return rows.Type{}, nil, refuse("Write MAP['key', value, ...].", "a MAP takes keys and values in turn")
	}
	var keys, values []rows.Type
	for i, arg := range args {
		if i%2 == 0 {
			keys = append(keys, arg.Type)
		} else {
			values = append(values, arg.Type)
		}
	}
	key, ok := CommonType(keys...)
	value, also := CommonType(values...)
	if err := noBareNull(args); err != nil && value.Kind != rows.Null {
		return rows.Type{}, nil, err
	} else if err != nil {
		value = key.Nullable(true) // as Flink has it: what all values are NULL of does not show
	}
	if !ok || !also {
		return rows.Type{}, nil, refuse("CAST them to one type.", "the keys or the values of the MAP have no type in common: %s", list(types(args)))
	}
	coerced := make([]rows.Type, len(args))
	for i := range args {
		coerced[i] = key
		if i%2 == 1 {
			coerced[i] = value
		}
	}
	return rows.Type{Kind: rows.Map, Key: &key, Elem: &value, NotNull: true}, coerced, nil
}
