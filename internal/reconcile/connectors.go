package reconcile

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// RuleConnector marks a configuration that Kafka Connect would refuse.
const RuleConnector = "connector-refused"

// concerned are the products that a change is for.
func concerned(c plans.Change) []addrs.Product {
	if c.Desired.Connector != nil {
		return c.Desired.Connector.Products
	}
	return []addrs.Product{c.Product}
}

// waiting are the products that a change keeps from being live until it is made. A connector that is changed for one
// product goes on for the others.
func waiting(c plans.Change, state State) []addrs.Product {
	products := concerned(c)
	if c.Desired.Connector == nil || c.Action != plans.Update {
		return products
	}
	return slices.DeleteFunc(slices.Clone(products), func(p addrs.Product) bool { return state.Products[p].Status == StatusLive })
}

// remembered adds to connectors, as Connect has them, which tables they have read: Connect does not tell. Of one that
// is adopted nothing is known: what it has read went to other topics.
func remembered(observed map[addrs.Resource]resources.Observed, state State) {
	for addr, o := range observed {
		if addr.Kind == addrs.KindConnector && o.Exists() {
			o.Attributes[resources.Snapshot] = state.Owned[addr].Snapshot
		}
	}
}

// snapshotDone keeps which tables a connector has read, or was asked to. It is written after the asking: whoever is cut
// off before asks again, and a row that is read twice is the same row. (Invariant 5.)
func snapshotDone(c plans.Change, before plans.Owner) Entry {
	e := claim(c, before)
	record := e.Value.(OwnerRecord) //nolint:errcheck // claim makes one
	record.Snapshot = c.Desired.Attributes[resources.Snapshot].Text
	return Entry{Key: e.Key, Value: record}
}

// Validator says beforehand whether Kafka Connect would take the configuration of a connector.
type Validator interface {
	// Validate gives Connect's reasons against a connector: errors where it would refuse, warnings where it could not tell.
	Validate(ctx context.Context, change plans.Change) (diags.List, error)
}

// validate asks Kafka Connect about every connector that would be made or changed.
func (r *Reconciler) validate(ctx context.Context, plan *plans.Plan) error {
	if r.Validator == nil {
		return nil
	}
	problems := make([]diags.List, len(plan.Changes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(judges)
	for i, change := range plan.Changes {
		if change.Desired.Connector == nil || change.Action == plans.Delete || !slices.ContainsFunc(change.Attributes, configures) {
			continue
		}
		group.Go(func() error {
			found, err := r.Validator.Validate(ctx, change)
			if err != nil {
				return fmt.Errorf("ask Kafka Connect about %s: %w", change.Addr.Name, err)
			}
			for j := range found {
				found[j].Rule, found[j].Range = RuleConnector, change.Desired.At
			}
			problems[i] = found
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, found := range problems {
		plan.Problems.Add(found...)
	}
	return nil
}

// atLeastOnce says that what is captured may be there twice after a crash; "" where it may not, or nothing is captured.
func atLeastOnce(desired resources.Graph, env resources.Environment) string {
	if env.Connect == nil || env.Connect.Worker.ExactlyOnce || !slices.ContainsFunc(desired.Resources, func(r resources.Resource) bool { return r.Connector != nil }) {
		return ""
	}
	return "the workers of Kafka Connect write at least once: after a crash changes may be in the raw topics twice, in the products of kind events as well; exactly.once.source.support=enabled of the workers mends that"
}

func configures(a plans.AttributeChange) bool {
	return a.Name != resources.State && a.Name != resources.Snapshot
}
