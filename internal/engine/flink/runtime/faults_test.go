package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// faulty are connectors whose commits fail now and then: before anything was committed, or after.
type faulty struct {
	stream.Connectors
	luck *luck
}

type luck struct {
	mu                   sync.Mutex
	random               *rand.Rand
	left, before, behind int // faults to come, and those that were
}

var errFault = errors.New("a fault by design")

// strikes decides whether a fault comes, and on which side of the commit.
func (l *luck) strikes() (before, behind bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 || l.before+l.behind > 0 && l.random.IntN(4) > 0 {
		return false, false
	}
	l.left--
	if l.random.IntN(2) == 0 {
		l.before++
		return true, false
	}
	l.behind++
	return false, true
}

func (f *faulty) Transaction(ctx context.Context, sinks []*plan.Sink) (stream.Transaction, error) {
	t, err := f.Connectors.Transaction(ctx, sinks)
	if t == nil || err != nil {
		return t, err
	}
	return &faultyTransaction{Transaction: t, luck: f.luck}, nil
}

type faultyTransaction struct {
	stream.Transaction
	luck *luck
}

func (t *faultyTransaction) Commit(ctx context.Context, checkpoint int64) error {
	before, behind := t.luck.strikes()
	if before {
		return errFault
	}
	if err := t.Transaction.Commit(ctx, checkpoint); err != nil || !behind {
		return err
	}
	return errFault
}

func TestStateOffsetsAndOutputStayTogetherWhateverFails(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	b, dir := openBus(t, map[string]int32{"in": 3, "out": 2}), t.TempDir()
	bad := &luck{random: rand.New(rand.NewPCG(seed, 1)), left: 12}
	job := func(more ...string) *runtime.Job {
		sink := b.copying(more...)
		sink.Input = &plan.GroupAggregate{Base: plan.Base{Out: numbers}, Input: sink.Input, Keys: []int{0}}
		return jobOf(t, sink, nil, checkpointing(dir, 5*time.Millisecond), using(newCounting), func(c *runtime.Config) {
			c.Options.Restart.Attempts = 1000
			c.Connectors = func(ctx context.Context) (stream.Connectors, error) {
				set, err := connectors.Open(ctx, connectors.Config{Job: "job", Clock: runtime.Wall{}})
				return &faulty{Connectors: set, luck: bad}, err
			}
		})
	}
	const n, keys = 3000, 7
	for written := 0; written < n; {
		ctx, kill := context.WithCancel(t.Context())
		j := job()
		j.Start(ctx)
		before := len(b.committed("out"))
		for range 10 + random.IntN(10) {
			var values []string
			for range 50 {
				values = append(values, fmt.Sprintf(`{"k":%d,"good":true}`, written%keys))
				written++
			}
			b.write("in", int32(random.IntN(3)), values...)
		}
		eventually.Eventually(t, 30*time.Second, "some output", func() error {
			if len(b.committed("out")) <= before {
				return fmt.Errorf("none: %v", j.Status().Failures)
			}
			return nil
		})
		kill()
		if err := j.Wait(); err != nil {
			t.Fatal(err)
		}
		bad.mu.Lock()
		if written >= n {
			bad.left = 0
		}
		bad.mu.Unlock()
	}
	run(t, job("scan.bounded.mode", "latest-offset"))
	counts, total := map[string]int{}, 0
	for _, v := range b.committed("out") {
		counts[strings.SplitN(v, ",", 2)[0]]++
		total++
	}
	ends, err := b.admin.ListEndOffsets(t.Context(), "in")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, o := range ends["in"] {
		read += int(o.Offset)
	}
	if total != read || len(counts) != total {
		t.Errorf("%d rows went in, %d counts came out, %d different ones", read, total, len(counts))
	}
	for k := range keys {
		for i := 1; i <= read/keys; i++ {
			if want := fmt.Sprintf(`{"k":%d`, k*1_000_000+i); counts[want] != 1 {
				t.Fatalf("%s came %d times; there are %v", want, counts[want], slices.Sorted(maps.Keys(counts))[:10])
			}
		}
	}
	if bad.before+bad.behind == 0 {
		t.Error("no fault came")
	}
	t.Logf("%d faults before a commit, %d behind one", bad.before, bad.behind)
}

func TestABrokerThatRestartsLosesAndDoublesNothing(t *testing.T) {
	dir := t.TempDir()
	server, err := kafka.Open(context.Background(), kafka.Config{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	b := busAt(t, server.Addr(), map[string]int32{"in": 2, "out": 2})
	j := jobOf(t, b.copying(), nil, checkpointing(t.TempDir(), 5*time.Millisecond), func(c *runtime.Config) { c.Options.Restart.Attempts = 1000 })
	j.Start(t.Context())
	for i := range 3 {
		b.write("in", int32(i%2), records(i*100, i*100+100)...)
		eventually.Eventually(t, 20*time.Second, "half of it", b.has("out", i*50+1))
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		eventually.Eventually(t, 20*time.Second, "the bus is back", func() (err error) {
			server, err = kafka.Open(context.Background(), kafka.Config{Dir: dir, Listen: b.addr})
			return err
		})
	}
	defer func() { _ = server.Close() }()
	eventually.Eventually(t, 60*time.Second, "all of it", b.has("out", 150))
	j.Cancel()
	got := b.committed("out")
	slices.Sort(got)
	if len(got) != 150 || len(slices.Compact(got)) != 150 {
		t.Errorf("%d rows, after %d restarts of the job: %v", len(got), j.Status().Restarts, j.Status().Failures)
	}
	t.Logf("%d restarts of the job: %v", j.Status().Restarts, j.Status().Failures)
}
