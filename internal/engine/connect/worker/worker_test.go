package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/source"
	"github.com/weftmesh/weft/internal/engine/connect/source/sourcetest"
	"github.com/weftmesh/weft/internal/engine/connect/worker"
	"github.com/weftmesh/weft/internal/engine/kafka"
	"github.com/weftmesh/weft/internal/eventually"
)

const bound = 30 * time.Second

func startBus(t testing.TB) *kafka.Bus {
	t.Helper()
	bus, err := kafka.Open(t.Context(), kafka.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

func clients(bus string) []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(bus), kgo.MetadataMinAge(20 * time.Millisecond)}
}

func open(t testing.TB, bus string, c source.Connector) *worker.Worker {
	t.Helper()
	var log *slog.Logger
	if os.Getenv("WEFT_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	w, err := worker.Open(t.Context(), worker.Config{
		Kafka: clients(bus), ID: "127.0.0.1:8083", Connectors: []source.Connector{c}, Logger: log, Standard: standard(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func standard() map[string]string {
	return map[string]string{
		"key.converter": "org.apache.kafka.connect.json.JsonConverter", "key.converter.schemas.enable": "false",
		"value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
		"header.converter": "org.apache.kafka.connect.storage.SimpleHeaderConverter",
	}
}

func config(name string, more ...string) map[string]string {
	c := map[string]string{
		"name": name, "connector.class": sourcetest.Class, "topic": name,
		"topic.creation.default.partitions": "1", "topic.creation.default.replication.factor": "1",
	}
	for i := 0; i < len(more); i += 2 {
		c[more[i]] = more[i+1]
	}
	return c
}

func put(t testing.TB, w *worker.Worker, config map[string]string) {
	t.Helper()
	if _, _, err := w.Put(t.Context(), config["name"], config, "", true); err != nil {
		t.Fatal(err)
	}
}

// committed reads the committed records of a topic until as many have come as are wanted, and then for a moment more.
func committed(t testing.TB, bus, topic string, want int) []string {
	t.Helper()
	client, err := kgo.NewClient(append(clients(bus), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var values []string
	poll := func(wait time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) { values = append(values, string(r.Value)) })
	}
	eventually.Eventually(t, bound, fmt.Sprintf("%d records of %s", want, topic), func() error {
		poll(time.Second)
		if len(values) < want {
			return fmt.Errorf("there are %d", len(values))
		}
		return nil
	})
	poll(200 * time.Millisecond)
	return values
}

// inOrder checks that values are the numbers from 1 on, each once.
func inOrder(t testing.TB, values []string, to int) {
	t.Helper()
	if len(values) != to {
		t.Errorf("%d records, want %d", len(values), to)
	}
	for i, v := range values {
		if v != fmt.Sprint(i+1) {
			t.Fatalf("record %d is %s", i+1, v)
		}
	}
}

func states(t testing.TB, w *worker.Worker, name, want string) {
	t.Helper()
	eventually.Eventually(t, bound, name+" to be "+want, func() error {
		s, err := w.Status(name)
		if err != nil {
			return err
		}
		text, trace := string(s.Connector.State), s.Connector.Trace
		for _, task := range s.Tasks {
			text, trace = text+" "+string(task.State), trace+task.Trace
		}
		if text != want {
			return errors.New(text + ": " + trace)
		}
		return nil
	})
}

func TestRecordsAndPositionsAreCommittedTogether(t *testing.T) {
	bus := startBus(t)
	c := &sourcetest.Counting{}
	w := open(t, bus.Addr(), c)
	put(t, w, config("first", "to", "1000", "batch", "7"))
	inOrder(t, committed(t, bus.Addr(), "first", 1000), 1000)
	states(t, w, "first", "RUNNING RUNNING")
	eventually.Eventually(t, bound, "the task to be told", func() error {
		if n := c.Committed.Load(); n != 1000 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	offsets, err := w.Offsets(t.Context(), "first")
	if err != nil || len(offsets.Offsets) != 1 || string(offsets.Offsets[0].Offset) != `{"n":1000}` {
		t.Errorf("offsets %s, %v", offsets.Offsets, err)
	}
	w.Close()
	again := open(t, bus.Addr(), c)
	states(t, again, "first", "RUNNING RUNNING")
	put(t, again, config("first", "to", "1500"))
	inOrder(t, committed(t, bus.Addr(), "first", 1500), 1500)
}
