package mesh_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/observe"
	"github.com/weftmesh/weft/internal/runfile"
)

// upAndSimulated runs `weft up` on a copy of the retail mesh and the applications beside it, with their databases where
// the machine has a PostgreSQL: the run file names them then.
func upAndSimulated(t *testing.T) (dir string, up runfile.Up) {
	t.Helper()
	dir = retail(t, "{}")
	flags := append(upFree(dir), withDatabases(t, dir)...)
	serve(t, `retail is up after`, flags...)
	up, err := runfile.Read(filepath.Join(dir, runfile.Dir))
	if err != nil {
		t.Fatal(err)
	}
	simulate := filepath.Join(t.TempDir(), "simulate")
	if out, err := exec.Command("go", "build", "-o", simulate, "../../examples/retail/simulate").CombinedOutput(); err != nil {
		t.Fatalf("build simulate: %v\n%s", err, out)
	}
	cmd := exec.Command(simulate, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the applications said:\n%s", said.String())
		}
	})
	return dir, up
}

// TestAnOutsideClientReadsEveryProduct: within ten seconds of the start a client that knows Kafka and the registry
// alone decodes fifty records of each product that applications write, or that is captured from their tables. Then one application falls silent, and its
// product alone is late, within its freshness and five seconds.
func TestAnOutsideClientReadsEveryProduct(t *testing.T) {
	dir, up := upAndSimulated(t)
	set, _, err := contracts.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	decodeFifty(ctx, t, set, up)

	eventually.Eventually(t, 10*time.Second, "no product to be late", func() error {
		if late := lateProducts(t, dir); len(late) > 0 {
			return fmt.Errorf("late: %v", late)
		}
		return nil
	})
	if err := os.WriteFile(filepath.Join(dir, runfile.Dir, "simulate.stop"), []byte("storefront.checkout\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const silenced = "storefront/order-events/v1" // which storefront.checkout alone writes
	// one second until the application asks whether it is silenced, five of freshness, five more to be shown
	eventually.Eventually(t, 11*time.Second, "the silent application's product to be late", func() error {
		late := lateProducts(t, dir)
		if others := slices.DeleteFunc(slices.Clone(late), func(p string) bool { return p == silenced }); len(others) > 0 {
			t.Errorf("late, though their applications write: %v", others)
		}
		if !slices.Contains(late, silenced) {
			return fmt.Errorf("late: %v", late)
		}
		return nil
	})
}

func lateProducts(t *testing.T, dir string) []string {
	t.Helper()
	code, out := run(t, "status", "-C", dir, "--format", "json")
	var snapshot observe.Snapshot
	if err := json.Unmarshal([]byte(out), &snapshot); err != nil || code != 0 {
		t.Fatalf("status exits %d: %v\n%s", code, err, out)
	}
	up, err := runfile.Read(filepath.Join(dir, runfile.Dir))
	if err != nil {
		t.Fatal(err)
	}
	var late []string
	for _, p := range snapshot.Products {
		if p.State == observe.Empty && len(up.Connections) == 0 && slices.Contains([]string{"billing/invoice/v1", "crm/consent/v1", "crm/customer/v1"}, p.Product.String()) {
			continue // the machine has no PostgreSQL to capture them from
		}
		if p.State != observe.OK && (p.State != observe.Empty || p.Job == nil) && p.State != observe.Idle {
			late = append(late, p.Product.String())
		}
	}
	return late
}

// decodeFifty reads until it has decoded fifty records of each product that applications write, to topics or to tables.
func decodeFifty(ctx context.Context, t *testing.T, set contracts.Set, up runfile.Up) {
	t.Helper()
	left, products := map[string]int{}, map[string]contracts.Product{}
	var topics []string
	for _, p := range set.Products {
		if p.Transform != nil || p.Source != nil && p.Source.Postgres != nil && len(up.Connections) == 0 {
			continue
		}
		left[p.Addr.String()] = 50
		for _, topic := range p.Topics {
			products[string(topic.Name)] = p
			topics = append(topics, string(topic.Name))
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(up.Kafka), kgo.ConsumeTopics(topics...), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	schemas := map[uint32]*avro.Schema{}
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("%v; left to decode: %v", err, left)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			p := products[r.Topic]
			if r.Value != nil {
				decode(t, p, up.Registry, schemas, r)
			}
			if left[p.Addr.String()]--; left[p.Addr.String()] <= 0 {
				delete(left, p.Addr.String())
			}
		})
	}
}

func decode(t *testing.T, p contracts.Product, registry string, schemas map[uint32]*avro.Schema, r *kgo.Record) {
	t.Helper()
	var row map[string]any
	if p.Schema.Type == contracts.JSON {
		if err := json.Unmarshal(r.Value, &row); err != nil {
			t.Errorf("%s: %v", r.Topic, err)
		}
		return
	}
	decoded(t, registry, schemas, r.Value)
}

// decoded is a value in Confluent's frame.
func decoded(t *testing.T, registry string, schemas map[uint32]*avro.Schema, framed []byte) any {
	t.Helper()
	id := binary.BigEndian.Uint32(framed[1:5])
	if schemas[id] == nil {
		var found struct{ Schema string }
		if err := json.Unmarshal([]byte(ask(t, "GET", fmt.Sprintf("%s/schemas/ids/%d", registry, id), "")), &found); err != nil {
			t.Fatal(err)
		}
		schemas[id] = avro.MustParse(found.Schema)
	}
	var value any
	if _, err := schemas[id].Decode(framed[5:], &value); err != nil {
		t.Error(err)
	}
	return value
}

// TestAnEditIsAppliedAndABadOneIsNot: the folder is watched; what is wrong is said and changes nothing; what is deleted
// waits for leave.
func TestAnEditIsAppliedAndABadOneIsNot(t *testing.T) {
	dir := t.TempDir()
	product := filepath.Join(dir, "domains", "logistics", "shipment-events", "data-contract.yaml")
	edit := func(text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(product), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(product, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	good := "domain: logistics\nproduct: shipment-events\nversion: \"2.1\"\nowner: shipping@example.com\nsla: {freshness: 30s, availability: 99%}\nschema:\n  fields:\n    - {name: shipment_id, type: string}\n    - {name: updated_at, type: timestamp}\n"
	if err := os.WriteFile(filepath.Join(dir, "mesh.yaml"), []byte("name: small\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	edit(good)
	server := serve(t, `small is up after`, upFree(dir)...)
	products := func() string {
		_, out := run(t, "status", "-C", dir, "--format", "json")
		return out
	}
	_ = server
	eventually.Eventually(t, 10*time.Second, "the product to be live", func() error { return contains(products(), "logistics/shipment-events/v2") })

	edit(strings.Replace(good, "freshness", "freshnezz", 1))
	eventually.Eventually(t, 5*time.Second, "the plan to have a problem", func() error {
		_, out := run(t, "plan", dir)
		return contains(out, `"freshnezz" is not a key of sla`)
	})
	if err := contains(products(), "logistics/shipment-events/v2"); err != nil {
		t.Error("a bad edit took the last good state away:", err)
	}
	edit(good + "    - {name: carrier, type: string}\n")
	eventually.Eventually(t, 10*time.Second, "the new field to be registered", func() error {
		_, out := run(t, "publish", "logistics/shipment-events/v2", writeLine(t, `{"shipment_id":"s","carrier":"dpd","updated_at":"2026-11-24T08:00:00Z"}`), "-C", dir)
		return contains(out, "Published 1")
	})
	if err := os.Remove(product); err != nil {
		t.Fatal(err)
	}
	eventually.Eventually(t, 10*time.Second, "the deletion to wait for leave", func() error {
		_, out := run(t, "plan", dir)
		return contains(out, "--allow-delete topic/logistics.shipment.v2.changed")
	})
	if code, out := run(t, "apply", dir, "--allow-delete", "topic/logistics.shipment.v2.changed", "--allow-delete", "subject/logistics.shipment.v2.changed-value"); code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	if _, out := run(t, "plan", dir); !strings.Contains(out, "Nothing to change") {
		t.Errorf("after the deletion the plan says\n%s", out)
	}
}

func contains(text, want string) error {
	if !strings.Contains(text, want) {
		return fmt.Errorf("there is no %q in\n%s", want, text)
	}
	return nil
}

func writeLine(t *testing.T, line string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(name, []byte(line+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}
