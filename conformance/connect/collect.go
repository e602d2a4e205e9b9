package connect

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// collector reads, committed, what a connector writes, from the beginning of every topic of its prefix.
type collector struct {
	prefix string
	mu     sync.Mutex
	topics map[string][]*kgo.Record
	count  int       // without heartbeats
	last   time.Time // when the newest came
}

func collect(t testing.TB, bootstrap, prefix string) *collector {
	t.Helper()
	quoted := regexp.QuoteMeta(prefix)
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumeRegex(), kgo.ConsumeTopics("^"+quoted+`(\.|_public_).*`, "^routed_"+quoted+".*", "^__debezium-heartbeat."+quoted+"$"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.MetadataMinAge(50*time.Millisecond), kgo.MetadataMaxAge(150*time.Millisecond), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{prefix: prefix, topics: map[string][]*kgo.Record{}, last: time.Now()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(c.add)
		}
	}()
	t.Cleanup(func() {
		cancel()
		client.Close()
		<-done
	})
	return c
}

func (c *collector) add(r *kgo.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topics[r.Topic] = append(c.topics[r.Topic], r)
	if !strings.HasPrefix(r.Topic, "__debezium-heartbeat.") {
		c.count++
		c.last = time.Now()
	}
}

// seen gives how many records have come, and how long ago the newest did.
func (c *collector) seen() (int, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count, time.Since(c.last)
}

// records gives all in their compared form, topic by topic, in the order of partitions and offsets. Heartbeats that
// repeat are one: how many there are is the clock's doing.
func (c *collector) records(r *reader) ([]record, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for name := range c.topics {
		names = append(names, name)
	}
	slices.Sort(names)
	var all []record
	for _, name := range names {
		found := slices.Clone(c.topics[name])
		slices.SortFunc(found, func(a, b *kgo.Record) int {
			return int(a.Partition-b.Partition)<<32 + int(a.Offset-b.Offset)
		})
		if strings.HasPrefix(name, "__debezium-heartbeat.") {
			found = found[:min(1, len(found))]
		}
		for _, from := range found {
			to, err := r.normal(from)
			if err != nil {
				return nil, err
			}
			all = append(all, to)
		}
	}
	return all, nil
}
