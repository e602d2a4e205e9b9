package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// Databases looks at the tables that products are captured from. Calls may run side by side.
type Databases interface {
	// Look gives what the database says of the capture's tables. The error says what keeps Weft from asking; it holds
	// no secret.
	Look(ctx context.Context, c captures.Capture) (captures.Database, error)
}

// lookAtTables holds the live tables against their contracts. What contradicts blocks the plan where the plan would
// make or change the connector or one of its products; else it is told, as a table that another domain's application
// changed must not keep the mesh from being applied.
func (r *Reconciler) lookAtTables(ctx context.Context, plan *plans.Plan, desired resources.Graph, env resources.Environment) {
	if r.Databases == nil || env.Connect == nil {
		return
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(chan struct{}, judges)
	for _, connector := range desired.Resources {
		if connector.Connector == nil {
			continue
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			c := connector.Connector.Capture
			db, err := r.Databases.Look(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				plan.Notes = append(plan.Notes, fmt.Sprintf("the tables of connection %s (%s) were not looked at: %v", c.Connection, c.Where(), err))
				return
			}
			tell(plan, connector, db)
		})
	}
	all.Wait()
	slices.Sort(plan.Notes)
}

func tell(plan *plans.Plan, connector resources.Resource, db captures.Database) {
	problems := connector.Connector.Capture.Problems(db)
	if !touches(*plan, connector) {
		for i := range problems {
			if problems[i].Severity == diags.Error {
				problems[i].Severity = diags.Warning
			}
		}
	}
	plan.Problems.Add(problems...)
	if !touches(*plan, connector) {
		return
	}
	for _, t := range connector.Connector.Capture.Tables {
		if more := t.Unpublished(db.Tables[t.Name]); len(more) > 0 {
			plan.Notes = append(plan.Notes, fmt.Sprintf("%s leaves out columns of %s: %s", t.Product.Addr, t.Name, strings.Join(more, "; ")))
		}
	}
}

// touches reports whether a plan changes a connector, or a product that it captures.
func touches(plan plans.Plan, connector resources.Resource) bool {
	return slices.ContainsFunc(plan.Changes, func(c plans.Change) bool {
		return c.Addr == connector.Addr || slices.ContainsFunc(concerned(c), func(p addrs.Product) bool { return slices.Contains(connector.Connector.Products, p) })
	})
}
