package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
)

// countdown fails one call, the nth of all that change something.
type countdown struct {
	mu   sync.Mutex
	left int
	hit  bool
}

func (c *countdown) fails() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left--
	c.hit = c.hit || c.left == 0
	return c.left == 0
}

// failingWorld is a world whose changes take part in the countdown.
type failingWorld struct {
	*world
	*countdown
}

func (w failingWorld) Apply(ctx context.Context, changes []plans.Change, done func(plans.Change, error)) {
	for _, c := range changes {
		if w.countdown.fails() {
			done(c, errBroken)
			continue
		}
		w.world.Apply(ctx, []plans.Change{c}, done)
	}
}

// failingLedger is a ledger whose writes take part.
type failingLedger struct {
	*ledger
	*countdown
}

func (l failingLedger) Open(ctx context.Context) error {
	if l.fails() {
		return errBroken
	}
	return l.ledger.Open(ctx)
}

func (l failingLedger) Write(ctx context.Context, entries ...reconcile.Entry) error {
	if l.fails() {
		return errBroken
	}
	return l.ledger.Write(ctx, entries...)
}

// TestWhicheverCallFailsTheNextApplyCompletes fails each call of an apply in turn: it is said, nothing half made is live,
// and the next apply brings everything there. (Invariant 5.)
func TestWhicheverCallFailsTheNextApplyCompletes(t *testing.T) {
	before := map[string]string{"a": product("a", ""), "b": product("b", ""), "gone": product("gone", "")}
	after := map[string]string{"a": product("a", "topic: {config: {max.message.bytes: \"2000\"}}\n"), "b": product("b", ""), "c": product("c", ""), "d": product("d", "")}
	leave := reconcile.Options{AllowDelete: []addrs.Resource{{Kind: addrs.KindTopic, Name: "shop.gone.v1.changed"}, {Kind: addrs.KindSubject, Name: "shop.gone.v1.changed-value"}}}
	for n := 1; ; n++ {
		m := newMesh()
		if _, err := m.apply(t, before, reconcile.Options{}); err != nil {
			t.Fatal(err)
		}
		broken := &countdown{left: n}
		m.Targets = map[addrs.Kind]reconcile.Target{addrs.KindTopic: failingWorld{m.topics, broken}, addrs.KindSubject: failingWorld{m.subjects, broken}}
		m.Ledger = failingLedger{m.ledger, broken}
		_, err := m.apply(t, after, leave)
		if !broken.hit {
			if n < 8 || err != nil {
				t.Errorf("an apply that nothing disturbs made %d calls and says %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, errBroken) {
			t.Errorf("call %d failed, and apply says %v", n, err)
		}
		m.nothingHalfMadeIsLive(t, n, after)
		if _, err := m.apply(t, after, leave); err != nil {
			t.Errorf("after call %d failed the next apply says %v", n, err)
		}
		if plan := m.plan(t, after); plan.Drifted() {
			t.Errorf("after call %d failed the next apply left\n%s", n, changes(plan))
		}
		for addr, record := range m.ledger.state.Products {
			if record.Status != reconcile.StatusLive || addr.Name == "gone" {
				t.Errorf("after call %d failed and the next apply %s is %s", n, addr, record.Status)
			}
		}
		if got := len(m.ledger.state.Products); got != len(after) {
			t.Errorf("after call %d failed and the next apply %d products are known, want %d", n, got, len(after))
		}
	}
}

// nothingHalfMadeIsLive looks for products that are new, live, and not all there.
func (m *mesh) nothingHalfMadeIsLive(t *testing.T, n int, products map[string]string) {
	t.Helper()
	plan := m.plan(t, products)
	for addr, record := range m.ledger.state.Products {
		made := slices.ContainsFunc(plan.Changes, func(c plans.Change) bool { return c.Product == addr && c.Action == plans.Create })
		if record.Status == reconcile.StatusLive && made {
			t.Errorf("after call %d failed %s is live and not all there", n, addr)
		}
	}
}
