package runtime_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// bus is an embedded Kafka with a client to it.
type bus struct {
	t      testing.TB
	addr   string
	client *kgo.Client
	admin  *kadm.Client
}

func openBus(t testing.TB, topics map[string]int32) *bus {
	t.Helper()
	server, err := kafka.Open(context.Background(), kafka.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return busAt(t, server.Addr(), topics)
}

func busAt(t testing.TB, addr string, topics map[string]int32) *bus {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.MetadataMinAge(50*time.Millisecond), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	b := &bus{t: t, addr: addr, client: client, admin: kadm.NewClient(client)}
	for name, partitions := range topics {
		if _, err := b.admin.CreateTopic(t.Context(), partitions, 1, nil, name); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *bus) write(topic string, partition int32, values ...string) {
	b.t.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Topic: topic, Partition: partition, Value: []byte(v)})
	}
	if err := b.client.ProduceSync(b.t.Context(), records...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

// committed reads all values that transactions have committed.
func (b *bus) committed(topic string) []string {
	b.t.Helper()
	ends, err := b.admin.ListCommittedOffsets(b.t.Context(), topic)
	if err != nil {
		b.t.Fatal(err)
	}
	from, left := map[string]map[int32]kgo.Offset{topic: {}}, map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			from[topic][o.Partition], left[o.Partition] = kgo.NewOffset().AtStart(), o.Offset
		}
	})
	if len(left) == 0 {
		return nil
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ConsumePartitions(from), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		b.t.Fatal(err)
	}
	defer reader.Close()
	var values []string
	for len(left) > 0 {
		fetches := reader.PollFetches(b.t.Context())
		if err := fetches.Err(); err != nil {
			b.t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				values = append(values, string(r.Value))
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	return values
}

func (b *bus) table(name, topic string, more ...string) *plan.Table {
	t := &plan.Table{
		Name:    name,
		Columns: []plan.Column{{Name: "k", Type: rows.BigIntType}, {Name: "good", Type: rows.BooleanType}},
		Options: map[string]string{"connector": "kafka", "topic": topic, "properties.bootstrap.servers": b.addr, "format": "json"},
	}
	for i := 0; i < len(more); i += 2 {
		t.Options[more[i]] = more[i+1]
	}
	return t
}

// copying is a job from one topic to another, of the rows that are good.
func (b *bus) copying(more ...string) *plan.Sink {
	from := &plan.Scan{
		Base: plan.Base{Out: numbers}, Read: []int{0, 1},
		Table: b.table("in", "in", append([]string{"scan.startup.mode", "earliest-offset", "properties.group.id", "copier"}, more...)...),
	}
	good := &plan.Filter{Base: plan.Base{Out: numbers}, Input: from, Condition: &expr.Ref{Index: 1, Of: rows.BooleanType}}
	return &plan.Sink{
		Base: plan.Base{Out: numbers}, Input: good, Columns: []int{0, 1},
		Table: b.table("out", "out", "sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", "copy"),
	}
}

func records(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf(`{"k":%d,"good":%v}`, i, i%2 == 0))
	}
	return out
}

func checkpointing(dir string, every time.Duration) func(*runtime.Config) {
	return func(c *runtime.Config) {
		c.Dir = filepath.Join(dir, "checkpoints")
		c.Options.CheckpointInterval = every
		c.Options.Restart = runtime.Restart{Strategy: "fixed-delay", Attempts: 3, Delay: time.Millisecond}
	}
}

func TestABoundedTopicIsCopiedOnce(t *testing.T) {
	b := openBus(t, map[string]int32{"in": 3, "out": 2})
	for p := range 3 {
		b.write("in", int32(p), records(p*100, p*100+100)...)
	}
	run(t, jobOf(t, b.copying("scan.bounded.mode", "latest-offset"), nil, checkpointing(t.TempDir(), 10*time.Millisecond)))
	if got := b.committed("out"); len(got) != 150 || !slices.Contains(got, `{"k":298,"good":true}`) {
		t.Errorf("%d rows: %v", len(got), got)
	}
}

