package connect

import (
	"context"
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestAKilledCaptureLosesAndRepeatsNothing kills the embedded Kafka Connect, the bus and PostgreSQL again and again, at
// random points and at times two at once, while rows are inserted, updated, deleted and given other keys. Read
// committed, every event that was committed in the database is there once, in its key's order.
func TestAKilledCaptureLosesAndRepeatsNothing(t *testing.T) {
	kills := *deaths
	if proving() {
		kills *= 10
	}
	from := seed(t, 20261125)
	t.Logf("%d kills, seed %d", kills, from)
	random := rand.New(rand.NewSource(from))
	server, to := startPostgres(t), startEmbedded(t, weft)
	p, work := begin(t, "killed", to, server, WorkloadOptions{Seed: from, Writers: 3, Pause: 20 * time.Millisecond, Multitude: 60})
	defer p.clean(t)
	folding := Fold(t, to.Bootstrap(), "killed")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- work.Run(ctx) }()
	victims := []struct {
		name  string
		kill  func()
		start func()
	}{
		{"the bus", to.bus.Kill, func() { to.bus.Start(t) }},
		{"PostgreSQL", func() { server.Kill(t) }, func() { server.Start(t) }},
		{"Kafka Connect", to.connect.Kill, func() { to.connect.Start(t) }}, // it needs the bus to start
	}
	for range kills {
		wait(t, 50+random.Intn(900))
		first := random.Intn(len(victims))
		fallen := victims[first:min(first+1+random.Intn(4)/3, len(victims))]
		for _, v := range fallen {
			v.kill()
		}
		wait(t, random.Intn(200))
		for _, v := range fallen {
			v.start()
		}
	}
	p.connect(t) // its connection fell with the server
	p.streaming(t, nil)
	wait(t, 1000)
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	folding.Await(work, 30*time.Second)
	folding.Verify(t, work, server.URL("killed"), true)
}

func wait(t *testing.T, millis int) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal("the test was ended")
	case <-time.After(time.Duration(millis) * time.Millisecond):
	}
}

// TestASnapshotThatIsKilledIsBroughtToItsEnd kills the embedded Kafka Connect in the middle of a snapshot: in the end
// every row is there, and what was changed meanwhile is as it is now.
func TestASnapshotThatIsKilledIsBroughtToItsEnd(t *testing.T) {
	rows, kills := 60_000, 2
	if proving() {
		rows, kills = 1_000_000, 10
	}
	from := seed(t, 7)
	t.Logf("%d rows, %d kills, seed %d", rows, kills, from)
	random := rand.New(rand.NewSource(from))
	server, to := startPostgres(t), startEmbedded(t, weft)
	server.Exec(t, "postgres", "CREATE DATABASE halfway")
	server.Exec(t, "halfway", fmt.Sprintf("CREATE TABLE rows (id int PRIMARY KEY, v int, pad text); INSERT INTO rows SELECT i, 0, repeat('x', 100) FROM generate_series(1, %d) i", rows))
	p := attach(t, situation{name: "halfway", connectors: []connector{{name: "halfway", short: "one"}}}, to, server)
	defer p.clean(t)
	c := collect(t, to.Bootstrap(), "halfway")
	p.create(t, nil)
	for i := range kills {
		for seen := 0; seen < rows*(i+1)/(kills+2) && t.Context().Err() == nil; seen, _ = c.seen() {
			<-time.After(2 * time.Millisecond)
		}
		wait(t, random.Intn(50))
		to.connect.Kill()
		server.Exec(t, "halfway", fmt.Sprintf("UPDATE rows SET v = v + 1 WHERE id %% 1000 = %d", i))
		to.connect.Start(t)
	}
	p.streaming(t, nil)
	c.quiet(t, time.Second)
	got := c.newest(t)
	wrong := 0
	for id := 1; id <= rows; id++ {
		want := 0
		if id%1000 < kills {
			want = 1
		}
		if v, there := got[id]; (!there || v != want) && wrong < 5 {
			wrong++
			t.Errorf("row %d is %d (there: %v), want %d", id, v, there, want)
		}
	}
	count, _ := c.seen()
	t.Logf("%d records for %d rows", count, rows)
}

// quiet waits until nothing has come for a while.
func (c *collector) quiet(t *testing.T, long time.Duration) {
	t.Helper()
	for {
		if _, since := c.seen(); since > long || t.Context().Err() != nil {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// newest gives, of each row, the value v that came last.
func (c *collector) newest(t *testing.T) map[int]int {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	rows := map[int]int{}
	for _, records := range c.topics {
		for _, r := range records {
			id, v, err := idAndValue(r)
			if err != nil {
				t.Fatalf("%s: %v", r.Value, err)
			}
			rows[id] = v
		}
	}
	return rows
}

func idAndValue(r *kgo.Record) (id, v int, err error) {
	var e struct{ After struct{ ID, V int } }
	err = parse(r.Value, &e)
	return e.After.ID, e.After.V, err
}
