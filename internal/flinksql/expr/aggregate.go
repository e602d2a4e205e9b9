package expr

import (
	"slices"
	"strings"
	"sync"

	"github.com/weftmesh/weft/internal/rows"
)

// aggregates is the table of all aggregate functions, by name.
var aggregates = sync.OnceValue(func() map[string]*Aggregate {
	table := map[string]*Aggregate{}
	for _, family := range [][]*Aggregate{counts(), sums(), extremes(), spreads(), collectors(), jsonAggregates()} {
		for _, a := range family {
			table[a.Name] = a
		}
	}
	for alias, name := range map[string]string{
		"STDDEV": "STDDEV_SAMP", "VARIANCE": "VAR_SAMP", "JSON_OBJECTAGG": "JSON_OBJECTAGG_NULL_ON_NULL", "JSON_ARRAYAGG": "JSON_ARRAYAGG_ABSENT_ON_NULL",
	} {
		table[alias] = table[name]
	}
	return table
})

// LookupAggregate finds an aggregate function by its name, in any case. The JSON aggregates have a name for each way with
// NULL: JSON_OBJECTAGG_ABSENT_ON_NULL and such; their plain names are Flink's defaults. DISTINCT is the caller's business.
func LookupAggregate(name string) (*Aggregate, bool) {
	a, ok := aggregates()[strings.ToUpper(name)]
	return a, ok
}

func aggregateNames() []string {
	var names []string
	for name := range aggregates() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// oneOf makes the inference of an aggregate of one argument. Results are nullable: an empty group has none.
func oneOf(name, want string, accepts func(rows.Type) bool, result func(rows.Type) rows.Type) func([]rows.Type) (rows.Type, []rows.Type, error) {
	return func(args []rows.Type) (rows.Type, []rows.Type, error) {
		if len(args) != 1 {
			return rows.Type{}, nil, refuse("", "%s takes one argument, not %d", name, len(args))
		}
		if !accepts(args[0]) {
			return rows.Type{}, nil, refuse("", "%s takes %s, not %s", name, want, args[0].Plain().Nullable(true))
		}
		return result(args[0].Plain()).Nullable(true), nil, nil
	}
}

func isNumber(t rows.Type) bool { return t.Kind.IsNumeric() }

func sameType(t rows.Type) rows.Type { return t }

// sign is 1 for a row that is added, -1 for one that is taken back.
func sign(changes []rows.Change, i int) int64 {
	if changes == nil || changes[i].Adds() {
		return 1
	}
	return -1
}

// grown makes room for n elements, new ones zero.
func grown[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}

// left reports whether row i is not for the aggregate: excluded, or NULL in its argument.
func left(args []*rows.Column, skip []bool, i int) bool {
	return skip != nil && skip[i] || len(args) > 0 && args[0].Null(i)
}