func TestPartitionsAreDealtOutAnewAtAnotherParallelism(t *testing.T) {
	b, path, written := openBus(t, map[string]int32{"in": 4, "out": 2}), "", 0
	for _, parallelism := range []int{1, 3, 2} {
		for p := range 4 {
			b.write("in", int32(p), records(written, written+50)...)
			written += 50
		}
		j := jobOf(t, b.copying(), nil, func(c *runtime.Config) { c.Savepoint, c.Options.Parallelism = path, parallelism })
		j.Start(t.Context())
		waitFor(t, "the job to run", func() bool { return j.Status().State == runtime.Running })
		next, err := j.Stop(t.Context(), t.TempDir(), false)
		if err != nil {
			t.Fatal(err)
		}
		path = next
	}
	run(t, jobOf(t, b.copying("scan.bounded.mode", "latest-offset"), nil, func(c *runtime.Config) { c.Savepoint, c.Options.Parallelism = path, 4 }))
	got := b.committed("out")
	slices.Sort(got)
	if twice := len(got) - len(slices.Compact(slices.Clone(got))); len(got) != written/2 || twice > 0 {
		t.Errorf("%d rows, %d of them twice; want %d, each once", len(got), twice, written/2)
	}
}

func TestEveryRowIsWrittenOnceAlthoughTheJobIsKilledAgainAndAgain(t *testing.T) {
	b, dir := openBus(t, map[string]int32{"in": 2, "out": 2}), t.TempDir()
	const n = 2000
	written := 0
	for life := 1; life <= 5; life++ {
		ctx, kill := context.WithCancel(t.Context())
		j := jobOf(t, b.copying(), nil, checkpointing(dir, 5*time.Millisecond))
		j.Start(ctx)
		for ; written < n*life/5; written += 50 {
			b.write("in", int32(written/50%2), records(written, written+50)...)
		}
		eventually.Eventually(t, 20*time.Second, "some output", func() error {
			if got := len(b.committed("out")); got < n/10*(life-1)+1 {
				return fmt.Errorf("%d rows", got)
			}
			return nil
		})
		kill()
		if err := j.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	run(t, jobOf(t, b.copying("scan.bounded.mode", "latest-offset"), nil, checkpointing(dir, 5*time.Millisecond)))
	got := b.committed("out")
	slices.Sort(got)
	if twice := len(got) - len(slices.Compact(slices.Clone(got))); len(got) != n/2 || twice > 0 {
		t.Errorf("%d rows, %d of them twice; want %d, each once", len(got), twice, n/2)
	}
}

func TestAPoisonedRecordFailsTheJobOrIsSetAsideOrLeftOut(t *testing.T) {
	b := openBus(t, map[string]int32{"in": 1, "out": 1})
	b.write("in", 0, `{"k":2,"good":true}`, `{"k":`, `{"k":4,"good":true}`)
	j := jobOf(t, b.copying("scan.bounded.mode", "latest-offset"), nil)
	j.Start(t.Context())
	if err := j.Wait(); err == nil || !strings.Contains(err.Error(), "partition 0 of topic in, offset 1") {
		t.Errorf("failed with %v", err)
	}
	var set []connectors.Poisoned
	aside := func(ctx context.Context) (stream.Connectors, error) {
		return connectors.Open(ctx, connectors.Config{Job: "other", Clock: runtime.Wall{}, Poisoned: func(p connectors.Poisoned) error {
			set = append(set, p)
			return nil
		}})
	}
	run(t, jobOf(t, b.copying("scan.bounded.mode", "latest-offset"), nil, func(c *runtime.Config) { c.Connectors = aside }))
	if len(set) != 1 || set[0].Offset != 1 || string(set[0].Value) != `{"k":` {
		t.Errorf("set aside were %v", set)
	}
	run(t, jobOf(t, b.copying("scan.bounded.mode", "latest-offset", "json.ignore-parse-errors", "true"), nil))
	if got := b.committed("out"); len(got) != 4 {
		t.Errorf("rows %v", got)
	}
}

func TestAPartitionThatIsAddedIsReadFromItsStart(t *testing.T) {
	b := openBus(t, map[string]int32{"in": 1, "out": 1})
	b.write("in", 0, records(0, 10)...)
	j := jobOf(t, b.copying("scan.topic-partition-discovery.interval", "20 ms"), nil, checkpointing(t.TempDir(), 10*time.Millisecond))
	j.Start(t.Context())
	eventually.Eventually(t, 20*time.Second, "the first rows", b.has("out", 5))
	if _, err := b.admin.CreatePartitions(t.Context(), 1, "in"); err != nil {
		t.Fatal(err)
	}
	eventually.Eventually(t, 20*time.Second, "the new partition takes records", func() error {
		b.client.ForceMetadataRefresh()
		return b.client.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Partition: 1, Value: []byte(`{"k":100,"good":true}`)}).FirstErr()
	})
	eventually.Eventually(t, 20*time.Second, "its row", b.has("out", 6))
	j.Cancel()
}

