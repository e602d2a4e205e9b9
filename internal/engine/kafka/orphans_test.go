package kafka_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/kafka"
)

// TestATransactionThatACrashLeftOpenIsAborted: who reads what is committed comes to the end, sees none of it, and sees
// what the same producer commits afterwards. (Invariants 1, 2.)
func TestATransactionThatACrashLeftOpenIsAborted(t *testing.T) {
	dir, crashed := t.TempDir(), t.TempDir()
	bus := open(t, dir)
	if _, err := kadm.NewClient(connect(t, bus)).CreateTopic(t.Context(), 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	producer := transactional(t, bus)
	write := func(values ...string) {
		t.Helper()
		for _, value := range values {
			if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: []byte(value)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("before")
	commit(t, producer)
	write("open", "open")
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil { // what a crash would leave
		t.Fatal(err)
	}
	for range 2 { // and once more in order
		after := open(t, crashed)
		producer = transactional(t, after)
		write("after")
		commit(t, producer)
		producer.Close()
		if got := committed(t, after); len(got) < 2 || !slices.Equal(got[:2], []string{"before", "after"}) || slices.Contains(got, "open") {
			t.Errorf("what is committed reads %v", got)
		}
		if err := after.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func transactional(t *testing.T, bus *kafka.Bus) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bus.Addr()), kgo.TransactionalID("tx"), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	return client
}

// commit ends the transaction and begins another.
func commit(t *testing.T, client *kgo.Client) {
	t.Helper()
	if err := client.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
}

// committed reads topic t, as far as it is stable, to its end.
func committed(t *testing.T, bus *kafka.Bus) []string {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bus.Addr()), kgo.ConsumeTopics("t"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ends, err := kadm.NewClient(client).ListCommittedOffsets(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup("t", 0)
	var values []string
	for next := int64(0); next < end.Offset; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read up to %d of %d: %v", next, end.Offset, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() {
				values = append(values, string(r.Value))
			}
		})
	}
	return values
}
