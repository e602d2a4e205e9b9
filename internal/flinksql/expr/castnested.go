package expr

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// nestedConverter casts arrays, maps, multisets and rows member by member.
func nestedConverter(env *Env, from, to rows.Type) (conversion, error) {
	if from.Kind != to.Kind || from.Kind.Layout() != rows.BoxedLayout || len(from.Fields) != len(to.Fields) {
		if from.Equal(to, true) {
			return sharing, nil
		}
		return nil, fmt.Errorf("no cast from %s to %s", from, to)
	}
	convert, err := valueConverter(env, from, to)
	if err != nil {
		return nil, err
	}
	return func(a *rows.Column, i int, out *rows.Column) (bool, error) {
		v, err := convert(a.Boxed[i])
		out.Boxed[i] = v
		return v != nil, err
	}, nil
}

func sharing(a *rows.Column, i int, out *rows.Column) (bool, error) {
	set(out, i, a.Value(i))
	return true, nil
}

// valueConverter is converter for boxed values.
func valueConverter(env *Env, from, to rows.Type) (func(any) (any, error), error) {
	if from.Kind.Layout() != rows.BoxedLayout || to.Kind.Layout() != rows.BoxedLayout {
		return scalarConverter(env, from, to)
	}
	if from.Kind != to.Kind {
		return nil, fmt.Errorf("no cast from %s to %s", from, to)
	}
	if from.Kind == rows.Map || from.Kind == rows.Multiset {
		return entriesConverter(env, from, to)
	}
	members := 1
	if from.Kind == rows.Row {
		if members = len(from.Fields); members != len(to.Fields) {
			return nil, fmt.Errorf("no cast from %s to %s", from, to)
		}
	}
	converts := make([]func(any) (any, error), members)
	for i := range converts {
		convert, err := valueConverter(env, memberType(from, i), memberType(to, i))
		if err != nil {
			return nil, err
		}
		converts[i] = convert
	}
	return func(v any) (any, error) {
		items, ok := v.([]any)
		if !ok {
			return nil, nil
		}
		return convertItems(items, converts)
	}, nil
}

func convertItems(items []any, converts []func(any) (any, error)) (any, error) {
	out := make([]any, len(items))
	for i, item := range items {
		v, err := converts[min(i, len(converts)-1)](item)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func entriesConverter(env *Env, from, to rows.Type) (func(any) (any, error), error) {
	key, value := from.Key, to.Key
	if from.Kind == rows.Multiset {
		key, value = from.Elem, to.Elem
	}
	keys, err := valueConverter(env, *key, *value)
	if err != nil {
		return nil, err
	}
	values := func(v any) (any, error) { return v, nil }
	if from.Kind == rows.Map {
		if values, err = valueConverter(env, *from.Elem, *to.Elem); err != nil {
			return nil, err
		}
	}
	return func(v any) (any, error) {
		entries, ok := v.(rows.Entries)
		if !ok {
			return nil, nil
		}
		out := make(rows.Entries, len(entries))
		for i, e := range entries {
			if out[i].Key, err = keys(e.Key); err != nil {
				return nil, err
			}
			if out[i].Value, err = values(e.Value); err != nil {
				return nil, err
			}
		}
		return out, nil
	}, nil
}

func scalarConverter(env *Env, from, to rows.Type) (func(any) (any, error), error) {
	if from.Kind == rows.Null || from.Equal(to, true) {
		return func(v any) (any, error) { return v, nil }, nil
	}
	convert, err := converter(env, from, to)
	if err != nil {
		return nil, err
	}
	in, out := rows.NewColumn(from.Plain(), 1), rows.NewColumn(to.Plain(), 1)
	return func(v any) (any, error) {
		if v == nil {
			return nil, nil
		}
		set(in, 0, v)
		ok, err := convert(in, 0, out)
		if err != nil || !ok {
			return nil, err
		}
		return out.Value(0), nil
	}, nil
}
