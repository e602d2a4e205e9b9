package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"github.com/weftmesh/weft/conformance/engines"
)

// What is copied from topic to topic.
const (
	copiedRows       = 2_000_000
	copiedPartitions = 2
	copyCheckpoint   = time.Second
)

// broker is where topics lie.
type broker struct{ name, bootstrap string }

// stage is all that takes part in the measurements from topic to topic.
type stage struct {
	registry string
	kafka    broker
	bus      broker
	embedded sqlServer
	flink    sqlServer
}

// newStage starts Apache Kafka and Flink, the embedded bus, registry and engine, each as a process of its own.
func newStage(h *host) (*stage, error) {
	q := quiet{host: h}
	s := &stage{kafka: broker{"Apache Kafka " + engines.KafkaVersion, engines.StartKafka(q, engines.KafkaOptions{Shipped: true}).Bootstrap}}
	_, said, err := h.server(`kafka \S+`, h.weft, "engine", "kafka", "--listen", "127.0.0.1:0", "--data", h.temp("bus"))
	if err != nil {
		return nil, err
	}
	s.bus = broker{"the embedded bus", after(said, "kafka")}
	if _, said, err = h.server(`http\S+`, h.weft, "engine", "registry", "--listen", "127.0.0.1:0", "--kafka", s.bus.bootstrap); err != nil {
		return nil, err
	}
	s.registry = strings.Trim(said, ",")
	cmd, said, err := h.server(`gateway http\S+, rest http\S+`, h.weft, "engine", "flink", "--gateway", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--data", h.temp("flink"))
	if err != nil {
		return nil, err
	}
	s.embedded = sqlServer{"embedded", after(said, "gateway"), after(said, "rest"), cmd.Process.Pid}
	f := engines.StartFlink(q, engines.FlinkOptions{Shipped: true})
	s.flink = sqlServer{"Apache Flink", f.Gateway, f.REST, f.TaskManager}
	return s, nil
}

// staged measures on a stage.
func staged(measure func(*stage) (string, error)) func(*host) (string, error) {
	return func(h *host) (text string, err error) {
		defer func() {
			if failed := recover(); failed != nil {
				err = fmt.Errorf("%v", failed)
			}
		}()
		s, err := newStage(h)
		if err != nil {
			return "", err
		}
		return measure(s)
	}
}

const wideSchema = `{"type":"record","name":"Order","fields":[{"name":"order_id","type":"string"},{"name":"customer","type":"string"},
 {"name":"amount","type":"double"},{"name":"currency","type":"string"},{"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"qty","type":"int"},{"name":"note","type":["null","string"]},{"name":"good","type":"boolean"},{"name":"parts","type":"int"},{"name":"vat","type":"double"}]}`

// create makes a topic of so many partitions.
func (b broker) create(client *kgo.Client, partitions int32, topic string) error {
	if _, err := kadm.NewClient(client).CreateTopic(context.Background(), partitions, 1, nil, topic); err != nil {
		return fmt.Errorf("create topic %s on %s: %w", topic, b.name, err)
	}
	return nil
}

// fill writes the rows that are to be copied.
func (s *stage) fill(b broker) error {
	registry, err := sr.NewClient(sr.URLs(s.registry))
	if err != nil {
		return err
	}
	registered, err := registry.CreateSchema(context.Background(), "wide-value", sr.Schema{Schema: wideSchema, Type: sr.TypeAvro})
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.bootstrap), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer client.Close()
	if err := b.create(client, copiedPartitions, "wide"); err != nil {
		return err
	}
	schema := avro.MustParse(wideSchema)
	header := []byte{0, byte(registered.ID >> 24), byte(registered.ID >> 16), byte(registered.ID >> 8), byte(registered.ID)}
	for i := range copiedRows {
		value, err := schema.AppendEncode(append([]byte(nil), header...), map[string]any{
			"order_id": fmt.Sprintf("O-%08d", i), "customer": fmt.Sprintf("C-%06d", i%100_000), "amount": float64(i%10_000) / 4, "currency": "CZK",
			"ts": time.UnixMilli(1_767_225_600_000 + int64(i)), "qty": i % 7, "note": strings.Repeat("n", 20), "good": i%2 == 0, "parts": 2, "vat": 21.0,
		})
		if err != nil {
			return err
		}
		client.Produce(context.Background(), &kgo.Record{Topic: "wide", Partition: int32(i / 2 % copiedPartitions), Value: value}, nil)
	}
	return client.Flush(context.Background())
}

// copied is what a copy of all rows took.
type copied struct{ cpu, wall time.Duration }

