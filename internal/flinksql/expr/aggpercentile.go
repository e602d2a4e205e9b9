package expr

import (
	"math"
	"slices"

	"github.com/weftmesh/weft/internal/rows"
)

// inferPercentile takes a number, and a share from 0 to 1 or an ARRAY of them.
func inferPercentile(args []rows.Type) (rows.Type, []rows.Type, error) {
	if len(args) == 3 {
		return rows.Type{}, nil, refuse("", "PERCENTILE with a frequency is missing here")
	}
	if len(args) != 2 || !args[0].Kind.IsNumeric() {
		return rows.Type{}, nil, refuse("Write PERCENTILE(number, 0.5).", "PERCENTILE takes a number and a share from 0 to 1")
	}
	several := args[1].Kind == rows.Array && args[1].Elem.Kind.IsNumeric()
	if !several && !args[1].Kind.IsNumeric() {
		return rows.Type{}, nil, refuse("Write PERCENTILE(number, 0.5), or ARRAY[0.5, 0.9].", "the share of PERCENTILE is a number, not %s", args[1].Nullable(true))
	}
	out := rows.DoubleType
	if several {
		out = rows.Type{Kind: rows.Array, Elem: &rows.DoubleType}
	}
	return out, []rows.Type{rows.DoubleType, out}, nil
}

// percentiles gives the values at the shares of the sorted ones, between two of them in proportion.
func percentiles(g *gathered) (any, error) {
	var sorted []float64
	var shares any
	for _, e := range g.entries {
		if v, ok := e.value.(float64); ok && !e.gone {
			sorted, shares = append(sorted, v), e.second
		}
	}
	if len(sorted) == 0 {
		return nil, nil
	}
	slices.Sort(sorted)
	if list, ok := shares.([]any); ok {
		out := make([]any, len(list))
		for i, share := range list {
			v, err := percentile(sorted, share)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
	return percentile(sorted, shares)
}

func percentile(sorted []float64, share any) (any, error) {
	p, ok := share.(float64)
	if !ok {
		return nil, nil
	}
	if p < 0 || p > 1 || math.IsNaN(p) {
		return nil, refuse("", "the share of PERCENTILE is 0 to 1, not %v", p)
	}
	place := p * float64(len(sorted)-1)
	low := math.Floor(place)
	at := int(low)
	if place == low {
		return sorted[at], nil
	}
	return sorted[at]*(low+1-place) + sorted[at+1]*(place-low), nil
}
