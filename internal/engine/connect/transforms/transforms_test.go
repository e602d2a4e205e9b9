package transforms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/internal/engine/connect/converters"
	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/transforms"
)

var (
	text    = &data.Schema{Kind: data.String}
	maybe   = &data.Schema{Kind: data.String, Optional: true}
	long    = &data.Schema{Kind: data.Int64}
	key     = &data.Schema{Kind: data.Struct, Name: "shop.public.orders.Key", Fields: []data.Field{{Name: "id", Schema: long}}}
	noted   = &data.Schema{Kind: data.String, Optional: true, Default: data.AppendString(nil, "none")}
	row     = &data.Schema{Kind: data.Struct, Optional: true, Name: "shop.public.orders.Value", Fields: []data.Field{{Name: "id", Schema: long}, {Name: "status", Schema: maybe}, {Name: "note", Schema: noted}}}
	origin  = &data.Schema{Kind: data.Struct, Fields: []data.Field{{Name: "table", Schema: text}, {Name: "lsn", Schema: &data.Schema{Kind: data.Int64, Optional: true}}, {Name: "ts_ms", Schema: long}}}
	changes = &data.Schema{Kind: data.Struct, Name: "shop.public.orders.Envelope", Fields: []data.Field{
		{Name: "before", Schema: row}, {Name: "after", Schema: row}, {Name: "source", Schema: origin}, {Name: "op", Schema: text}, {Name: "ts_ms", Schema: &data.Schema{Kind: data.Int64, Optional: true}},
	}}
)

func packed(t *testing.T, s *data.Schema, v any) []byte {
	t.Helper()
	bytes, err := data.AppendNative(nil, s, v)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

func order(id int64, status string) []data.Entry {
	return []data.Entry{{Name: "id", Value: id}, {Name: "status", Value: status}, {Name: "note", Value: nil}}
}

// change is a record of an envelope; nil is an absent row.
func change(t *testing.T, op string, before, after []data.Entry) data.Record {
	t.Helper()
	native := func(e []data.Entry) any {
		if e == nil {
			return nil
		}
		return e
	}
	return data.Record{
		Topic: "shop.public.orders", Partition: -1, KeySchema: key, Key: packed(t, key, []data.Entry{{Name: "id", Value: int64(7)}}), ValueSchema: changes,
		Value: packed(t, changes, []data.Entry{
			{Name: "before", Value: native(before)},
			{Name: "after", Value: native(after)},
			{Name: "source", Value: []data.Entry{{Name: "table", Value: "orders"}, {Name: "lsn", Value: int64(99)}, {Name: "ts_ms", Value: int64(1000)}}},
			{Name: "op", Value: op},
			{Name: "ts_ms", Value: int64(1001)},
		}),
		Headers:   []data.Header{{Name: "h", Schema: text, Value: data.AppendString(nil, "x")}},
		Timestamp: 5,
	}
}

func tombstone(t *testing.T) data.Record {
	t.Helper()
	r := change(t, "d", order(7, "new"), nil)
	r.Value, r.ValueSchema = nil, nil
	return r
}

// configured reads lines of key=value.
func configured(lines ...string) map[string]string {
	config := map[string]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		config[name] = value
	}
	return config
}

// shown gives a record in one line: topic, key, value, headers; left out is "-".
func shown(t *testing.T, chain *transforms.Chain, r data.Record) string {
	t.Helper()
	out, keep, err := chain.Apply(r)
	if err != nil {
		return "error: " + err.Error()
	}
	if !keep {
		return "-"
	}
	plain, err := converters.New(converters.JSON, map[string]string{"schemas.enable": "false"})
	if err != nil {
		t.Fatal(err)
	}
	write := func(isKey bool, s *data.Schema, v []byte) string {
		bytes, err := plain.Encode(out.Topic, isKey, s, v, nil)
		if err != nil {
			t.Fatal(err)
		}
		if v == nil {
			return "null"
		}
		return string(bytes)
	}
	var headers []string
	for _, h := range out.Headers {
		headers = append(headers, h.Name+"="+write(false, h.Schema, h.Value))
	}
	return fmt.Sprintf("%s %s %s %s", out.Topic, write(true, out.KeySchema, out.Key), write(false, out.ValueSchema, out.Value), strings.Join(headers, ","))
}

