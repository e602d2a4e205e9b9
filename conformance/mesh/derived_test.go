package mesh_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/observe"
)

// TestTheRetailMeshIsLiveWithItsDerivedProducts: a windowed count, a join of two domains, a Top-N and sessions give
// rows while the applications write; a job that someone cancels makes its product failed and is drift, and the next
// apply starts it again.
func TestTheRetailMeshIsLiveWithItsDerivedProducts(t *testing.T) {
	dir, up := upAndSimulated(t)
	derived := []string{"billing/paid-order-events/v1", "inventory/top-seller/v1", "marketing/visit-events/v1", "storefront/page-traffic/v1"}
	eventually.Eventually(t, 90*time.Second, "all derived products to have rows", func() error {
		for _, name := range derived {
			if p := measured(t, dir, name); p.State != observe.OK || p.Job == nil || p.Job.State != observe.JobRunning || p.Job.LastCheckpoint == nil {
				return fmt.Errorf("%s is %s %s, its job %+v", name, p.State, p.Why, p.Job)
			}
		}
		return nil
	})
	job := measured(t, dir, "storefront/page-traffic/v1").Job
	ask(t, "PATCH", up.FlinkREST+"/jobs/"+job.ID+"?mode=cancel", "")
	eventually.Eventually(t, 10*time.Second, "its product to be failed", func() error {
		if p := measured(t, dir, "storefront/page-traffic/v1"); p.State != observe.Failed {
			return fmt.Errorf("it is %s", p.State)
		}
		return nil
	})
	if code, out := run(t, "diff", dir, "--server", up.HTTP); code != 1 || !strings.Contains(out, "job/storefront/page-traffic/v1") {
		t.Errorf("diff exits %d:\n%s", code, out)
	}
	if code, out := run(t, "apply", dir, "--server", up.HTTP); code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	if plan := planned(t, up.HTTP, dir); !plan.Empty() {
		t.Errorf("after the apply the plan is %+v", plan.Changes)
	}
}

func measured(t *testing.T, dir, name string) observe.Product {
	t.Helper()
	code, out := run(t, "status", "-C", dir, "--format", "json")
	var snapshot observe.Snapshot
	if err := json.Unmarshal([]byte(out), &snapshot); err != nil || code != 0 {
		t.Fatalf("status exits %d: %v\n%s", code, err, out)
	}
	for _, p := range snapshot.Products {
		if p.Product.String() == name {
			return p
		}
	}
	t.Fatalf("%s is not in the status", name)
	return observe.Product{}
}

// TestJobsGoOnWhenTheMeshComesUpElsewhere: the mesh is stopped and comes up on other ports; its jobs give the rows that
// are written then, and give none twice.
func TestJobsGoOnWhenTheMeshComesUpElsewhere(t *testing.T) {
	dir := jobsMesh(t, "{}")
	base := time.Now().UTC().Truncate(time.Minute).Add(-time.Hour)
	at := func(seconds int) string {
		return base.Add(time.Duration(seconds) * time.Second).Format("2006-01-02T15:04:05.000Z")
	}
	const copied, filled = "storefront.basket-copy.v1.kept", "storefront/basket-events"
	start := func() (ground, *background) {
		up := serve(t, `retail is up after .*\n`, upFree(dir)...)
		return ground{dir, up.after("API"), up.after("kafka"), up.after("registry")}, up
	}
	first, up := start()
	first.publish(t, filled, "filled", row{"basket_id": "b1", "worth": "1.00", "filled_at": at(1)})
	first.await(t, copied, "b1")
	up.stop()

	second, _ := start()
	if second.kafka == first.kafka {
		t.Fatal("the mesh came up where it was")
	}
	second.publish(t, filled, "filled", row{"basket_id": "b2", "worth": "2.00", "filled_at": at(2)})
	if rows := second.await(t, copied, "b2"); len(rows) != 2 {
		t.Errorf("the copy has %d rows, not 2:\n%s", len(rows), strings.Join(rows, "\n"))
	}
}
