package worker_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/source/sourcetest"
	"github.com/weftmesh/weft/internal/engine/connect/storage"
	"github.com/weftmesh/weft/internal/engine/connect/worker"
	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/eventually"
)

var seed = flag.Uint64("seed", 0, "of the random moments; 0: by the clock")

// moments gives random waits, and prints the seed that they come from.
func moments(t *testing.T) *rand.Rand {
	t.Helper()
	from := *seed
	if from == 0 {
		from = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed=%d", from)
	return rand.New(rand.NewPCG(from, 0))
}

func rounds(short int) int {
	if os.Getenv("WEFT_PROVE") == "1" {
		return 10 * short
	}
	return short
}

// wait lets the source come to a random number, so that something is under way.
func wait(t *testing.T, c *sourcetest.Counting, more int64) {
	t.Helper()
	from := c.Committed.Load()
	eventually.Eventually(t, bound, "more to be committed", func() error {
		if n := c.Committed.Load(); n < from+more {
			return fmt.Errorf("%d of %d", n, from+more)
		}
		return nil
	})
}

// A worker whose process is stopped and goes on later finds another in its place. The old one is not told: it goes on
// capturing and writing until it is fenced. (invariant 2)
func TestAZombieWritesNothing(t *testing.T) {
	random := moments(t)
	bus := startBus(t)
	var old []*worker.Worker
	var sources []*sourcetest.Counting
	for range rounds(6) {
		c := &sourcetest.Counting{}
		sources = append(sources, c)
		w := open(t, bus.Addr(), c)
		if len(old) == 0 {
			put(t, w, config("zombie", "batch", fmt.Sprint(1+random.IntN(20)), "pause", "200us"))
		}
		old = append(old, w)
		eventually.Eventually(t, bound, "the new one to commit", func() error {
			if c.Committed.Load() == 0 {
				return errors.New("nothing yet")
			}
			return nil
		})
		wait(t, c, random.Int64N(300))
	}
	for _, w := range old[:len(old)-1] {
		eventually.Eventually(t, bound, "the zombie to be fenced", func() error {
			s, err := w.Status("zombie")
			if err == nil && (s.Tasks[0].State != worker.Failed || !strings.Contains(s.Tasks[0].Trace, "fenced")) {
				err = fmt.Errorf("%s %s", s.Tasks[0].State, s.Tasks[0].Trace)
			}
			return err
		})
	}
	if err := old[0].Aim(t.Context(), "zombie", storage.Paused); !errors.Is(err, storage.ErrFenced) {
		t.Errorf("a worker that was replaced changes a connector: %v", err)
	}
	last := old[len(old)-1]
	if err := last.Aim(t.Context(), "zombie", storage.Stopped); err != nil {
		t.Fatal(err)
	}
	n := int(sources[len(sources)-1].Committed.Load())
	inOrder(t, committed(t, bus.Addr(), "zombie", n), n)
}

// What was acknowledged as committed is there after the bus has come back, and what was under way is there once.
func TestABusThatRestartsLosesAndRepeatsNothing(t *testing.T) {
	random := moments(t)
	dir := t.TempDir()
	bus, err := kafka.Open(t.Context(), kafka.Config{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { bus.Close() }()
	address := bus.Addr()
	c := &sourcetest.Counting{}
	w := open(t, address, c)
	put(t, w, config("restarted", "batch", "3", "pause", "100us"))
	for range rounds(4) {
		wait(t, c, random.Int64N(500))
		bus.Close()
		eventually.Eventually(t, bound, "the bus to be there again", func() error {
			bus, err = kafka.Open(t.Context(), kafka.Config{Dir: dir, Listen: address})
			return err
		})
		wait(t, c, 1)
	}
	if err := w.Aim(t.Context(), "restarted", storage.Stopped); err != nil {
		t.Fatal(err)
	}
	n := int(c.Committed.Load())
	inOrder(t, committed(t, address, "restarted", n), n)
}

func TestAPausedAndAStoppedConnectorGoOnWhereTheyWere(t *testing.T) {
	random := moments(t)
	bus := startBus(t)
	c := &sourcetest.Counting{}
	w := open(t, bus.Addr(), c)
	put(t, w, config("rested", "batch", "2", "pause", "100us"))
	for i := range rounds(6) {
		wait(t, c, random.Int64N(100))
		target, want := storage.Paused, "PAUSED PAUSED"
		if i%2 == 1 {
			target, want = storage.Stopped, "STOPPED"
		}
		aim(t, w, "rested", target)
		states(t, w, "rested", want)
		aim(t, w, "rested", storage.Started)
		states(t, w, "rested", "RUNNING RUNNING")
		if i == 2 {
			w.Close()
			w = open(t, bus.Addr(), c)
		}
		if err := w.RestartTask("rested", 0); err != nil {
			t.Fatal(err)
		}
	}
	aim(t, w, "rested", storage.Stopped)
	n := int(c.Committed.Load())
	inOrder(t, committed(t, bus.Addr(), "rested", n), n)
}

func aim(t *testing.T, w *worker.Worker, name string, target storage.Target) {
	t.Helper()
	if err := w.Aim(t.Context(), name, target); err != nil {
		t.Fatal(err)
	}
}
