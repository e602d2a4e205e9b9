package expr

import (
	"fmt"

	"github.com/weftmesh/weft/internal/rows"
)

// jsonAggregates have a name for each way with NULL, as in Flink's own table.
func jsonAggregates() []*Aggregate {
	out := rows.Type{Kind: rows.Varchar, Length: 2000, NotNull: true}
	object := func(name string, absent bool) *Aggregate {
		return &Aggregate{
			Name: name,
			Infer: func(args []rows.Type) (rows.Type, []rows.Type, error) {
				if len(args) != 2 || !args[0].Kind.IsText() {
					return out, nil, refuse("Write JSON_OBJECTAGG(KEY k VALUE v).", "JSON_OBJECTAGG takes a string as key, and a value")
				}
				return out, nil, writableJSON(args[1])
			},
			New: func(args []rows.Type, _ rows.Type, _ bool) Accumulator {
				return &collection{columns: 2, nulls: true, finish: func(g *gathered) (any, error) { return objectOf(g, args[1], absent) }}
			},
		}
	}
	array := func(name string, absent bool) *Aggregate {
		return &Aggregate{
			Name: name,
			Infer: func(args []rows.Type) (rows.Type, []rows.Type, error) {
				if len(args) != 1 {
					return out, nil, refuse("", "JSON_ARRAYAGG takes one argument, not %d", len(args))
				}
				return out, nil, writableJSON(args[0])
			},
			New: func(args []rows.Type, _ rows.Type, _ bool) Accumulator {
				return &collection{nulls: !absent, finish: func(g *gathered) (any, error) { return arrayText(g, args[0]), nil }}
			},
		}
	}
	return []*Aggregate{
		object("JSON_OBJECTAGG_NULL_ON_NULL", false), object("JSON_OBJECTAGG_ABSENT_ON_NULL", true),
		array("JSON_ARRAYAGG_NULL_ON_NULL", false), array("JSON_ARRAYAGG_ABSENT_ON_NULL", true),
	}
}

func arrayText(g *gathered, of rows.Type) string {
	to := []byte{'['}
	for _, e := range g.entries {
		if e.gone {
			continue
		}
		if len(to) > 1 {
			to = append(to, ',')
		}
		to = appendJSON(to, jsonOf(e.value, of, nil))
	}
	return string(append(to, ']'))
}

// objectOf writes the members in the order of their keys. A key that comes twice is an error.
func objectOf(g *gathered, of rows.Type, absent bool) (any, error) {
	seen := map[string]any{}
	for _, e := range g.entries {
		if e.gone || e.second == nil && absent {
			continue
		}
		key, ok := e.value.(string)
		if !ok {
			return nil, fmt.Errorf("a key of JSON_OBJECTAGG is NULL")
		}
		if _, twice := seen[key]; twice {
			return nil, fmt.Errorf("Key '%s' is already present. Duplicate keys are not allowed in JSON_OBJECTAGG. Please ensure that keys are unique.", key)
		}
		seen[key] = jsonOf(e.second, of, nil)
	}
	return string(appendJSON(nil, seen)), nil
}
