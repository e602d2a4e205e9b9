package postgres_test

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres"
	"github.com/weftmesh/weft/internal/eventually"
)

// config captures the table t of a database of its own.
func config(server *engines.Postgres, database string, more ...string) map[string]string {
	c := map[string]string{
		"database.hostname": "127.0.0.1", "database.port": fmt.Sprint(server.Port), "database.user": server.User, "database.dbname": database,
		"topic.prefix": database, "slot.name": database, "publication.name": database, "publication.autocreate.mode": "filtered",
		"table.include.list": "public.t", "status.update.interval.ms": "100", "slot.retry.delay.ms": "500",
	}
	for i := 0; i < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

// database makes a database with the table t.
func database(t *testing.T, server *engines.Postgres, name string) {
	t.Helper()
	server.Exec(t, "postgres", "CREATE DATABASE "+name)
	server.Exec(t, name, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'one')")
}

// fails waits for the task to end, and wants what it says to have each of the texts.
func (c *captured) fails(t *testing.T, texts ...string) {
	t.Helper()
	select {
	case err := <-c.done:
		c.done <- err
		for _, text := range texts {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("the task ended with %v; want %q", err, text)
			}
		}
	case <-time.After(30 * time.Second):
		t.Error("the task does not fail")
	}
}

func after(r recorded) map[string]any {
	value, _ := r.Value.(map[string]any)
	row, _ := value["after"].(map[string]any)
	return row
}

func op(r recorded) any {
	value, _ := r.Value.(map[string]any)
	return value["op"]
}

func TestWhatIsWrongIsSaidWithAWayOut(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	t.Run("slot missing", func(t *testing.T) {
		database(t, server, "noslot")
		c := startFrom(t, config(server, "noslot"), []byte(`{"lsn":1000,"lsn_commit":1000}`), 0)
		c.fails(t, `the replication slot "noslot" is missing`, "snapshot.mode=when_needed")
	})
	t.Run("slot missing and when_needed", func(t *testing.T) {
		database(t, server, "needed")
		c := startFrom(t, config(server, "needed", "snapshot.mode", "when_needed"), []byte(`{"lsn":1000,"lsn_commit":1000}`), 0)
		if r := c.awaitTopic(t, "needed.public.t", 1)[0]; op(r) != "r" {
			t.Errorf("%v, not a row of a snapshot", r)
		}
	})
	t.Run("publication missing", func(t *testing.T) {
		database(t, server, "nopub")
		c := startFrom(t, config(server, "nopub", "publication.autocreate.mode", "disabled"), nil, 0)
		c.fails(t, `the publication "nopub" is missing`, `CREATE PUBLICATION "nopub"`)
	})
	t.Run("no such database", func(t *testing.T) {
		startFrom(t, config(server, "nodatabase"), nil, 0).fails(t, `there is no database "nodatabase"`)
	})
	t.Run("slot in use", func(t *testing.T) {
		database(t, server, "inuse")
		startFrom(t, config(server, "inuse"), nil, 0).awaitStreaming(t)
		second := startFrom(t, config(server, "inuse", "slot.max.retries", "1"), []byte(`{"lsn":1000,"lsn_commit":1000}`), 0)
		second.awaitLog(t, "in use by another connection")
	})
	t.Run("no server", func(t *testing.T) {
		c := startFrom(t, config(server, "x", "database.port", fmt.Sprint(engines.FreePort(t)), "slot.max.retries", "1", "slot.retry.delay.ms", "10"), nil, 0)
		c.fails(t, "cannot be reached", "127.0.0.1:")
	})
}

func TestAPasswordIsAskedForAndNeverShown(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true, Password: "correct", Settings: map[string]string{"wal_level": "replica"}})
	wrong := config(server, "postgres", "database.password", "hunter2hunter2")
	c := startFrom(t, wrong, nil, 0)
	c.fails(t, "PostgreSQL refuses the log-in", "database.password")
	if err := <-c.done; strings.Contains(err.Error()+c.log.String(), "hunter2") {
		t.Error("the password is shown")
	} else {
		c.done <- err
	}
	for _, answer := range (postgres.Connector{}).Validate(t.Context(), wrong) {
		if answer.Value != nil && strings.Contains(*answer.Value, "hunter2") {
			t.Errorf("validation shows the password at %s", answer.Name)
		}
	}
	right := maps.Clone(wrong)
	right["database.password"] = "correct"
	startFrom(t, right, nil, 0).fails(t, `wal_level of PostgreSQL`, "ALTER SYSTEM SET wal_level = logical")
}

