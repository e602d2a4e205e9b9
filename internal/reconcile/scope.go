package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// RuleIncompatible marks a schema that the registry would refuse.
const RuleIncompatible = "incompatible-schema"

// scope tells which domains' desired state a set of files is: all of a mesh's, or those that weft.yaml names.
func scope(set contracts.Set) func(string) bool {
	if set.Remote == nil || len(set.Remote.Owns) == 0 {
		return func(string) bool { return true }
	}
	return func(domain string) bool { return slices.Contains(set.Remote.Owns, domain) }
}

// affected lists, by product, who reads it: domain (group), and the products that are derived from it.
func affected(set contracts.Set) map[addrs.Product][]string {
	readers := map[addrs.Product][]string{}
	for _, sub := range set.Subscriptions {
		addr, err := addrs.ParseProduct(sub.Product)
		if err != nil {
			continue
		}
		reader := sub.Domain
		if sub.Group != "" {
			reader += " (" + sub.Group + ")"
		}
		readers[addr] = append(readers[addr], reader)
	}
	for _, p := range set.Products {
		inputs, _ := set.Inputs(p)
		for _, in := range inputs {
			readers[in.Product.Addr] = append(readers[in.Product.Addr], p.Addr.String())
		}
	}
	for addr, list := range readers {
		slices.Sort(list)
		readers[addr] = slices.Compact(list)
	}
	return readers
}

func products(set contracts.Set) []plans.Product {
	readers := affected(set)
	list := make([]plans.Product, 0, len(set.Products))
	for _, p := range set.Products {
		product := plans.Product{Addr: p.Addr, Version: p.Version.String(), Owner: p.Owner, Affected: readers[p.Addr]}
		for _, d := range p.Derived {
			product.Derived = append(product.Derived, plans.Derivation(d))
		}
		list = append(list, product)
	}
	return list
}

// judges bounds how many schemas the registry is asked about at once.
const judges = 16

// judge asks the registry about every subject whose schema would change, and adds its reasons to the plan's problems.
func (r *Reconciler) judge(ctx context.Context, plan *plans.Plan) error {
	if r.Judge == nil {
		return nil
	}
	problems := make([]diags.List, len(plan.Changes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(judges)
	for i, change := range plan.Changes {
		if change.Addr.Kind != addrs.KindSubject || !changesSchema(change) {
			continue
		}
		group.Go(func() error {
			reasons, err := r.Judge.Judge(ctx, change)
			if err != nil {
				return fmt.Errorf("ask the registry about %s: %w", change.Addr.Name, err)
			}
			problems[i] = refusals(change, reasons)
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

func changesSchema(change plans.Change) bool {
	return change.Action != plans.Create && slices.ContainsFunc(change.Attributes, func(a plans.AttributeChange) bool { return a.Name == resources.SchemaText })
}

func refusals(change plans.Change, reasons []string) diags.List {
	if len(reasons) == 0 {
		return nil
	}
	return diags.List{{
		Severity: diags.Error, Rule: RuleIncompatible, Range: change.Desired.At,
		Summary: fmt.Sprintf("%s: the new schema breaks compatibility %s", change.Addr.Name, change.Desired.Attributes[resources.Compatibility].Text),
		Detail:  strings.Join(reasons, "\n"),
		Fix:     "Keep what readers rely on, or publish a new major version beside this one.",
	}}
}

func addressSet(list []addrs.Resource) map[addrs.Resource]bool {
	set := map[addrs.Resource]bool{}
	for _, addr := range list {
		set[addr] = true
	}
	return set
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
