package runtime_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// counting counts the rows of each key and gives (key, count) as rows of (BIGINT, BOOLEAN is count odd): an operator
// with state that is easy to check.
type counting struct {
	counts map[int64]int64
	fails  func() error
}

func newCounting(plan.Node, stream.Config) (stream.Operator, error) {
	return &counting{counts: map[int64]int64{}}, nil
}

func (c *counting) Process(_ int, b *rows.Batch, out stream.Output) error {
	to := rows.NewBuilder([]rows.Type{rows.BigIntType, rows.BooleanType})
	for i := range b.Len {
		k := b.Cols[0].Ints[i]
		c.counts[k]++
		to.Append(rows.UpdateAfter, []any{k*1_000_000 + c.counts[k], true})
	}
	if c.fails != nil {
		if err := c.fails(); err != nil {
			return err
		}
	}
	return out(to.Batch())
}

func (c *counting) Advance(int64, stream.Output) error { return nil }
func (c *counting) Save(w io.Writer) error             { return gob.NewEncoder(w).Encode(c.counts) }

func (c *counting) Load(r io.Reader) error { return gob.NewDecoder(r).Decode(&c.counts) }

func counted(from plan.Node) *plan.Sink {
	return sinkOf(&plan.GroupAggregate{Base: plan.Base{Out: numbers}, Input: from, Keys: []int{0}})
}

func using(with func(plan.Node, stream.Config) (stream.Operator, error)) func(*runtime.Config) {
	return func(c *runtime.Config) { c.Operators, c.Options.Parallelism = with, 3 }
}

func always(int64) bool { return true }

// greatestCounts are the last counts that came out for each key.
func greatestCounts(m *connectors.Memory) map[int64]int64 {
	out := map[int64]int64{}
	for _, v := range keys(m) {
		out[v/1_000_000] = max(out[v/1_000_000], v%1_000_000)
	}
	return out
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	eventually.Eventually(t, 20*time.Second, what, func() error {
		if !holds() {
			return errors.New("not yet")
		}
		return nil
	})
}

func TestRowsOfAKeyMeetInOneTask(t *testing.T) {
	in, out := connectors.NewMemory(4), connectors.NewMemory(1)
	for split := range 4 {
		for range 10 {
			in.Append(split, batchOf([]int64{1, 2, 3, 4, 5, 6, 7}, always))
		}
	}
	in.End()
	run(t, jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(newCounting)))
	got := greatestCounts(out)
	if want := map[int64]int64{1: 40, 2: 40, 3: 40, 4: 40, 5: 40, 6: 40, 7: 40}; !maps.Equal(got, want) {
		t.Errorf("counts %v", got)
	}
}

func TestACountGoesOnFromASavepoint(t *testing.T) {
	in, out, dir := connectors.NewMemory(2), connectors.NewMemory(1), t.TempDir()
	in.Append(0, batchOf([]int64{1, 2, 3}, always))
	in.Append(1, batchOf([]int64{1, 2, 4}, always))
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(newCounting))
	j.Start(t.Context())
	waitFor(t, "all rows are counted", func() bool { return len(keys(out)) == 6 })
	path, err := j.Stop(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if s := j.Status(); s.State != runtime.Finished || s.Checkpoints.LastPath != path {
		t.Errorf("after the savepoint %s the job is %s, with %+v", path, s.State, s.Checkpoints)
	}
	in.Append(0, batchOf([]int64{1}, always))
	in.End()
	again := connectors.NewMemory(1)
	run(t, jobOf(t, counted(scan()), tables{"in": in, "out": again}, using(newCounting), func(c *runtime.Config) {
		c.Savepoint, c.Options.Parallelism = "file://"+path, 1
	}))
	if got := keys(again); !slices.Equal(got, []int64{1_000_003}) {
		t.Errorf("after the savepoint came %v", got)
	}
}

