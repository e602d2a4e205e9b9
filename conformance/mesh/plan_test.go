package mesh_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const shipments = `domain: logistics
product: shipment-events
version: "2.1"
owner: shipping@example.com
description: Every change of a shipment.
sla: {freshness: 30s, availability: 99%%, retention: %s}
%sschema:
  fields:
    - {name: shipment_id, type: string}
    - {name: updated_at, type: timestamp}
`

const subscription = `product: logistics/shipment-events/v2
purpose: Invoice on delivery.
group: billing-invoicing
`

// TestAPlanThatIsKept is reviewed, altered, overtaken by the world, and made; it shows old -> new, what was derived and
// who is affected.
func TestAPlanThatIsKept(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	dir := small(t, fmt.Sprintf("environments:\n  prod: {kafka: {bootstrap: [%q]}}\n", bus))
	contract := func(retention, topic string) {
		t.Helper()
		writeBelow(t, dir, "domains/logistics/shipment-events/data-contract.yaml", fmt.Sprintf(shipments, retention, topic))
	}
	contract("7d", "")
	writeBelow(t, dir, "domains/billing/subscriptions/shipments.yaml", subscription)
	api := serve(t, `serves environment prod.*API \S+\n`, "serve", dir, "--env", "prod", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0").after("API")
	kept := filepath.Join(t.TempDir(), "plan.json")
	says := func(code int, words []string, args ...string) {
		t.Helper()
		saysWithin(t, 30*time.Second, code, words, append(args, "--server", api)...)
	}
	says(0, []string{"derived:", "entity = shipment", "read by: billing (billing-invoicing)", "+ topic/logistics.shipment.v2.changed", "retention.ms"}, "plan", dir, "--out", kept)

	text, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	altered := filepath.Join(t.TempDir(), "altered.json")
	if err := os.WriteFile(altered, []byte(strings.Replace(string(text), "604800000", "1000", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	says(2, []string{"is not as `weft plan --out` wrote it", "plan again"}, "apply", altered)
	says(0, []string{"[", "create topic/logistics.shipment.v2.changed"}, "apply", kept)
	says(3, []string{"the world is not as the plan saw it", "plan again"}, "apply", kept)
	says(0, nil, "diff", dir)

	contract("14d", "")
	says(1, []string{"604800000 (7d) -> 1209600000 (14d)", "read by: billing (billing-invoicing)"}, "diff", dir)
	says(0, nil, "plan", dir, "--out", kept)
	contract("21d", "") // a file that changes after the review is not what is applied
	says(0, []string{"update topic/logistics.shipment.v2.changed"}, "apply", kept)
	says(1, []string{"1209600000 (14d) -> 1814400000 (21d)"}, "diff", dir)
}

// TestABoundTopicIsNotChanged: managed: false reads what is there, and needs it to be there.
func TestABoundTopicIsNotChanged(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	dir := small(t, fmt.Sprintf("environments:\n  prod: {kafka: {bootstrap: [%q]}}\n", bus))
	writeBelow(t, dir, "domains/logistics/shipment-events/data-contract.yaml", fmt.Sprintf(shipments, "7d", "topic: {name: shipment-status, managed: false}\n"))
	api := serve(t, `serves environment prod.*API \S+\n`, "serve", dir, "--env", "prod", "--http", "127.0.0.1:0", "--registry", "127.0.0.1:0").after("API")
	saysWithin(t, 10*time.Second, 1, []string{"shipment-status is bound (managed: false) and does not exist"}, "plan", dir, "--server", api)
	client, err := kgo.NewClient(kgo.SeedBrokers(bus), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	retention := "5000"
	if _, err := kadm.NewClient(client).CreateTopic(t.Context(), 7, 1, map[string]*string{"retention.ms": &retention}, "shipment-status"); err != nil {
		t.Fatal(err)
	}
	for _, c := range planned(t, api, dir).Changes {
		if c.Addr.Name == "shipment-status" {
			t.Errorf("the plan would %s %s", c.Action, c.Addr)
		}
	}
	saysWithin(t, 30*time.Second, 0, nil, "apply", dir, "--server", api)
	details, err := kadm.NewClient(client).ListTopics(t.Context(), "shipment-status")
	if err != nil || len(details["shipment-status"].Partitions) != 7 {
		t.Errorf("the topic is now %+v, %v", details["shipment-status"], err)
	}
	saysWithin(t, 10*time.Second, 0, nil, "diff", dir, "--server", api)
}

func writeBelow(t *testing.T, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
