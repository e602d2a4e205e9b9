package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
)

// Errors of an apply that a caller can name a remedy for.
var (
	ErrChanged  = errors.New("the world is not as the plan saw it")
	ErrProblems = errors.New("the plan has problems")
)

// Progress tells of one change as it is made or fails.
type Progress struct {
	Change plans.Change
	Err    error
	Done   int
	Total  int
}

// Outcome is what an apply reached, failed or not.
type Outcome struct {
	Plan   string                    `json:"plan"`
	Made   int                       `json:"made"`
	Failed map[addrs.Resource]string `json:"failed,omitempty"`
	Took   time.Duration             `json:"took"`
}

// Apply makes the changes of the plan with this hash ("" for whatever the plan is now), in the order: the control
// domain's topics, then topics and subjects side by side, then jobs. Each change is claimed and journalled before it is made and
// journalled after it. (Invariant 4: what was reviewed is what is applied.)
func (r *Reconciler) Apply(ctx context.Context, set contracts.Set, bundle contracts.Bundle, hash string, options Options, progress func(Progress)) (plans.Plan, Outcome, error) {
	start := time.Now()
	plan, err := r.Plan(ctx, set, bundle, options)
	if err != nil {
		return plan, Outcome{}, err
	}
	outcome := Outcome{Plan: plan.Hash, Failed: map[addrs.Resource]string{}}
	switch {
	case hash != "" && hash != plan.Hash:
		return plan, outcome, fmt.Errorf("%w: it is %s, and what is there or the files have changed since (now %s); plan again", ErrChanged, hash, plan.Hash)
	case plan.Problems.HasErrors():
		return plan, outcome, fmt.Errorf("%w; nothing was changed", ErrProblems)
	}
	a := &application{Reconciler: r, plan: plan, outcome: &outcome, progress: progress}
	err = a.run(ctx, set, bundle)
	outcome.Took = time.Since(start)
	return plan, outcome, err
}

// application is one apply under way.
type application struct {
	*Reconciler
	plan     plans.Plan
	progress func(Progress)

	mu      sync.Mutex
	outcome *Outcome
	records []Entry
}

func (a *application) run(ctx context.Context, set contracts.Set, bundle contracts.Bundle) error {
	control, rest := a.split(set.Mesh.Control)
	if err := a.make(ctx, addrs.KindTopic, control); err != nil {
		return err
	}
	if err := a.Ledger.Open(ctx); err != nil {
		return fmt.Errorf("open the mesh's state: %w", err)
	}
	state, err := a.Ledger.State(ctx)
	if err != nil {
		return fmt.Errorf("read the mesh's state: %w", err)
	}
	if err := a.Ledger.Write(ctx, a.claims(control, rest, set, bundle, state)...); err != nil {
		return fmt.Errorf("write to the mesh's state: %w", err)
	}
	failed := a.everything(ctx, rest)
	if err := a.Ledger.Write(ctx, a.results(set, state)...); err != nil {
		return errors.Join(failed, fmt.Errorf("write to the mesh's state: %w", err))
	}
	return failed
}

// split sets the control domain's own topics apart: the state is kept in them.
func (a *application) split(control string) (first, rest []plans.Change) {
	for _, c := range a.plan.Changes {
		if c.Domain == control {
			first = append(first, c)
		} else {
			rest = append(rest, c)
		}
	}
	return first, rest
}

// claims are written before anything is made: who owns what, what is intended, the files, and that the products
// concerned are being worked on.
func (a *application) claims(control, rest []plans.Change, set contracts.Set, bundle contracts.Bundle, state State) []Entry {
	var entries []Entry
	for _, c := range slices.Concat(control, rest) {
		if c.Action != plans.Delete {
			entries = append(entries, claim(c, state.Owned[c.Addr]))
		}
		entries = append(entries, Entry{Change: a.record(c, StepIntended, nil)})
	}
	for addr := range a.unsettled(state) {
		if p, ok := set.Product(addr); ok {
			entries = append(entries, a.product(p, StatusApplying))
		}
	}
	return append(entries, fileEntries(bundle, state.Bundle)...)
}

