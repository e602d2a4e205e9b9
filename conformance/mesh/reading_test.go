package mesh_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/runfile"
)

// TestWhatPeopleSeeOfARunningMesh: products are found by their fields, rows are shown with personal data masked, in
// clear to a domain with a grant and refused to one without, and the figures of status are those of the metrics.
func TestWhatPeopleSeeOfARunningMesh(t *testing.T) {
	dir, up := upAndSimulated(t)
	needDatabases(t, len(up.Connections) > 0)
	eventually.Eventually(t, 15*time.Second, "a customer to be there", func() error {
		_, out := run(t, "tail", "crm/customer", "-n", "1", "-C", dir)
		return contains(out, `"customer_id":"C-`)
	})
	t.Run("search", func(t *testing.T) {
		_, out := run(t, "search", "phone", "-C", dir)
		if err := errors.Join(contains(out, "crm/customer/v1"), contains(out, "field phone"), contains(out, "customer-team@retail.example")); err != nil {
			t.Error(err)
		}
	})
	t.Run("masked", func(t *testing.T) {
		_, out := run(t, "tail", "crm/customer", "-n", "1", "-C", dir)
		if err := errors.Join(contains(out, `"full_name":"***"`), contains(out, `"birth_date":null`)); err != nil || strings.Contains(out, "@") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("in clear with a grant", func(t *testing.T) {
		if code, out := run(t, "tail", "crm/customer", "-n", "1", "--as", "billing", "-C", dir); code != 0 || !strings.Contains(out, "@mail.example") {
			t.Errorf("exits %d:\n%s", code, out)
		}
	})
	t.Run("refused without", func(t *testing.T) {
		if code, out := run(t, "tail", "crm/customer", "-n", "1", "--as", "marketing", "-C", dir); code != 1 || !strings.Contains(out, "grants marketing no personal data in clear") || strings.Contains(out, "@mail.example") {
			t.Errorf("exits %d:\n%s", code, out)
		}
	})
	t.Run("metrics", func(t *testing.T) {
		eventually.Eventually(t, 10*time.Second, "every figure to be measured", func() error {
			return errors.Join(missing(ask(t, "GET", up.HTTP+"/metrics", ""),
				`weft_product_records_per_second{domain="storefront",product="order-events/v1"}`,
				`weft_product_bytes_per_second{domain="storefront",product="order-events/v1"}`,
				`weft_product_newest_event_timestamp_seconds{domain="storefront",product="order-events/v1"}`,
				`weft_product_freshness_promise_seconds{domain="storefront",product="order-events/v1"} 5`,
				`weft_group_lag_records{domain="storefront",group="billing-orders",product="order-events/v1"}`,
				`weft_group_lag_seconds{domain="storefront",group="billing-orders",product="order-events/v1"}`)...)
		})
	})
	t.Run("OpenAPI", func(t *testing.T) { describesItself(t, up) })
}

// missing lists the figures that a page of metrics does not have.
func missing(page string, figures ...string) (faults []error) {
	for _, figure := range figures {
		if !strings.Contains(page, figure) {
			faults = append(faults, fmt.Errorf("there is no %s", figure))
		}
	}
	return faults
}

var reference = regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`)

// describesItself: the API's document is OpenAPI 3.1, names nothing that it does not define, and each path without
// parameters answers.
func describesItself(t *testing.T, up runfile.Up) {
	t.Helper()
	text := ask(t, "GET", up.HTTP+"/openapi.json", "")
	var document struct {
		OpenAPI    string                                `json:"openapi"`
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil || !strings.HasPrefix(document.OpenAPI, "3.1.") || len(document.Paths) < 8 {
		t.Fatalf("OpenAPI %q with %d paths: %v", document.OpenAPI, len(document.Paths), err)
	}
	for _, named := range reference.FindAllStringSubmatch(text, -1) {
		if document.Components.Schemas[named[1]] == nil {
			t.Errorf("%s is named and not defined", named[1])
		}
	}
	for path, operations := range document.Paths {
		if operations["get"] != nil && !strings.Contains(path, "{") && path != "/v1/search" {
			if answer := ask(t, "GET", up.HTTP+path, ""); !json.Valid([]byte(answer)) {
				t.Errorf("%s answers %s", path, answer)
			}
		}
	}
}

// TestUpSaysWhereItListensWhileItRuns: up.json lies in the data directory that was named, says which process and which
// addresses, and is gone with the process.
func TestUpSaysWhereItListensWhileItRuns(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir := small(t, "")
	server := serve(t, `small is up after`, upFree(dir, "--data", data)...)
	text, err := os.ReadFile(filepath.Join(data, "up.json"))
	if err != nil {
		t.Fatal(err)
	}
	var up map[string]any
	if err := json.Unmarshal(text, &up); err != nil {
		t.Fatal(err)
	}
	if up["pid"] != float64(server.cmd.Process.Pid) {
		t.Errorf("pid %v, it is %d", up["pid"], server.cmd.Process.Pid)
	}
	for _, key := range []string{"kafka", "registry", "http"} {
		if address := fmt.Sprint(up[key]); !strings.Contains(address, "127.0.0.1:") || strings.HasSuffix(address, ":0") {
			t.Errorf("%s: %v", key, up[key])
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == runfile.Dir }) {
		t.Errorf("with --data it writes to the mesh's folder: %v %v", entries, err)
	}
	server.stop()
	if _, err := os.Stat(filepath.Join(data, "up.json")); !os.IsNotExist(err) {
		t.Errorf("after its end up.json is there: %v", err)
	}
}