func TestTablesChangeWhileTheyAreFollowed(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "ddl")
	c := startFrom(t, config(server, "ddl", "table.include.list", "public.t,public.renamed,public.dropped"), nil, 0)
	c.awaitStreaming(t)
	server.Exec(t, "ddl", "ALTER TABLE t ADD COLUMN more numeric(4,1) DEFAULT 1.5; INSERT INTO t VALUES (2, 'two', 2.5)")
	server.Exec(t, "ddl", "ALTER TABLE t ALTER COLUMN v TYPE varchar(5), DROP COLUMN more; INSERT INTO t VALUES (3, 'three')")
	server.Exec(t, "ddl", "ALTER TABLE t RENAME COLUMN v TO w; INSERT INTO t VALUES (4, 'four')")
	rows := c.awaitTopic(t, "ddl.public.t", 4)
	if row := after(rows[1]); row["more"] != "GQ==" || row["v"] != "two" {
		t.Errorf("after ADD COLUMN: %v", row)
	}
	if row := after(rows[2]); len(row) != 2 || row["v"] != "three" {
		t.Errorf("after DROP COLUMN: %v", row)
	}
	if row := after(rows[3]); row["w"] != "four" {
		t.Errorf("after RENAME COLUMN: %v", row)
	}
	server.Exec(t, "ddl", "ALTER TABLE t RENAME TO renamed")
	server.Exec(t, "ddl", "INSERT INTO renamed VALUES (5, 'five')")
	if row := after(c.awaitTopic(t, "ddl.public.renamed", 1)[0]); row["w"] != "five" {
		t.Errorf("after RENAME TO: %v", row)
	}
	server.Exec(t, "ddl", "INSERT INTO renamed VALUES (6, 'six'); DROP TABLE renamed")
	server.Exec(t, "ddl", "SELECT pg_logical_emit_message(true, 'end', 'x')")
	c.awaitTopic(t, "ddl.message", 1)
	if n := len(c.all()["ddl.public.renamed"]); n != 2 {
		t.Errorf("%d records of the table before it was dropped, not 2", n)
	}
}

func TestAChangeOfATableThatIsGoneComesOut(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "gone")
	first := startFrom(t, config(server, "gone"), nil, 0)
	first.awaitStreaming(t)
	first.end(t)
	server.Exec(t, "gone", "INSERT INTO t VALUES (2, 'two')")
	server.Exec(t, "gone", "DROP TABLE t")
	second := startAfter(t, config(server, "gone"), first)
	r := second.awaitTopic(t, "gone.public.t", 2)[1]
	if key, _ := r.Key.(map[string]any); fmt.Sprint(key["id"]) != "2" || after(r)["v"] != "two" {
		t.Errorf("%v", r)
	}
}

func TestReplicaIdentityNothingAndUnknownTypesAreTold(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	server.Exec(t, "postgres", "CREATE DATABASE odd")
	server.Exec(t, "odd", "CREATE TYPE pair AS (a int, b text); CREATE TABLE t (id int PRIMARY KEY, p pair, l pg_lsn); ALTER TABLE t REPLICA IDENTITY NOTHING")
	c := startFrom(t, config(server, "odd"), nil, 0)
	c.awaitStreaming(t)
	server.Exec(t, "odd", "INSERT INTO t VALUES (1, '(1,x)', '0/1')")
	if row := after(c.awaitTopic(t, "odd.public.t", 1)[0]); len(row) != 1 {
		t.Errorf("columns of unknown types are there: %v", row)
	}
	c.awaitLog(t, "REPLICA IDENTITY NOTHING")
	c.awaitLog(t, "type of a column is not known")
	c.end(t)
	all := startAfter(t, config(server, "odd", "include.unknown.datatypes", "true", "binary.handling.mode", "hex"), c)
	all.awaitStreaming(t)
	server.Exec(t, "odd", "INSERT INTO t VALUES (2, '(1,x)', '0/1')")
	if row := after(all.awaitTopic(t, "odd.public.t", 2)[1]); row["p"] != "28312c7829" {
		t.Errorf("include.unknown.datatypes: %v", row)
	}
}

