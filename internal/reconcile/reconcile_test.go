package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// world is an outside system of one kind, in memory. What fails names resources whose changes fail.
type world struct {
	kind  addrs.Kind
	mu    sync.Mutex
	there map[string]map[string]string
	fails map[string]bool
}

func newWorld(kind addrs.Kind) *world {
	return &world{kind: kind, there: map[string]map[string]string{}, fails: map[string]bool{}}
}

func (w *world) Read(_ context.Context, names []string) ([]resources.Observed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []resources.Observed
	for _, name := range names {
		if attributes, ok := w.there[name]; ok {
			copied := map[string]string{}
			for k, v := range attributes {
				copied[k] = v
			}
			found = append(found, resources.Observed{Addr: addrs.Resource{Kind: w.kind, Name: name}, Attributes: copied})
		}
	}
	return found, nil
}

var errBroken = errors.New("the broker went away")

func (w *world) Apply(_ context.Context, changes []plans.Change, done func(plans.Change, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range changes {
		switch {
		case w.fails[c.Addr.Name]:
			done(c, errBroken)
			continue
		case c.Action == plans.Delete:
			delete(w.there, c.Addr.Name)
		default:
			attributes := map[string]string{}
			for name, value := range c.Desired.Attributes {
				attributes[name] = value.Text
			}
			w.there[c.Addr.Name] = attributes
		}
		done(c, nil)
	}
}

// ledger keeps the state in memory, through the same JSON as the one in Kafka.
type ledger struct {
	state   reconcile.State
	journal []reconcile.ChangeRecord
	broken  bool
}

func (l *ledger) State(context.Context) (reconcile.State, error) { return l.state, nil }
func (l *ledger) Open(context.Context) error                     { return nil }

func (l *ledger) Write(_ context.Context, entries ...reconcile.Entry) error {
	if l.broken {
		return errBroken
	}
	for _, e := range entries {
		if e.Change != nil {
			l.journal = append(l.journal, *e.Change)
			continue
		}
		var text []byte
		if e.Value != nil {
			text, _ = json.Marshal(e.Value)
		}
		if err := l.state.Take(e.Key, text); err != nil {
			return err
		}
	}
	return nil
}

// mesh is a reconciler with its worlds.
type mesh struct {
	*reconcile.Reconciler
	topics, subjects *world
	ledger           *ledger
}

func newMesh() *mesh {
	m := &mesh{topics: newWorld(addrs.KindTopic), subjects: newWorld(addrs.KindSubject), ledger: &ledger{state: reconcile.NewState()}}
	m.Reconciler = &reconcile.Reconciler{
		Environment: func(context.Context) (resources.Environment, error) {
			return resources.Environment{Name: "test", Brokers: 1, ReadOnly: true}, nil
		},
		Targets: map[addrs.Kind]reconcile.Target{addrs.KindTopic: m.topics, addrs.KindSubject: m.subjects},
		Ledger:  m.ledger,
	}
	return m
}

// product is the text of a contract.
func product(name, more string) string {
	return fmt.Sprintf("domain: shop\nproduct: %s\nversion: \"1.0\"\nowner: shop@example.com\nsla: {freshness: 1m}\n%sschema:\n  fields:\n    - {name: id, type: string}\n    - {name: at, type: timestamp}\n", name, more)
}

func load(t fataler, products map[string]string) (contracts.Set, contracts.Bundle) {
	bundle := contracts.Bundle{"mesh.yaml": "name: test\n"}
	for name, text := range products {
		bundle["domains/shop/"+name+"/data-contract.yaml"] = text
	}
	fsys, err := bundle.FS()
	if err != nil {
		t.Fatal(err)
	}
	set, problems, err := contracts.Load(fsys)
	if err != nil || problems.HasErrors() {
		t.Fatal(err, problems)
	}
	return set, bundle
}

type fataler interface{ Fatal(args ...any) }

func (m *mesh) apply(t *testing.T, products map[string]string, options reconcile.Options) (reconcile.Outcome, error) {
	t.Helper()
	set, bundle := load(t, products)
	_, outcome, err := m.Apply(t.Context(), set, bundle, "", options, nil)
	return outcome, err
}

func (m *mesh) plan(t *testing.T, products map[string]string) plans.Plan {
	t.Helper()
	set, bundle := load(t, products)
	plan, err := m.Plan(t.Context(), set, bundle, reconcile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func changes(plan plans.Plan) string {
	var parts []string
	for _, c := range plan.Changes {
		parts = append(parts, c.Action.Symbol()+" "+c.Addr.String())
	}
	for _, p := range plan.Pending {
		parts = append(parts, "waiting "+p.Action.Symbol()+" "+p.Addr.String())
	}
	return strings.Join(parts, "\n")
}

// TestAfterAnApplyThePlanIsEmpty is a law, whatever the products and whatever was there before.
func TestAfterAnApplyThePlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMesh()
		names := []string{"a", "b", "c", "d"}
		settings := []string{"", "kind: state\n", "topic: {partitions: 3}\n", "topic: {config: {max.message.bytes: \"2000\"}}\n", "schema: {}\n"}[:4]
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			products := map[string]string{}
			for _, name := range names {
				if rapid.Bool().Draw(t, name) {
					products[name] = product(name, rapid.SampledFrom(settings).Draw(t, "settings of "+name))
				}
			}
			set, bundle := load(t, products)
			before, err := m.Plan(context.Background(), set, bundle, reconcile.Options{})
			if err != nil || before.Problems.HasErrors() {
				continue // more partitions of a keyed topic, say: nothing is applied
			}
			again, err := m.Plan(context.Background(), set, bundle, reconcile.Options{})
			if err != nil || again.Hash != before.Hash {
				t.Fatalf("two plans of the same have hashes %s and %s, %v", before.Hash, again.Hash, err)
			}
			if _, _, err := m.Apply(context.Background(), set, bundle, before.Hash, reconcile.Options{}, nil); err != nil {
				t.Fatal(err)
			}
			if after, err := m.Plan(context.Background(), set, bundle, reconcile.Options{}); err != nil || !after.Empty() {
				t.Fatalf("after an apply:\n%s %v", changes(after), err)
			}
		}
	})
}

