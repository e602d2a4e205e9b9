package worker_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/connect/source/sourcetest"
	"github.com/weftmesh/weft/internal/eventually"
)

// BenchmarkRecords writes records of 500 bytes as fast as the source gives them, to the embedded bus in the same process.
func BenchmarkRecords(b *testing.B) {
	bus := startBus(b)
	c := &sourcetest.Counting{}
	w := open(b, bus.Addr(), c)
	b.ResetTimer()
	put(b, w, config("many", "to", fmt.Sprint(b.N), "batch", "500", "size", "500"))
	eventually.Eventually(b, time.Minute, "all to be committed", func() error {
		if n := c.Committed.Load(); n < int64(b.N) {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkLatency puts a record each ms and measures how long it takes until a consumer that reads committed records has it.
func BenchmarkLatency(b *testing.B) {
	bus := startBus(b)
	c := &sourcetest.Counting{}
	w := open(b, bus.Addr(), c)
	client, err := kgo.NewClient(append(clients(bus.Addr()), kgo.ConsumeTopics("one"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMinBytes(1))...)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	put(b, w, config("one", "to", fmt.Sprint(b.N), "pause", "1ms"))
	var took []time.Duration
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	for len(took) < b.N && ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) { took = append(took, time.Since(r.Timestamp)) })
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