func TestAHugeValueIsNamedAndNotRead(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "huge")
	var before, now runtime.MemStats
	c := startFrom(t, config(server, "huge"), nil, 1<<20)
	c.awaitStreaming(t)
	runtime.ReadMemStats(&before)
	server.Exec(t, "huge", "INSERT INTO t SELECT 2, string_agg(repeat('x', 1024), '') FROM generate_series(1, 102400)")
	c.fails(t, "a row of public.t (id=2)", "max.request.size", "column.exclude.list")
	runtime.ReadMemStats(&now)
	if grown := int64(now.TotalAlloc - before.TotalAlloc); grown > 32<<20 {
		t.Errorf("%d bytes were allocated for a row of 100 MB that is refused", grown)
	}
	fresh := startFrom(t, config(server, "huge", "slot.name", "huge2"), nil, 1<<20)
	fresh.fails(t, "snapshot of public.t", "a row (the one after ctid (0,1) of public.t)", "max.request.size")
}

func TestAHugeValueThatIsLeftOutNeedsNoMemory(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "leftout")
	server.Exec(t, "leftout", "ALTER TABLE t ADD COLUMN w int, REPLICA IDENTITY FULL; INSERT INTO t SELECT 2, string_agg(repeat('x', 1024), ''), 2 FROM generate_series(1, 51200)")
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	c := startFrom(t, config(server, "leftout", "column.exclude.list", "public.t.v"), nil, 1<<20)
	c.awaitStreaming(t)
	server.Exec(t, "leftout", "UPDATE t SET w = 3 WHERE id = 2; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (4, 'small', 4)")
	rows := c.awaitTopic(t, "leftout.public.t", 6) // two reads, an update, a delete and its tombstone, a create
	if row := after(rows[2]); fmt.Sprint(row["w"]) != "3" || len(row) != 2 {
		t.Errorf("the update is %v", row)
	}
	if row := after(rows[5]); fmt.Sprint(row["id"]) != "4" {
		t.Errorf("after it comes %v", row)
	}
	runtime.ReadMemStats(&now)
	if grown := int64(now.TotalAlloc - before.TotalAlloc); grown > 32<<20 {
		t.Errorf("%d bytes were allocated for a value of 50 MB that is left out", grown)
	}
}

func TestBytesThatAreNoUTF8AreRepaired(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	server.Exec(t, "postgres", "CREATE DATABASE latin ENCODING 'SQL_ASCII' TEMPLATE template0")
	server.Exec(t, "latin", `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, E'caf\xe9')`)
	c := startFrom(t, config(server, "latin"), nil, 0)
	c.awaitStreaming(t)
	server.Exec(t, "latin", `INSERT INTO t VALUES (2, E'\xff\xfe ok')`)
	rows := c.awaitTopic(t, "latin.public.t", 2)
	if v := after(rows[0])["v"]; v != "caf\ufffd" {
		t.Errorf("the snapshot has %q", v)
	}
	if v := after(rows[1])["v"]; v != "\ufffd\ufffd ok" {
		t.Errorf("the change has %q", v)
	}
	c.awaitLog(t, "no UTF-8")
}

