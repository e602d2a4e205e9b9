package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
)

// commitInterval is the checkpoint interval of the job between the database and the reader.
const commitInterval = 10 * time.Millisecond

// fromCommit measures the whole way of a row on the embedded engines: commit, capture, a filter in SQL, reader.
func fromCommit(h *host) (text string, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("%v", failed)
		}
	}()
	server := engines.StartPostgres(quiet{host: h}, engines.PostgresOptions{Password: "bench"})
	if err := inDatabase(server, func(ctx context.Context, db *pgx.Conn) error {
		_, err := db.Exec(ctx, "CREATE TABLE streamed (id bigserial PRIMARY KEY, "+captureColumns+")")
		return err
	}); err != nil {
		return "", err
	}
	c, err := h.embeddedCapture()
	if err != nil {
		return "", err
	}
	text = fmt.Sprintf(fromCommitIntroduction, captureRate, captureFor, commitInterval)
	const name = "whole"
	if err := c.make(name, "streamed", server, map[string]string{"snapshot.mode": "no_data"}); err != nil {
		return "", err
	}
	if err := slotIs(server, name, true); err != nil {
		return "", err
	}
	captured, derived := name+".public.streamed", "derived"
	if err := c.topics(captured, derived); err != nil {
		return "", err
	}
	if err := h.derive(c, captured, derived); err != nil {
		return "", err
	}
	before := 0
	for _, stage := range []struct{ topic, what string }{{captured, "captured"}, {derived, "captured, then filtered by a job"}} {
		tail, err := c.follow(stage.topic)
		if err != nil {
			return "", err
		}
		if err := tail.reach(before); err != nil { // the rows of the stage before
			return "", err
		}
		p50, p99, err := tail.latencies(server)
		before = tail.count()
		tail.close()
		if err != nil {
			return "", fmt.Errorf("%s: %w", stage.what, err)
		}
		text += fmt.Sprintf("| %s | %.1f ms | %.1f ms |\n", stage.what, float64(p50.Microseconds())/1000, float64(p99.Microseconds())/1000)
	}
	return text, c.remove(name, server)
}

// topics makes topics of one partition.
func (c capturer) topics(names ...string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	for _, name := range names {
		if err := (broker{"the embedded bus", c.bootstrap}).create(client, 1, name); err != nil {
			return err
		}
	}
	return nil
}

// derive starts the embedded stream processor, and on it a job from envelopes to rows by key.
func (h *host) derive(c capturer, from, to string) error {
	cmd, said, err := h.server(`gateway http\S+, rest http\S+`, h.weft, "engine", "flink", "--gateway", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--data", h.temp("derive"))
	if err != nil {
		return err
	}
	engine := sqlServer{"embedded", after(said, "gateway"), after(said, "rest"), cmd.Process.Pid}
	columns := "(id BIGINT, sku STRING, quantity INT, note STRING, PRIMARY KEY (id) NOT ENFORCED"
	with := ") WITH ('properties.bootstrap.servers' = '" + c.bootstrap + "', "
	job, err := engine.submit(jobSettings(commitInterval, 1),
		"CREATE TABLE envelopes "+columns+with+"'connector' = 'kafka', 'topic' = '"+from+"', 'format' = 'debezium-json', 'scan.startup.mode' = 'earliest-offset')",
		"CREATE TABLE latest "+columns+with+"'connector' = 'upsert-kafka', 'topic' = '"+to+"', 'key.format' = 'json', 'value.format' = 'json', "+exactlyOnce(to)+")",
		"INSERT INTO latest SELECT id, sku, quantity, note FROM envelopes WHERE quantity >= 0")
	if err != nil {
		return err
	}
	return engine.awaitJob(job, "RUNNING")
}

const fromCommitIntroduction = `## Latency from a commit in PostgreSQL to a reader

` + "`go run ./bench -only commit`" + `: %d single-row transactions a second for %s, PostgreSQL 15 with fsync on; envelopes in JSON by the embedded Kafka Connect, a job of the
embedded stream processor with a checkpoint each **%s**, each engine a process of its own on the embedded bus, exactly once at both steps. From the
answer to the commit to the record at a consumer of committed records; the first fifth does not count.

| what the consumer reads | p50 | p99 |
|---|---|---|
`
