package clients_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/eventually"
)

// franz plays the scenarios with franz-go, in this process.
func franz(t *testing.T, bootstrap string) []byte {
	f := &franzClient{t: t, bootstrap: bootstrap}
	admin, err := kgo.NewClient(f.options()...)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	f.admin = kadm.NewClient(admin)
	for _, s := range []struct {
		name string
		play func(context.Context) error
	}{
		{"admin", f.topics},
		{"idempotent", f.idempotent},
		{"transactions", f.transactions},
		{"group-classic", f.group(false)},
		{"group-consumer", f.group(true)},
		{"unknown-group", f.unknownGroup},
		{"offsets-by-time", f.byTime},
		{"delete-records", f.deleteRecords},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		if err := s.play(ctx); err != nil {
			fmt.Fprintf(&f.out, "FAIL %s: %v\n", s.name, err)
		} else {
			fmt.Fprintf(&f.out, "ok %s\n", s.name)
		}
		cancel()
	}
	return f.out.Bytes()
}

type franzClient struct {
	t         *testing.T
	bootstrap string
	admin     *kadm.Client
	out       bytes.Buffer
}

func (f *franzClient) options(more ...kgo.Opt) []kgo.Opt {
	return append([]kgo.Opt{kgo.SeedBrokers(f.bootstrap), kgo.MetadataMinAge(50 * time.Millisecond)}, more...)
}

func (f *franzClient) with(more []kgo.Opt, use func(*kgo.Client) error) error {
	client, err := kgo.NewClient(f.options(more...)...)
	if err != nil {
		return err
	}
	defer client.Close()
	return use(client)
}

func (f *franzClient) topics(ctx context.Context) error {
	value := "60000"
	if _, err := f.admin.CreateTopic(ctx, 3, 1, map[string]*string{"retention.ms": &value}, "franz-admin"); err != nil {
		return err
	}
	changed := "90000"
	if _, err := f.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &changed}}, "franz-admin"); err != nil {
		return err
	}
	// KRaft answers before every broker has seen the change.
	eventually.Eventually(f.t, 10*time.Second, "the broker shows the new retention.ms", func() error {
		configs, err := f.admin.DescribeTopicConfigs(ctx, "franz-admin")
		if err != nil {
			return err
		}
		for _, c := range configs[0].Configs {
			if c.Key == "retention.ms" && c.MaybeValue() != changed {
				return fmt.Errorf("retention.ms is %s", c.MaybeValue())
			}
		}
		return nil
	})
	deleted, err := f.admin.DeleteTopics(ctx, "franz-admin")
	return errors.Join(err, deleted.Error())
}

func (f *franzClient) create(ctx context.Context, topic string) error {
	_, err := f.admin.CreateTopic(ctx, 3, 1, nil, topic)
	return err
}

func produced(topic string, n int) []*kgo.Record {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Key: fmt.Append(nil, i), Value: fmt.Append(nil, i)}
	}
	return records
}

// count reads a topic until it has seen n records, or for a little longer if there are more.
func (f *franzClient) count(ctx context.Context, topic string, n int) error {
	return f.with([]kgo.Opt{kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}, func(c *kgo.Client) error {
		got := 0
		for ctx.Err() == nil {
			limit, cancel := ctx, context.CancelFunc(func() {})
			if got >= n {
				limit, cancel = context.WithTimeout(ctx, 500*time.Millisecond)
			}
			fetched := c.PollFetches(limit).NumRecords()
			cancel()
			if got += fetched; fetched == 0 && got >= n {
				break
			}
		}
		if got != n {
			return fmt.Errorf("read %d records, want %d", got, n)
		}
		return nil
	})
}

func (f *franzClient) idempotent(ctx context.Context) error {
	if err := f.create(ctx, "franz-idempotent"); err != nil {
		return err
	}
	if err := f.with(nil, func(c *kgo.Client) error { return c.ProduceSync(ctx, produced("franz-idempotent", 500)...).FirstErr() }); err != nil {
		return err
	}
	return f.count(ctx, "franz-idempotent", 500)
}

func (f *franzClient) transactions(ctx context.Context) error {
	if err := f.create(ctx, "franz-transactions"); err != nil {
		return err
	}
	err := f.with([]kgo.Opt{kgo.TransactionalID("franz-tx")}, func(c *kgo.Client) error {
		for _, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
			if err := c.BeginTransaction(); err != nil {
				return err
			}
			if err := c.ProduceSync(ctx, produced("franz-transactions", 50)...).FirstErr(); err != nil {
				return err
			}
			if err := c.EndTransaction(ctx, end); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.count(ctx, "franz-transactions", 100)
}

func (f *franzClient) group(next bool) func(context.Context) error {
	topic := map[bool]string{false: "franz-classic", true: "franz-consumer"}[next]
	return func(ctx context.Context) error {
		if err := f.create(ctx, topic); err != nil {
			return err
		}
		if err := f.with(nil, func(c *kgo.Client) error { return c.ProduceSync(ctx, produced(topic, 300)...).FirstErr() }); err != nil {
			return err
		}
		if next { // KIP-848 is opt-in for franz-go, by its context
			ctx = context.WithValue(ctx, "opt_in_kafka_next_gen_balancer_beta", true) //nolint:staticcheck,revive // franz-go's own key
		}
		options := []kgo.Opt{kgo.WithContext(ctx), kgo.ConsumerGroup(topic + "-group"), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
		err := f.with(options, func(first *kgo.Client) error {
			return f.with(options, func(second *kgo.Client) error {
				got := 0
				for got < 300 && ctx.Err() == nil {
					for _, c := range []*kgo.Client{first, second} {
						limit, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
						got += c.PollFetches(limit).NumRecords()
						cancel()
						if err := c.CommitUncommittedOffsets(ctx); err != nil {
							return err
						}
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		offsets, err := f.admin.FetchOffsets(ctx, topic+"-group")
		if err != nil {
			return err
		}
		total := int64(0)
		offsets.Each(func(o kadm.OffsetResponse) { total += o.At })
		if total != 300 {
			return fmt.Errorf("committed %d, want 300", total)
		}
		return nil
	}
}

func (f *franzClient) unknownGroup(ctx context.Context) error {
	offsets, err := f.admin.FetchOffsetsForTopics(ctx, "nobody", "franz-idempotent")
	if err != nil {
		return err
	}
	if at, ok := offsets.Lookup("franz-idempotent", 0); !ok || at.At != -1 || at.Err != nil {
		return fmt.Errorf("offset %d, %w", at.At, at.Err)
	}
	return nil
}

func (f *franzClient) byTime(ctx context.Context) error {
	offsets, err := f.admin.ListOffsetsAfterMilli(ctx, time.Now().Add(-time.Hour).UnixMilli(), "franz-idempotent")
	if err != nil {
		return err
	}
	if at, ok := offsets.Lookup("franz-idempotent", 0); !ok || at.Offset != 0 {
		return fmt.Errorf("offset %d", at.Offset)
	}
	return nil
}

func (f *franzClient) deleteRecords(ctx context.Context) error {
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: "franz-idempotent", Partition: 0, At: 10})
	if _, err := f.admin.DeleteRecords(ctx, offsets); err != nil {
		return err
	}
	starts, err := f.admin.ListStartOffsets(ctx, "franz-idempotent")
	if err != nil {
		return err
	}
	if at, _ := starts.Lookup("franz-idempotent", 0); at.Offset != 10 {
		return fmt.Errorf("starts at %d", at.Offset)
	}
	return nil
}
