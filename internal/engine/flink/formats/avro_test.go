package formats_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/rows"
)

// schemas is a registry of as much as the formats ask for.
type schemas struct {
	mu    sync.Mutex
	texts []string
	names []string // subjects, in the order of registration
}

func (s *schemas) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var id int
	if _, err := fmt.Sscanf(r.URL.Path, "/schemas/ids/%d", &id); err == nil && id >= 1 && id <= len(s.texts) {
		_ = json.NewEncoder(w).Encode(map[string]any{"schema": s.texts[id-1]})
		return
	}
	if subject, ok := strings.CutPrefix(r.URL.Path, "/subjects/"); ok && r.Method == http.MethodPost {
		var body struct{ Schema string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		s.texts, s.names = append(s.texts, body.Schema), append(s.names, strings.TrimSuffix(subject, "/versions"))
		_ = json.NewEncoder(w).Encode(map[string]any{"id": len(s.texts), "version": 1})
		return
	}
	http.Error(w, `{"error_code":40403,"message":"Schema not found"}`, http.StatusNotFound)
}

func openSchemas(t testing.TB, texts ...string) (*schemas, string) {
	s := &schemas{texts: texts}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

// message writes a value with a library of others.
func message(t testing.TB, id int, schema string, value any) []byte {
	t.Helper()
	framed := binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
	out, err := avro.MustParse(schema).AppendEncode(framed, value)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const orderSchema = `{"type":"record","name":"Order","namespace":"shop","fields":[
 {"name":"id","type":"string"},
 {"name":"unused","type":{"type":"array","items":{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"},{"name":"n","type":"int"}]}}},
 {"name":"status","type":{"type":"enum","name":"Status","symbols":["new","paid"]}},
 {"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":3}},
 {"name":"note","type":["null","string"],"default":null},
 {"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"lines","type":{"type":"array","items":"Line"}},
 {"name":"tags","type":{"type":"map","values":["null","int"]}},
 {"name":"n","type":"int"}]}`

func orderFields() []rows.Field {
	return []rows.Field{
		field("n", rows.BigIntType), field("id", rows.StringType), field("status", rows.StringType), field("amount", rows.DecimalType(10, 2)),
		field("note", rows.StringType), field("at", rows.TimestampType(3)), field("lines", arrayOf(rowType(field("n", rows.IntType), field("sku", rows.StringType)))),
		field("tags", mapOf(rows.IntType)), field("later", rows.IntType),
	}
}

func order(n int) map[string]any {
	return map[string]any{
		"id": fmt.Sprintf("O-%d", n), "unused": []any{map[string]any{"sku": "u", "n": 1}}, "status": "paid", "amount": big.NewRat(1234565, 1000), "note": nil,
		"at": time.UnixMicro(1_234_567), "lines": []any{map[string]any{"sku": "a", "n": 2}}, "tags": map[string]any{"x": nil}, "n": n,
	}
}

func TestAvroIsReadIntoTheColumnsOfTheSameName(t *testing.T) {
	_, url := openSchemas(t, orderSchema)
	d, err := formats.NewDecoder(formats.Spec{Name: "avro-confluent", Fields: orderFields(), Options: map[string]string{"url": url}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(d, orderFields(), string(message(t, 1, orderSchema, order(7))))
	want := "+I 7|O-7|paid|1234.57|<nil>|1234000|[[2 a]]|[{x <nil>}]|<nil>"
	if got != want || err != nil {
		t.Errorf("read %s, %v\nwant %s", got, err, want)
	}
}

func TestASchemaThatChangesIsFollowed(t *testing.T) {
	older := `{"type":"record","name":"R","fields":[{"name":"v","type":"int"}]}`
	newer := `{"type":"record","name":"R","fields":[{"name":"more","type":"string"},{"name":"v","type":["null","long"]},{"name":"w","type":"double"}]}`
	_, url := openSchemas(t, older, newer)
	fields := []rows.Field{field("v", rows.BigIntType), field("w", rows.DoubleType)}
	d, err := formats.NewDecoder(formats.Spec{Name: "avro-confluent", Fields: fields, Options: map[string]string{"url": url}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(d, fields, string(message(t, 1, older, map[string]any{"v": 1})),
		string(message(t, 2, newer, map[string]any{"more": "x", "v": int64(1) << 40, "w": 1.5})), string(message(t, 1, older, map[string]any{"v": 3})))
	if want := "+I 1|<nil>\n+I 1099511627776|1.5\n+I 3|<nil>"; got != want || err != nil {
		t.Errorf("read %s, %v", got, err)
	}
}

func TestTheGivenSchemaFillsWhatTheWriterDidNotHave(t *testing.T) {
	writer := `{"type":"record","name":"R","fields":[{"name":"old","type":"int"}]}`
	given := `{"type":"record","name":"R","fields":[{"name":"v","type":"int","aliases":["old"]},{"name":"w","type":"string","default":"none"}]}`
	_, url := openSchemas(t, writer)
	fields := []rows.Field{field("v", rows.IntType.Nullable(false)), field("w", rows.StringType.Nullable(false))}
	d, err := formats.NewDecoder(formats.Spec{Name: "avro-confluent", Fields: fields, Options: map[string]string{"url": url, "schema": given}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(d, fields, string(message(t, 1, writer, map[string]any{"old": 5}))); got != "+I 5|none" || err != nil {
		t.Errorf("read %s, %v", got, err)
	}
}

func TestAvroThatDoesNotFitIsRefusedInWords(t *testing.T) {
	_, url := openSchemas(t, orderSchema)
	for what, c := range map[string]struct {
		fields  []rows.Field
		message []byte
		want    string
	}{
		"no frame":        {orderFields(), []byte(`{"id":1}`), "Confluent's frame"},
		"cut off":         {orderFields(), message(t, 1, orderSchema, order(1))[:20], "ends too early"},
		"another type":    {[]rows.Field{field("id", rows.IntType)}, message(t, 1, orderSchema, order(1)), "field id: it was written as string, which is no INT"},
		"nothing to take": {[]rows.Field{field("x", rows.IntType.Nullable(false))}, message(t, 1, orderSchema, order(1)), "no field x"},
		"unknown schema":  {orderFields(), append([]byte{0, 0, 0, 0, 9}, 1), "schema 9"},
	} {
		d, err := formats.NewDecoder(formats.Spec{Name: "avro-confluent", Fields: c.fields, Options: map[string]string{"url": url}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read(d, c.fields, string(c.message)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestWhatIsWrittenInAvroIsReadBack(t *testing.T) {
	s, url := openSchemas(t)
	fields := []rows.Field{
		field("a", rows.BigIntType.Nullable(false)), field("b", rows.StringType), field("c", rows.DecimalType(20, 4)), field("d", rows.LTZType(3)),
		field("e", rows.BooleanType), field("f", rows.DoubleType), field("g", rows.DateType), field("h", arrayOf(rows.StringType)),
		field("i", mapOf(rows.BigIntType)), field("j", rowType(field("x", rows.IntType), field("y", rows.BytesType))), field("k", rows.TimestampType(6)),
		field("l", rows.Type{Kind: rows.Float}),
	}
	b := batchOf(fields,
		[]any{int64(-5), "č", rows.NumOf(-1234567), int64(1_000), true, 2.5, int64(20781), []any{"x", nil}, rows.Entries{{Key: "k", Value: int64(1)}}, []any{int64(1), nil}, int64(1), 0.5},
		[]any{int64(1) << 62, nil, rows.Num{Hi: -1, Lo: 1 << 63}, nil, nil, nil, nil, nil, nil, nil, nil, nil})
	spec := formats.Spec{Name: "avro-confluent", Fields: fields, Table: fields, Topic: "t", Options: map[string]string{"url": url}}
	e, err := formats.NewEncoder(spec)
	if err != nil {
		t.Fatal(err)
	}
	d, err := formats.NewDecoder(spec)
	if err != nil {
		t.Fatal(err)
	}
	to := formats.NewRows(fields)
	for i := range b.Len {
		out, err := e.Append(nil, b, i)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := avro.MustParse(s.texts[0]).Decode(out[5:], new(any)); err != nil {
			t.Errorf("another library cannot read it: %v", err)
		}
		if err := d.Decode(out, to); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := show(to.Batch()), show(b); got != want {
		t.Errorf("read\n%s\nwant\n%s", got, want)
	}
	if s.names[0] != "t-value" {
		t.Errorf("registered under %v", s.names)
	}
}

func FuzzAvro(f *testing.F) {
	_, url := openSchemas(f, orderSchema)
	f.Add(message(f, 1, orderSchema, order(1)))
	f.Fuzz(func(_ *testing.T, data []byte) {
		d, _ := formats.NewDecoder(formats.Spec{Name: "avro-confluent", Fields: orderFields(), Options: map[string]string{"url": url}})
		_ = d.Decode(append([]byte{0, 0, 0, 0, 1}, data...), formats.NewRows(orderFields()))
	})
}

func BenchmarkAvroDecode(b *testing.B) {
	schema := `{"type":"record","name":"R","fields":[{"name":"order_id","type":"string"},{"name":"customer","type":"string"},
	 {"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},{"name":"currency","type":"string"},
	 {"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"qty","type":"int"},{"name":"note","type":["null","string"]},
	 {"name":"status","type":{"type":"enum","name":"S","symbols":["new","paid"]}},{"name":"lines","type":"int"},{"name":"vat","type":"double"}]}`
	_, url := openSchemas(b, schema)
	fields := []rows.Field{
		field("order_id", rows.StringType), field("amount", rows.DecimalType(12, 2)), field("ts", rows.TimestampType(3)), field("qty", rows.IntType),
		field("status", rows.StringType),
	}
	d, err := formats.NewDecoder(formats.Spec{Name: "avro-confluent", Fields: fields, Options: map[string]string{"url": url}})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkDecode(b, d, fields, message(b, 1, schema, map[string]any{
		"order_id": "O-00012345", "customer": "C-777", "amount": big.NewRat(123456, 100), "currency": "CZK", "ts": time.UnixMilli(1_795_000_000_123), "qty": 3,
		"note": "left at the door", "status": "paid", "lines": 2, "vat": 21.0,
	}))
}
