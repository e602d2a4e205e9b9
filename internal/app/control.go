package app

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
)

// control plans and applies bundles of files, one apply after the other, and knows which contracts are live.
type control struct {
	reconciler *reconcile.Reconciler
	check      func(contracts.Set) diags.List

	applying sync.Mutex
	live     atomic.Pointer[contracts.Set]
	follow   func(contracts.Set) // told of the live contracts whenever they may have changed; nil: nobody is
}

func newControl(reconciler *reconcile.Reconciler, check func(contracts.Set) diags.List) *control {
	c := &control{reconciler: reconciler, check: check}
	c.live.Store(&contracts.Set{})
	return c
}

// Set is the live contracts.
func (c *control) Set() contracts.Set { return *c.live.Load() }

// load reads a bundle and checks it.
func (c *control) load(files contracts.Bundle) (contracts.Set, diags.List, error) {
	fsys, err := files.FS()
	if err != nil {
		return contracts.Set{}, nil, err
	}
	set, problems, err := contracts.Load(fsys)
	if err != nil {
		return set, nil, err
	}
	problems.Add(c.check(set)...)
	return set, problems.Sorted(), nil
}

// Plan compares what files declare with what is there.
func (c *control) Plan(ctx context.Context, files contracts.Bundle, options reconcile.Options) (plans.Plan, error) {
	set, problems, err := c.load(files)
	if err != nil || problems.HasErrors() {
		return plans.Plan{Problems: problems}.Sealed(), err
	}
	plan, err := c.reconciler.Plan(ctx, set, files, options)
	return plan, err
}

// Apply makes the changes of a plan. A set with problems changes nothing.
func (c *control) Apply(ctx context.Context, files contracts.Bundle, hash string, options reconcile.Options, progress func(reconcile.Progress)) (plans.Plan, reconcile.Outcome, error) {
	c.applying.Lock()
	defer c.applying.Unlock()
	set, problems, err := c.load(files)
	if err != nil {
		return plans.Plan{}, reconcile.Outcome{}, err
	}
	if problems.HasErrors() {
		return plans.Plan{Problems: problems}.Sealed(), reconcile.Outcome{}, fmt.Errorf("%w; nothing was changed", reconcile.ErrProblems)
	}
	plan, outcome, err := c.reconciler.Apply(ctx, set, files, hash, options, progress)
	if refreshed := c.refresh(ctx); err == nil {
		err = refreshed
	}
	return plan, outcome, err
}

// refresh takes the live contracts from the mesh's state: nothing half-made is among them. (Invariant 6.)
func (c *control) refresh(ctx context.Context) error {
	set, err := liveSet(ctx, c.reconciler.Ledger)
	if err != nil {
		return err
	}
	c.live.Store(&set)
	if c.follow != nil {
		c.follow(set)
	}
	return nil
}

// liveSet is what a mesh's state says of the contracts whose products are there.
func liveSet(ctx context.Context, ledger reconcile.Ledger) (contracts.Set, error) {
	state, err := ledger.State(ctx)
	if err != nil {
		return contracts.Set{}, fmt.Errorf("read the mesh's state: %w", err)
	}
	fsys, err := state.Bundle.FS()
	if err != nil {
		return contracts.Set{}, err
	}
	set, _, err := contracts.Load(fsys)
	if err != nil {
		return contracts.Set{}, err
	}
	products := set.Products[:0:0]
	for _, p := range set.Products {
		if state.Products[p.Addr].Status == reconcile.StatusLive {
			products = append(products, p)
		}
	}
	set.Products = products
	return set, nil
}
