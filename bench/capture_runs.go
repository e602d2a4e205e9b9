package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
)

// embeddedCapture starts the embedded bus and the embedded Kafka Connect, a process each.
func (h *host) embeddedCapture() (capturer, error) {
	bus, said, err := h.server(`kafka \S+`, h.weft, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", h.dir+"/capture-bus")
	if err != nil {
		return capturer{}, err
	}
	bootstrap := after(said, "kafka")
	connect, said, err := h.server(`connect \S+`, h.weft, "engine", "connect", "--listen", "127.0.0.1:0", "--kafka", bootstrap)
	if err != nil {
		return capturer{}, err
	}
	return capturer{name: "embedded", rest: after(said, "connect"), bootstrap: bootstrap, pids: []int{connect.Process.Pid, bus.Process.Pid}}, nil
}

func stopProcess(pid int) { _ = syscall.Kill(pid, syscall.SIGTERM) }

// stream measures a backlog, and then the latency of single rows.
func (c capturer) stream(name string, server *engines.Postgres, r *captured) error {
	if err := c.make(name, "streamed", server, map[string]string{"snapshot.mode": "no_data"}); err != nil {
		return err
	}
	if err := slotIs(server, name, true); err != nil {
		return err
	}
	topic := name + ".public.streamed"
	tail, err := c.follow(topic)
	if err != nil {
		return err
	}
	defer tail.close()
	for _, rows := range []int{captureWarm(), captureStreamed()} {
		if err := c.ask("PUT", "/connectors/"+name+"/stop", nil); err != nil {
			return err
		}
		if err := slotIs(server, name, false); err != nil {
			return err
		}
		if err := inDatabase(server, func(ctx context.Context, db *pgx.Conn) error { return insert(ctx, db, "streamed", rows, 1000) }); err != nil {
			return err
		}
		cpu, from := c.usage(), tail.count()
		if err := c.ask("PUT", "/connectors/"+name+"/resume", nil); err != nil {
			return err
		}
		if err := tail.reach(from + 1); err != nil {
			return err
		}
		before := time.Now()
		if err := tail.reach(from + rows); err != nil {
			return err
		}
		r.streamed = float64(rows) / time.Since(before).Seconds()
		r.streamCPU = float64(rows) / (c.usage() - cpu).Seconds()
	}
	r.p50, r.p99, err = tail.latencies(server)
	return err
}

func (c capturer) snapshot(name string, server *engines.Postgres, r *captured) error {
	c.forget()
	tail, err := c.follow(name + ".public.large")
	if err != nil {
		return err
	}
	defer tail.close()
	cpu, before := c.usage(), time.Now()
	if err := c.make(name, "large", server, nil); err != nil {
		return err
	}
	if err := tail.reach(captureTable()); err != nil {
		return err
	}
	r.snapshot = float64(captureTable()) / time.Since(before).Seconds()
	r.snapCPU = float64(captureTable()) / (c.usage() - cpu).Seconds()
	r.snapPeak = c.peak()
	return slotIs(server, name, true)
}

// transaction measures one that is large; PostgreSQL hands it out when it is committed.
func (c capturer) transaction(name string, server *engines.Postgres, r *captured) error {
	if err := c.make(name, "bulk", server, map[string]string{"snapshot.mode": "no_data"}); err != nil {
		return err
	}
	if err := slotIs(server, name, true); err != nil {
		return err
	}
	tail, err := c.follow(name + ".public.bulk")
	if err != nil {
		return err
	}
	defer tail.close()
	c.forget()
	if err := inDatabase(server, func(ctx context.Context, db *pgx.Conn) error {
		return insert(ctx, db, "bulk", captureBulk(), captureBulk())
	}); err != nil {
		return err
	}
	before := time.Now()
	if err := tail.reach(captureBulk()); err != nil {
		return err
	}
	r.bulk = float64(captureBulk()) / time.Since(before).Seconds()
	r.bulkPeak = c.peak()
	return nil
}

// follower reads a topic, committed, and counts; while latencies are measured it notes when each row came.
type follower struct {
	client *kgo.Client
	stop   context.CancelFunc
	done   chan struct{}
	mu     sync.Mutex
	seen   int
	last   time.Time
	came   map[int64]time.Time // nil: not noted
}

func (c capturer) follow(topic string) (*follower, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.bootstrap), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.MetadataMinAge(50*time.Millisecond), kgo.MetadataMaxAge(200*time.Millisecond), kgo.FetchMaxWait(500*time.Millisecond))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{client: client, stop: cancel, done: make(chan struct{}), last: time.Now()}
	go func() {
		defer close(f.done)
		for ctx.Err() == nil {
			f.take(client.PollFetches(ctx))
		}
	}()
	return f, nil
}

func (f *follower) take(fetches kgo.Fetches) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	fetches.EachRecord(func(r *kgo.Record) {
		f.seen++
		f.last = now
		if f.came != nil {
			var key struct{ ID int64 }
			if json.Unmarshal(r.Key, &key) == nil {
				f.came[key.ID] = now
			}
		}
	})
}

func (f *follower) close() {
	f.stop()
	f.client.Close()
	<-f.done
}

func (f *follower) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// reach waits until as many records have come; it gives up when none has for two minutes.
func (f *follower) reach(rows int) error {
	began := time.Now()
	for {
		f.mu.Lock()
		seen, last := f.seen, f.last
		f.mu.Unlock()
		if seen >= rows {
			return nil
		}
		if time.Since(last) > 2*time.Minute && time.Since(began) > 2*time.Minute {
			return fmt.Errorf("%d of %d records came", seen, rows)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// latencies writes single rows at a steady rate from a few connections, and gives the median and the 99th percentile of
// what lay between the answer to the commit and the record; the first fifth does not count.
func (f *follower) latencies(server *engines.Postgres) (p50, p99 time.Duration, err error) {
	const writers = 4
	f.mu.Lock()
	f.came = map[int64]time.Time{}
	f.mu.Unlock()
	from, began := f.count(), time.Now()
	written := make([]map[int64]time.Time, writers)
	failures := make(chan error, writers)
	for i := range writers {
		written[i] = map[int64]time.Time{}
		go func() {
			failures <- inDatabase(server, func(ctx context.Context, db *pgx.Conn) error { return trickle(ctx, db, writers, began, written[i]) })
		}()
	}
	for range writers {
		err = errors.Join(err, <-failures)
	}
	if err != nil {
		return 0, 0, err
	}
	total := 0
	for _, part := range written {
		total += len(part)
	}
	if err := f.reach(from + total); err != nil {
		return 0, 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []time.Duration
	for _, part := range written {
		for id, at := range part {
			if at.Sub(began) > captureFor/5 {
				all = append(all, max(0, f.came[id].Sub(at)))
			}
		}
	}
	f.came = nil
	return percentile(all, 0.5), percentile(all, 0.99), nil
}

// trickle writes a writer's share of the rows, each a transaction, and notes when its commit was answered.
func trickle(ctx context.Context, db *pgx.Conn, writers int, began time.Time, written map[int64]time.Time) error {
	every := time.Second * time.Duration(writers) / captureRate
	statement := fmt.Sprintf("INSERT INTO streamed (customer_id, sku, quantity, price, currency, status, paid, created_at, note) SELECT " + captureValues + " FROM generate_series($1::int, $1::int) i RETURNING id")
	for n := 0; time.Since(began) < captureFor; n++ {
		<-time.After(time.Until(began.Add(time.Duration(n) * every)))
		var id int64
		if err := db.QueryRow(ctx, statement, n).Scan(&id); err != nil {
			return err
		}
		written[id] = time.Now()
	}
	return nil
}