// copy runs the bounded job once, and counts what it committed.
func (s *stage) copy(engine sqlServer, b broker, out string) (copied, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.bootstrap), kgo.ConsumeTopics(out), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return copied{}, err
	}
	defer client.Close()
	if err := b.create(client, copiedPartitions, out); err != nil {
		return copied{}, err
	}
	with := fmt.Sprintf("'connector' = 'kafka', 'properties.bootstrap.servers' = '%s', 'format' = 'avro-confluent', 'avro-confluent.url' = '%s'", b.bootstrap, s.registry)
	before, begun := cpuOf(engine.pid), time.Now()
	job, err := engine.submit(jobSettings(copyCheckpoint, copiedPartitions),
		"CREATE TABLE wide (order_id STRING, customer STRING, amount DOUBLE, currency STRING, ts TIMESTAMP(3), qty INT, note STRING, good BOOLEAN, parts INT, vat DOUBLE) WITH ("+
			with+", 'topic' = 'wide', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset')",
		"CREATE TABLE narrow (order_id STRING, amount DOUBLE, ts TIMESTAMP(3), qty INT, good BOOLEAN) WITH ("+with+", 'topic' = '"+out+"', "+exactlyOnce(out)+")",
		"INSERT INTO narrow SELECT order_id, amount, ts, qty, good FROM wide WHERE good")
	if err != nil {
		return copied{}, err
	}
	if err := engine.awaitJob(job, "FINISHED"); err != nil {
		return copied{}, err
	}
	c := copied{cpu: cpuOf(engine.pid) - before, wall: time.Since(begun)}
	for n := 0; n < copiedRows/2; {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		fetched := client.PollFetches(ctx)
		cancel()
		if fetched.NumRecords() == 0 {
			return copied{}, fmt.Errorf("%s committed %d rows, not %d", engine.name, n, copiedRows/2)
		}
		n += fetched.NumRecords()
	}
	return c, nil
}

// jobSettings are those of a job that commits at an interval.
func jobSettings(interval time.Duration, parallelism int) map[string]string {
	return map[string]string{
		"execution.checkpointing.interval": fmt.Sprintf("%d ms", interval.Milliseconds()), "execution.checkpointing.mode": "EXACTLY_ONCE",
		"parallelism.default": fmt.Sprint(parallelism), "pipeline.object-reuse": "true", "table.local-time-zone": "UTC",
	}
}

// exactlyOnce are the options of a sink that writes in transactions, which Kafka lets last for 15 minutes at most.
func exactlyOnce(name string) string {
	return "'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '" + name + "', 'properties.transaction.timeout.ms' = '600000'"
}

// copyRounds is how often each engine copies all rows; the last time counts.
const copyRounds = 3

// copies has each engine copy all rows again and again, to warm it up.
func (s *stage) copies() (string, error) {
	text := fmt.Sprintf(copyIntroduction, copiedRows, copiedPartitions, copyCheckpoint, copyRounds)
	var perCPU []float64
	for _, contest := range []struct {
		engine sqlServer
		broker broker
	}{{s.embedded, s.kafka}, {s.flink, s.kafka}, {s.embedded, s.bus}} {
		if len(perCPU) != 1 { // the second contest reads what the first has read
			if err := s.fill(contest.broker); err != nil {
				return "", err
			}
		}
		var c copied
		var err error
		for round := range copyRounds {
			if c, err = s.copy(contest.engine, contest.broker, fmt.Sprintf("narrow-%d-%d", len(perCPU), round)); err != nil {
				return "", err
			}
		}
		perCPU = append(perCPU, copiedRows/c.cpu.Seconds())
		text += fmt.Sprintf("| %s | %s | %.0fk | %.0fk | %s |\n", contest.engine.name, contest.broker.name, copiedRows/c.cpu.Seconds()/1000, copiedRows/c.wall.Seconds()/1000, ms(c.cpu))
	}
	return text + fmt.Sprintf("\nOn the same broker the embedded engine copies **%.1f** times Flink's rows for each CPU-second.\n", perCPU[0]/perCPU[1]), nil
}

const copyIntroduction = `## From topic to topic

` + "`go run ./bench -only topics`" + `: Avro, ten fields, of which five are written; half of the rows; %d rows in %d partitions, as many tasks; exactly once,
with a checkpoint each %s. Both engines are processes of their own behind the SQL gateway, given the same statements; Flink runs with
the compilers and the collector of a JVM's defaults and a TaskManager of 1.7 GB. The broker and the registry are the same. Each engine
copies all %d times, and the last time counts, from the statements to the job's end. CPU-seconds are of the engine's process, with
Flink of the TaskManager alone.

| engine | broker | rows per CPU-second | rows per second | CPU |
|---|---|---|---|---|
`
