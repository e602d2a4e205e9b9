package kafka_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/kafka"
)

func TestRecordsAreThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, dir)
	client := connect(t, bus)
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(t.Context(), 3, 1, nil, "logistics.shipment.v2.created"); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "logistics.shipment.v2.created", Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	offsets, err := admin.FetchOffsets(t.Context(), "nobody")
	if err != nil || len(offsets) != 0 {
		t.Errorf("offsets of a group that does not exist: %v, %v", offsets, err)
	}
	client.Close()
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	ends, err := kadm.NewClient(connect(t, open(t, dir))).ListEndOffsets(t.Context(), "logistics.shipment.v2.created")
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	ends.Each(func(o kadm.ListedOffset) { total += o.Offset })
	if total != 10 {
		t.Errorf("%d records after the restart, want 10", total)
	}
}

func open(t *testing.T, dir string) *kafka.Bus {
	t.Helper()
	bus, err := kafka.Open(context.Background(), kafka.Config{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	return bus
}

func connect(t *testing.T, bus *kafka.Bus) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bus.Addr()), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}