func TestASavepointOfAnotherQueryIsRefused(t *testing.T) {
	in, out, dir := connectors.NewMemory(1), connectors.NewMemory(1), t.TempDir()
	in.Append(0, batchOf([]int64{1}, always))
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(newCounting))
	j.Start(t.Context())
	waitFor(t, "the row is counted", func() bool { return len(keys(out)) == 1 })
	path, err := j.Stop(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	in.End()
	other := counted(&plan.Filter{Base: plan.Base{Out: numbers}, Input: scan(), Condition: &expr.Ref{Index: 1, Of: rows.BooleanType}})
	from := func(c *runtime.Config) { c.Savepoint = path }
	j = jobOf(t, other, tables{"in": in, "out": out}, using(newCounting), from)
	j.Start(t.Context())
	if err := j.Wait(); err == nil || !strings.Contains(err.Error(), "the query is another one") {
		t.Errorf("it ended with %v", err)
	}
	run(t, jobOf(t, other, tables{"in": in, "out": out}, using(newCounting), from, func(c *runtime.Config) { c.DropUnclaimed = true }))
}

func TestADamagedCheckpointIsPassedOverForAnOlderOne(t *testing.T) {
	in, dir := connectors.NewMemory(1), t.TempDir()
	in.Append(0, batchOf([]int64{1, 1}, always))
	out := connectors.NewMemory(1)
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(newCounting), checkpointing(dir, time.Hour))
	j.Start(t.Context())
	waitFor(t, "the rows are counted", func() bool { return len(keys(out)) == 2 })
	for range 2 {
		if _, err := j.Savepoint(t.Context(), filepath.Join(dir, "savepoints")); err != nil {
			t.Fatal(err)
		}
	}
	j.Cancel()
	damage(t, filepath.Join(dir, "checkpoints", "chk-2"))
	in.Append(0, batchOf([]int64{1}, always))
	in.End()
	again := connectors.NewMemory(1)
	j = jobOf(t, counted(scan()), tables{"in": in, "out": again}, using(newCounting), checkpointing(dir, time.Hour))
	run(t, j)
	s := j.Status()
	if got := keys(again); !slices.Equal(got, []int64{1_000_003}) || s.Checkpoints.Restored != 1 {
		t.Errorf("after checkpoint %d came %v", s.Checkpoints.Restored, got)
	}
	if len(s.Failures) == 0 || !strings.Contains(s.Failures[0].Err.Error(), "checkpoint 2 cannot be used") {
		t.Errorf("nothing was said of it: %v", s.Failures)
	}
}

func damage(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestACheckpointThatCannotBeWrittenDoesNotStopTheJob(t *testing.T) {
	in, out, dir := connectors.NewMemory(1), connectors.NewMemory(1), t.TempDir()
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(newCounting), checkpointing(dir, time.Millisecond),
		func(c *runtime.Config) { c.Options.TolerableFailures = 1 << 30 })
	j.Start(t.Context())
	waitFor(t, "a checkpoint succeeds", func() bool { return j.Status().Checkpoints.Completed > 0 })
	if err := os.Rename(filepath.Join(dir, "checkpoints"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "checkpoints"), nil, 0o600); err != nil {
		t.Fatal(err) // a file where the directory would be
	}
	waitFor(t, "checkpoints fail", func() bool { return j.Status().Checkpoints.Failed > 2 })
	in.Append(0, batchOf([]int64{1}, always))
	waitFor(t, "the row is counted", func() bool { return len(keys(out)) == 1 })
	j.Cancel()
	s := j.Status()
	if s.State != runtime.Canceled || s.Restarts > 0 || s.Checkpoints.History[len(s.Checkpoints.History)-1].Err == nil {
		t.Errorf("the job is %s after %d restarts", s.State, s.Restarts)
	}
}

func TestASlowReaderHoldsTheSourceBack(t *testing.T) {
	in, out := connectors.NewMemory(1), connectors.NewResults(10)
	for range 1000 {
		in.Append(0, batchOf([]int64{1, 2}, always))
	}
	in.End()
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(newCounting))
	j.Start(t.Context())
	waitFor(t, "the source waits", func() bool {
		v := j.Status().Vertices
		return len(v) > 0 && v[0].Tasks[0].NumRecordsIn > 10
	})
	if n := j.Status().Vertices[0].Tasks[0].NumRecordsIn; n > 500 {
		t.Errorf("%d rows were read while no one took any", n)
	}
	taken := 0
	for taken < 2000 {
		batches, err := out.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			taken += b.Len
		}
	}
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestAJobThatFailsStartsAgainFromItsCheckpoint(t *testing.T) {
	in, out, dir := connectors.NewMemory(1), connectors.NewMemory(1), t.TempDir()
	in.Append(0, batchOf([]int64{1}, always))
	var once sync.Once
	var broken bool
	flaky := func(plan.Node, stream.Config) (stream.Operator, error) {
		return &counting{counts: map[int64]int64{}, fails: func() (err error) {
			if broken {
				once.Do(func() { err = errors.New("out of luck") })
			}
			return err
		}}, nil
	}
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(flaky), checkpointing(dir, time.Hour))
	j.Start(t.Context())
	waitFor(t, "the row is counted", func() bool { return len(keys(out)) == 1 })
	if _, err := j.Savepoint(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	broken = true
	in.Append(0, batchOf([]int64{1}, always))
	in.End()
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
	s := j.Status()
	if got := greatestCounts(out); got[1] != 2 || s.Restarts != 1 || len(s.Failures) != 1 || !strings.Contains(s.Failures[0].Err.Error(), "out of luck") {
		t.Errorf("count %d after %d restarts: %v", got[1], s.Restarts, s.Failures)
	}
}

