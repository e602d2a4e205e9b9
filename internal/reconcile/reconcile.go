// Package reconcile plans what would bring the outside systems to what the contracts say, and applies a plan: what was
// reviewed and nothing else, journalled, continued after an interruption.
package reconcile

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

// Target is an outside system that holds resources of one kind.
type Target interface {
	// Read gives the resources of these names as they are, in few calls; those that do not exist are left out.
	Read(ctx context.Context, names []string) ([]resources.Observed, error)
	// Apply makes changes side by side. done is called once a change, from any goroutine, as soon as it is known to be
	// made or not.
	Apply(ctx context.Context, changes []plans.Change, done func(plans.Change, error))
}

// Judge says beforehand whether a registry would take a schema.
type Judge interface {
	// Judge gives the registry's reasons against a subject's new schema; none where it would take it.
	Judge(ctx context.Context, change plans.Change) ([]string, error)
}

// Ledger keeps the mesh's state: what is desired, what Weft owns, and what was done when.
type Ledger interface {
	// State gives what the ledger holds; a ledger that does not exist yet holds nothing.
	State(ctx context.Context) (State, error)
	// Open makes the ledger the caller's alone: whoever wrote to it before is fenced.
	Open(ctx context.Context) error
	// Write keeps entries, all or none of them.
	Write(ctx context.Context, entries ...Entry) error
}

// Environment asks the outside systems what is true of them.
type Environment func(ctx context.Context) (resources.Environment, error)

// Reconciler plans and applies for one mesh in one environment.
type Reconciler struct {
	Environment Environment
	Targets     map[addrs.Kind]Target
	Judge       Judge
	Validator   Validator // nil: there is no Kafka Connect
	Databases   Databases // nil: the tables that are captured are not looked at
	Ledger      Ledger
	By          string // who applies, for the journal
}

// Options of a plan and of its apply.
type Options struct {
	AllowDelete []addrs.Resource
	Adopt       []addrs.Resource
}

// Plan compares what a set of contracts needs with what is there. It changes nothing.
func (r *Reconciler) Plan(ctx context.Context, set contracts.Set, bundle contracts.Bundle, options Options) (plans.Plan, error) {
	state, err := r.Ledger.State(ctx)
	if err != nil {
		return plans.Plan{}, fmt.Errorf("read the mesh's state: %w", err)
	}
	return r.plan(ctx, set, bundle, options, state)
}

func (r *Reconciler) plan(ctx context.Context, set contracts.Set, bundle contracts.Bundle, options Options, state State) (plans.Plan, error) {
	env, err := r.Environment(ctx)
	if err != nil {
		return plans.Plan{}, err
	}
	env.Control = set.Mesh.Control
	desired := resources.Desired(set, env)
	observed, err := r.observe(ctx, desired, state)
	if err != nil {
		return plans.Plan{}, err
	}
	remembered(observed, state)
	plan := plans.Diff(plans.Comparison{
		Environment: env.Name, Desired: desired, Observed: observed, Owned: state.Owned, Domains: scope(set), Affected: affected(set),
		AllowDelete: addressSet(options.AllowDelete), Adopt: addressSet(options.Adopt),
	})
	plan.Digest = bundle.Digest()
	plan.Products = products(set)
	if !env.ReadOnly {
		plan.Notes = append(plan.Notes, "the registry has no modes: subjects stay open to registrations by others")
	}
	if at := atLeastOnce(desired, env); at != "" {
		plan.Notes = append(plan.Notes, at)
	}
	if err := showSQL(&plan, set, state); err != nil {
		return plans.Plan{}, fmt.Errorf("read the contracts that were applied last: %w", err)
	}
	if err := r.judge(ctx, &plan); err != nil {
		return plans.Plan{}, err
	}
	if err := r.validate(ctx, &plan); err != nil {
		return plans.Plan{}, err
	}
	r.lookAtTables(ctx, &plan, desired, env)
	return plan.Sealed(), nil
}

// observe reads, side by side, what is desired and what is owned.
func (r *Reconciler) observe(ctx context.Context, desired resources.Graph, state State) (map[addrs.Resource]resources.Observed, error) {
	names := map[addrs.Kind]map[string]bool{}
	ask := func(addr addrs.Resource) {
		if names[addr.Kind] == nil {
			names[addr.Kind] = map[string]bool{}
		}
		names[addr.Kind][addr.Name] = true
	}
	for _, resource := range desired.Resources {
		ask(resource.Addr)
	}
	for addr := range state.Owned {
		ask(addr)
	}
	return r.readAll(ctx, names)
}

func (r *Reconciler) readAll(ctx context.Context, names map[addrs.Kind]map[string]bool) (map[addrs.Resource]resources.Observed, error) {
	results := make(chan []resources.Observed, len(names))
	group, ctx := errgroup.WithContext(ctx)
	for kind, wanted := range names {
		target, ok := r.Targets[kind]
		if !ok {
			return nil, fmt.Errorf("this version of Weft has no hand on %ss", kind)
		}
		group.Go(func() error {
			found, err := target.Read(ctx, sortedKeys(wanted))
			if err != nil {
				return fmt.Errorf("read %ss: %w", kind, err)
			}
			results <- found
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	close(results)
	observed := map[addrs.Resource]resources.Observed{}
	for found := range results {
		for _, o := range found {
			observed[o.Addr] = o
		}
	}
	return observed, nil
}
