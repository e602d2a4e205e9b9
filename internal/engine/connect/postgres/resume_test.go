package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/conformance/engines"
)

// fold is what a reader holds who keeps the newest record of each key.
func fold(records []recorded) map[string]string {
	state := map[string]string{}
	for _, r := range records {
		key, _ := r.Key.(map[string]any)
		id := fmt.Sprint(key["id"])
		if row := after(r); row != nil {
			state[id] = fmt.Sprint(row["v"])
			continue
		}
		delete(state, id)
	}
	return state
}

// TestASnapshotThatWasInterruptedIsGoneOnWith stops the sink amid a snapshot, changes rows on both sides of where it
// stopped, and wants the topic to fold to the table.
func TestASnapshotThatWasInterruptedIsGoneOnWith(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "resumed")
	server.Exec(t, "resumed", "INSERT INTO t SELECT n, 'old ' || n || repeat('.', 200) FROM generate_series(2, 20000) n")
	c := prepare(t, config(server, "resumed", "max.batch.size", "500"), nil, 0)
	c.refuse = stopAfter(9000)
	c.run(t)
	c.fails(t, errStop.Error())
	c.undo()
	server.Exec(t, "resumed", `UPDATE t SET v = 'read and changed' WHERE id = 10; UPDATE t SET v = 'not read and changed' WHERE id = 19990;
		DELETE FROM t WHERE id IN (11, 19991); INSERT INTO t VALUES (30000, 'new');
		UPDATE t SET id = 40000 WHERE id = 12; UPDATE t SET id = 12 WHERE id = 19992`)
	second := startAfter(t, config(server, "resumed"), c)
	second.awaitLog(t, "going on with the snapshot that was interrupted")
	second.awaitStreaming(t)
	server.Exec(t, "resumed", "SELECT pg_logical_emit_message(true, 'end', 'x')")
	second.awaitTopic(t, "resumed.message", 1)
	all := second.all()["resumed.public.t"]
	state := fold(all)
	want := map[string]string{"10": "read and changed", "19990": "not read and changed", "30000": "new"}
	for id, v := range want {
		if state[id] != v {
			t.Errorf("row %s is %q, not %q", id, state[id], v)
		}
	}
	for _, id := range []string{"11", "19991", "19992"} {
		if _, there := state[id]; there {
			t.Errorf("row %s is still there", id)
		}
	}
	if !strings.HasPrefix(state["40000"], "old 12") || !strings.HasPrefix(state["12"], "old 19992") || len(state) != 19999 {
		t.Errorf("%d rows, 12 is %q, 40000 is %q", len(state), state["12"], state["40000"])
	}
	if n := count(all, "r"); n < 19990 || n > 20010 {
		t.Errorf("%d rows were read for a table of 20000: some were read twice", n)
	}
}

func count(records []recorded, kind string) int {
	n := 0
	for _, r := range records {
		if op(r) == kind {
			n++
		}
	}
	return n
}

// TestATransactionIsGoneOnWithInItsMiddle stops the sink amid a large transaction; no row may come twice or not at all.
func TestATransactionIsGoneOnWithInItsMiddle(t *testing.T) {
	t.Run("rows with places of their own in the log", func(t *testing.T) {
		goesOn(t, func(server *engines.Postgres) {
			server.Exec(t, "amid", "BEGIN; INSERT INTO t SELECT n, 'x' FROM generate_series(1000, 6999) n; COMMIT")
		})
	})
	t.Run("rows that share places in the log", func(t *testing.T) {
		goesOn(t, func(server *engines.Postgres) { copyRows(t, server) })
	})
}

// copyRows writes by COPY, which logs many rows of a page at once.
func copyRows(t *testing.T, server *engines.Postgres) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), server.URL("amid"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	rows := pgx.CopyFromSlice(6000, func(i int) ([]any, error) { return []any{1000 + i, "x"}, nil })
	if _, err := db.CopyFrom(t.Context(), pgx.Identifier{"t"}, []string{"id", "v"}, rows); err != nil {
		t.Fatal(err)
	}
}

func goesOn(t *testing.T, write func(*engines.Postgres)) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "amid")
	c := startFrom(t, config(server, "amid"), nil, 0)
	c.awaitStreaming(t)
	c.end(t)
	server.Exec(t, "amid", "INSERT INTO t VALUES (2, 'before')")
	write(server)
	server.Exec(t, "amid", "INSERT INTO t VALUES (3, 'after')")
	for stop := 1500; ; stop = 1700 {
		next := prepare(t, config(server, "amid", "max.batch.size", "100"), c.offset, 0)
		next.topics, next.count = c.all(), c.count
		if 6003-c.count > stop {
			next.refuse = stopAfter(stop)
		}
		next.run(t)
		c = next
		if next.refuse == nil {
			break
		}
		next.fails(t, errStop.Error())
		next.undo()
	}
	rows := c.awaitTopic(t, "amid.public.t", 6003)
	seen := map[string]int{}
	for _, r := range rows {
		seen[fmt.Sprint(after(r)["id"])]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("row %s came %d times", id, n)
		}
	}
	if len(rows) != 6003 || len(seen) != 6003 {
		t.Errorf("%d records of %d rows, not 6003", len(rows), len(seen))
	}
}

func TestAnIncrementalSnapshotKeepsUpWithChanges(t *testing.T) {
	t.Run("with watermarks in a table", func(t *testing.T) { keepsUp(t) })
	t.Run("with watermarks in the log", func(t *testing.T) { keepsUp(t, "read.only", "true") })
}

func keepsUp(t *testing.T, settings ...string) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "chunked")
	server.Exec(t, "chunked", "CREATE TABLE signals (id varchar(64), type varchar(32), data text); INSERT INTO t SELECT n, 'old' FROM generate_series(2, 20000) n")
	more := []string{"snapshot.mode", "no_data", "signal.data.collection", "public.signals", "incremental.snapshot.chunk.size", "100"}
	more = append(more, settings...)
	c := startFrom(t, config(server, "chunked", more...), nil, 0)
	c.awaitStreaming(t)
	server.Exec(t, "chunked", `INSERT INTO signals VALUES ('s1', 'execute-snapshot', '{"data-collections": ["public.t"]}')`)
	for i := range 100 {
		server.Exec(t, "chunked", fmt.Sprintf("UPDATE t SET v = 'new %d' WHERE id = %d; DELETE FROM t WHERE id = %d", i, 1+i*10, 5+i*10))
		if i == 5 {
			c.end(t) // and goes on with the chunk that it was at
			next := startAfter(t, config(server, "chunked", more...), c)
			next.awaitStreaming(t)
			c = next
		}
	}
	c.awaitLog(t, "incremental snapshot of a table is complete")
	server.Exec(t, "chunked", "SELECT pg_logical_emit_message(true, 'end', 'x')")
	c.awaitTopic(t, "chunked.message", 1)
	state := fold(c.all()["chunked.public.t"])
	if len(state) != 19900 {
		t.Errorf("%d rows, not 19900", len(state))
	}
	for i := range 100 {
		if v := state[fmt.Sprint(1+i*10)]; v != fmt.Sprintf("new %d", i) {
			t.Errorf("row %d is %q", 1+i*10, v)
		}
	}
	want := 2 * 200 // chunks, each with two watermarks
	if len(settings) > 0 {
		want = 1 // they are in the log; the signal alone is in the table
	}
	if got := c.all()["chunked.public.signals"]; len(got) < want || want == 1 && len(got) > 1 {
		t.Errorf("%d signals and watermarks came out, not %d", len(got), want)
	}
}
