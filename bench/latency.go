package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The load under which latency is measured, and the checkpoints that a contract with a latency of 30 ms asks for.
const (
	latencyRate     = 10_000 // records a second
	latencyBatch    = 50     // written at once
	latencyWarmup   = 10 * time.Second
	latencyFor      = 15 * time.Second
	latencyInterval = 15 * time.Millisecond
)

// latencies measures how long records take through a filter, on both engines, and how long a job takes to start.
func (s *stage) latencies() (string, error) {
	text := fmt.Sprintf(latencyIntroduction, latencyRate, latencyInterval, latencyWarmup, latencyFor)
	for i, contest := range []struct {
		engine sqlServer
		broker broker
	}{{s.embedded, s.bus}, {s.embedded, s.kafka}, {s.flink, s.kafka}} {
		took, cpu, err := contest.engine.latency(contest.broker, fmt.Sprint(i))
		if err != nil {
			return "", err
		}
		at := func(p float64) string {
			return fmt.Sprintf("%.1f ms", float64(took[int(p*float64(len(took)-1))].Microseconds())/1000)
		}
		text += fmt.Sprintf("| %s | %s | %s | %s | %s | %.2f cores |\n", contest.engine.name, contest.broker.name, at(0.5), at(0.99), at(0.999), cpu)
	}
	began, err := s.starts()
	return text + began, err
}

// latency gives the sorted times of the records that pass the filter, and the cores that the engine used meanwhile.
func (s sqlServer) latency(b broker, name string) (took []time.Duration, cores float64, err error) {
	in, out := "latency-in-"+name, "latency-out-"+name
	client, err := kgo.NewClient(kgo.SeedBrokers(b.bootstrap), kgo.ProducerLinger(0))
	if err != nil {
		return nil, 0, err
	}
	defer client.Close()
	for _, topic := range []string{in, out} {
		if err := b.create(client, 1, topic); err != nil {
			return nil, 0, err
		}
	}
	with := "(stamp BIGINT, good BOOLEAN) WITH ('connector' = 'kafka', 'format' = 'json', 'properties.bootstrap.servers' = '" + b.bootstrap + "', "
	job, err := s.submit(jobSettings(latencyInterval, 1),
		"CREATE TABLE moments "+with+"'topic' = '"+in+"', 'scan.startup.mode' = 'earliest-offset')",
		"CREATE TABLE passed "+with+"'topic' = '"+out+"', "+exactlyOnce(out)+")",
		"INSERT INTO passed SELECT stamp, good FROM moments WHERE good")
	if err != nil {
		return nil, 0, err
	}
	if err := s.awaitJob(job, "RUNNING"); err != nil {
		return nil, 0, err
	}
	begun := time.Now()
	read := make(chan []time.Duration, 1)
	ctx, cancel := context.WithTimeout(context.Background(), latencyWarmup+latencyFor+10*time.Second)
	defer cancel()
	want := latencyRate / 2 * int((latencyWarmup + latencyFor).Seconds())
	go func() { read <- readLatencies(ctx, b, out, begun.Add(latencyWarmup), want) }()
	before := cpuOf(s.pid)
	writeMoments(client, in)
	cores = (cpuOf(s.pid) - before).Seconds() / time.Since(begun).Seconds()
	took = <-read
	if most := want - latencyRate/2*int(latencyWarmup.Seconds()); len(took) < most*9/10 {
		return nil, 0, fmt.Errorf("%s: %d of %d records came through", s.name, len(took), most)
	}
	slices.Sort(took)
	return took, cores, s.cancel(job)
}

// writeMoments writes at the rate for the time, each record with the moment at which it is written; every other is to pass.
func writeMoments(client *kgo.Client, topic string) {
	tick := time.NewTicker(time.Second * latencyBatch / latencyRate)
	defer tick.Stop()
	for range int((latencyWarmup + latencyFor).Seconds()) * latencyRate / latencyBatch {
		<-tick.C
		for i := range latencyBatch {
			value := fmt.Appendf(nil, `{"stamp":%d,"good":%t}`, time.Now().UnixNano(), i%2 == 0)
			client.Produce(context.Background(), &kgo.Record{Topic: topic, Value: value}, nil)
		}
	}
	_ = client.Flush(context.Background())
}

// readLatencies reads so many committed records, and gives how long those took that were written from a moment on.
func readLatencies(ctx context.Context, b broker, topic string, from time.Time, want int) (took []time.Duration) {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.bootstrap), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return nil
	}
	defer client.Close()
	for n := 0; n < want && ctx.Err() == nil; {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			n++
			text, _, _ := strings.Cut(strings.TrimPrefix(string(r.Value), `{"stamp":`), ",")
			nanos, err := strconv.ParseInt(text, 10, 64)
			if at := time.Unix(0, nanos); err == nil && at.After(from) {
				took = append(took, time.Since(at))
			}
		})
	}
	return took
}

const latencyIntroduction = `## Latency from topic to topic

` + "`go run ./bench -only latency`" + `: %d records/s in JSON, of which a filter lets half through, from just before the producer is given a record until a consumer
of committed records has it; exactly once, with a checkpoint each **%s**, which is what a contract that promises 30 ms asks for. The
first %s are not counted, the %s after them are. CPU is of the engine's process, with Flink of the TaskManager.

| engine | broker | p50 | p99 | p99.9 | CPU |
|---|---|---|---|---|---|
`

// starts times jobs from their statement until all their tasks run.
func (s *stage) starts() (string, error) {
	text := "\nA job from topic to topic on Apache Kafka, from its INSERT until all its tasks run, the least and the most of five:"
	for _, engine := range []sqlServer{s.embedded, s.flink} {
		var all []time.Duration
		for i := range 5 {
			took, err := s.startOnce(engine, fmt.Sprintf("start-%d-%d", len(text), i))
			if err != nil {
				return "", err
			}
			all = append(all, took)
		}
		text += fmt.Sprintf(" %s %s to %s;", engine.name, ms(slices.Min(all)), ms(slices.Max(all)))
	}
	return strings.TrimSuffix(text, ";") + ".\n", nil
}

func (s *stage) startOnce(engine sqlServer, name string) (time.Duration, error) {
	with := "(stamp BIGINT, good BOOLEAN) WITH ('connector' = 'kafka', 'format' = 'json', 'properties.bootstrap.servers' = '" + s.kafka.bootstrap + "', "
	session, err := engine.open(jobSettings(time.Second, 1))
	if err != nil {
		return 0, err
	}
	for _, statement := range []string{
		"CREATE TABLE moments " + with + "'topic' = 'latency-in-1', 'scan.startup.mode' = 'latest-offset')",
		"CREATE TABLE passed " + with + "'topic' = 'latency-out-1', " + exactlyOnce(name) + ")",
	} {
		if _, err := engine.execute(session, statement); err != nil {
			return 0, err
		}
	}
	begun := time.Now()
	job, err := engine.execute(session, "INSERT INTO passed SELECT stamp, good FROM moments WHERE good")
	if err != nil {
		return 0, err
	}
	if err := engine.awaitJob(job, "RUNNING"); err != nil {
		return 0, err
	}
	took := time.Since(begun)
	return took, engine.cancel(job)
}
