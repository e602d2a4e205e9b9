package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/weftmesh/weft/bench/nexmark"
	"github.com/weftmesh/weft/internal/engine/flink"
	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	flinkplan "github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// updates is how many events come to a state after it has all its keys.
const updates = 2_000_000

// stateKinds are the queries whose state is measured, over the tables a and b of (k BIGINT, v BIGINT).
var stateKinds = []struct{ name, query string }{
	{"group aggregate", "SELECT k, COUNT(*), SUM(v) FROM a GROUP BY k"},
	{"join", "SELECT a.k, a.v, b.v FROM a JOIN b ON a.k = b.k"},
}

// grown is what a state of so many keys costs.
type grown struct {
	FillNanos, UpdateNanos float64 // of CPU, for each event
	Heap, Resident         int64
	Saved                  int64 // bytes of a savepoint
	SaveTime, RecoverTime  time.Duration
	SaveCPU, RecoverCPU    time.Duration
}

// stateRun is a process of its own: bench state-run KIND KEYS DIR.
func stateRun(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("state-run needs a kind, a number of keys and a directory")
	}
	kind, _ := strconv.Atoi(args[0])
	keys, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	g := &growing{keys: keys, kind: kind, dir: args[2]}
	out, err := g.measure(context.Background())
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

type growing struct {
	keys    int64
	kind    int
	dir     string
	reached [2]chan struct{} // all keys are there; all updates are
	until   int64            // events of a run: then it waits, or ends
	ends    bool
}

func (g *growing) measure(ctx context.Context) (*grown, error) {
	out := &grown{}
	engine, session, err := g.engine(ctx, "grow", nil)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	g.reached = [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	g.until = g.keys + updates
	began := cpuTime()
	job, err := g.start(ctx, engine, session)
	if err != nil {
		return nil, err
	}
	<-g.reached[0]
	filled := cpuTime()
	<-g.reached[1]
	updated := cpuTime()
	out.FillNanos = float64((filled - began).Nanoseconds()) / float64(g.keys)
	out.UpdateNanos = float64((updated - filled).Nanoseconds()) / updates
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	out.Heap, out.Resident = int64(memory.HeapAlloc), peakResident(os.Getpid())
	begun, cpu := time.Now(), cpuTime()
	path, err := job.Stop(ctx, filepath.Join(g.dir, "savepoints"), false)
	if err != nil {
		return nil, err
	}
	out.SaveTime, out.SaveCPU = time.Since(begun), cpuTime()-cpu
	path = strings.TrimPrefix(path, "file:")
	err = filepath.Walk(path, func(_ string, info os.FileInfo, err error) error {
		if err == nil {
			out.Saved += info.Size()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, g.recover(ctx, path, out)
}

// recover starts the query anew from the savepoint and gives it one more batch.
func (g *growing) recover(ctx context.Context, path string, out *grown) error {
	g.until, g.ends = g.until+rows.BatchSize, true
	engine, session, err := g.engine(ctx, "recover", map[string]string{"execution.state-recovery.path": path})
	if err != nil {
		return err
	}
	defer engine.Close()
	begun, cpu := time.Now(), cpuTime()
	job, err := g.start(ctx, engine, session)
	if err != nil {
		return err
	}
	if err := job.Wait(); err != nil {
		return err
	}
	out.RecoverTime, out.RecoverCPU = time.Since(begun), cpuTime()-cpu
	return nil
}

func (g *growing) engine(ctx context.Context, name string, settings map[string]string) (*flink.Engine, *flink.Session, error) {
	table := func(second bool) *connectors.Memory {
		return connectors.NewGenerated(func(scan *flinkplan.Scan) stream.Source { return &growingSource{g: g, read: scan.Read, second: second} })
	}
	engine, err := flink.New(flink.Config{
		Dir: filepath.Join(g.dir, name), Settings: map[string]string{"parallelism.default": "1"},
		Memory: map[string]*connectors.Memory{"a": table(false), "b": table(true)},
	})
	if err != nil {
		return nil, nil, err
	}
	session := engine.OpenSession(settings)
	columns := "(k BIGINT, c BIGINT, v BIGINT)"
	for _, statement := range []string{
		"CREATE TABLE a (k BIGINT, v BIGINT) WITH ('connector' = 'memory')", "CREATE TABLE b (k BIGINT, v BIGINT) WITH ('connector' = 'memory')",
		"CREATE TABLE results " + columns + " WITH ('connector' = 'blackhole')",
	} {
		if _, err := session.Execute(ctx, statement); err != nil {
			return nil, nil, err
		}
	}
	return engine, session, nil
}

func (g *growing) start(ctx context.Context, engine *flink.Engine, session *flink.Session) (*flink.Job, error) {
	result, err := session.Execute(ctx, "INSERT INTO results "+stateKinds[g.kind].query)
	if err != nil {
		return nil, err
	}
	job, found := engine.Job(result.JobID)
	if !found {
		return nil, fmt.Errorf("the job %s is gone", result.JobID)
	}
	return job, nil
}

// growingSource gives each key once, scattered, and then keys at random. The join's second table meets only these.
type growingSource struct {
	g      *growing
	read   []int
	second bool
	next   int64
}

const scatter = 0x9e3779b97f4a7c15

func (s *growingSource) key(event int64) int64 {
	if event < s.g.keys {
		return event * 7_919 % s.g.keys
	}
	return int64(uint64(event) * scatter >> 20 % uint64(s.g.keys))
}

func (s *growingSource) Open(_ context.Context, state []byte) error {
	if len(state) == 8 {
		s.next = int64(binary.LittleEndian.Uint64(state))
	} else if s.second {
		s.next = s.g.keys
	}
	return nil
}

func (s *growingSource) Next(ctx context.Context) (int, *rows.Batch, error) {
	until := s.g.until
	if !s.second && s.g.kind == 1 && s.next >= s.g.keys {
		until = s.next // of a join, the first table has the keys, the second the updates
	}
	if !s.second {
		s.tell(s.next >= s.g.keys, 0)
	} else if s.next == s.g.keys {
		select {
		case <-s.g.reached[0]:
		case <-ctx.Done():
			return 0, nil, nil
		}
	}
	if s.next >= until {
		if !s.g.ends {
			s.tell(s.next >= s.g.keys+updates, 1)
			<-ctx.Done()
			return 0, nil, nil
		}
		return 0, nil, io.EOF
	}
	end := until
	if s.next < s.g.keys {
		end = s.g.keys
	}
	n := int(min(rows.BatchSize, end-s.next))
	b := &rows.Batch{Len: n}
	for _, column := range s.read {
		c := rows.NewColumn(rows.BigIntType, n)
		for i := range n {
			c.Ints[i] = s.next + int64(i)
			if column == 0 {
				c.Ints[i] = s.key(s.next + int64(i))
			}
		}
		b.Cols = append(b.Cols, c)
	}
	s.next += int64(n)
	return 0, b, nil
}

// tell closes a channel, once.
func (s *growingSource) tell(yes bool, which int) {
	if !yes || s.g.ends {
		return
	}
	select {
	case <-s.g.reached[which]:
	default:
		close(s.g.reached[which])
	}
}

func (s *growingSource) Splits() int { return 1 }

func (s *growingSource) Save() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(s.next)), nil
}

func (s *growingSource) Close() error { return nil }

func cpuTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// states measures each kind of state at one size and at ten times that.
func states(h *host) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, stateIntroduction, updates)
	for kind, k := range stateKinds {
		for _, keys := range []int64{1_000_000, 10_000_000} {
			dir, err := os.MkdirTemp(h.dir, "state")
			if err != nil {
				return "", err
			}
			c, err := timed(dir, self, "state-run", strconv.Itoa(kind), strconv.FormatInt(keys, 10), dir)
			if err != nil {
				return "", err
			}
			var g grown
			if err := json.Unmarshal([]byte(c.out), &g); err != nil {
				return "", fmt.Errorf("%w: %s", err, c.out)
			}
			fmt.Fprintf(&b, "| %s | %d | %.0f ns | %.0f ns | %s | %.0f B | %s | %s | %s (%s) | %s (%s) |\n", k.name, keys, g.FillNanos, g.UpdateNanos,
				mb(g.Heap), float64(g.Heap)/float64(keys), mb(g.Resident), mb(g.Saved), ms(g.SaveTime), ms(g.SaveCPU), ms(g.RecoverTime), ms(g.RecoverCPU))
			if err := os.RemoveAll(dir); err != nil {
				return "", err
			}
		}
	}
	began, err := jobStarts(h)
	return b.String() + began, err
}

