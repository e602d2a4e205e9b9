package main

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// subscriptions are the groups of the domains, and what each reads.
var subscriptions = map[string][]string{
	"billing-shipments":       {"logistics.shipment.v2.created", "logistics.shipment.v2.status-changed"},
	"billing-orders":          {"storefront.order.v1.placed", "storefront.order.v1.cancelled"},
	"billing-payments":        {"payments.payment.v1.authorized", "payments.payment.v1.captured", "payments.payment.v1.failed"},
	"billing-customers":       {"crm.customer.v1.changed"},
	"logistics-orders":        {"storefront.order.v1.placed", "storefront.order.v1.cancelled"},
	"logistics-stock":         {"inventory.stock-level.v1.changed"},
	"inventory-orders":        {"storefront.order.v1.placed", "storefront.order.v1.cancelled"},
	"inventory-shipments":     {"logistics.shipment.v2.created", "logistics.shipment.v2.status-changed"},
	"pricing-stock":           {"inventory.stock-level.v1.changed"},
	"pricing-views":           {"storefront.page-view.v1.viewed"},
	"storefront-prices":       {"pricing.price.v1.changed"},
	"storefront-stock":        {"inventory.stock-level.v1.changed"},
	"payments-orders":         {"storefront.order.v1.placed", "storefront.order.v1.cancelled"},
	"marketing-customers":     {"crm.customer.v1.changed-masked"},
	"marketing-orders":        {"storefront.order.v1.placed", "storefront.order.v1.cancelled"},
	"marketing-shipments-old": {"logistics.shipment.v1.changed"},
	"crm-clicks":              {"marketing.click.v1.clicked"},
}

// readers read what the domains subscribe to, and commit.
type readers struct {
	clients []*kgo.Client
	read    atomic.Int64
	running sync.WaitGroup
	stop    context.CancelFunc
}

func subscribe(kafka string) (*readers, error) {
	ctx, stop := context.WithCancel(context.Background())
	r := &readers{stop: stop}
	for group, topics := range subscriptions {
		client, err := kgo.NewClient(
			kgo.SeedBrokers(strings.Split(kafka, ",")...), kgo.ClientID(group), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topics...),
			kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.AutoCommitInterval(time.Second), kgo.MetadataMinAge(250*time.Millisecond),
			kgo.FetchMaxWait(500*time.Millisecond), kgo.FetchMinBytes(1), kgo.FetchMaxBytes(1<<20))
		if err != nil {
			stop()
			return nil, err
		}
		r.clients = append(r.clients, client)
		r.running.Go(func() { r.poll(ctx, client) })
	}
	return r, nil
}

func (r *readers) poll(ctx context.Context, client *kgo.Client) {
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		r.read.Add(int64(fetches.NumRecords()))
	}
}

func (r *readers) close() {
	r.stop()
	r.running.Wait()
	for _, client := range r.clients {
		client.Close()
	}
}
