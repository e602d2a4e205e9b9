package mesh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
)

// TestJobsGiveTheSameRowsOnBothEngines applies the same contracts to the embedded engines and to Apache Kafka and
// Apache Flink, writes the same rows to both, late ones among them, and takes Flink's TaskManager away in between. What
// a reader of the derived products sees, read committed, is the same.
func TestJobsGiveTheSameRowsOnBothEngines(t *testing.T) {
	kafka := engines.StartKafka(t, engines.KafkaOptions{})
	flink := engines.StartFlink(t, engines.FlinkOptions{})
	base := time.Now().UTC().Truncate(time.Minute).Add(-time.Hour)

	embedded := embeddedPlace(t)
	want := embedded.derive(t, base, func() {})

	apache := realPlace(t, kafka, flink)
	got := apache.derive(t, base, func() { flink.ReplaceTaskManager(t) })

	for topic := range derivedTopics() {
		if len(want[topic]) < 2 {
			t.Errorf("%s: the embedded engine gives %d rows", topic, len(want[topic]))
		}
		if diff := cmp.Diff(got[topic], want[topic]); diff != "" {
			t.Errorf("%s: Flink's rows (-) are not ours (+):\n%s", topic, diff)
		}
	}
	plan := planned(t, apache.api, apache.dir)
	if !plan.Empty() {
		t.Errorf("after all this the plan is not empty: %+v", plan.Changes)
	}
}

// last is the mark of rows that come after all others.
const last = "zz-last"

// derivedTopics are those that jobs write, each with what the row has that comes last.
func derivedTopics() map[string]string {
	return map[string]string{
		"billing.paid-order.v1.settled":      "O-9999999999",
		"inventory.top-seller.v1.changed":    last,
		"marketing.visit.v1.ended":           last,
		"storefront.basket-copy.v1.kept":     last,
		"storefront.page-traffic.v1.counted": last,
	}
}

// ground is where a mesh runs.
type ground struct {
	dir, api, kafka, registry string
}

func embeddedPlace(t *testing.T) ground {
	t.Helper()
	dir := jobsMesh(t, "{}")
	up := serve(t, `retail is up after .*\n`, upFree(dir)...)
	return ground{dir, up.after("API"), up.after("kafka"), up.after("registry")}
}

func realPlace(t *testing.T, kafka *engines.Kafka, flink *engines.Flink) ground {
	t.Helper()
	dir := jobsMesh(t, fmt.Sprintf("{kafka: {bootstrap: [%q]}, flink: {gateway: %q, rest: %q}}", kafka.Bootstrap, flink.Gateway, flink.REST))
	server := serve(t, `retail serves .*\n`, "serve", "--env", "test", dir, "--registry", "127.0.0.1:0", "--http", "127.0.0.1:0")
	p := ground{dir, server.after("API"), kafka.Bootstrap, server.after("registry")}
	if code, out := run(t, "apply", dir, "--server", p.api); code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	return p
}

// jobsMesh is the retail mesh with topics of one partition, so that rows have one order, and with a product of all
// types and its copy.
func jobsMesh(t *testing.T, environment string) string {
	t.Helper()
	dir := retail(t, environment)
	edit(t, filepath.Join(dir, "mesh.yaml"), "partitions: 3, replication: 3", "partitions: 1, replication: 1")
	write(t, filepath.Join(dir, "domains/storefront/basket-events/data-contract.yaml"), basketContract)
	write(t, filepath.Join(dir, "domains/storefront/basket-copy-events/data-contract.yaml"), basketCopyContract)
	return dir
}

func edit(t *testing.T, file, old, now string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", file, old)
	}
	write(t, file, strings.ReplaceAll(string(text), old, now))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const basketContract = `domain: storefront
product: basket-events
version: "1.0"
owner: shop-team@retail.example
description: Baskets with a field of each kind.
tags: [web]
events: [filled]
key: basket_id
event_time: filled_at
sla: {freshness: 1h, latency: {p99: 2s}}
schema:
  fields:
    - {name: basket_id, type: string, description: The basket}
    - {name: kind, type: enum, values: [small, large], default: small, description: How large}
    - {name: worth, type: "decimal(12,2)", required: true, description: In all}
    - {name: weight, type: double, description: In kilograms}
    - {name: note, type: string, description: What the customer wrote}
    - {name: labels, type: array, items: {type: string}, description: Marks}
    - {name: counts, type: map, items: {type: int}, description: Articles by kind}
    - {name: address, type: record, description: Where to, fields: [{name: city, type: string, required: true}, {name: zip, type: int}]}
    - {name: gift, type: boolean, description: Wrapped}
    - {name: due, type: date, description: When it is wanted}
    - {name: filled_at, type: timestamp, required: true, description: When it was filled}
`

