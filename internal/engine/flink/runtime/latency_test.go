package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkTopicToTopic gives the time from a record's write to its read behind a filter, exactly once, at 10,000
// records a second with a checkpoint every 10 ms.
func BenchmarkTopicToTopic(b *testing.B) {
	const rate, batch = 10_000, 50
	k := openBus(b, map[string]int32{"in": 1, "out": 1})
	j := jobOf(b, k.copying(), nil, checkpointing(b.TempDir(), 10*time.Millisecond))
	j.Start(b.Context())
	defer j.Cancel()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	took := make(chan []time.Duration, 1)
	go func() { took <- k.latencies(ctx) }()
	client := k.writer()
	defer client.Close()
	tick := time.NewTicker(time.Second * batch / rate)
	defer tick.Stop()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		<-tick.C
		for range batch {
			value := fmt.Appendf(nil, `{"k":%d,"good":true}`, time.Now().UnixNano())
			client.Produce(ctx, &kgo.Record{Topic: "in", Value: value}, nil)
		}
	}
	_ = client.Flush(ctx)
	b.StopTimer()
	<-time.After(200 * time.Millisecond)
	cancel()
	all := <-took
	slices.Sort(all)
	if len(all) > 0 {
		for _, p := range []float64{0.5, 0.99, 0.999} {
			b.ReportMetric(float64(all[int(float64(len(all)-1)*p)].Microseconds())/1000, fmt.Sprintf("p%g-ms", p*100))
		}
	}
	s := j.Status().Checkpoints
	b.ReportMetric(float64(s.Completed), "checkpoints")
}

func (b *bus) writer() *kgo.Client {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ProducerLinger(0))
	if err != nil {
		b.t.Fatal(err)
	}
	return client
}

// latencies reads the output until the context ends. The times of writing stand in the records.
func (b *bus) latencies(ctx context.Context) (all []time.Duration) {
	reader, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ConsumeTopics("out"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return nil
	}
	defer reader.Close()
	for ctx.Err() == nil {
		reader.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			text := strings.TrimPrefix(strings.SplitN(string(r.Value), ",", 2)[0], `{"k":`)
			if at, err := strconv.ParseInt(text, 10, 64); err == nil {
				all = append(all, time.Since(time.Unix(0, at)))
			}
		})
	}
	return all
}