func TestTheServerMayEndAtAnyTime(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{})
	database(t, server, "outage")
	c := startFrom(t, config(server, "outage"), nil, 0)
	c.awaitStreaming(t)
	for i := range 4 {
		server.Exec(t, "outage", fmt.Sprintf("INSERT INTO t SELECT n, 'x' FROM generate_series(%d, %d) n", 1000*(i+1), 1000*(i+1)+499))
		if i%2 == 0 {
			server.Kill(t)
		} else {
			server.Stop(t)
		}
		server.Start(t)
	}
	rows := c.awaitTopic(t, "outage.public.t", 2001)
	if len(rows) != 2001 {
		t.Errorf("%d records, not 2001", len(rows))
	}
	seen := map[string]bool{}
	for _, r := range rows {
		id := fmt.Sprint(after(r)["id"])
		if seen[id] {
			t.Errorf("row %s came twice", id)
		}
		seen[id] = true
	}
}

// TestTheSlotForgetsNothingThatIsNotCommitted holds back what was put: the slot must keep the whole transaction, also when
// it was put in pieces and nothing is left in the task.
func TestTheSlotForgetsNothingThatIsNotCommitted(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "held")
	first := startFrom(t, config(server, "held"), nil, 0)
	first.awaitStreaming(t)
	first.end(t)
	c := prepare(t, config(server, "held", "max.batch.size", "10"), first.offset, 0)
	c.hold = true
	c.run(t)
	c.awaitStreaming(t)
	server.Exec(t, "held", "INSERT INTO t SELECT n, 'x' FROM generate_series(100, 119) n")
	c.await(t, 20)
	told := func() (replies, confirmed string) {
		db, err := pgx.Connect(t.Context(), server.URL("held"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close(t.Context())
		err = db.QueryRow(t.Context(), `SELECT coalesce(r.reply_time::text, ''), s.confirmed_flush_lsn::text FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid`).Scan(&replies, &confirmed)
		if err != nil {
			t.Fatal(err)
		}
		return replies, confirmed
	}
	last, before := told()
	for range 3 {
		eventually.Eventually(t, 20*time.Second, "the task to tell the server where it is", func() error {
			now, _ := told()
			if now == last {
				return errors.New("not yet")
			}
			last = now
			return nil
		})
	}
	if _, confirmed := told(); confirmed != before {
		t.Errorf("the slot was confirmed to %s, from %s, though nothing is committed", confirmed, before)
	}
	c.task.Committed(c.position())
	eventually.Eventually(t, 20*time.Second, "the slot to be confirmed once the records are committed", func() error {
		if _, confirmed := told(); confirmed == before {
			return errors.New("not yet")
		}
		return nil
	})
}

func TestTheSlotIsGuarded(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true, Settings: map[string]string{"max_slot_wal_keep_size": "100MB", "max_wal_size": "1GB"}})
	database(t, server, "guarded")
	c := startFrom(t, config(server, "guarded"), nil, 0)
	c.awaitStreaming(t)
	c.end(t)
	server.Exec(t, "guarded", "CREATE TABLE other AS SELECT repeat('x', 1000) FROM generate_series(1, 70000)")
	held := startAfter(t, config(server, "guarded", "slot.wal.warn.percent", "20"), c)
	held.awaitLog(t, "the replication slot is about to be lost")
	held.awaitLog(t, "max_slot_wal_keep_size")
}

func TestATaskThatIsDoneEndsWithEveryRowDelivered(t *testing.T) {
	server := engines.StartPostgres(t, engines.PostgresOptions{Fast: true})
	database(t, server, "once")
	server.Exec(t, "once", "INSERT INTO t SELECT n, 'x' FROM generate_series(2, 5000) n")
	settings := config(server, "once", "snapshot.mode", "initial_only", "max.batch.size", "100")
	c := startFrom(t, settings, nil, 0)
	for range 2 {
		select {
		case err := <-c.done:
			c.done <- err
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the task does not end")
		}
		if n := len(c.all()["once.public.t"]); n != 5000 {
			t.Errorf("%d rows, not 5000", n)
		}
		c = startAfter(t, settings, c) // and does nothing more
	}
}

// errStop is what a sink fails with that is taken away.
var errStop = errors.New("the sink is gone")

// stopAfter lets the sink fail when it has taken so many records.
func stopAfter(n int) func(data.Record) error {
	taken := 0
	return func(data.Record) error {
		if taken++; taken > n {
			return errStop
		}
		return nil
	}
}
