package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/adapter/postgres"
	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files anew")

// situations are tables, shared with the tests of what is made of them.
const situations = "../../databases/testdata/tables"

// TestPostgres asks one server in every way, as starting one takes longer than all answers.
func TestPostgres(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Password: "it's secret", Fast: true, Settings: map[string]string{"max_slot_wal_keep_size": "64MB"}})
	for name, test := range map[string]func(*testing.T, *engines.Postgres){
		"tables are described as they are":                         tablesAreDescribed,
		"a table's rows are estimated and rights are told":         rowsAndRights,
		"what is no table is said":                                 noTables,
		"a server says what it allows":                             whatIsAllowed,
		"a refusal says what to do":                                refusals,
		"a capture's tables are looked at and its slot is dropped": lookedAtAndReleased,
	} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}

// within makes a database for one story.
func within(t *testing.T, server *engines.Postgres, name, statements string) string {
	t.Helper()
	server.Exec(t, "postgres", "CREATE DATABASE "+name)
	server.Exec(t, name, statements)
	return name
}

func open(t *testing.T, server *engines.Postgres, database, user, password string) *postgres.Client {
	t.Helper()
	client, err := postgres.Open(t.Context(), contracts.Database{Host: "127.0.0.1", Port: server.Port, Database: database, User: user}, password)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Each situation's table is described as its golden file says.
func tablesAreDescribed(t *testing.T, server *engines.Postgres) {
	folders, err := os.ReadDir(situations)
	if err != nil || len(folders) < 10 {
		t.Fatalf("%d situations, %v", len(folders), err)
	}
	for i, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			database := fmt.Sprintf("d%d", i)
			sql, err := os.ReadFile(filepath.Join(situations, folder.Name(), "table.sql"))
			if err != nil {
				t.Fatal(err)
			}
			within(t, server, database, string(sql))
			first, _, _ := strings.Cut(string(sql), "\n")
			table, err := open(t, server, database, server.User, server.Password).Table(t.Context(), strings.TrimPrefix(first, "-- "))
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.MarshalIndent(table, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, filepath.Join(situations, folder.Name(), "table.json"), string(text)+"\n", *update)
		})
	}
}

func rowsAndRights(t *testing.T, server *engines.Postgres) {
	database := within(t, server, "rights", `
		CREATE TABLE counted (id int PRIMARY KEY); INSERT INTO counted SELECT generate_series(1, 1234); ANALYZE counted;
		CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
		CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (10) TO (100);
		INSERT INTO parts SELECT generate_series(0, 49); ANALYZE parts; ANALYZE part_1; ANALYZE part_2;
		CREATE ROLE owners; CREATE ROLE weft_reader LOGIN PASSWORD 'read' IN ROLE owners;
		CREATE TABLE owned (id int PRIMARY KEY); ALTER TABLE owned OWNER TO owners;
		GRANT SELECT ON counted TO weft_reader`)
	reader := open(t, server, database, "weft_reader", "read")
	for _, want := range []struct {
		name            string
		owner, readable bool
		rows            int64
	}{{"public.counted", false, true, 1234}, {"public.parts", false, false, 50}, {"public.owned", true, true, -1}} {
		table, err := reader.Table(t.Context(), want.name)
		if err != nil {
			t.Fatal(err)
		}
		if table.Owner != want.owner || table.Readable != want.readable || table.Rows != want.rows {
			t.Errorf("%s: owner %v, readable %v, rows %d; want %+v", want.name, table.Owner, table.Readable, table.Rows, want)
		}
	}
}