func TestAJobWithoutARestartStrategyFails(t *testing.T) {
	in, out := connectors.NewMemory(1), connectors.NewMemory(1)
	in.Append(0, batchOf([]int64{1}, always))
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(func(plan.Node, stream.Config) (stream.Operator, error) {
		return &counting{counts: map[int64]int64{}, fails: func() error { return errors.New("out of luck") }}, nil
	}))
	j.Start(t.Context())
	if err := j.Wait(); err == nil || j.Status().State != runtime.Failed || !strings.Contains(err.Error(), "GroupAggregate") {
		t.Errorf("%s: %v", j.Status().State, err)
	}
}

// timing notes what event time does between rows.
type timing struct {
	mu  *sync.Mutex
	log *[]string
}

func (o timing) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	*o.log = append(*o.log, fmt.Sprintf(format, args...))
}

func (o timing) Process(_ int, b *rows.Batch, out stream.Output) error {
	for _, k := range b.Cols[0].Ints[:b.Len] {
		o.note("row %d", k)
	}
	return out(b)
}

func (o timing) Advance(watermark int64, _ stream.Output) error {
	if watermark == stream.MaxWatermark {
		o.note("end")
	} else {
		o.note("mark %d", watermark)
	}
	return nil
}
func (o timing) Save(io.Writer) error { return nil }
func (o timing) Load(io.Reader) error { return nil }

func timed(idle time.Duration) *plan.Scan {
	s := scan()
	s.Table.Columns[0].Type = rows.TimestampType(3)
	s.Watermark = &plan.Watermark{Column: 0, Expr: &expr.Ref{Index: 0, Of: rows.TimestampType(3)}, Idle: idle}
	return s
}

func timesOf(ms ...int64) *rows.Batch {
	b := rows.NewBuilder([]rows.Type{rows.TimestampType(3), rows.BooleanType})
	for _, v := range ms {
		b.Append(rows.Insert, []any{v * 1000, true})
	}
	return b.Batch()
}

func TestAWatermarkComesAfterEachRowThatRaisesIt(t *testing.T) {
	in, out := connectors.NewMemory(1), connectors.NewMemory(1)
	in.Append(0, timesOf(5, 3, 9, 9, 10))
	in.End()
	var log []string
	op := timing{mu: &sync.Mutex{}, log: &log}
	run(t, jobOf(t, counted(timed(0)), tables{"in": in, "out": out}, using(func(plan.Node, stream.Config) (stream.Operator, error) { return op, nil }),
		func(c *runtime.Config) { c.Options.WatermarkInterval, c.Options.Parallelism = 0, 1 }))
	want := []string{"row 5000", "mark 5", "row 3000", "row 9000", "mark 9", "row 9000", "row 10000", "mark 10", "end"}
	if !slices.Equal(log, want) {
		t.Errorf("%v\nwant %v", log, want)
	}
}

