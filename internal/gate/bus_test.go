package gate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"github.com/weftmesh/weft/internal/adapter/kafka"
	"github.com/weftmesh/weft/internal/adapter/registry"
	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	bus "github.com/weftmesh/weft/internal/engine/kafka"
	schemas "github.com/weftmesh/weft/internal/engine/registry"
	"github.com/weftmesh/weft/internal/eventually"
	"github.com/weftmesh/weft/internal/gate"
	"github.com/weftmesh/weft/internal/resources"
)

// mesh is an event bus and a registry with what a set of contracts needs.
type mesh struct {
	t        testing.TB
	set      contracts.Set
	bus      *bus.Bus
	dir      string
	registry string
	options  []kgo.Opt
	client   *kgo.Client
}

func open(t testing.TB, files string) *mesh {
	t.Helper()
	m := &mesh{t: t, dir: t.TempDir()}
	fsys, err := contractstest.Unpack(files).FS()
	if err != nil {
		t.Fatal(err)
	}
	set, problems, err := contracts.Load(fsys)
	if err != nil || problems.HasErrors() {
		t.Fatal(err, contractstest.Listed(problems))
	}
	m.set = set
	m.startBus("127.0.0.1:0")
	t.Cleanup(func() { _ = m.bus.Close() })
	server, err := schemas.Open(t.Context(), schemas.Config{Listen: "127.0.0.1:0", Kafka: m.options, Replication: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	m.registry = server.URL()
	if m.client, err = kgo.NewClient(append(m.options, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.client.Close)
	m.create()
	return m
}

func (m *mesh) startBus(listen string) {
	broker, err := bus.Open(m.t.Context(), bus.Config{Dir: m.dir, Listen: listen})
	if err != nil {
		m.t.Fatal(err)
	}
	m.bus = broker
	m.options = []kgo.Opt{kgo.SeedBrokers(broker.Addr()), kgo.MetadataMinAge(50 * time.Millisecond)}
}

// create makes the topics and subjects that the contracts call for.
func (m *mesh) create() {
	m.t.Helper()
	admin := kadm.NewClient(m.client)
	names, err := sr.NewClient(sr.URLs(m.registry))
	if err != nil {
		m.t.Fatal(err)
	}
	for _, r := range resources.Desired(m.set, resources.Environment{Brokers: 1, Control: "platform"}).Resources {
		switch r.Addr.Kind {
		case addrs.KindTopic:
			if r.Bound {
				continue
			}
			configs := map[string]*string{}
			for key, value := range r.Attributes {
				if name, ok := strings.CutPrefix(key, resources.ConfigPrefix); ok {
					configs[name] = kadm.StringPtr(value.Text)
				}
			}
			partitions := int32(3)
			if text, ok := r.Attributes[resources.Partitions]; ok {
				fmt.Sscan(text.Text, &partitions)
			}
			if _, err := admin.CreateTopic(m.t.Context(), partitions, 1, configs, r.Addr.Name); err != nil {
				m.t.Fatal(r.Addr, err)
			}
		case addrs.KindSubject:
			kind := sr.TypeAvro
			if r.Attributes[resources.SchemaType].Text == "JSON" {
				kind = sr.TypeJSON
			}
			if _, err := names.RegisterSchema(m.t.Context(), r.Addr.Name, sr.Schema{Schema: r.Attributes[resources.SchemaText].Text, Type: kind}, -1, -1); err != nil {
				m.t.Fatal(r.Addr, err)
			}
		}
	}
}

func (m *mesh) config(instance string) gate.Config {
	return gate.Config{Bus: kafka.NewGates(m.options), Registry: registry.NewSchemas(registry.Config{URL: m.registry}), Secret: []byte("secret"), Lasting: true, Instance: instance, Now: time.Now}
}

// gates runs all gates of the mesh until the test ends.
func (m *mesh) gates(instance string) *gate.Gates {
	g := gate.NewGates(m.config(instance))
	m.t.Cleanup(g.Close)
	g.Follow(m.set)
	return g
}

// write writes a record; "" is no key, or no value.
func (m *mesh) write(topic, key, value string) {
	m.t.Helper()
	r := &kgo.Record{Topic: topic}
	if value != "" {
		r.Value = []byte(value)
	}
	if key != "" {
		r.Key = []byte(key)
	}
	if err := m.client.ProduceSync(m.t.Context(), r).FirstErr(); err != nil {
		m.t.Fatal(err)
	}
}

// records are those of a topic that are committed.
func (m *mesh) records(topic string) []gate.Record {
	m.t.Helper()
	var all []gate.Record
	ctx, cancel := context.WithTimeout(m.t.Context(), 20*time.Second)
	defer cancel()
	err := kafka.NewGates(m.options).Scan(ctx, addrs.Topic(topic), func(r gate.Record) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

// await waits until a topic has so many committed records.
func (m *mesh) await(topic string, n int) []gate.Record {
	m.t.Helper()
	var got []gate.Record
	eventually.Eventually(m.t, 30*time.Second, fmt.Sprintf("%d records in %s", n, topic), func() error {
		if got = m.records(topic); len(got) < n {
			return fmt.Errorf("%d of %d records in %s", len(got), n, topic)
		}
		return nil
	})
	return got
}

const orders = `-- domains/shop/domain.yaml --
domain: shop
owner: shop@example.com
members: [shop@example.com]
-- domains/billing/domain.yaml --
domain: billing
owner: billing@example.com
members: [billing@example.com]
apps: {invoicer: {}}
-- domains/billing/subscriptions/orders.yaml --
product: shop/orders/v1
purpose: Invoice.
app: invoicer
group: billing-invoicing
-- domains/shop/orders/data-contract.yaml --
domain: shop
product: orders
version: "1.0"
owner: shop@example.com
entity: order
events: [placed]
ingest: gated
key: order_id
event_time: placed_at
topic: {partitions: 3}
schema:
  type: json
  fields:
    - {name: order_id, type: string, required: true}
    - {name: amount, type: "decimal(10,2)", min: 0}
    - {name: email, type: string, pii: true, mask: hash}
    - {name: placed_at, type: timestamp, required: true}
quality:
  - {name: amount-positive, check: "amount > 0", action: quarantine}
`

func order(id string, amount string) string {
	return fmt.Sprintf(`{"order_id":%q,"amount":%s,"email":"ann@example.com","placed_at":"2026-11-25T06:00:00Z"}`, id, amount)
}

func TestGoodRecordsPassAndBadOnesAreSetAside(t *testing.T) {
	m := open(t, orders)
	gates := m.gates("one")
	m.write("shop.order.v1.placed-in", "o-1", order("o-1", "12.5"))
	m.write("shop.order.v1.placed-in", "o-2", order("o-2", "0"))
	m.write("shop.order.v1.placed-in", "o-3", `{"order_id":`)
	product := m.await("shop.order.v1.placed", 1)
	if got := string(product[0].Value); got != `{"order_id":"o-1","amount":12.50,"email":"ann@example.com","placed_at":"2026-11-25T06:00:00.000Z"}` {
		t.Errorf("the product has %s", got)
	}
	masked := m.await("shop.order.v1.placed-masked", 1)
	if got := string(masked[0].Value); strings.Contains(got, "ann@example.com") || !strings.Contains(got, `"amount":12.50`) {
		t.Errorf("the masked copy has %s", got)
	}
	refused := m.await("shop.order.v1.placed-quarantine", 2)
	for _, r := range refused {
		if reason := header(r, gate.HeaderReason); string(r.Key) == "o-2" && !strings.Contains(reason, "amount-positive") || string(r.Key) == "o-3" && !strings.Contains(reason, "not a JSON object") {
			t.Errorf("%s is refused: %s", r.Key, reason)
		}
	}
	eventually.Eventually(t, 10*time.Second, "all are counted", func() error {
		if s := gates.Status()[0]; s.Counts.In != 3 || s.Counts.Quarantined != 2 {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
}

func header(r gate.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// desk shows and replays the mesh's quarantines.
func (m *mesh) desk() *gate.Desk {
	return gate.NewDesk(m.config("desk"), resources.FateTopic("platform"))
}

func TestAFixedContractLetsQuarantinedRecordsIn(t *testing.T) {
	m := open(t, orders)
	gates := m.gates("one")
	m.write("shop.order.v1.placed-in", "o-1", order("o-1", "0"))
	m.write("shop.order.v1.placed-in", "o-2", order("o-2", "0"))
	m.write("shop.order.v1.placed-in", "o-2", order("o-2", "3"))
	m.write("shop.order.v1.placed-in", "o-3", `{"order_id":`)
	m.await("shop.order.v1.placed-quarantine", 3)
	m.await("shop.order.v1.placed", 1)
	ask := gate.Order{By: "test"}
	if handled := m.replay(ask); handled.Done != 0 || len(handled.Refused) != 3 {
		t.Fatalf("by the same contract all stay: %+v", handled)
	}
	m.contract(strings.Replace(orders, "amount > 0", "amount >= 0", 1))
	gates.Follow(m.set)
	handled := m.replay(ask)
	if handled.Done != 1 || len(handled.Refused) != 2 {
		t.Fatalf("o-1 passes, o-2 has moved on, o-3 is no JSON: %+v", handled)
	}
	product := m.await("shop.order.v1.placed", 2)
	if masked := m.await("shop.order.v1.placed-masked", 2); len(masked) != 2 || len(product) != 2 {
		t.Errorf("%d rows, %d masked", len(product), len(masked))
	}
	if again := m.replay(ask); again.Done != 0 {
		t.Errorf("replayed twice: %+v", again)
	}
	ask.Force = true
	if forced := m.replay(ask); forced.Done != 1 {
		t.Errorf("forced: %+v", forced)
	}
	dropped, err := m.desk().Drop(t.Context(), gate.Specs(m.set)[0], gate.Order{Filter: gate.Filter{Reason: "decode"}, By: "test", Note: "noise"})
	if err != nil || dropped.Done != 1 {
		t.Errorf("dropped %+v, %v", dropped, err)
	}
	items, err := m.desk().List(t.Context(), gate.Specs(m.set)[0], gate.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	fates := map[gate.Fate]int{}
	for _, item := range items {
		fates[item.Fate]++
	}
	if fates[gate.Replayed] != 2 || fates[gate.Dropped] != 1 {
		t.Errorf("fates %v", fates)
	}
}

func (m *mesh) replay(ask gate.Order) gate.Handled {
	m.t.Helper()
	handled, err := m.desk().Replay(m.t.Context(), gate.Specs(m.set)[0], ask)
	if err != nil {
		m.t.Fatal(err)
	}
	return handled
}

func TestAQuarantinedRecordIsShownMasked(t *testing.T) {
	m := open(t, orders)
	m.gates("one")
	m.write("shop.order.v1.placed-in", "o-1", order("o-1", "0"))
	m.await("shop.order.v1.placed-quarantine", 1)
	spec := gate.Specs(m.set)[0]
	items, err := m.desk().List(t.Context(), spec, gate.Filter{})
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	shown, err := m.desk().Show(t.Context(), spec, items[0], false)
	if err != nil || strings.Contains(fmt.Sprintf("%+v %s", shown.Key, shown.Row), "ann@") || !strings.Contains(string(shown.Row), `"amount":0`) || shown.Value != nil {
		t.Errorf("shown %s, %v", shown.Row, err)
	}
	inClear, err := m.desk().Show(t.Context(), spec, items[0], true)
	if err != nil || inClear.Value == nil || *inClear.Value != order("o-1", "0") {
		t.Errorf("in clear: %v, %v", inClear.Value, err)
	}
}

// BenchmarkThroughTheBus lets records through a gate from one topic of the embedded bus to others, all in one process.
func BenchmarkThroughTheBus(b *testing.B) {
	const n = 200_000
	m := open(b, strings.Replace(orders, "product: shop/orders/v1", "product: shop/orders/v1\npii: clear", 1))
	for i := range n {
		key := fmt.Sprintf("o-%d", i)
		m.client.Produce(b.Context(), &kgo.Record{Topic: "shop.order.v1.placed-in", Key: []byte(key), Value: []byte(order(key, fmt.Sprint(1+i%1000)))}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := m.client.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		config := m.config(fmt.Sprint("bench-", i))
		config.Bus = regrouped{kafka.NewGates(m.options), fmt.Sprint(i)}
		gates := gate.NewGates(config)
		gates.Follow(m.set)
		eventually.Eventually(b, 5*time.Minute, "all have come through", func() error {
			if s := gates.Status()[0]; s.Counts.In < n {
				return fmt.Errorf("%d of %d; %s", s.Counts.In, n, s.Why)
			}
			return nil
		})
		gates.Close()
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
}

// regrouped reads in a group of its own, from the beginning.
type regrouped struct {
	gate.Bus
	suffix string
}

func (r regrouped) Open(ctx context.Context, group addrs.Group, instance string, input addrs.Topic, limits gate.Limits) (gate.Session, error) {
	return r.Bus.Open(ctx, group+addrs.Group(r.suffix), instance, input, limits)
}

func TestAProductThatApplicationsWriteIsWatched(t *testing.T) {
	m := open(t, strings.Replace(strings.Replace(orders, "ingest: gated\n", "", 1), ", action: quarantine", "", 1))
	gates := m.gates("one")
	m.write("shop.order.v1.placed", "o-1", order("o-1", "12.5"))
	m.write("shop.order.v1.placed", "o-2", order("o-2", "0"))
	m.write("shop.order.v1.placed", "o-3", `{"order_id":`)
	if masked := m.await("shop.order.v1.placed-masked", 2); strings.Contains(string(masked[0].Value), "ann@") {
		t.Errorf("the masked copy has %s", masked[0].Value)
	}
	refused := m.await("shop.order.v1.placed-quarantine", 1)
	if reason := header(refused[0], gate.HeaderReason); !strings.Contains(reason, "not a JSON object") {
		t.Error(reason)
	}
	eventually.Eventually(t, 10*time.Second, "all are counted", func() error {
		if s := gates.Status()[0]; s.Counts.In != 3 || s.Counts.Quarantined != 1 || s.Counts.Checks[0].Failed != 1 {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	if got := m.records("shop.order.v1.placed"); len(got) != 3 {
		t.Errorf("the product has %d records, of 3 that were written to it", len(got))
	}
	if _, err := m.desk().Replay(t.Context(), gate.Specs(m.set)[0], gate.Order{By: "test"}); err == nil {
		t.Error("what is in the product is replayed into it")
	}
}
