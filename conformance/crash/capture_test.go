package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/conformance/connect"
	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
)

// TestAProductFollowsItsTableWhateverIsKilled kills `weft up`, bus, capture and gate with it, and PostgreSQL again and
// again while rows of captured tables are inserted, updated, deleted and given other keys. In the end each product,
// read committed and folded by key, is its table.
func TestAProductFollowsItsTableWhateverIsKilled(t *testing.T) {
	kills, seed := 3, int64(20261126)
	if os.Getenv("WEFT_PROVE") == "1" {
		kills, seed = 50, time.Now().UnixNano()
	}
	t.Logf("%d kills, seed %d", kills, seed)
	random := rand.New(rand.NewSource(seed))
	const writers = 2
	database := engines.StartPostgres(t, engines.PostgresOptions{Password: "kept-in-a-file", Fast: true})
	database.Exec(t, "postgres", "CREATE DATABASE shop")
	// whole rows, as products keep no row to take an unchanged large value from
	database.Exec(t, "shop", connect.Schema(writers)+"ALTER TABLE own_0 REPLICA IDENTITY FULL;")
	m := newMesh(t)
	m.more = []string{"--connect", fmt.Sprintf("127.0.0.1:%d", engines.FreePort(t))}
	m.write(t, "password", database.Password)
	m.write(t, "mesh.yaml", fmt.Sprintf(`name: crash
environments:
  local:
    connections:
      shop-db: {postgres: {host: 127.0.0.1, port: %d, database: shop, user: %s, password: {file: password}}}
`, database.Port, database.User))
	m.write(t, "domains/shop/domain.yaml", "domain: shop\nowner: shop@example.com\nmembers: []\n")
	tables := connect.Tables(writers)[:2]
	for _, table := range tables {
		m.write(t, "domains/shop/"+product(table)+"/data-contract.yaml", fmt.Sprintf(tableContract, product(table), table))
	}
	t.Cleanup(func() {
		if t.Failed() {
			said, _ := os.ReadFile(filepath.Join(m.dir, ".output"))
			t.Logf("weft up said:\n%s", said[max(0, len(said)-3000):])
		}
	})
	m.start(t)
	work := connect.NewWorkload(database.URL("shop"), connect.WorkloadOptions{Seed: seed, Writers: writers, Pause: 20 * time.Millisecond, Multitude: 60})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- work.Run(ctx) }()
	for range kills {
		select {
		case err := <-done:
			t.Fatalf("the workload has ended: %v", err)
		case <-time.After(time.Duration(300+random.Intn(1500)) * time.Millisecond):
		}
		if random.Intn(3) == 0 {
			database.Kill(t)
			database.Start(t)
			continue
		}
		m.kill()
		m.start(t)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		eventually.Eventually(t, time.Minute, "the product of "+table+" to be the table", func() error { return m.follows(t, database, table) })
	}
	t.Logf("%d transactions, %d changes", work.Commits(), work.Events())
}

// product is the name of a table's product.
func product(table string) string {
	return map[string]string{"shared": "shared-row", "own_0": "own-row"}[table]
}

const tableContract = `domain: shop
product: %s
version: "1.0"
owner: shop@example.com
description: The latest state of each row.
kind: state
key: [id]
sla: {freshness: 1h, cadence: on-change, availability: 99%%}
schema:
  fields:
    - {name: id, type: long}
    - {name: ver, type: long, required: true}
    - {name: small, type: string}
    - {name: big, type: string}
source: {postgres: {connection: shop-db, table: public.%s}}
`

// follows compares a product with its table.
func (m *mesh) follows(t *testing.T, database *engines.Postgres, table string) error {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	rows, records, err := connect.Latest(ctx, m.kafka, "http://"+m.registry, "shop."+product(table)+".v1.changed")
	if err != nil {
		return err
	}
	got := map[string]bool{}
	for _, row := range rows {
		text, _ := json.Marshal(row)
		got[string(text)] = true
	}
	db, err := pgx.Connect(ctx, database.URL("shop"))
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	var key int64
	var text string
	found, err := db.Query(ctx, "SELECT id, json_build_object('big', big, 'id', id, 'small', small, 'ver', ver)::text FROM "+table)
	if err != nil {
		return err
	}
	count, missing := 0, ""
	_, err = pgx.ForEachRow(found, []any{&key, &text}, func() error {
		var row map[string]any
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			return err
		}
		plain, _ := json.Marshal(row)
		if count++; !got[string(plain)] {
			missing = string(plain)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case missing != "":
		return fmt.Errorf("of %d rows %d are in the product (%d records); missing is %.200s", count, len(rows), records, missing)
	case count != len(rows):
		return fmt.Errorf("the table has %d rows, the product %d", count, len(rows))
	}
	return nil
}
