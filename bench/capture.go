package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/conformance/engines"
)

// captureShare shrinks or grows what is captured.
var captureShare = flag.Float64("capture-share", 1, "share of the rows of the section capture: 0.1 for a quick look")

// How much is captured.
const (
	captureRate = 1000 // single-row transactions a second
	captureFor  = 20 * time.Second
)

// share is the flag as it was given, for the command that the table names.
func share() string {
	if *captureShare == 1 {
		return ""
	}
	return fmt.Sprintf(" -capture-share %g", *captureShare)
}

func captureRows(rows float64) int { return int(rows * *captureShare) }

func captureWarm() int     { return captureRows(200_000) }   // rows streamed before the figures count
func captureStreamed() int { return captureRows(600_000) }   // rows of the backlog
func captureTable() int    { return captureRows(2_000_000) } // rows of the snapshot
func captureBulk() int     { return captureRows(1_000_000) } // rows of the one large transaction

// capturer is a Kafka Connect with its bus, as it is measured.
type capturer struct {
	name      string
	rest      string
	bootstrap string
	pids      []int // Connect's and the bus's
	config    map[string]string
}

// captured are the figures of one capturer; a row of the table.
type captured struct {
	streamed  float64 // rows a second
	streamCPU float64 // rows a CPU-second
	snapshot  float64
	snapCPU   float64
	snapPeak  int64
	bulk      float64
	bulkPeak  int64
	p50, p99  time.Duration
}

// capture times the embedded Kafka Connect with the embedded bus beside Debezium on Kafka Connect with Apache Kafka, one
// after another on the same database.
func capture(h *host) (text string, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("%v", failed)
		}
	}()
	q := quiet{host: h}
	server := engines.StartPostgres(q, engines.PostgresOptions{Password: "bench", Fast: true, Settings: map[string]string{
		"shared_buffers": "256MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min",
	}})
	if err := fill(server); err != nil {
		return "", err
	}
	var rows []string
	results := map[string]captured{}
	for _, start := range []func() (capturer, error){h.embeddedCapture, debezium(q, "Debezium", nil), debezium(q, "Debezium, tuned", tuned)} {
		c, err := start()
		if err != nil {
			return "", err
		}
		r, err := c.measure(server)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.name, err)
		}
		results[c.name] = r
		rows = append(rows, r.row(c.name))
		for _, pid := range c.pids {
			stopProcess(pid)
		}
	}
	text = fmt.Sprintf(captureIntroduction, engines.DebeziumVersion, engines.KafkaVersion, share(), captureWarm(), captureStreamed(), captureTable(), captureBulk(), captureRate, captureFor)
	text += captureHead + strings.Join(rows, "")
	one, other := results["embedded"], results["Debezium"]
	best := results["Debezium, tuned"]
	return text + fmt.Sprintf("\nBeside Debezium (tuned in brackets): streaming %.1f (%.1f) times its rate and %.1f (%.1f) times its rows per CPU-second; snapshot %.1f (%.1f) times its rate.\n",
		one.streamed/other.streamed, one.streamed/best.streamed, one.streamCPU/other.streamCPU, one.streamCPU/best.streamCPU, one.snapshot/other.snapshot, one.snapshot/best.snapshot), nil
}

const captureIntroduction = `## Capture beside Debezium %s on Kafka Connect %s

` + "`go run ./bench -only capture%s`" + `: one PostgreSQL 15, fsync off, a table of ten columns, JSON without schemas, a topic of one partition; each with
its own bus, both processes counted, one after another on the same database. Streaming: %d rows to warm up, then a backlog of %d rows in
transactions of 1000, from the first record to the last that a read-committed consumer sees (CPU: from the connector's resumption). Snapshot: %d rows, from
the connector's making to the last record. Large transaction: %d rows in one. Latency: %d single-row transactions a second for %s, from
the commit's answer to the record at the consumer. Memory is the most that both processes had resident. Connect and Kafka run with the heaps,
collectors and compilers of their own scripts; "tuned" has max.batch.size=16384, max.queue.size=65536, poll.interval.ms=10,
producer batches of 1 MB with lz4. The embedded one writes with transactions, exactly once; Debezium does by its defaults, at least once.

`

const captureHead = "| | rows/s streamed | per CPU-second | rows/s snapshot | per CPU-second | its memory | rows/s of one transaction | its memory | p50 | p99 |\n|---|---|---|---|---|---|---|---|---|---|\n"

func (r captured) row(name string) string {
	return fmt.Sprintf("| %s | %.0f | %.0f | %.0f | %.0f | %s | %.0f | %s | %.1f ms | %.1f ms |\n", name, r.streamed, r.streamCPU, r.snapshot, r.snapCPU, mb(r.snapPeak),
		r.bulk, mb(r.bulkPeak), float64(r.p50.Microseconds())/1000, float64(r.p99.Microseconds())/1000)
}

var tuned = map[string]string{
	"max.batch.size": "16384", "max.queue.size": "65536", "poll.interval.ms": "10",
	"producer.override.batch.size": "1048576", "producer.override.linger.ms": "5", "producer.override.compression.type": "lz4",
}