func TestAnIdleSplitDoesNotHoldEventTimeBack(t *testing.T) {
	in, out, clock := connectors.NewMemory(2), connectors.NewMemory(1), runtime.NewVirtual(time.UnixMilli(0))
	var log []string
	op := timing{mu: &sync.Mutex{}, log: &log}
	j := jobOf(t, counted(timed(time.Second)), tables{"in": in, "out": out},
		using(func(plan.Node, stream.Config) (stream.Operator, error) { return op, nil }),
		func(c *runtime.Config) { c.Clock, c.Options.Parallelism = clock, 1 })
	in.AppendAt(0, time.UnixMilli(100), timesOf(7))
	in.AppendAt(0, time.UnixMilli(900), timesOf(8))
	in.AppendAt(1, time.UnixMilli(3000), timesOf(5))
	in.AppendAt(1, time.UnixMilli(3100), timesOf(9))
	j.Start(t.Context())
	for ms := int64(0); ms <= 3400; ms += 100 {
		clock.Advance(time.UnixMilli(ms))
		if err := j.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		op.note("%d", ms)
	}
	j.Cancel()
	var got []string
	for i, line := range log {
		if strings.Contains(line, " ") {
			got = append(got, log[i+1:][slices.IndexFunc(log[i+1:], func(l string) bool { return !strings.Contains(l, " ") })]+": "+line)
		}
	}
	want := []string{"100: row 7000", "900: row 8000", "1000: mark 8", "3000: row 5000", "3100: row 9000", "3200: mark 9"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestASplitThatHasEndedDoesNotHoldEventTimeBack(t *testing.T) {
	in, out := connectors.NewMemory(3), connectors.NewMemory(1) // the third split is empty
	in.Append(0, timesOf(5, 4))
	in.Append(1, timesOf(7))
	in.Append(1, timesOf(8))
	in.End()
	var log []string
	op := timing{mu: &sync.Mutex{}, log: &log}
	run(t, jobOf(t, counted(timed(0)), tables{"in": in, "out": out}, using(func(plan.Node, stream.Config) (stream.Operator, error) { return op, nil }),
		func(c *runtime.Config) { c.Options.WatermarkInterval, c.Options.Parallelism = 0, 1 }))
	want := []string{"row 5000", "row 4000", "row 7000", "mark 7", "row 8000", "mark 8", "end"}
	if !slices.Equal(log, want) {
		t.Errorf("%v\nwant %v", log, want)
	}
}

func TestSharedPartsOfAStatementSetRunOnce(t *testing.T) {
	in, out, other := connectors.NewMemory(1), connectors.NewMemory(1), connectors.NewMemory(1)
	in.Append(0, batchOf([]int64{1, 2}, always))
	in.End()
	from := scan()
	first, second := sinkOf(from), sinkOf(from)
	second.Table = memoryTable("other")
	j := jobOf(t, first, tables{"in": in, "out": out, "other": other}, func(c *runtime.Config) { c.Sinks = append(c.Sinks, second) })
	run(t, j)
	if len(keys(out)) != 2 || len(keys(other)) != 2 || len(j.Status().Vertices) != 1 {
		t.Errorf("rows %v and %v from %d vertices", keys(out), keys(other), len(j.Status().Vertices))
	}
}

func TestALargeStateIsKeptInFiles(t *testing.T) {
	in, out, dir := connectors.NewMemory(1), connectors.NewMemory(1), t.TempDir()
	var many []int64
	for k := range int64(50_000) {
		many = append(many, k)
	}
	in.Append(0, batchOf(many, always))
	j := jobOf(t, counted(scan()), tables{"in": in, "out": out}, using(newCounting), checkpointing(dir, time.Hour))
	j.Start(t.Context())
	waitFor(t, "the rows are counted", func() bool { return len(keys(out)) == len(many) })
	path, err := j.Stop(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(path, "groupaggregate-*"))
	if len(files) != 3 || j.Status().Checkpoints.LastSize < 100_000 {
		t.Errorf("files %v, %d bytes", files, j.Status().Checkpoints.LastSize)
	}
	in.Append(0, batchOf([]int64{7}, always))
	in.End()
	again := connectors.NewMemory(1)
	run(t, jobOf(t, counted(scan()), tables{"in": in, "out": again}, using(newCounting), func(c *runtime.Config) { c.Savepoint = path }))
	if got := keys(again); !slices.Equal(got, []int64{7_000_002}) {
		t.Errorf("got %v", got)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], bytes.Repeat([]byte{1}, len(whole)), 0o600); err != nil {
		t.Fatal(err)
	}
	j = jobOf(t, counted(scan()), tables{"in": in, "out": again}, using(newCounting), func(c *runtime.Config) { c.Savepoint = path })
	j.Start(context.Background())
	if err := j.Wait(); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged savepoint gave %v", err)
	}
}
