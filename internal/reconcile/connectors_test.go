package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// connectors is Kafka Connect in memory: it has configurations and states, and does not tell which tables were read.
type connectors struct {
	*world
	asked []string // snapshots that changes asked for
}

func (c *connectors) Read(ctx context.Context, names []string) ([]resources.Observed, error) {
	found, err := c.world.Read(ctx, names)
	for _, o := range found {
		delete(o.Attributes, resources.Snapshot)
	}
	return found, err
}

func (c *connectors) Apply(ctx context.Context, changes []plans.Change, done func(plans.Change, error)) {
	for _, change := range changes {
		for _, a := range change.Attributes {
			if a.Name == resources.Snapshot {
				c.asked = append(c.asked, strings.Join(captures.Unread(a.Old, a.New), " "))
			}
		}
	}
	c.world.Apply(ctx, changes, done)
}

// capturing is a mesh whose products are captured from one database.
func capturing() (*mesh, *connectors) {
	m := newMesh()
	c := &connectors{world: newWorld(addrs.KindConnector)}
	m.Targets[addrs.KindConnector] = c
	database := contracts.Connection{Postgres: &contracts.Database{Host: "db", Database: "shop", User: "weft", Password: contracts.Secret{Env: "DB"}}}
	m.Environment = func(context.Context) (resources.Environment, error) {
		return resources.Environment{
			Name: "test", Brokers: 1, ReadOnly: true,
			Connect: &resources.Connect{Mesh: "shop", Connections: map[string]contracts.Connection{"db": database}},
		}, nil
	}
	return m, c
}

func tableOf(name string) string {
	return product(name, fmt.Sprintf("source: {postgres: {connection: db, table: public.%s}}\n", name))
}

const theConnector = "shop-shop-db"

// TestATableThatIsAddedIsReadEvenIfTheApplyWasCutOff: what a connector has read is remembered when it was asked to, and
// not before. (Invariant 5.)
func TestATableThatIsAddedIsReadEvenIfTheApplyWasCutOff(t *testing.T) {
	m, c := capturing()
	products := map[string]string{"a": tableOf("a")}
	if _, err := m.apply(t, products, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	if plan := m.plan(t, products); plan.Drifted() {
		t.Fatalf("after an apply:\n%s", changes(plan))
	}
	products["b"] = tableOf("b")
	c.fails[theConnector] = true
	if _, err := m.apply(t, products, reconcile.Options{}); !errors.Is(err, errBroken) {
		t.Fatalf("apply says %v", err)
	}
	for name, want := range map[string]string{"a": reconcile.StatusLive, "b": reconcile.StatusApplying} {
		if status := m.ledger.state.Products[addrs.Product{Domain: "shop", Name: name, Major: 1}].Status; status != want {
			t.Errorf("%s is %s, want %s", name, status, want)
		}
	}
	delete(c.fails, theConnector)
	c.asked = nil
	if _, err := m.apply(t, products, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	if len(c.asked) != 1 || c.asked[0] != "public.b" {
		t.Errorf("the next apply asks for %q", c.asked)
	}
	if plan := m.plan(t, products); plan.Drifted() {
		t.Errorf("after it:\n%s", changes(plan))
	}
}

// live is a database that says one thing.
type live struct {
	db  captures.Database
	err error
}

func (l live) Look(context.Context, captures.Capture) (captures.Database, error) { return l.db, l.err }

// TestATableThatContradictsBlocksOnlyWhatTouchesIt: another team's DDL does not keep the mesh from being applied.
func TestATableThatContradictsBlocksOnlyWhatTouchesIt(t *testing.T) {
	m, _ := capturing()
	m.Databases = live{db: captures.Database{}} // it has no tables at all
	products := map[string]string{"a": tableOf("a")}
	if plan := m.plan(t, products); !plan.Problems.HasErrors() || !strings.Contains(fmt.Sprint(plan.Problems), "there is no table public.a in db:5432/shop") {
		t.Errorf("a new product of a table that is not there: %v", plan.Problems)
	}
	m.Databases = nil
	if _, err := m.apply(t, products, reconcile.Options{}); err != nil {
		t.Fatal(err)
	}
	m.Databases = live{db: captures.Database{}}
	products["other"] = product("other", "")
	plan := m.plan(t, products)
	if plan.Problems.HasErrors() || plan.Problems.Count(diags.Warning) == 0 || plan.Empty() {
		t.Errorf("a table that went, beside a product that has nothing to do with it: %v\n%s", plan.Problems, changes(plan))
	}
	m.Databases = live{err: errors.New("PostgreSQL at db:5432 cannot be reached")}
	plan = m.plan(t, products)
	if len(plan.Problems) != 0 || !strings.Contains(strings.Join(plan.Notes, "\n"), "were not looked at: PostgreSQL at db:5432 cannot be reached") {
		t.Errorf("a database that does not answer: %v %v", plan.Problems, plan.Notes)
	}
}