var basketCopyContract = strings.NewReplacer(
	"basket-events", "basket-copy-events", "Baskets with", "Baskets that are worth something, with", "[filled]", "[kept]",
).Replace(basketContract) + `transform:
  sql: |
    SELECT basket_id, kind, worth, weight, note, labels, counts, address, gift, due, filled_at
    FROM ` + "`storefront.basket.v1.filled`" + `
    WHERE worth > 0
`

// derive writes the rows and gives those of the derived products once the last have come. What is late depends on the
// watermark, which Flink forgets with a TaskManager: the late rows come when others have moved it on again.
func (p ground) derive(t *testing.T, base time.Time, disturb func()) map[string][]string {
	t.Helper()
	at := func(seconds int) string {
		return base.Add(time.Duration(seconds) * time.Second).Format("2006-01-02T15:04:05.000Z")
	}
	p.first(t, at)
	p.await(t, "storefront.page-traffic.v1.counted", `"/c"`)
	p.await(t, "inventory.top-seller.v1.changed", `"B"`)
	p.await(t, "marketing.visit.v1.ended", `"v3"`)
	disturb()
	p.onward(t, at)
	p.await(t, "storefront.page-traffic.v1.counted", "on")
	p.await(t, "inventory.top-seller.v1.changed", "ON")
	p.await(t, "marketing.visit.v1.ended", "on")
	p.second(t, at)
	out := map[string][]string{}
	for topic, mark := range derivedTopics() {
		out[topic] = p.await(t, topic, mark)
	}
	return out
}

// onward are rows that close the windows of two minutes.
func (p ground) onward(t *testing.T, at func(int) string) {
	t.Helper()
	p.publish(t, "storefront/page-view-events", "viewed", view("v2", "/a", at(47)), view("on", "/on", at(100)), view("off", "/off", at(150)))
	p.publish(t, "inventory/stock-movement-events", "booked", picked("C", -1, at(62)), picked("ON", -1, at(100)), picked("OFF", -1, at(150)))
}

type row map[string]any

// first are rows in order, up to a minute after the beginning.
func (p ground) first(t *testing.T, at func(int) string) {
	t.Helper()
	p.publish(t, "storefront/page-view-events", "viewed", view("v1", "/a", at(1)), view("v2", "/a", at(9)), view("v1", "/b", at(12)), view("v3", "/c", at(21)), view("v2", "/a", at(45)))
	p.publish(t, "inventory/stock-movement-events", "booked", picked("A", -2, at(1)), picked("B", -5, at(3)), picked("A", -4, at(20)), picked("C", -1, at(31)), picked("C", -2, at(61)))
	p.publish(t, "storefront/order-events", "placed", order("O-0000000001", "19.90", at(1)), order("O-0000000002", "5.00", at(2)))
	p.publish(t, "payments/payment-events", "captured", payment("O-0000000002", "5.00", at(40)))
	p.publish(t, "storefront/basket-events", "filled",
		row{
			"basket_id": "b1", "kind": "large", "worth": "12345678.90", "weight": 1.5, "note": "für Ömer 🎁", "labels": []string{"x", "y"}, "counts": map[string]int{"toy": 2},
			"address": row{"city": "Brno", "zip": 60200}, "gift": true, "due": "2026-12-24", "filled_at": at(1),
		},
		row{"basket_id": "b2", "worth": "0.00", "filled_at": at(2)},
		row{"basket_id": "b3", "kind": nil, "worth": "0.01", "labels": []string{}, "counts": row{}, "address": nil, "filled_at": at(3)})
}