func (b *bus) has(topic string, n int) func() error {
	return func() error {
		if got := len(b.committed(topic)); got < n {
			return fmt.Errorf("%d rows", got)
		}
		return nil
	}
}

func TestAJobThatWasReplacedWritesNothingMore(t *testing.T) {
	b, dir := openBus(t, map[string]int32{"in": 1, "out": 1}), t.TempDir()
	b.write("in", 0, records(0, 10)...)
	first := jobOf(t, b.copying(), nil, checkpointing(dir, 10*time.Millisecond), func(c *runtime.Config) { c.Options.Restart = runtime.Restart{} })
	first.Start(t.Context())
	eventually.Eventually(t, 20*time.Second, "the first rows", b.has("out", 5))
	second := jobOf(t, b.copying(), nil, checkpointing(dir, 10*time.Millisecond))
	second.Start(t.Context())
	eventually.Eventually(t, 20*time.Second, "the second runs", func() error {
		if s := second.Status(); s.State != runtime.Running {
			return fmt.Errorf("it is %s", s.State)
		}
		return nil
	})
	b.write("in", 0, records(10, 20)...)
	if err := first.Wait(); err == nil {
		t.Error("the first job still runs")
	}
	eventually.Eventually(t, 20*time.Second, "the other rows", b.has("out", 10))
	second.Cancel()
	got := b.committed("out")
	slices.Sort(got)
	if len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("some rows are there twice: %v", got)
	}
}

func TestAJobGoesOnWhereTheBrokersHaveForgottenIt(t *testing.T) {
	b, dir := openBus(t, map[string]int32{"in": 1, "out": 1}), t.TempDir()
	b.write("in", 0, records(0, 10)...)
	run(t, jobOf(t, b.copying("scan.bounded.mode", "latest-offset"), nil, checkpointing(dir, 10*time.Millisecond)))
	if _, err := b.admin.DeleteGroups(t.Context(), "copier"); err != nil {
		t.Fatal(err)
	}
	b.write("in", 0, records(10, 20)...)
	j := jobOf(t, b.copying(), nil, checkpointing(dir, 10*time.Millisecond))
	j.Start(t.Context())
	eventually.Eventually(t, 20*time.Second, "the new rows", b.has("out", 10))
	j.Cancel()
	got := b.committed("out")
	slices.Sort(got)
	if len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("some rows are there twice: %v", got)
	}
	if s := j.Status(); s.Checkpoints.Restored == 0 || len(s.Failures) == 0 || !strings.Contains(s.Failures[0].Err.Error(), "have forgotten") {
		t.Errorf("restored %d; said %v", s.Checkpoints.Restored, s.Failures)
	}
}
