package mesh_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/weftmesh/weft/internal/plans"
)

// TestOneSmallContractFromCheckToTail: a contract that says only what it must, unchanged, is checked by itself, planned
// and applied on an environment, published to and read.
func TestOneSmallContractFromCheckToTail(t *testing.T) {
	const contract = "../../examples/shipment/data-contract.yaml"
	if code, out := run(t, "check", contract); code != 0 {
		t.Fatalf("check exits %d:\n%s", code, out)
	}
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	dir := small(t, fmt.Sprintf("environments:\n  test: {kafka: {bootstrap: [%q]}}\n", bus.after("kafka")))
	text, err := os.ReadFile(contract)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data-contract.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	api := serve(t, `serves environment .*API \S+\n`, "serve", dir, "--env", "test", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0").after("API")

	_, out := run(t, "plan", dir, "--server", api)
	for _, want := range []string{"topic/logistics.shipment.v2.changed", "subject/logistics.shipment.v2.changed-value", "logistics/shipment-events/v2"} {
		if err := contains(out, want); err != nil {
			t.Error("the plan:", err)
		}
	}
	if plan := planned(t, api, dir); plan.Count(plans.Create) < 2 || plan.Problems.HasErrors() {
		t.Fatalf("the plan: %+v", plan)
	}
	if code, out := run(t, "apply", dir, "--server", api); code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	if plan := planned(t, api, dir); !plan.Empty() {
		t.Errorf("after the apply the plan is not empty: %+v", plan.Changes)
	}
	rows := writeLine(t, `{"shipment_id":"S-1","status":"created","updated_at":"2026-11-24T08:00:00Z"}`+"\n"+`{"shipment_id":"S-1","status":"lost"}`)
	code, out := run(t, "publish", "logistics/shipment-events", rows, "--server", api)
	if err := contains(out, `line 2: refused: field status: "lost" is not one of created, in_transit, delivered, returned`); err != nil || code != 1 {
		t.Errorf("publish exits %d: %v", code, err)
	}
	_, out = run(t, "tail", "logistics/shipment-events", "--server", api)
	if want := `{"shipment_id":"S-1","status":"created","updated_at":"2026-11-24T08:00:00.000Z"}` + "\n"; out != want {
		t.Errorf("tail shows\n%s\nwant\n%s", out, want)
	}
}
