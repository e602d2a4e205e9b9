package trials

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/rows"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// arrivals puts the rows of all inputs in one order: those of an input as they are written, those of several by event
// time. So a late row comes right after the row that it is written below. The second result is the first event time.
func arrivals(inputs []input) ([]Arrival, time.Time) {
	type timed struct {
		Arrival
		at time.Time
	}
	var all []timed
	start := time.Time{}
	for _, in := range inputs {
		latest := time.Time{}
		for _, g := range in.rows {
			at, _ := g.row[in.product.EventTime.Field].(time.Time)
			if latest.Before(at) {
				latest = at
			}
			if !at.IsZero() && (start.IsZero() || at.Before(start)) {
				start = at
			}
			all = append(all, timed{Arrival{in.table, Row{changeOf(in.product, g.change), boxedRow(in.topic.Value.Fields, g.row)}}, latest})
		}
	}
	slices.SortStableFunc(all, func(a, b timed) int { return cmp.Compare(a.at.UnixMicro(), b.at.UnixMicro()) })
	out := make([]Arrival, len(all))
	for i, a := range all {
		out[i] = a.Arrival
	}
	if start.IsZero() {
		start = time.UnixMilli(0)
	}
	return out, start.UTC()
}

// changeOf is what a row of a product does to the table that its topic stands for.
func changeOf(p contracts.Product, written string) rows.Change {
	switch {
	case written == "-D":
		return rows.Delete
	case p.Kind == contracts.KindState:
		return rows.UpdateAfter
	}
	return rows.Insert
}
