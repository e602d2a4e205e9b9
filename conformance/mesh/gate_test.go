package mesh_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

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
	serve(t, `retail is up after`, "up", dir, "--kafka", "127.0.0.1:0", "--registry", "127.0.0.1:0", "--flink-gateway", "127.0.0.1:0", "--flink-rest", "127.0.0.1:0", "--http", "127.0.0.1:0")
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
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 3, 1, nil, tracker); err != nil {
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