// jobStarts times jobs of one batch, from the statement to their end.
func jobStarts(h *host) (string, error) {
	ctx, text := context.Background(), "\nA job from its statement (planned, started, one batch read, its end noted), the least and the most of five:"
	for _, name := range []string{"q0", "q4", "q5"} {
		var least, most time.Duration
		for i := range 5 {
			dir, err := os.MkdirTemp(h.dir, "start")
			if err != nil {
				return "", err
			}
			e, err := nexmark.NewEmbedded(ctx, dir, name, nexmarkSeed, rows.BatchSize)
			if err != nil {
				return "", err
			}
			begun := time.Now()
			err = e.Discard(ctx)
			took := time.Since(begun)
			e.Close()
			if err != nil {
				return "", err
			}
			if i == 0 || took < least {
				least = took
			}
			most = max(most, took)
		}
		text += fmt.Sprintf(" Nexmark's %s %s to %s;", name, ms(least), ms(most))
	}
	return strings.TrimSuffix(text, ";") + ".\n", nil
}

const stateIntroduction = `## State as it grows

` + "`go run ./bench -only state`" + `: the embedded engine at parallelism 1 is given each key once, and then %d events with keys at random; for the
join, the first table has the keys and the second the events that meet them. CPU is that of the whole process. Recovery is wall time from
the statement until the restored job has worked through a further batch.

| state | keys | CPU per new key | CPU per event after | heap | of it per key | peak memory | savepoint | writing it (CPU) | recovery (CPU) |
|---|---|---|---|---|---|---|---|---|---|
`