func TestTransformsChangeRecordsAsTheirDocumentationSays(t *testing.T) {
	unwrap := "transforms.u.type=io.debezium.transforms.ExtractNewRecordState"
	for _, c := range []struct {
		story  string
		config []string
		want   []string // of an insert, a deletion, its tombstone
	}{
		{"the row of an envelope; a deletion leaves a null, its tombstone goes", []string{"transforms=u", unwrap}, []string{
			`shop.public.orders {"id":7} {"id":7,"status":"new","note":"none"} h="x"`, `shop.public.orders {"id":7} null h="x"`, "-",
		}},
		{"deletions are rewritten, with fields of the envelope", []string{
			"transforms=u", unwrap, "transforms.u.delete.tombstone.handling.mode=rewrite-with-tombstone", "transforms.u.add.fields=op,table,source.ts_ms,lsn:at", "transforms.u.add.headers=op",
		}, []string{
			`shop.public.orders {"id":7} {"id":7,"status":"new","note":"none","__deleted":"false","__op":"c","__table":"orders","__source_ts_ms":1000,"__at":99} h="x",__op="c"`,
			`shop.public.orders {"id":7} {"id":7,"status":"old","note":"none","__deleted":"true","__op":"d","__table":"orders","__source_ts_ms":1000,"__at":99} h="x",__op="d"`,
			`shop.public.orders {"id":7} null h="x",__op="d"`,
		}},
		{"nothing of deletions", []string{"transforms=u", unwrap, "transforms.u.delete.tombstone.handling.mode=drop"}, []string{
			`shop.public.orders {"id":7} {"id":7,"status":"new","note":"none"} h="x"`, "-", "-",
		}},
		{"a field names the topic", []string{"transforms=u", unwrap, "transforms.u.route.by.field=status"}, []string{
			`new {"id":7} {"id":7,"status":"new","note":"none"} h="x"`, `old {"id":7} null h="x"`, "-",
		}},
		{"topics by an expression, only its first match replaced", []string{
			"transforms=r", "transforms.r.type=org.apache.kafka.connect.transforms.RegexRouter", `transforms.r.regex=(\w+)\.public\.(.*)`, "transforms.r.replacement=sales.$2.v1",
			"transforms.r.predicate=p", "transforms.r.negate=true", "predicates=p", "predicates.p.type=org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
		}, []string{
			`sales.orders.v1 {"id":7} {"before":null,"after":{"id":7,"status":"new","note":"none"},"source":{"table":"orders","lsn":99,"ts_ms":1000},"op":"c","ts_ms":1001} h="x"`,
			`sales.orders.v1 {"id":7} {"before":{"id":7,"status":"old","note":"none"},"after":null,"source":{"table":"orders","lsn":99,"ts_ms":1000},"op":"d","ts_ms":1001} h="x"`,
			`shop.public.orders {"id":7} null h="x"`,
		}},
		{"tables share a topic, and keys tell them apart", []string{
			"transforms=u,l", unwrap, "transforms.l.type=io.debezium.transforms.ByLogicalTableRouter", "transforms.l.topic.regex=shop.public.(.*)", "transforms.l.topic.replacement=all",
			"transforms.l.key.field.name=of", "transforms.l.key.field.regex=shop.public.(.*)", "transforms.l.key.field.replacement=$1",
		}, []string{
			`all {"id":7,"of":"orders"} {"id":7,"status":"new","note":"none"} h="x"`, `all {"id":7,"of":"orders"} null h="x"`, "-",
		}},
		{"fields renamed, left out, added, made the key", []string{
			"transforms=u,f,v,k,i", unwrap, "transforms.u.delete.tombstone.handling.mode=drop",
			"transforms.f.type=org.apache.kafka.connect.transforms.Filter", "transforms.f.predicate=stone", "predicates=stone", "predicates.stone.type=org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
			"transforms.v.type=org.apache.kafka.connect.transforms.ReplaceField$Value", "transforms.v.exclude=note", "transforms.v.renames=status:state",
			"transforms.k.type=org.apache.kafka.connect.transforms.ValueToKey", "transforms.k.fields=state",
			"transforms.i.type=org.apache.kafka.connect.transforms.InsertField$Value", "transforms.i.static.field=from!", "transforms.i.static.value=shop", "transforms.i.topic.field=topic", "transforms.i.timestamp.field=at",
		}, []string{
			`shop.public.orders {"state":"new"} {"id":7,"state":"new","topic":"shop.public.orders","at":5,"from":"shop"} h="x"`, "-", "-",
		}},
	} {
		t.Run(c.story, func(t *testing.T) {
			chain, problems := transforms.Compile(configured(c.config...))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			for i, r := range []data.Record{change(t, "c", nil, order(7, "new")), change(t, "d", order(7, "old"), nil), tombstone(t)} {
				if got := shown(t, chain, r); got != c.want[i] {
					t.Errorf("record %d is\n %s, want\n %s", i, got, c.want[i])
				}
			}
		})
	}
}

