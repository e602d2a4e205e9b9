package gate

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
)

// benchMesh is a product with ten fields and five checks, written in a format.
const benchMesh = `-- domains/shop/domain.yaml --
domain: shop
owner: shop@example.com
members: [shop@example.com]
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
schema:
  type: %s
  fields:
    - {name: order_id, type: string, required: true}
    - {name: customer_id, type: string, required: true}
    - {name: status, type: enum, values: [new, paid, shipped], default: new}
    - {name: amount, type: "decimal(12,2)", required: true, min: 0}
    - {name: quantity, type: int, required: true}
    - {name: weight, type: double}
    - {name: country, type: string}
    - {name: gift, type: boolean}
    - {name: note, type: string}
    - {name: placed_at, type: timestamp, required: true}
quality:
  - {name: amount-bounded, check: "amount < 1000000", action: quarantine}
  - {name: quantity-positive, check: "quantity > 0", action: quarantine}
  - {name: country-known, check: "country IN ('CZ', 'DE', 'AT', 'SK', 'PL')", action: quarantine}
  - {name: gift-has-note, check: "NOT gift OR note IS NOT NULL"}
  - {name: weight-bounded, check: "weight BETWEEN 0 AND 1000"}
`

// benchRecords are good records of the product, as an application writes them.
func benchRecords(tb testing.TB, format string, n int) (*pipeline, []Record) {
	tb.Helper()
	set := load(tb, contractstest.Unpack(fmt.Sprintf(benchMesh, format)))
	registry := newMemory("")
	spec := Specs(set)[0]
	p, err := newPipeline(context.Background(), spec, registry, []byte("secret"), time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	batch := make([]Record, n)
	for i := range batch {
		line := fmt.Sprintf(`{"order_id":"O-%08d","customer_id":"C-%05d","status":"paid","amount":%d.%02d,"quantity":%d,"weight":%d.5,"country":"CZ","gift":%v,"note":"leave it at the door","placed_at":"2026-11-25T06:%02d:%02d.%03dZ"}`,
			i, i%10000, i%1000, i%100, 1+i%9, i%50, i%2 == 0, i%60, i%59, i%1000)
		value := []byte(line)
		if format == "avro" {
			object, err := codecs.ParseObject(value)
			if err != nil {
				tb.Fatal(err)
			}
			row, faults := codecs.FromJSON(spec.Topic.Value.Fields, object)
			if len(faults) > 0 {
				tb.Fatal(faults)
			}
			if value, err = codecs.EncodeAvro(avro.MustParse(spec.Topic.ValueText), p.product.value.id, row); err != nil {
				tb.Fatal(err)
			}
		}
		batch[i] = Record{Topic: spec.Input, Offset: int64(i), Time: time.Now(), Key: fmt.Appendf(nil, "O-%08d", i), Value: value}
	}
	return p, batch
}

func BenchmarkGate(b *testing.B) {
	for _, format := range []string{"avro", "json"} {
		b.Run(format, func(b *testing.B) {
			const n = 4096
			p, batch := benchRecords(b, format, n)
			p.reuse = true
			b.ReportAllocs()
			for b.Loop() {
				out, err := p.process(context.Background(), batch)
				if err != nil || out.count.Passed != n {
					b.Fatal(err, out.count)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkEnvelopes are a table's changes, as recorded of Debezium.
func BenchmarkEnvelopes(b *testing.B) {
	for _, name := range []string{"debezium-orders", "debezium-orders-avro"} {
		b.Run(name, func(b *testing.B) {
			text, err := os.ReadFile("testdata/situations/" + name + ".txt")
			if err != nil {
				b.Fatal(err)
			}
			parts := contractstest.Unpack(string(text))
			registry := newMemory(parts["schemas"])
			p, err := newPipeline(context.Background(), Specs(load(b, parts))[0], registry, nil, time.Now)
			if err != nil {
				b.Fatal(err)
			}
			p.reuse = true
			some := rawRecords(b, p.spec.Input, parts["in"])[:8]
			var batch []Record
			for len(batch) < 4096 {
				batch = append(batch, some...)
			}
			b.ReportAllocs()
			for b.Loop() {
				out, err := p.process(context.Background(), batch)
				if err != nil || out.handled != len(batch) {
					b.Fatal(err, out.handled)
				}
			}
			b.ReportMetric(float64(len(batch)*b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}