// debezium starts Kafka and Connect for one measurement.
func debezium(q quiet, name string, config map[string]string) func() (capturer, error) {
	return func() (capturer, error) {
		kafka := engines.StartKafka(q, engines.KafkaOptions{Shipped: true})
		connect := engines.StartConnect(q, kafka.Bootstrap, engines.ConnectOptions{Shipped: true})
		return capturer{name: name, rest: connect.URL, bootstrap: kafka.Bootstrap, pids: []int{connect.PID, kafka.PID}, config: config}, nil
	}
}

const captureColumns = `customer_id bigint NOT NULL, sku text NOT NULL, quantity int NOT NULL, price numeric(12,2) NOT NULL, currency char(3) NOT NULL,
	status varchar(20) NOT NULL, paid boolean NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), note text`

const captureValues = `i %% 5000, 'SKU-' || (i %% 900), i %% 7, (i %% 10000) / 100.0, 'EUR', 'open', i %% 2 = 0, '2026-01-01'::timestamptz + i * interval '1 second', 'a note of some thirty letters ' || i`

// fill makes the tables, the large one with its rows.
func fill(server *engines.Postgres) error {
	return inDatabase(server, func(ctx context.Context, db *pgx.Conn) error {
		for _, table := range []string{"streamed", "large", "bulk"} {
			if _, err := db.Exec(ctx, "CREATE TABLE "+table+" (id bigserial PRIMARY KEY, "+captureColumns+")"); err != nil {
				return err
			}
		}
		return insert(ctx, db, "large", captureTable(), captureTable())
	})
}

func inDatabase(server *engines.Postgres, work func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	db, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	return work(ctx, db)
}

// insert writes rows in transactions of a size.
func insert(ctx context.Context, db *pgx.Conn, table string, rows, size int) error {
	columns := "customer_id, sku, quantity, price, currency, status, paid, created_at, note"
	for done := 0; done < rows; done += size {
		statement := fmt.Sprintf("INSERT INTO %s (%s) SELECT "+captureValues+" FROM generate_series(%d, %d) i", table, columns, done+1, min(done+size, rows))
		if _, err := db.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (c capturer) measure(server *engines.Postgres) (r captured, err error) {
	fmt.Fprintln(os.Stderr, "  "+c.name)
	prefix := strings.NewReplacer(" ", "", ",", "_").Replace(strings.ToLower(c.name))
	for _, part := range []struct {
		table string
		of    func(string, *engines.Postgres, *captured) error
	}{{"streamed", c.stream}, {"large", c.snapshot}, {"bulk", c.transaction}} {
		name := prefix + "_" + part.table
		if err := part.of(name, server, &r); err != nil {
			return r, fmt.Errorf("%s: %w", part.table, err)
		}
		if err := c.remove(name, server); err != nil {
			return r, err
		}
		fmt.Fprintf(os.Stderr, "    %s: %+v\n", part.table, r)
	}
	return r, nil
}

// make creates a connector of one table.
func (c capturer) make(name, table string, server *engines.Postgres, more map[string]string) error {
	config := map[string]string{
		"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "tasks.max": "1", "plugin.name": "pgoutput",
		"database.hostname": "127.0.0.1", "database.port": fmt.Sprint(server.Port), "database.user": server.User, "database.password": server.Password,
		"database.dbname": "postgres", "topic.prefix": name, "slot.name": name, "publication.name": name, "publication.autocreate.mode": "filtered",
		"table.include.list": "public." + table, "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1",
		"key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
	}
	maps.Copy(config, c.config)
	maps.Copy(config, more)
	return c.ask(http.MethodPost, "/connectors", map[string]any{"name": name, "config": config})
}

func (c capturer) ask(method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, c.rest+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return nil
}

// remove deletes a connector with what it left in the database.
func (c capturer) remove(name string, server *engines.Postgres) error {
	if err := c.ask(http.MethodDelete, "/connectors/"+name, nil); err != nil {
		return err
	}
	if err := slotIs(server, name, false); err != nil {
		return err
	}
	return inDatabase(server, func(ctx context.Context, db *pgx.Conn) error {
		if _, err := db.Exec(ctx, "SELECT pg_drop_replication_slot($1)", name); err != nil {
			return err
		}
		_, err := db.Exec(ctx, "DROP PUBLICATION IF EXISTS "+name)
		return err
	})
}

// slotIs waits until a slot is read, or is not.
func slotIs(server *engines.Postgres, name string, active bool) error {
	return inDatabase(server, func(ctx context.Context, db *pgx.Conn) error {
		for {
			var is bool
			err := db.QueryRow(ctx, "SELECT active FROM pg_replication_slots WHERE slot_name = $1", name).Scan(&is)
			if err == nil && is == active {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("slot %s: active is %v: %w", name, is, err)
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
}

// usage is the CPU that the capturer's processes have used.
func (c capturer) usage() (total time.Duration) {
	for _, pid := range c.pids {
		total += cpuOf(pid)
	}
	return total
}

func (c capturer) peak() (total int64) {
	for _, pid := range c.pids {
		total += peakResident(pid)
	}
	return total
}

func (c capturer) forget() {
	for _, pid := range c.pids {
		forgetPeak(pid)
	}
}

func percentile(all []time.Duration, of float64) time.Duration {
	slices.Sort(all)
	return all[int(float64(len(all)-1)*of)]
}
