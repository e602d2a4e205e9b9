package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/engine/flink/runtime"
	"github.com/weftmesh/weft/internal/engine/registry"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// into is a job that writes rows in memory to a table.
func into(t *testing.T, table *plan.Table, columns []int, in *rows.Batch, out rows.Schema, mode plan.Mode) {
	t.Helper()
	m := connectors.NewMemory(1)
	m.Append(0, in)
	m.End()
	read := make([]int, len(in.Cols))
	for i := range read {
		read[i] = i
	}
	from := &plan.Scan{Base: plan.Base{Out: out, Mode: mode}, Table: memoryTable("in"), Read: read}
	run(t, jobOf(t, &plan.Sink{Base: plan.Base{Out: out, Mode: mode}, Input: from, Table: table, Columns: columns}, tables{"in": m}))
}

// from reads a table to its end, and gives its rows, sorted.
func from(t *testing.T, table *plan.Table, read []int, out rows.Schema) []string {
	t.Helper()
	m := connectors.NewMemory(1)
	scan := &plan.Scan{Base: plan.Base{Out: out}, Table: table, Read: read}
	run(t, jobOf(t, &plan.Sink{Base: plan.Base{Out: out}, Input: scan, Table: memoryTable("out"), Columns: []int{0}}, tables{"out": m}))
	var lines []string
	for _, b := range m.Written() {
		for i := range b.Len {
			lines = append(lines, b.Change(i).String()+fmt.Sprint(b.Row(i)))
		}
	}
	slices.Sort(lines)
	return lines
}

func (b *bus) upsert(topic string) *plan.Table {
	return &plan.Table{
		Name: "upsert", PrimaryKey: []int{0},
		Columns: []plan.Column{{Name: "id", Type: rows.BigIntType.Nullable(false)}, {Name: "name", Type: rows.StringType}},
		Options: map[string]string{
			"connector": "upsert-kafka", "topic": topic, "properties.bootstrap.servers": b.addr, "key.format": "json", "value.format": "json",
			"scan.bounded.mode": "latest-offset",
		},
	}
}

func TestUpsertsAreKeyedAndDeletesAreTombstones(t *testing.T) {
	b := openBus(t, map[string]int32{"u": 3})
	schema := rows.Schema{{Name: "id", Type: rows.BigIntType}, {Name: "name", Type: rows.StringType}}
	in := rows.NewBuilder([]rows.Type{rows.BigIntType, rows.StringType})
	for _, c := range []struct {
		change rows.Change
		row    []any
	}{
		{rows.Insert, []any{int64(1), "a"}},
		{rows.UpdateBefore, []any{int64(1), "a"}},
		{rows.UpdateAfter, []any{int64(1), "b"}},
		{rows.Delete, []any{int64(1), "b"}},
		{rows.Insert, []any{int64(2), "c"}},
	} {
		in.Append(c.change, c.row)
	}
	into(t, b.upsert("u"), []int{0, 1}, in.Batch(), schema, plan.Upsert)
	got := from(t, b.upsert("u"), []int{0, 1}, schema)
	if want := []string{"+U[1 a]", "+U[1 b]", "+U[2 c]", "-D[1 <nil>]"}; !slices.Equal(got, want) {
		t.Errorf("read %v", got)
	}
}

func TestKeysAndMetadataAreColumns(t *testing.T) {
	b := openBus(t, map[string]int32{"m": 1})
	record := &kgo.Record{Topic: "m", Key: []byte(`{"k_id":7}`), Value: []byte(`{"good":true}`), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}}
	if err := b.client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
	table := b.table("m", "m", "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset", "key.format", "json", "key.fields", "k_id",
		"key.fields-prefix", "k_", "value.fields-include", "EXCEPT_KEY", "value.format", "json")
	delete(table.Options, "format")
	key := rows.StringType.Nullable(false)
	table.Columns[0].Name = "k_id"
	for name, of := range map[string]rows.Type{
		"topic": rows.StringType, "offset": rows.BigIntType, "headers": {Kind: rows.Map, Key: &key, Elem: &rows.BytesType}, "timestamp-type": rows.StringType,
	} {
		table.Columns = append(table.Columns, plan.Column{Name: name, Type: of, Metadata: name, Virtual: true})
	}
	slices.SortFunc(table.Columns[2:], func(a, b plan.Column) int { return strings.Compare(a.Name, b.Name) })
	record.Key = []byte(`{"id":8}`)
	if err := b.client.ProduceSync(t.Context(), &kgo.Record{Topic: "m", Key: record.Key, Value: record.Value}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	got := from(t, table, []int{0, 1, 2, 3, 4, 5}, make(rows.Schema, 6))
	if want := []string{"+I[8 true [] 1 CreateTime m]", "+I[<nil> true [{h v}] 0 CreateTime m]"}; !slices.Equal(got, want) {
		t.Errorf("read %v", got)
	}
}

func TestAvroGoesThroughTheRegistry(t *testing.T) {
	b := openBus(t, map[string]int32{"a": 2})
	r, err := registry.Open(context.Background(), registry.Config{Listen: "127.0.0.1:0", Kafka: []kgo.Opt{kgo.SeedBrokers(b.addr)}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	amount := rows.DecimalType(10, 2)
	table := func(name string) *plan.Table {
		table := b.table(name, "a", "format", "avro-confluent", "avro-confluent.url", "http://"+r.Addr(), "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset")
		table.Columns = []plan.Column{{Name: "k", Type: rows.BigIntType}, {Name: "amount", Type: amount}, {Name: "status", Type: rows.StringType}}
		return table
	}
	schema := rows.Schema{{Name: "k", Type: rows.BigIntType}, {Name: "amount", Type: amount}, {Name: "status", Type: rows.StringType}}
	in := rows.NewBuilder([]rows.Type{rows.BigIntType, amount, rows.StringType})
	in.Append(rows.Insert, []any{int64(1), rows.NumOf(1250), "paid"})
	in.Append(rows.Insert, []any{int64(2), nil, nil})
	out := table("out")
	out.Options["avro-confluent.schema"] = `{"type":"record","name":"A","fields":[{"name":"status","type":["null",{"type":"enum","name":"S","symbols":["new","paid"]}]},
		{"name":"k","type":"long"},{"name":"amount","type":["null",{"type":"bytes","logicalType":"decimal","precision":12,"scale":3}],"default":null}]}`
	into(t, out, []int{0, 1, 2}, in.Batch(), schema, plan.InsertOnly)
	got := from(t, table("in"), []int{2, 0, 1}, rows.Schema{schema[2], schema[0], schema[1]})
	if want := []string{"+I[<nil> 2 <nil>]", "+I[paid 1 {0 1250}]"}; !slices.Equal(got, want) {
		t.Errorf("read %v", got)
	}
}

func TestTheGroupOfASourceKnowsHowFarItCame(t *testing.T) {
	b := openBus(t, map[string]int32{"in": 1})
	b.write("in", 0, records(0, 10)...)
	m := connectors.NewMemory(1)
	scan := &plan.Scan{
		Base: plan.Base{Out: numbers}, Read: []int{0, 1},
		Table: b.table("in", "in", "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset", "properties.group.id", "g"),
	}
	run(t, jobOf(t, sinkOf(scan), tables{"out": m}, checkpointing(t.TempDir(), runtime.Defaults().CheckpointTimeout)))
	offsets, err := b.admin.FetchOffsets(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := offsets.Lookup("in", 0); !ok || o.At != 10 {
		t.Errorf("the group is at %+v", o)
	}
}