// second are rows of which some come too late, and the ones that close all windows.
func (p ground) second(t *testing.T, at func(int) string) {
	t.Helper()
	p.publish(t, "storefront/page-view-events", "viewed", view("v9", "/a", at(2)), view(last, "/"+last, at(3600)), view("v0", "/end", at(7200)))
	p.publish(t, "inventory/stock-movement-events", "booked", picked("LATE", -100, at(4)), picked(last, -1, at(3600)), picked("END", -1, at(7200)))
	p.publish(t, "payments/payment-events", "captured", payment("O-0000000001", "19.90", at(50)), payment("O-0000000009", "1.00", at(51)))
	p.publish(t, "storefront/order-events", "placed", order("O-0000000003", "7.77", at(52)), order("O-9999999999", "1.00", at(60)))
	p.publish(t, "payments/payment-events", "captured", payment("O-0000000003", "7.77", at(53)), payment("O-9999999999", "0.99", at(61)))
	p.publish(t, "storefront/basket-events", "filled", row{"basket_id": "b4", "kind": "small", "worth": "3.10", "filled_at": at(0)}, row{"basket_id": last, "worth": "1.00", "filled_at": at(60)})
}

func view(visitor, url, at string) row {
	return row{"view_id": fmt.Sprintf("7b0f5bb0-1111-4222-8333-%012d", len(visitor+url)), "visitor_id": visitor, "url": url, "ip": "10.0.0.1", "viewed_at": at}
}

func picked(sku string, quantity int, at string) row {
	return row{"movement_id": "7b0f5bb0-1111-4222-8333-444455556666", "sku": sku, "warehouse_id": "W-01", "quantity": quantity, "reason": "picked", "booked_at": at}
}

func order(id, total, at string) row {
	return row{
		"order_id": id, "customer_id": "C-00000001", "status": "placed", "currency": "EUR", "total": total, "placed_at": at,
		"lines": []row{{"sku": "SKU-00001", "quantity": 1, "price": total}},
	}
}

func payment(order, amount, at string) row {
	return row{"payment_id": "7b0f5bb0-1111-4222-8333-444455556666", "order_id": order, "amount": amount, "currency": "EUR", "method": "card", "occurred_at": at}
}

// publish writes rows through the server, as an application can.
func (p ground) publish(t *testing.T, product, event string, rows ...row) {
	t.Helper()
	var text strings.Builder
	for _, r := range rows {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), weft, "publish", product, "--event", event, "--server", p.api)
	cmd.Stdin = strings.NewReader(text.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("publish %s: %v\n%s", product, err, out)
	}
}

// await reads a topic, read committed, until a row has come that holds a text, and gives what a reader knows then: the
// newest row of each key of a state, all rows of events in a fixed order.
func (p ground) await(t *testing.T, topic, text string) []string {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	schemas := map[uint32]*avro.Schema{}
	state, newest, rows := strings.Contains(topic, "top-seller"), map[string]string{}, []string{}
	for seen := false; !seen; {
		fetches := client.PollFetches(ctx)
		if err := errors.Join(ctx.Err(), fetches.Err()); err != nil {
			t.Fatalf("%s has no row with %s: %v; it has\n%s\n%s", topic, text, err, strings.Join(rows, "\n"), newest)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			shown := p.shown(t, schemas, r)
			rows = append(rows, shown)
			if newest[string(r.Key[min(5, len(r.Key)):])] = shown; r.Value == nil {
				delete(newest, string(r.Key[5:]))
			}
			seen = seen || strings.Contains(shown, text)
		})
	}
	if state {
		rows = rows[:0]
		for _, shown := range newest {
			rows = append(rows, shown)
		}
	}
	slices.Sort(rows)
	return rows
}

// shown is a record as one line of text, whichever of the two formats it has.
func (p ground) shown(t *testing.T, schemas map[uint32]*avro.Schema, r *kgo.Record) string {
	t.Helper()
	if r.Value == nil {
		return "deleted"
	}
	var value any
	if err := json.Unmarshal(r.Value, &value); err != nil {
		value = decoded(t, p.registry, schemas, r.Value)
	}
	line, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	key := ""
	if len(r.Key) > 0 && r.Key[0] != 0 {
		key = string(r.Key) + " "
	}
	return key + string(line)
}