func TestATruncationIsLeftOutOfRows(t *testing.T) {
	chain, _ := transforms.Compile(configured("transforms=u", "transforms.u.type=io.debezium.transforms.ExtractNewRecordState"))
	if got := shown(t, chain, change(t, "t", nil, nil)); got != "-" {
		t.Error(got)
	}
}

func TestSchemasOfASharedTopicAreNamedAfterIt(t *testing.T) {
	chain, problems := transforms.Compile(configured("transforms=l", "transforms.l.type=io.debezium.transforms.ByLogicalTableRouter",
		"transforms.l.topic.regex=shop.public.(.*)", "transforms.l.topic.replacement=all-$1", "transforms.l.schema.name.adjustment.mode=avro"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	first, _, err := chain.Apply(change(t, "c", nil, order(7, "new")))
	if err != nil {
		t.Fatal(err)
	}
	second, _, _ := chain.Apply(change(t, "c", nil, order(8, "new")))
	if first.ValueSchema != second.ValueSchema || first.KeySchema != second.KeySchema {
		t.Error("each record has schemas of its own, so converters compile each anew")
	}
	if diff := cmp.Diff([]string{"all_orders.Key", "all_orders.Envelope", "all_orders.Value"}, []string{first.KeySchema.Name, first.ValueSchema.Name, first.ValueSchema.Fields[1].Schema.Name}); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongWithAConfigurationIsSaidAtOnceByKey(t *testing.T) {
	_, problems := transforms.Compile(configured(
		"transforms=a,b,c,a,d,e", "transforms.a.type=org.example.Mine", "transforms.a.whatever=1",
		"transforms.b.type=org.apache.kafka.connect.transforms.RegexRouter", "transforms.b.regex=(?=x)", "transforms.b.replacment=y",
		"transforms.c.type=io.debezium.transforms.ExtractNewRecordState", "transforms.c.drop.tombstones=true", "transforms.c.delete.tombstone.handling.mode=keep",
		"transforms.d.type=org.apache.kafka.connect.transforms.Filter", "transforms.d.predicate=none",
		"transforms.e.type=org.apache.kafka.connect.transforms.RegexRouter", "transforms.e.regex=(x)", "transforms.e.replacement=$2",
		"transforms.f.type=org.apache.kafka.connect.transforms.Filter", "predicates.p.type=x",
	))
	want := map[string]string{
		"transforms":                                  "a is there twice",
		"transforms.a.type":                           "org.example.Mine is not among what runs here",
		"transforms.b.regex":                          "cannot be used",
		"transforms.b.replacement":                    "is missing",
		"transforms.b.replacment":                     "is not known; known here are transforms, transforms.b.negate",
		"transforms.c.drop.tombstones":                "write delete.tombstone.handling.mode",
		"transforms.c.delete.tombstone.handling.mode": `must be one of drop, tombstone, rewrite, rewrite-with-tombstone, delete-to-tombstone, not "keep"`,
		"transforms.d.predicate":                      "predicates names no none",
		"transforms.e.replacement":                    "refers to group $2",
		"transforms.f.type":                           "is not known; known here are transforms",
		"predicates.p.type":                           "is not known; known here are predicates",
	}
	for _, p := range problems {
		if text, expected := want[p.Key]; !expected || !strings.Contains(p.Text, text) {
			t.Errorf("%s: %s; want %q", p.Key, p.Text, text)
		}
		delete(want, p.Key)
	}
	for missing := range want {
		t.Errorf("%s has no problem", missing)
	}
}

func BenchmarkUnwrap(b *testing.B) {
	chain, problems := transforms.Compile(configured("transforms=u", "transforms.u.type=io.debezium.transforms.ExtractNewRecordState", "transforms.u.delete.tombstone.handling.mode=rewrite", "transforms.u.add.fields=op,lsn"))
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	r := change(&testing.T{}, "c", nil, order(7, "new"))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := chain.Apply(r); err != nil {
			b.Fatal(err)
		}
	}
}
