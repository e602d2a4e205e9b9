package connect

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
)

var (
	recording = flag.Bool("record", false, "write what real Debezium gives as what is expected")
	long      = flag.Duration("long", 10*time.Minute, "how long a random workload plays")
	deaths    = flag.Int("kills", 6, "how often the kill loop kills; ten times as often with WEFT_PROVE=1")
	only      = flag.String("only", "", "run the situations whose name matches this pattern")
)

// weft is the program, built once for all tests.
var weft string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "weft-connect")
	if err == nil {
		weft, err = BuildWeft(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// TestRealDebeziumGivesAsRecorded plays every situation against the real engines, so that what is expected of the
// embedded one is what Debezium does.
func TestRealDebeziumGivesAsRecorded(t *testing.T) {
	if !*recording && os.Getenv("WEFT_PROVE") != "1" {
		t.Skip("the real engines are compared with their recordings with WEFT_PROVE=1")
	}
	all := situations(t)
	server := startPostgres(t)
	to := StartReal(t)
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			if *recording {
				keep(t, s, run(t, s, to, server, nil))
				return
			}
			report(t, s, to, server)
		})
	}
}

// TestTheEmbeddedConnectGivesAsRecorded plays every situation against the binary.
func TestTheEmbeddedConnectGivesAsRecorded(t *testing.T) {
	all := situations(t)
	server := startPostgres(t)
	to := startEmbedded(t, weft)
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) { report(t, s, to, server) })
	}
}

func report(t *testing.T, s situation, to Target, server *engines.Postgres) {
	t.Helper()
	want := recorded(t, s)
	got := run(t, s, to, server, want)
	exceptions := meant(t, s)
	if to.Name() == "real" {
		exceptions = nil
	}
	found := unmeant(differences(s, want, got), exceptions)
	for _, k := range exceptions {
		if !k.found && proving() {
			t.Errorf("%s/known: there is no such difference any more: %s", s.dir, k.where)
		}
	}
	for i, d := range kinds(found) {
		if i == 60 {
			t.Error("and more")
			break
		}
		t.Error(d)
	}
	count := 0
	for _, records := range want.records {
		count += len(records)
	}
	t.Logf("%d records compared", count)
}

func startPostgres(t *testing.T) *engines.Postgres {
	t.Helper()
	return engines.StartPostgres(t, engines.PostgresOptions{Password: "captured-secret", Fast: true, Settings: map[string]string{
		"max_replication_slots": "40", "max_wal_senders": "40", "max_connections": "200",
	}})
}

func situations(t *testing.T) []situation {
	t.Helper()
	dirs, err := filepath.Glob("testdata/*/schema.sql")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no situations: %v", err)
	}
	var all []situation
	for _, file := range dirs {
		if s := load(t, filepath.Dir(file)); regexp.MustCompile(*only).MatchString(s.name) {
			all = append(all, s)
		}
	}
	return all
}
