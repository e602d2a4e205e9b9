package expr

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// mapFunctions work on MAPs.
func mapFunctions() []*Function {
	arrayOf := func(pick func(m rows.Type) rows.Type) func([]Arg) rows.Type {
		return func(args []Arg) rows.Type {
			elem := pick(args[0].Type)
			return rows.Type{Kind: rows.Array, Elem: &elem, NotNull: args[0].Type.NotNull}
		}
	}
	over := func(name string, out func([]Arg) rows.Type, pick func(rows.Pair) any) *Function {
		return fn(Collection, name, takes(aMap), out, boxed(func(_ *Call, args []any) (any, error) {
			entries := entriesOf(args[0])
			items := make([]any, len(entries))
			for i, e := range entries {
				items[i] = pick(e)
			}
			return items, nil
		}))
	}
	return []*Function{
		over("MAP_KEYS", arrayOf(func(m rows.Type) rows.Type { return *m.Key }), func(e rows.Pair) any { return e.Key }),
		over("MAP_VALUES", arrayOf(func(m rows.Type) rows.Type { return *m.Elem }), func(e rows.Pair) any { return e.Value }),
		over("MAP_ENTRIES", arrayOf(func(m rows.Type) rows.Type {
			return rows.Type{Kind: rows.Row, Fields: []rows.Field{{Name: "key", Type: *m.Key}, {Name: "value", Type: *m.Elem}}}
		}), func(e rows.Pair) any { return []any{e.Key, e.Value} }),
		fn(Collection, "MAP_FROM_ARRAYS", takes(anArray, anArray), func(args []Arg) rows.Type {
			return rows.Type{Kind: rows.Map, Key: args[0].Type.Elem, Elem: args[1].Type.Elem, NotNull: allNotNull(args)}
		}, boxed(mapFromArrays)),
		{Name: "MAP_UNION", Category: Collection, Infer: inferMapUnion, Strict: true, Eval: boxed(func(_ *Call, args []any) (any, error) {
			out := rows.Entries{}
			for _, arg := range args {
				for _, e := range entriesOf(arg) {
					out = put(out, e.Key, e.Value)
				}
			}
			return out, nil
		})},
	}
}

func entriesOf(v any) rows.Entries {
	entries, _ := v.(rows.Entries)
	return entries
}

func mapFromArrays(_ *Call, args []any) (any, error) {
	keys, values := itemsOf(args[0]), itemsOf(args[1])
	if len(keys) != len(values) {
		return nil, fmt.Errorf("Invalid function MAP_FROM_ARRAYS call:\nThe length of the keys array %d is not equal to the length of the values array %d", len(keys), len(values))
	}
	out := make(rows.Entries, len(keys)) // a key that comes twice is there twice, as in Flink
	for i, key := range keys {
		out[i] = rows.Pair{Key: key, Value: values[i]}
	}
	return out, nil
}

func inferMapUnion(args []Arg) (rows.Type, []rows.Type, error) {
	if _, _, err := takes(aMap).orMore().returns(asFirst)(args); err != nil {
		return rows.Type{}, nil, err
	}
	common, ok := CommonType(types(args)...)
	if !ok {
		return rows.Type{}, nil, refuse("CAST them to one type.", "the maps have no type in common: %s", list(types(args)))
	}
	coerced := make([]rows.Type, len(args))
	for i, arg := range args {
		coerced[i] = common.Nullable(!arg.Type.NotNull)
	}
	return common, coerced, nil
}