// claim says that a resource is Weft's. What is known of one that was so before stays.
func claim(c plans.Change, before plans.Owner) Entry {
	return Entry{Key: resourcePrefix + c.Addr.String(), Value: OwnerRecord{
		Resource: c.Addr, Domain: c.Domain, Product: c.Product, Snapshot: before.Snapshot, Adopted: before.Adopted || c.Action == plans.Adopt,
	}}
}

// fileEntries replace the files that were applied last by those of now.
func fileEntries(bundle, before contracts.Bundle) []Entry {
	var entries []Entry
	for _, path := range slices.Sorted(maps.Keys(bundle)) {
		if before[path] != bundle[path] {
			entries = append(entries, Entry{Key: filePrefix + path, Value: FileRecord{path, bundle[path]}})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if _, still := bundle[path]; !still {
			entries = append(entries, Entry{Key: filePrefix + path})
		}
	}
	return entries
}

func (a *application) touched() map[addrs.Product]bool {
	touched := map[addrs.Product]bool{}
	for _, c := range a.plan.Changes {
		for _, p := range concerned(c) {
			touched[p] = true
		}
	}
	return touched
}

// unsettled are the products that are not live until the changes are made.
func (a *application) unsettled(state State) map[addrs.Product]bool {
	products := map[addrs.Product]bool{}
	for _, c := range a.plan.Changes {
		for _, p := range waiting(c, state) {
			products[p] = true
		}
	}
	return products
}

func (a *application) product(p contracts.Product, status string) Entry {
	return Entry{Key: productPrefix + p.Addr.String(), Value: ProductRecord{
		Product: p.Addr, Version: p.Version.String(), Status: status, Plan: a.plan.Hash, At: time.Now().UTC(),
	}}
}

func (a *application) record(c plans.Change, step string, err error) *ChangeRecord {
	record := &ChangeRecord{At: time.Now().UTC(), By: a.By, Plan: a.plan.Hash, Step: step, Resource: c.Addr, Action: c.Action}
	if step == StepIntended {
		record.Changed = c.Attributes
	}
	if err != nil {
		record.Error = err.Error()
	}
	return record
}

// everything makes the changes of each kind side by side: connectors and jobs that end go first, and those that start
// last, when their topics and subjects are there.
func (a *application) everything(ctx context.Context, changes []plans.Change) error {
	ending, starting := map[addrs.Kind][]plans.Change{}, map[addrs.Kind][]plans.Change{}
	var middle []plans.Change
	for _, c := range changes {
		switch kind := c.Addr.Kind; {
		case !slices.Contains(running, kind):
			middle = append(middle, c)
		case c.Action == plans.Delete:
			ending[kind] = append(ending[kind], c)
		default:
			starting[kind] = append(starting[kind], c)
		}
	}
	var failed error
	for _, kind := range running {
		failed = errors.Join(failed, a.make(ctx, kind, ending[kind]))
	}
	failed = errors.Join(failed, a.sideBySide(ctx, middle))
	for _, kind := range running {
		failed = errors.Join(failed, a.make(ctx, kind, a.ready(starting[kind])))
	}
	return failed
}

// running are the kinds that work on topics: they end before those go, and start when those are there.
var running = []addrs.Kind{addrs.KindConnector, addrs.KindJob}

// ready leaves out the connectors and jobs that need what could not be made.
func (a *application) ready(changes []plans.Change) []plans.Change {
	var ready []plans.Change
	for _, c := range changes {
		needs := c.Desired.Needs()
		if i := slices.IndexFunc(needs, func(r addrs.Resource) bool { return a.outcome.Failed[r] != "" }); i >= 0 {
			a.done(c, fmt.Errorf("it needs %s, which could not be made", needs[i]))
			continue
		}
		ready = append(ready, c)
	}
	return ready
}

func (a *application) sideBySide(ctx context.Context, changes []plans.Change) error {
	byKind := map[addrs.Kind][]plans.Change{}
	for _, c := range changes {
		byKind[c.Addr.Kind] = append(byKind[c.Addr.Kind], c)
	}
	errs := make(chan error, len(byKind))
	for kind, list := range byKind {
		go func() { errs <- a.make(ctx, kind, list) }()
	}
	var failed error
	for range byKind {
		failed = errors.Join(failed, <-errs)
	}
	return failed
}

func (a *application) make(ctx context.Context, kind addrs.Kind, changes []plans.Change) error {
	if len(changes) == 0 {
		return nil
	}
	var first error
	failures := 0
	a.Targets[kind].Apply(ctx, changes, func(c plans.Change, err error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if err != nil {
			first, failures = cmpFirst(first, fmt.Errorf("%s %s: %w", c.Action, c.Addr, err)), failures+1
		}
		a.done(c, err)
	})
	if failures > 1 {
		return fmt.Errorf("%w (and %d more)", first, failures-1)
	}
	return first
}

// done notes what became of a change.
func (a *application) done(c plans.Change, err error) {
	if err != nil {
		a.outcome.Failed[c.Addr] = err.Error()
		a.records = append(a.records, Entry{Change: a.record(c, StepFailed, err)})
	} else {
		a.outcome.Made++
		a.records = append(a.records, Entry{Change: a.record(c, StepMade, nil)})
	}
	if a.progress != nil {
		a.progress(Progress{Change: c, Err: err, Done: a.outcome.Made + len(a.outcome.Failed), Total: len(a.plan.Changes)})
	}
}

func cmpFirst(first, next error) error {
	if first != nil {
		return first
	}
	return next
}

// results are written after everything was tried: what became of each change, what is gone, and which products are
// live. A product with a failed change stays as it is: being worked on.
func (a *application) results(set contracts.Set, state State) []Entry {
	entries := a.records
	unfinished := map[addrs.Product]bool{}
	for _, c := range a.plan.Changes {
		_, failed := a.outcome.Failed[c.Addr]
		switch {
		case failed:
			for _, p := range waiting(c, state) {
				unfinished[p] = true
			}
		case c.Desired.Connector != nil:
			entries = append(entries, snapshotDone(c, state.Owned[c.Addr]))
		case c.Action == plans.Delete:
			entries = append(entries, Entry{Key: resourcePrefix + c.Addr.String()})
		}
	}
	for _, addr := range a.plan.Gone { // an apply deleted it and was cut off, or someone else did
		entries = append(entries, Entry{Key: resourcePrefix + addr.String()})
	}
	entries = append(entries, a.settled(set, state, unfinished)...)
	for addr := range state.Products {
		if _, still := set.Product(addr); !still && !owns(state, a.plan, addr) {
			entries = append(entries, Entry{Key: productPrefix + addr.String()})
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return append(entries, Entry{Change: &ChangeRecord{At: time.Now().UTC(), By: a.By, Plan: a.plan.Hash, Step: StepFinished}})
}

// settled says of products that they are live, where that is new or they were changed.
func (a *application) settled(set contracts.Set, state State, unfinished map[addrs.Product]bool) []Entry {
	var entries []Entry
	touched := a.touched()
	for _, p := range set.Products {
		if r, known := state.Products[p.Addr]; !unfinished[p.Addr] && (!known || r.Status != StatusLive || r.Version != p.Version.String() || touched[p.Addr]) {
			entries = append(entries, a.product(p, StatusLive))
		}
	}
	return entries
}

// owns reports whether resources of a product that no file declares are left after the plan.
func owns(state State, plan plans.Plan, product addrs.Product) bool {
	gone := map[addrs.Resource]bool{}
	for _, c := range plan.Changes {
		gone[c.Addr] = c.Action == plans.Delete
	}
	for _, addr := range plan.Gone {
		gone[addr] = true
	}
	for addr, owner := range state.Owned {
		if owner.Product == product && !gone[addr] {
			return true
		}
	}
	return false
}
