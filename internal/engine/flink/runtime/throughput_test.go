package runtime_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

const wideSchema = `{"type":"record","name":"R","fields":[{"name":"order_id","type":"string"},{"name":"customer","type":"string"},
 {"name":"amount","type":"double"},{"name":"currency","type":"string"},{"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"qty","type":"int"},{"name":"note","type":["null","string"]},{"name":"good","type":"boolean"},{"name":"lines","type":"int"},{"name":"vat","type":"double"}]}`

// BenchmarkAvroTopicToTopic copies a bounded topic in Avro: ten fields, half of the rows, five of the fields. The bus runs
// in the same process.
func BenchmarkAvroTopicToTopic(b *testing.B) {
	k := openBus(b, map[string]int32{"in": 2, "out": 2})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = w.Write([]byte(`{"id":2}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"schema": wideSchema})
	}))
	defer server.Close()
	k.fill(b)
	in := k.table("in", "in", "format", "avro-confluent", "avro-confluent.url", server.URL, "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset")
	in.Columns = nil
	for name, of := range map[string]rows.Type{"order_id": rows.StringType, "amount": rows.DoubleType, "ts": rows.TimestampType(3), "qty": rows.IntType, "good": rows.BooleanType} {
		in.Columns = append(in.Columns, plan.Column{Name: name, Type: of})
	}
	out := k.table("out", "out", "format", "avro-confluent", "avro-confluent.url", server.URL, "sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", "x")
	out.Columns = in.Columns
	var schema rows.Schema
	good := 0
	for i, c := range in.Columns {
		schema = append(schema, rows.Field{Name: c.Name, Type: c.Type})
		if c.Name == "good" {
			good = i
		}
	}
	scan := &plan.Scan{Base: plan.Base{Out: schema}, Table: in, Read: []int{0, 1, 2, 3, 4}, Filter: &expr.Ref{Index: good, Of: rows.BooleanType}}
	sink := &plan.Sink{Base: plan.Base{Out: schema}, Input: scan, Table: out, Columns: []int{0, 1, 2, 3, 4}}
	b.ResetTimer()
	run(b, jobOf(b, sink, nil, checkpointing(b.TempDir(), 10*time.Second), func(c *runtime.Config) { c.Options.Parallelism = 2 }))
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func (b *bus) fill(bench *testing.B) {
	schema := avro.MustParse(wideSchema)
	for i := range bench.N {
		value, err := schema.AppendEncode([]byte{0, 0, 0, 0, 1}, map[string]any{
			"order_id": fmt.Sprintf("O-%08d", i), "customer": "C-777", "amount": 1234.5, "currency": "CZK", "ts": time.UnixMilli(int64(i)), "qty": 3,
			"note": strings.Repeat("n", 20), "good": i%2 == 0, "lines": 2, "vat": 21.0,
		})
		if err != nil {
			bench.Fatal(err)
		}
		b.client.Produce(bench.Context(), &kgo.Record{Topic: "in", Partition: int32(i % 2), Value: value}, nil)
	}
	if err := b.client.Flush(bench.Context()); err != nil {
		bench.Fatal(err)
	}
}