func noTables(t *testing.T, server *engines.Postgres) {
	database := within(t, server, "no_tables", "CREATE TABLE shipments (id int PRIMARY KEY); CREATE VIEW seen AS SELECT 1; CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)")
	client := open(t, server, database, server.User, server.Password)
	for name, want := range map[string]string{
		"public.shipment":  "did you mean public.shipments?",
		"public.Shipments": "did you mean public.shipments?",
		"public.seen":      "is a view",
		"public.quick":     "unlogged",
		"nowhere.at_all":   "it has: public.quick, public.shipments",
	} {
		_, err := client.Table(t.Context(), name)
		if !errors.Is(err, postgres.ErrNoTable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
	}
	if _, err := client.Table(t.Context(), "public.shipments"); err != nil {
		t.Error("after those:", err)
	}
}

func whatIsAllowed(t *testing.T, server *engines.Postgres) {
	within(t, server, "shop", "CREATE ROLE plain LOGIN PASSWORD 'plain'; CREATE ROLE copier LOGIN REPLICATION PASSWORD 'copier'; GRANT CREATE ON DATABASE shop TO copier")
	server.Exec(t, "shop", "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE PUBLICATION few FOR TABLE b, a; CREATE PUBLICATION everything FOR ALL TABLES")
	server.Exec(t, "shop", "SELECT pg_create_logical_replication_slot('mine', 'pgoutput'); SELECT pg_create_physical_replication_slot('copy')")
	for user, want := range map[string][2]bool{server.User: {true, true}, "plain": {false, false}, "copier": {true, true}} {
		password := map[string]string{server.User: server.Password}[user]
		if password == "" {
			password = user
		}
		s, err := open(t, server, "shop", user, password).Server(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{s.Replication, s.CreatePublication}; got != want {
			t.Errorf("%s may replicate and publish: %v, want %v", user, got, want)
		}
		if s.WALLevel != "logical" || s.MaxSlots != 20 || s.MaxSenders != 20 || s.MaxKept != 64 || s.User != user || s.Version == "" {
			t.Errorf("%s is told %+v", user, s)
		}
		if slot, ok := s.Slot("mine"); !ok || slot != (databases.Slot{Name: "mine", Plugin: "pgoutput", Database: "shop"}) || len(s.Slots) != 2 {
			t.Errorf("slots: %+v", s.Slots)
		}
		if p, ok := s.Publication("few"); !ok || fmt.Sprint(p) != "{few false [public.a public.b]}" {
			t.Errorf("publications: %+v", s.Publications)
		}
		if p, _ := s.Publication("everything"); !p.AllTables {
			t.Errorf("publications: %+v", s.Publications)
		}
	}
}

// What keeps a connection from being made is said with what to do, and never with the password.
func refusals(t *testing.T, server *engines.Postgres) {
	server.Exec(t, "postgres", "CREATE ROLE outside")
	gone := engines.FreePort(t)
	for _, c := range []struct {
		db   contracts.Database
		want string
	}{
		{contracts.Database{Host: "127.0.0.1", Port: server.Port, Database: "postgres", User: server.User}, "give the password of weft"},
		{contracts.Database{Host: "127.0.0.1", Port: server.Port, Database: "postgres", User: "outside"}, "give the password of outside"},
		{contracts.Database{Host: "127.0.0.1", Port: gone, Database: "postgres", User: "weft"}, "is it running"},
		{contracts.Database{Host: "no-such-host.invalid", Database: "postgres", User: "weft"}, "no-such-host.invalid:5432/postgres"},
	} {
		_, err := postgres.Open(t.Context(), c.db, "hunter2")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%+v: %v; want %q", c.db, err, c.want)
		}
	}
	_, err := postgres.Open(t.Context(), contracts.Database{Host: "127.0.0.1", Port: server.Port, Database: "nowhere", User: server.User}, server.Password)
	if err == nil || !strings.Contains(err.Error(), "name a database that is there") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	client := open(t, server, "postgres", server.User, server.Password)
	cancel()
	if _, err := client.Server(ctx); !errors.Is(err, context.Canceled) {
		t.Error("a question that is given up:", err)
	}
}

// What a plan is told of a capture's tables, and what is left of it in the database when it ends.
func lookedAtAndReleased(t *testing.T, server *engines.Postgres) {
	database := within(t, server, "captured", "CREATE TABLE invoice (invoice_id text PRIMARY KEY, amount numeric(12,2) NOT NULL); ALTER TABLE invoice REPLICA IDENTITY FULL")
	t.Setenv("CAPTURED_PASSWORD", server.Password)
	connection := contracts.Connection{Postgres: &contracts.Database{Host: "127.0.0.1", Port: server.Port, Database: database, User: server.User, Password: contracts.Secret{Env: "CAPTURED_PASSWORD"}}}
	set, problems := contracts.LoadContract("c.yaml", []byte("domain: billing\nproduct: invoice\nversion: \"1.0\"\nowner: o@example.com\nfields:\n  - {name: invoice_id, type: string}\n  - {name: amount, type: \"decimal(12,2)\"}\nsource: {postgres: {connection: db, table: public.invoice}}\n"))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	all, _ := captures.Of(set, "retail", map[string]contracts.Connection{"db": connection})
	capture := all[0]
	client := postgres.New(func(s contracts.Secret) (string, error) { return os.Getenv(s.Env), nil })
	look := func() string {
		t.Helper()
		db, err := client.Look(t.Context(), capture)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(capture.Problems(db))
	}
	if got := look(); got != "[]" {
		t.Error(got)
	}
	slot := capture.Name.Slot()
	server.Exec(t, database, fmt.Sprintf("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')", slot))
	server.Exec(t, database, fmt.Sprintf("CREATE PUBLICATION %s FOR TABLE invoice; ALTER TABLE invoice RENAME TO invoices", slot))
	if got := look(); !strings.Contains(got, "there is no table public.invoice in") {
		t.Error(got)
	}
	server.Exec(t, database, "ALTER TABLE invoices RENAME TO invoice; ALTER TABLE invoice ALTER amount TYPE numeric(12,4)")
	if got := look(); !strings.Contains(got, "c.yaml:7:5: error: column amount of public.invoice is numeric(12,4), and the field is decimal(12,2)") {
		t.Error(got)
	}
	config := capture.Configuration(captures.Worker{})
	if err := client.Release(t.Context(), config, map[string]contracts.Connection{"db": connection}); err != nil {
		t.Fatal(err)
	}
	left, err := open(t, server, database, server.User, server.Password).Server(t.Context())
	if _, kept := left.Slot(slot); err != nil || kept || len(left.Publications) > 0 {
		t.Errorf("after the release: %+v, %v", left, err)
	}
	if err := client.Release(t.Context(), config, nil); err == nil || !strings.Contains(err.Error(), "drop it by hand") {
		t.Error("without a connection:", err)
	}
}