func TestAnInterruptedApplyIsContinued(t *testing.T) {
	m := newMesh()
	products := map[string]string{"a": product("a", ""), "b": product("b", "")}
	m.topics.fails["shop.a.v1.changed"] = true
	outcome, err := m.apply(t, products, reconcile.Options{})
	if !errors.Is(err, errBroken) || len(outcome.Failed) != 1 {
		t.Fatalf("outcome %+v, %v", outcome, err)
	}
	state := m.ledger.state
	a, b := state.Products[addrs.Product{Domain: "shop", Name: "a", Major: 1}], state.Products[addrs.Product{Domain: "shop", Name: "b", Major: 1}]
	if a.Status != reconcile.StatusApplying || b.Status != reconcile.StatusLive {
		t.Errorf("a is %s and b is %s; what is half made must not be live", a.Status, b.Status)
	}
	failed := slices.ContainsFunc(m.ledger.journal, func(r reconcile.ChangeRecord) bool {
		return r.Step == reconcile.StepFailed && r.Resource.Name == "shop.a.v1.changed" && r.Error != ""
	})
	if !failed {
		t.Errorf("the journal does not say what failed: %+v", m.ledger.journal)
	}
	if got := changes(m.plan(t, products)); got != "+ topic/shop.a.v1.changed" {
		t.Errorf("the next plan is\n%s", got)
	}
	delete(m.topics.fails, "shop.a.v1.changed")
	if _, err := m.apply(t, products, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	if status := m.ledger.state.Products[a.Product].Status; status != reconcile.StatusLive {
		t.Errorf("after the next apply a is %s", status)
	}
}

func TestWhatOthersMadeIsNotTouched(t *testing.T) {
	m := newMesh()
	m.topics.there["shop.a.v1.changed"] = map[string]string{"partitions": "12", "replication": "1"}
	products := map[string]string{"a": product("a", "")}
	plan := m.plan(t, products)
	if len(plan.Problems) != 1 || plan.Problems[0].Rule != plans.RuleUnowned {
		t.Fatalf("problems: %v", plan.Problems)
	}
	if _, err := m.apply(t, products, reconcile.Options{}); !errors.Is(err, reconcile.ErrProblems) {
		t.Errorf("apply says %v", err)
	}
	if m.topics.there["shop.a.v1.changed"]["partitions"] != "12" || len(m.subjects.there) != 0 {
		t.Error("something was changed")
	}
	adopt := []addrs.Resource{{Kind: addrs.KindTopic, Name: "shop.a.v1.changed"}}
	if _, err := m.apply(t, products, reconcile.Options{Adopt: adopt}); err != nil {
		t.Fatal(err)
	}
	if owner, ok := m.ledger.state.Owned[adopt[0]]; !ok || owner.Domain != "shop" {
		t.Error("the topic was not adopted")
	}
}

func TestDeletionWaitsForLeave(t *testing.T) {
	m := newMesh()
	if _, err := m.apply(t, map[string]string{"a": product("a", ""), "b": product("b", "")}, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	left := map[string]string{"b": product("b", "")}
	if got := changes(m.plan(t, left)); got != "waiting - subject/shop.a.v1.changed-value\nwaiting - topic/shop.a.v1.changed" {
		t.Errorf("the plan is\n%s", got)
	}
	if _, err := m.apply(t, left, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, still := m.topics.there["shop.a.v1.changed"]; !still {
		t.Error("the topic was deleted unasked")
	}
	leave := []addrs.Resource{{Kind: addrs.KindTopic, Name: "shop.a.v1.changed"}, {Kind: addrs.KindSubject, Name: "shop.a.v1.changed-value"}}
	if _, err := m.apply(t, left, reconcile.Options{AllowDelete: leave}); err != nil {
		t.Fatal(err)
	}
	if _, still := m.topics.there["shop.a.v1.changed"]; still || len(m.ledger.state.Products) != 1 {
		t.Errorf("the topic is there: %t; products %v", still, m.ledger.state.Products)
	}
}

// TestWhatWasReviewedIsWhatIsApplied: another world, another hash.
func TestWhatWasReviewedIsWhatIsApplied(t *testing.T) {
	m := newMesh()
	products := map[string]string{"a": product("a", "")}
	set, bundle := load(t, products)
	reviewed := m.plan(t, products)
	if _, err := m.apply(t, products, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	m.topics.there["shop.a.v1.changed"]["config.retention.ms"] = "1"
	if _, _, err := m.Apply(t.Context(), set, bundle, reviewed.Hash, reconcile.Options{}, nil); !errors.Is(err, reconcile.ErrChanged) {
		t.Errorf("an old plan is applied: %v", err)
	}
	drifted := m.plan(t, products)
	if _, _, err := m.Apply(t.Context(), set, bundle, drifted.Hash, reconcile.Options{}, nil); err != nil {
		t.Error(err)
	}
}

// TestMorePartitionsOfAKeyedTopicAreRefused: records of one key would be in two places.
func TestMorePartitionsOfAKeyedTopicAreRefused(t *testing.T) {
	m := newMesh()
	if _, err := m.apply(t, map[string]string{"a": product("a", "topic: {partitions: 3}\n")}, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	plan := m.plan(t, map[string]string{"a": product("a", "topic: {partitions: 6}\n")})
	if len(plan.Problems) != 1 || plan.Problems[0].Rule != plans.RulePartitions {
		t.Errorf("problems: %v", plan.Problems)
	}
	fewer := m.plan(t, map[string]string{"a": product("a", "topic: {partitions: 1}\n")})
	if got := changes(fewer); got != "waiting ± topic/shop.a.v1.changed" {
		t.Errorf("fewer partitions:\n%s", got)
	}
}
