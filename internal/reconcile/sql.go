package reconcile

import (
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// showSQL puts the SQL that was applied last and the new one into the changes of jobs that do something else than
// before: Flink knows only the hashes.
func showSQL(plan *plans.Plan, set contracts.Set, state State) error {
	var before contracts.Set
	loaded := false
	for i, c := range plan.Changes {
		if c.Addr.Kind != addrs.KindJob || c.Action == plans.Create || !slices.ContainsFunc(c.Attributes, func(a plans.AttributeChange) bool { return a.Name == resources.JobPlan }) {
			continue
		}
		if !loaded {
			fsys, err := state.Bundle.FS()
			if err != nil {
				return err
			}
			if before, _, err = contracts.Load(fsys); err != nil {
				return err
			}
			loaded = true
		}
		old, now := sqlOf(before, c.Product), sqlOf(set, c.Product)
		if old != "" && now != "" && old != now {
			plan.Changes[i].Attributes = append(slices.Clone(c.Attributes), plans.AttributeChange{Name: resources.JobSQL, Old: old, New: now})
		}
	}
	return nil
}

func sqlOf(set contracts.Set, addr addrs.Product) string {
	p, ok := set.Product(addr)
	if !ok || p.Transform == nil {
		return ""
	}
	return p.Transform.SQL
}
