package mesh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	adapter "github.com/weftmesh/weft/internal/adapter/kafka"
	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/gate"
	"github.com/weftmesh/weft/internal/runfile"
)

const (
	clicks    = "marketing/click-events/v1"
	tracker   = "click-tracker"
	goodClick = `{"mid":"00000000-0000-4000-8000-%012d","utm":{"campaign":"M-001"},"url":%q,"ts":1795590000}`
)

// TestARecordThatBreaksACheckWaitsForTheContract: an application that knows nothing of contracts writes JSON of its own
// making. A record that breaks a check is in the quarantine with its reason, and never in the product; after a fix of
// the contract its replay is in the product, once.
func TestARecordThatBreaksACheckWaitsForTheContract(t *testing.T) {
	dir := retail(t, "{}")
	serve(t, `retail is up after`, upFree(dir)...)
	up, err := runfile.Read(filepath.Join(dir, runfile.Dir))
	if err != nil {
		t.Fatal(err)
	}
	track(t, up.Kafka, fmt.Sprintf(goodClick, 1, "/article/1"), fmt.Sprintf(goodClick, 2, "mailto:shop@retail.example"), `{"mid":`)
	items := quarantined(t, dir, 2)
	if tailed := clicked(t, dir, 1); strings.Contains(tailed, "mailto:") {
		t.Errorf("the product has\n%s", tailed)
	}
	checks := map[string]gate.Item{}
	for _, i := range items {
		checks[i.Check] = i
	}
	refused, half := checks["link-is-a-path"], checks["decode"]
	if !strings.Contains(refused.Reason, "link LIKE '/%'") || !strings.Contains(half.Reason, "not a JSON object") || refused.Topic != tracker {
		t.Errorf("set aside are %+v", items)
	}
	if code, out := run(t, "quarantine", "show", clicks, refused.ID, "-C", dir); code != 0 || !strings.Contains(out, "mailto:shop@retail.example") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out := run(t, "quarantine", "replay", clicks, "--all", "-C", dir); code != 1 || !strings.Contains(out, "Replayed 0 records") {
		t.Errorf("by the same contract: exit %d: %s", code, out)
	}
	fix(t, dir, "link LIKE '/%'\"", "link LIKE '/%' OR link LIKE 'mailto:%'\"")
	eventually.Eventually(t, 20*time.Second, "the replay passes", func() error {
		if _, out := run(t, "quarantine", "replay", clicks, refused.ID, "-C", dir); !strings.Contains(out, "Replayed 1 record.") {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
	if tailed := clicked(t, dir, 2); strings.Count(tailed, "mailto:") != 1 {
		t.Errorf("the product has\n%s", tailed)
	}
	if code, out := run(t, "quarantine", "replay", clicks, refused.ID, "-C", dir); code != 1 || !strings.Contains(out, "it was replayed before") {
		t.Errorf("a second time: exit %d: %s", code, out)
	}
	if code, out := run(t, "quarantine", "drop", clicks, half.ID, "--note", "half a record", "-C", dir); code != 0 || !strings.Contains(out, "Dropped 1 record.") {
		t.Errorf("exit %d: %s", code, out)
	}
	quarantined(t, dir, 0)
}

// track writes what the click tracker writes, to the topic that it makes.
func track(t *testing.T, kafka string, values ...string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if made, err := kadm.NewClient(client).CreateTopic(ctx, 3, 1, nil, tracker); err != nil && !errors.Is(made.Err, kerr.TopicAlreadyExists) {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: tracker, Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// quarantined awaits so many new records in quarantine.
func quarantined(t *testing.T, dir string, n int) []gate.Item {
	t.Helper()
	var items []gate.Item
	eventually.Eventually(t, 30*time.Second, fmt.Sprintf("%d records are set aside", n), func() error {
		_, out := run(t, "quarantine", "list", clicks, "--format", "json", "-C", dir)
		if err := json.Unmarshal([]byte(out), &items); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		if len(items) != n {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
	return items
}

// clicked awaits so many rows of the product.
func clicked(t *testing.T, dir string, n int) string {
	t.Helper()
	var out string
	eventually.Eventually(t, 30*time.Second, fmt.Sprintf("the product has %d rows", n), func() error {
		if _, out = run(t, "tail", clicks, "--from", "earliest", "-C", dir); strings.Count(out, "\n") != n {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
	return out
}

// fix edits the contract of the clicks.
func fix(t *testing.T, dir, old, revised string) {
	t.Helper()
	name := filepath.Join(dir, "domains/marketing/click-events/data-contract.yaml")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), old, revised, 1)
	if edited == string(text) {
		t.Fatalf("%s is not in the contract", old)
	}
	if err := os.WriteFile(name, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestGatesRunInProcessesOfTheirOwn: with no server left, gates go on, share the partitions, and take over from one that
// is killed.
func TestGatesRunInProcessesOfTheirOwn(t *testing.T) {
	t.Setenv("WEFT_MASK_KEY", "a key that lasts")
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	schemas := serve(t, `registry \S+\n`, "engine", "registry", "--listen", "127.0.0.1:0", "--kafka", bus).after("registry")
	dir := retail(t, fmt.Sprintf("{kafka: {bootstrap: [%q]}, registry: {url: %q}}", bus, schemas))
	server := serve(t, `serves environment test.*API \S+\n`, "serve", dir, "--env", "test", "--http", "127.0.0.1:0")
	if code, out := run(t, "apply", dir, "--server", server.after("API")); code != 0 {
		t.Fatalf("apply: exit %d: %s", code, out)
	}
	server.stop()
	gates := []*background{}
	for _, instance := range []string{"one", "two"} {
		gates = append(gates, serve(t, `gates of environment test.*\n`, "gate", clicks, "--env", "test", "-C", dir, "--instance", instance))
	}
	for i := range 30 {
		track(t, bus, fmt.Sprintf(goodClick, i, "/article/1"))
		if i == 15 {
			_ = gates[0].cmd.Process.Kill()
		}
	}
	eventually.Eventually(t, 40*time.Second, "the product has every click once", func() error {
		seen := map[string]int{}
		for _, r := range committed(t, bus, "marketing.click.v1.clicked") {
			seen[string(r.Key)]++
		}
		for key, n := range seen {
			if n != 1 {
				t.Fatalf("%s is there %d times", key, n)
			}
		}
		if len(seen) != 30 {
			return fmt.Errorf("%d of 30", len(seen))
		}
		return nil
	})
}

// committed are the records of a topic that a reader of committed ones sees.
func committed(t *testing.T, kafka, topic string) []gate.Record {
	t.Helper()
	var all []gate.Record
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := adapter.NewGates([]kgo.Opt{kgo.SeedBrokers(kafka)}).Scan(ctx, addrs.Topic(topic), func(r gate.Record) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
