package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/engine/connect/converters"
	"github.com/weftmesh/weft/internal/engine/connect/postgres"
	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/eventually"
)

// counting is a sink that writes records as JSON, counts them and forgets them.
type counting struct {
	task      source.Task
	converter converters.Converter
	into      []byte
	records   atomic.Int64
	bytes     atomic.Int64
	peak      atomic.Uint64 // of the heap in use
}

func (c *counting) Put(_ context.Context, batch source.Batch) error {
	for i := range batch.Records {
		r := &batch.Records[i]
		for _, side := range []bool{true, false} {
			schema, value := r.ValueSchema, r.Value
			if side {
				schema, value = r.KeySchema, r.Key
			}
			var err error
			if c.into, err = c.converter.Encode(r.Topic, side, schema, value, c.into[:0]); err != nil {
				return err
			}
			c.bytes.Add(int64(len(c.into)))
		}
	}
	if c.records.Add(int64(len(batch.Records)))%1000 < 100 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		c.peak.Store(max(c.peak.Load(), m.HeapInuse))
	}
	c.task.Committed(append([]byte(nil), batch.Offset...))
	return nil
}

// BenchmarkCapture captures a table of ten columns from a real PostgreSQL on the same machine, into JSON that is thrown
// away: first a snapshot of its rows, then one transaction that inserts as many.
func BenchmarkCapture(b *testing.B) {
	const rows = 500_000
	server := engines.StartPostgres(b, engines.PostgresOptions{Fast: true, Settings: map[string]string{"max_wal_size": "4GB", "logical_decoding_work_mem": "256MB"}})
	server.Exec(b, "postgres", "CREATE DATABASE bench")
	server.Exec(b, "bench", `CREATE TABLE t (id bigserial PRIMARY KEY, customer_id int, status text, amount numeric(10,2), currency char(3),
		created_at timestamptz, updated_at timestamp, paid bool, note text, weight double precision)`)
	insert := fmt.Sprintf(`INSERT INTO t (customer_id, status, amount, currency, created_at, updated_at, paid, note, weight)
		SELECT n %% 1000, 'shipped', n / 100.0, 'EUR', '2026-11-25 06:45:02.269554+00', '2026-11-25 06:45:02.269554', n %% 2 = 0, 'leave the parcel at the door ' || n, n / 8.0 FROM generate_series(1, %d) n`, rows)
	server.Exec(b, "bench", insert)
	sink := &counting{}
	var err error
	if sink.converter, err = converters.New(converters.JSON, map[string]string{"schemas.enable": "false"}); err != nil {
		b.Fatal(err)
	}
	if sink.task, err = (postgres.Connector{}).Open(source.Setup{Config: config(server, "bench"), Log: slog.New(slog.DiscardHandler)}); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	start := func(label string, want int64) {
		began, cpu := time.Now(), used(b)
		eventually.Eventually(b, 5*time.Minute, label, func() error {
			if n := sink.records.Load(); n < want {
				return fmt.Errorf("%d records", n)
			}
			return nil
		})
		b.Logf("%s: %.0f rows/s, %.0f rows/CPU-s, peak heap %d MB", label, rows/time.Since(began).Seconds(), rows/(used(b)-cpu).Seconds(), sink.peak.Load()>>20)
	}
	go func() { done <- sink.task.Run(ctx, sink) }()
	start("snapshot", rows)
	server.Exec(b, "bench", insert)
	start("stream", 2*rows)
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}

func used(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
