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
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files anew")

// situations are tables, shared with the tests of what is made of them.
const situations = "../../databases/testdata"

func started(t *testing.T) *engines.Postgres {
	t.Helper()
	return engines.StartPostgres(t, engines.PostgresOptions{Password: "it's secret", Fast: true, Settings: map[string]string{"max_slot_wal_keep_size": "64MB"}})
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
func TestTablesAreDescribedAsTheyAre(t *testing.T) {
	server := started(t)
	folders, err := os.ReadDir(situations)
	if err != nil || len(folders) < 10 {
		t.Fatalf("%d situations, %v", len(folders), err)
	}
	for i, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			database := fmt.Sprintf("d%d", i)
			server.Exec(t, "postgres", "CREATE DATABASE "+database)
			sql, err := os.ReadFile(filepath.Join(situations, folder.Name(), "table.sql"))
			if err != nil {
				t.Fatal(err)
			}
			server.Exec(t, database, string(sql))
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

func TestATablesRowsAreEstimatedAndItsRightsTold(t *testing.T) {
	server := started(t)
	server.Exec(t, "postgres", `
		CREATE TABLE counted (id int PRIMARY KEY); INSERT INTO counted SELECT generate_series(1, 1234); ANALYZE counted;
		CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
		CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10); CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (10) TO (100);
		INSERT INTO parts SELECT generate_series(0, 49); ANALYZE parts; ANALYZE part_1; ANALYZE part_2;
		CREATE ROLE owners; CREATE ROLE weft_reader LOGIN PASSWORD 'read' IN ROLE owners;
		CREATE TABLE owned (id int PRIMARY KEY); ALTER TABLE owned OWNER TO owners;
		GRANT SELECT ON counted TO weft_reader`)
	reader := open(t, server, "postgres", "weft_reader", "read")
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

func TestWhatIsNoTableIsSaid(t *testing.T) {
	server := started(t)
	server.Exec(t, "postgres", "CREATE TABLE shipments (id int PRIMARY KEY); CREATE VIEW seen AS SELECT 1; CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)")
	client := open(t, server, "postgres", server.User, server.Password)
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

func TestAServerSaysWhatItAllows(t *testing.T) {
	server := started(t)
	server.Exec(t, "postgres", "CREATE DATABASE shop")
	server.Exec(t, "postgres", "CREATE ROLE plain LOGIN PASSWORD 'plain'; CREATE ROLE copier LOGIN REPLICATION PASSWORD 'copier'; GRANT CREATE ON DATABASE shop TO copier")
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
func TestARefusalSaysWhatToDo(t *testing.T) {
	server := started(t)
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
	_, err := postgres.Open(t.Context(), contracts.Database{Host: "127.0.0.1", Port: server.Port, Database: "shop", User: server.User}, server.Password)
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
