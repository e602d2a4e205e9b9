package mesh_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/observe"
	"github.com/weftmesh/weft/internal/plans"
)

// front stands before a server, and lets through only so many requests that write.
type front struct {
	*httptest.Server
	left atomic.Int64
}

func newFront(t *testing.T, to string) *front {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && !strings.HasPrefix(r.URL.Path, "/compatibility") && f.left.Add(-1) < 0 {
			http.Error(w, `{"error_code":50001,"message":"the store is away"}`, http.StatusInternalServerError)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// TestARegistryThatFailsInAnApply: what was made is known, what is half made is not shown, and the next apply makes the
// rest and nothing twice.
func TestARegistryThatFailsInAnApply(t *testing.T) {
	bus := serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")
	schemas := newFront(t, serve(t, `registry \S+\n`, "engine", "registry", "--listen", "127.0.0.1:0", "--kafka", bus).after("registry"))
	dir := retail(t, fmt.Sprintf("{kafka: {bootstrap: [%q]}, registry: {url: %q}}", bus, schemas.URL))
	api := serve(t, `serves environment .*API \S+\n`, "serve", dir, "--env", "test", "--http", "127.0.0.1:0").after("API")
	whole := planned(t, api, dir)
	schemas.left.Store(20)
	code, out := run(t, "apply", dir, "--server", api)
	if code != 3 || !strings.Contains(out, "the store is away") {
		t.Errorf("apply on a registry that fails exits %d:\n%s", code, out)
	}
	half(t, api, dir, whole)
	schemas.left.Store(1 << 40)
	goesOn(t, api, dir, out)
}

// half asks that less is left to do than before, and that no product is shown some of whose resources are not there.
func half(t *testing.T, api, dir string, whole plans.Plan) {
	t.Helper()
	rest := planned(t, api, dir)
	if len(rest.Changes) == 0 || len(rest.Changes) >= len(whole.Changes) {
		t.Errorf("of %d changes %d are left", len(whole.Changes), len(rest.Changes))
	}
	for _, p := range shownProducts(t, api) {
		for _, c := range rest.Changes {
			if c.Product.String() == p {
				t.Errorf("%s is shown as live, and %s %s is still to be done", p, c.Action, c.Addr)
			}
		}
	}
}

func shownProducts(t *testing.T, api string) []string {
	t.Helper()
	code, out := run(t, "status", "--server", api, "--format", "json")
	var snapshot observe.Snapshot
	if err := json.Unmarshal([]byte(out), &snapshot); err != nil || code != 0 {
		t.Fatalf("status exits %d: %v\n%s", code, err, out)
	}
	var names []string
	for _, p := range snapshot.Products {
		names = append(names, p.Product.String())
	}
	return names
}

// goesOn applies again: everything is there afterwards, and what the first apply made was not made again.
func goesOn(t *testing.T, api, dir, before string) {
	t.Helper()
	code, out := run(t, "apply", dir, "--server", api)
	if code != 0 {
		t.Fatalf("the next apply exits %d:\n%s", code, out)
	}
	for line := range strings.Lines(before) {
		if _, made, ok := strings.Cut(line, "] create "); ok && strings.Contains(out, "] create "+made) {
			t.Errorf("it was made twice: %s", made)
		}
	}
	if plan := planned(t, api, dir); plan.Drifted() {
		t.Errorf("after it the plan shows %s", shown(plan))
	}
	set, _, err := contracts.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	eventually.Eventually(t, 10*time.Second, "every product to be shown", func() error {
		if got := len(shownProducts(t, api)); got < len(set.Products) {
			return fmt.Errorf("%d of %d", got, len(set.Products))
		}
		return nil
	})
}

// TestABrokerThatDiesInAnApply: the apply ends with the reason within its time-out; when the broker is back, the next
// one goes on.
func TestABrokerThatDiesInAnApply(t *testing.T) {
	address, data := fmt.Sprintf("127.0.0.1:%d", engines.FreePort(t)), t.TempDir()
	broker := func() *background {
		return serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", address, "--data", data)
	}
	bus := broker()
	// the registry keeps its log on another broker: it is slow to fail where its own goes away
	schemas := serve(t, `registry \S+\n`, "engine", "registry", "--listen", "127.0.0.1:0", "--kafka",
		serve(t, `kafka \S+\n`, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", t.TempDir()).after("kafka")).after("registry")
	dir := retail(t, fmt.Sprintf("{kafka: {bootstrap: [%q]}, registry: {url: %q}}", address, schemas))
	api := serve(t, `serves environment .*API \S+\n`, "serve", dir, "--env", "test", "--http", "127.0.0.1:0").after("API")
	if code, out := run(t, "apply", dir, "--server", api); code != 0 {
		t.Fatalf("apply exits %d:\n%s", code, out)
	}
	widen(t, dir)
	whole := planned(t, api, dir)
	if len(whole.Changes) < 20 {
		t.Fatalf("the second plan has %d changes", len(whole.Changes))
	}
	apply := exec.CommandContext(t.Context(), weft, "apply", dir, "--server", api)
	out := &killing{when: "topic/", kill: func() { _ = bus.cmd.Process.Kill() }}
	apply.Stdout, apply.Stderr = out, out
	start := time.Now()
	err := apply.Run()
	if code := apply.ProcessState.ExitCode(); code != 3 {
		t.Errorf("apply exits %d, %v:\n%s", code, err, out.text.String())
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %s to say so", took)
	}
	bus.stop()
	broker()
	eventually.Eventually(t, 40*time.Second, "the server to plan again", func() error {
		if code, out := run(t, "plan", dir, "--server", api); code != 0 {
			return fmt.Errorf("plan exits %d: %s", code, out)
		}
		return nil
	})
	goesOn(t, api, dir, "")
}

// widen asks for another retention of every topic.
func widen(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "domains", "*", "*", "data-contract.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("\ntopic:")) {
			continue
		}
		text = append(bytes.TrimRight(text, "\n"), "\ntopic: {config: {segment.ms: 7200000}}\n"...)
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// killing kills at the first line of progress with a word.
type killing struct {
	text bytes.Buffer
	when string
	kill func()
	done bool
}

func (k *killing) Write(text []byte) (int, error) {
	k.text.Write(text)
	if !k.done && strings.Contains(k.text.String(), k.when) {
		k.done = true
		k.kill()
	}
	return len(text), nil
}
