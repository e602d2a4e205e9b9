package connect

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
)

// proving says whether the long forms of the tests are wanted.
func proving() bool { return os.Getenv("WEFT_PROVE") == "1" }

// shuffle plays a random workload for a while while a connector streams it, and holds what came against the tables.
func shuffle(t *testing.T, to Target, server *engines.Postgres, long time.Duration, seed int64, exactlyOnce bool) {
	t.Helper()
	const writers = 3
	t.Logf("%s for %s, seed %d", to.Name(), long, seed)
	name := "random_" + to.Name()
	server.Exec(t, "postgres", "CREATE DATABASE "+name)
	server.Exec(t, name, Schema(writers))
	s := situation{name: name, connectors: []connector{{name: name, short: "one", config: map[string]any{"skipped.operations": "none", "tombstones.on.delete": "true"}}}}
	p := attach(t, s, to, server)
	defer p.clean(t)
	folding := Fold(t, to.Bootstrap(), name)
	p.create(t, nil)
	p.streaming(t, nil)
	work := NewWorkload(server.URL(name), WorkloadOptions{Seed: seed, Writers: writers, DDL: true, Pause: 10 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := work.Run(ctx); err != nil {
		t.Fatal(err)
	}
	folding.Await(work, 15*time.Second)
	folding.Verify(t, work, server.URL(name), exactlyOnce)
	if t.Failed() {
		r, _ := ask(http.MethodGet, to.REST()+"/connectors/"+name+"/status", nil)
		t.Log(oneLine(r))
	}
}

func seed(t *testing.T, usual int64) int64 {
	t.Helper()
	if proving() {
		return time.Now().UnixNano()
	}
	return usual
}

// TestARandomWorkloadReachesTheTopicsOfRealDebezium holds the workload itself against what is known to work.
func TestARandomWorkloadReachesTheTopicsOfRealDebezium(t *testing.T) {
	if !proving() {
		t.Skip("the random workload plays against the real engines with WEFT_PROVE=1")
	}
	shuffle(t, StartReal(t), startPostgres(t), 10*time.Minute, seed(t, 1), true)
}
