package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/conformance/engines"
	"github.com/weftmesh/weft/internal/eventually"
)

// TestARealConnectTakesOver stops the embedded Kafka Connect and starts a real one with Debezium on its topics: it finds the
// connector and its position, takes no snapshot, and goes on. It may repeat the last transaction, as Debezium does.
func TestARealConnectTakesOver(t *testing.T) {
	if !proving() {
		t.Skip("a real Kafka Connect takes over with WEFT_PROVE=1")
	}
	server := startPostgres(t)
	server.Exec(t, "postgres", "CREATE DATABASE takeover")
	server.Exec(t, "takeover", "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1), (2)")
	bus := engines.StartKafka(t, engines.KafkaOptions{})
	address := fmt.Sprintf("127.0.0.1:%d", engines.FreePort(t))
	ours := Serve(t, `connect \S+`, weft, "engine", "connect", "--listen", address, "--kafka", bus.Bootstrap)
	config := map[string]string{
		"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "database.hostname": "127.0.0.1", "database.port": fmt.Sprint(server.Port),
		"database.user": server.User, "database.password": server.Password, "database.dbname": "takeover", "topic.prefix": "takeover", "plugin.name": "pgoutput",
		"slot.name": "takeover", "publication.autocreate.mode": "filtered", "topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1",
	}
	if err := wanted(http.MethodPut, "http://"+address+"/connectors/takeover/config", config, nil); err != nil {
		t.Fatal(err)
	}
	events := follow(t, bus.Bootstrap, "takeover.public.a")
	events.await(t, "r1", "r2")
	server.Exec(t, "takeover", "INSERT INTO a VALUES (3)")
	events.await(t, "c3")
	ours.Stop()
	server.Exec(t, "takeover", "INSERT INTO a VALUES (4)")
	theirs := engines.StartConnect(t, bus.Bootstrap, engines.ConnectOptions{})
	events.await(t, "c4")
	server.Exec(t, "takeover", "INSERT INTO a VALUES (5)")
	events.await(t, "c5")
	var s status
	if err := wanted(http.MethodGet, theirs.URL+"/connectors/takeover/status", nil, &s); err != nil || s.String() != "RUNNING RUNNING" {
		t.Errorf("%s %s %v", s, s.traces(), err)
	}
	for event, times := range events.seen {
		if times > 1 && event != "c3" {
			t.Errorf("%s came %d times", event, times)
		}
	}
}

// events are those of a table by operation and id, with how often each came.
type events struct {
	client *kgo.Client
	seen   map[string]int
}

func follow(t *testing.T, bootstrap, topic string) *events {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &events{client, map[string]int{}}
}

func (e *events) await(t *testing.T, all ...string) {
	t.Helper()
	for _, one := range all {
		eventually.Eventually(t, bound, "event "+one, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			e.client.PollFetches(ctx).EachRecord(e.add)
			if e.seen[one] == 0 {
				return fmt.Errorf("there are %v", e.seen)
			}
			return nil
		})
	}
}

func (e *events) add(r *kgo.Record) {
	var envelope struct {
		Op    string
		After struct{ ID int }
	}
	if json.Unmarshal(r.Value, &envelope) == nil {
		e.seen[fmt.Sprint(envelope.Op, envelope.After.ID)]++
	}
}
