package flink_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/adapter/flink"
	"github.com/weftmesh/weft/internal/addrs"
	engine "github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/gateway"
	"github.com/weftmesh/weft/internal/engine/flink/rest"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/resources"
)

var product = addrs.Product{Domain: "shop", Name: "copy-events", Major: 1}

// world is a Flink with the adapter in front of it.
type world struct {
	*testing.T
	jobs         *flink.Jobs
	open, closed atomic.Int64 // sessions
}

func newWorld(t *testing.T) *world {
	t.Helper()
	e, err := engine.New(engine.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	g, r := gateway.New(gateway.Config{Engine: e}), rest.New(e)
	t.Cleanup(g.Close)
	t.Cleanup(r.Close)
	w := &world{T: t}
	sql := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		switch {
		case in.Method == http.MethodPost && strings.HasSuffix(in.URL.Path, "/sessions"):
			w.open.Add(1)
		case in.Method == http.MethodDelete:
			w.closed.Add(1)
		}
		g.Handler().ServeHTTP(out, in)
	}))
	t.Cleanup(sql.Close)
	jobs := httptest.NewServer(r.Handler())
	t.Cleanup(jobs.Close)
	w.jobs = flink.NewJobs(flink.Config{Gateway: sql.URL, REST: jobs.URL})
	t.Cleanup(func() {
		if w.open.Load() != w.closed.Load() {
			t.Errorf("%d sessions were opened, %d closed", w.open.Load(), w.closed.Load())
		}
	})
	return w
}

// change is one change of the product's job.
func (w *world) change(action plans.Action, hash, interval string, from resources.From, statements ...string) error {
	w.Helper()
	if len(statements) == 0 {
		statements = []string{
			"CREATE TEMPORARY TABLE src (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')",
			"CREATE TEMPORARY TABLE dst (n BIGINT, c BIGINT) WITH ('connector' = 'blackhole')",
			"INSERT INTO dst SELECT n % 10, COUNT(*) FROM src GROUP BY n % 10",
		}
	}
	job := &resources.Job{Name: product.String() + "@" + hash + ".00000000", Plan: hash, Statements: statements, From: from, Settings: map[string]string{
		"pipeline.name": product.String() + "@" + hash + ".00000000", resources.CheckpointInterval: interval, "execution.checkpointing.savepoint-dir": "file://" + w.TempDir(),
		"execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION", // as for every product: a lost job goes on from there
	}}
	addr := addrs.Resource{Kind: addrs.KindJob, Name: product.String()}
	var failed error
	w.jobs.Apply(w.Context(), []plans.Change{{Addr: addr, Action: action, Product: product, Desired: resources.Resource{Addr: addr, Product: product, Job: job}}},
		func(_ plans.Change, err error) { failed = err })
	return failed
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// is holds the job as it is observed; no attributes: it is not there.
func (w *world) is(want map[string]string) {
	w.Helper()
	found, err := w.jobs.Read(w.Context(), []string{product.String(), "shop/other-events/v1"})
	w.must(err)
	got := map[string]string{}
	for _, o := range found {
		got = o.Attributes
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("the job is %v, want %v", got, want)
	}
}

func (w *world) status() string {
	all, err := w.jobs.Status(w.Context())
	w.must(err)
	j := all[product]
	return j.State + " " + j.Cause
}

func TestAJobIsStartedChangedAndEnded(t *testing.T) {
	w := newWorld(t)
	w.is(map[string]string{})
	w.must(w.change(plans.Create, "aaaaaaaaaaaa", "50 ms", resources.FromStart))
	w.is(map[string]string{"plan": "aaaaaaaaaaaa", "connection": "00000000", "state": "RUNNING", resources.CheckpointInterval: "50 ms"})

	w.must(w.change(plans.Update, "aaaaaaaaaaaa", "20 ms", resources.FromState))
	w.is(map[string]string{"plan": "aaaaaaaaaaaa", "connection": "00000000", "state": "RUNNING", resources.CheckpointInterval: "20 ms"})

	w.must(w.change(plans.Update, "bbbbbbbbbbbb", "20 ms", resources.FromNow))
	w.is(map[string]string{"plan": "bbbbbbbbbbbb", "connection": "00000000", "state": "RUNNING", resources.CheckpointInterval: "20 ms"})

	w.must(w.change(plans.Delete, "bbbbbbbbbbbb", "20 ms", resources.FromStart))
	w.is(map[string]string{})
	w.must(w.change(plans.Create, "bbbbbbbbbbbb", "20 ms", resources.FromOffsets))
	w.is(map[string]string{"plan": "bbbbbbbbbbbb", "connection": "00000000", "state": "RUNNING", resources.CheckpointInterval: "20 ms"})
}

func TestAStatementThatIsRefusedIsNamedWithItsReason(t *testing.T) {
	w := newWorld(t)
	err := w.change(plans.Create, "aaaaaaaaaaaa", "50 ms", resources.FromStart, "CREATE TEMPORARY TABLE src (n NOPE) WITH ('connector' = 'datagen')")
	if err == nil || !strings.Contains(err.Error(), "CREATE TEMPORARY TABLE src") || !strings.Contains(err.Error(), "NOPE") {
		t.Errorf("the error is %v", err)
	}
	w.is(map[string]string{})
}

func TestAJobThatFailsSaysWhy(t *testing.T) {
	w := newWorld(t)
	err := w.change(plans.Create, "aaaaaaaaaaaa", "50 ms", resources.FromStart,
		"SET 'restart-strategy.type' = 'none'",
		"CREATE TEMPORARY TABLE src (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')",
		"CREATE TEMPORARY TABLE dst (n BIGINT) WITH ('connector' = 'blackhole')",
		"INSERT INTO dst SELECT CAST(CONCAT('x', CAST(n AS STRING)) AS BIGINT) FROM src")
	_ = err // it may run for a moment before it fails
	eventually.Eventually(t, 10*time.Second, "the job to be failed with its cause", func() error {
		if s := w.status(); !strings.HasPrefix(s, "FAILED") || len(s) < 10 {
			return fmt.Errorf("it is %q", s)
		}
		return nil
	})
}

func TestAFlinkThatIsNotThereIsNamed(t *testing.T) {
	jobs := flink.NewJobs(flink.Config{Gateway: "http://127.0.0.1:1", REST: "http://127.0.0.1:1"})
	_, err := jobs.Read(context.Background(), []string{product.String()})
	if err == nil || !strings.Contains(err.Error(), "flink.rest") {
		t.Errorf("the error is %v", err)
	}
}
