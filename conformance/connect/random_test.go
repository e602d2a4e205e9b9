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

// begin makes a database with a workload's tables and a connector that streams it.
func begin(t *testing.T, name string, to Target, server *engines.Postgres, options WorkloadOptions) (*play, *Workload) {
	t.Helper()
	server.Exec(t, "postgres", "CREATE DATABASE "+name)
	server.Exec(t, name, Schema(options.Writers))
	config := map[string]any{
		"skipped.operations": "none", "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false",
	}
	p := attach(t, situation{name: name, connectors: []connector{{name: name, short: "one", config: config}}}, to, server)
	p.create(t, nil)
	p.streaming(t, nil)
	return p, NewWorkload(server.URL(name), options)
}

// shuffle plays a random workload for a while while a connector streams it, and holds what came against the tables.
func shuffle(t *testing.T, to Target, server *engines.Postgres, long time.Duration, seed int64) {
	t.Helper()
	t.Logf("%s for %s, seed %d", to.Name(), long, seed)
	name := "random_" + to.Name()
	p, work := begin(t, name, to, server, WorkloadOptions{Seed: seed, Writers: 3, DDL: true, Pause: 10 * time.Millisecond})
	defer p.clean(t)
	folding := Fold(t, to.Bootstrap(), name)
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := work.Run(ctx); err != nil {
		t.Fatal(err)
	}
	folding.Await(work, 15*time.Second)
	folding.Verify(t, work, server.URL(name), true)
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
	shuffle(t, StartReal(t), startPostgres(t), *long, seed(t, 1))
}

func TestARandomWorkloadReachesTheTopics(t *testing.T) {
	play := 5 * time.Second
	if proving() {
		play = *long
	}
	shuffle(t, startEmbedded(t, weft), startPostgres(t), play, seed(t, 1))
}
