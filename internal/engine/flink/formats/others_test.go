package formats_test

import (
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/rows"
)

func pair() []rows.Field {
	return []rows.Field{field("id", rows.IntType), field("name", rows.StringType)}
}

func TestDebeziumsEnvelopesAreChanges(t *testing.T) {
	for what, c := range map[string]struct {
		options map[string]string
		message string
		want    string
	}{
		"a snapshot":         {nil, `{"before":null,"after":{"id":1,"name":"a"},"source":{"db":"x"},"op":"r"}`, "+I 1|a"},
		"an insert":          {nil, `{"op":"c","after":{"id":1,"name":"a"}}`, "+I 1|a"},
		"an update":          {nil, `{"before":{"id":1,"name":"a"},"after":{"id":1,"name":"b"},"op":"u"}`, "-U 1|a\n+U 1|b"},
		"a delete":           {nil, `{"before":{"id":1,"name":"a"},"after":null,"op":"d"}`, "-D 1|a"},
		"a tombstone":        {nil, ``, ""},
		"with its schema":    {map[string]string{"schema-include": "true"}, `{"schema":{"type":"struct"},"payload":{"op":"c","after":{"id":2}}}`, "+I 2|<nil>"},
		"without before":     {nil, `{"before":null,"after":{"id":1},"op":"u"}`, "error: REPLICA IDENTITY"},
		"an unknown op":      {nil, `{"op":"t"}`, `error: "op" is "t"`},
		"a half-read update": {nil, `{"before":{"id":1},"after":{"id":"x"},"op":"u"}`, "error: field"},
	} {
		d, err := formats.NewDecoder(formats.Spec{Name: "debezium-json", Fields: pair(), Options: c.options})
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(d, pair(), c.message)
		if want, bad := strings.CutPrefix(c.want, "error: "); bad {
			if err == nil || !strings.Contains(err.Error(), want) || got != "" {
				t.Errorf("%s: %q, %v", what, got, err)
			}
		} else if got != c.want || err != nil {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

func TestDebeziumJSONIsWrittenAsInsertsAndDeletes(t *testing.T) {
	b := rows.NewBuilder([]rows.Type{rows.IntType, rows.StringType})
	b.Append(rows.Insert, []any{int64(1), "a"})
	b.Append(rows.UpdateBefore, []any{int64(1), "a"})
	e, err := formats.NewEncoder(formats.Spec{Name: "debezium-json", Fields: pair()})
	if err != nil {
		t.Fatal(err)
	}
	batch := b.Batch()
	first, _ := e.Append(nil, batch, 0)
	second, _ := e.Append(nil, batch, 1)
	if string(first) != `{"before":null,"after":{"id":1,"name":"a"},"op":"c"}` || string(second) != `{"before":{"id":1,"name":"a"},"after":null,"op":"d"}` {
		t.Errorf("wrote %s and %s", first, second)
	}
}

const envelopeSchema = `{"type":"record","name":"Envelope","fields":[
 {"name":"before","type":["null",{"type":"record","name":"Value","fields":[{"name":"name","type":["null","string"]},{"name":"id","type":"int"}]}],"default":null},
 {"name":"after","type":["null","Value"],"default":null},
 {"name":"source","type":{"type":"record","name":"Source","fields":[{"name":"lsn","type":["null","long"]}]}},
 {"name":"op","type":"string"},{"name":"ts_ms","type":["null","long"]}]}`

func TestDebeziumsAvroEnvelopesAreChanges(t *testing.T) {
	_, url := openSchemas(t, envelopeSchema)
	d, err := formats.NewDecoder(formats.Spec{Name: "debezium-avro-confluent", Fields: pair(), Options: map[string]string{"url": url}})
	if err != nil {
		t.Fatal(err)
	}
	envelope := func(op string, before, after any) string {
		return string(message(t, 1, envelopeSchema, map[string]any{
			"before": before, "after": after, "op": op, "source": map[string]any{"lsn": int64(7)}, "ts_ms": nil,
		}))
	}
	a, b := map[string]any{"id": 1, "name": "a"}, map[string]any{"id": 1, "name": nil}
	got, err := read(d, pair(), envelope("r", nil, a), envelope("u", a, b), envelope("d", b, nil))
	if want := "+I 1|a\n-U 1|a\n+U 1|<nil>\n-D 1|<nil>"; got != want || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if got, err := read(d, pair(), envelope("u", nil, a)); err == nil || got != "" {
		t.Errorf("an update without before gave %q, %v", got, err)
	}
}

func TestDebeziumAvroIsReadBack(t *testing.T) {
	_, url := openSchemas(t)
	spec := formats.Spec{Name: "debezium-avro-confluent", Fields: pair(), Topic: "t", Options: map[string]string{"url": url}}
	e, err := formats.NewEncoder(spec)
	if err != nil {
		t.Fatal(err)
	}
	b := rows.NewBuilder([]rows.Type{rows.IntType, rows.StringType})
	b.Append(rows.UpdateAfter, []any{int64(1), nil})
	b.Append(rows.Delete, []any{int64(1), "a"})
	batch := b.Batch()
	var messages []string
	for i := range batch.Len {
		m, err := e.Append(nil, batch, i)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, string(m))
	}
	d, _ := formats.NewDecoder(spec)
	if got, err := read(d, pair(), messages...); got != "+I 1|<nil>\n-D 1|a" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestCSVIsReadByPosition(t *testing.T) {
	table := []rows.Field{field("a", rows.IntType), field("b", rows.StringType), field("c", rows.DecimalType(5, 1)), field("d", rows.TimestampType(3)), field("e", arrayOf(rows.IntType))}
	fields := []rows.Field{table[1], table[0], table[3], table[4]}
	for what, c := range map[string]struct{ options, line, want string }{
		"plain":          {"", "1,x,2.5,1970-01-01 00:00:01,1;2", "+I x|1|1000000|[1 2]"},
		"quoted":         {"", `1,"a ""b"", c",,,`, `+I a "b", c|1|<nil>|<nil>`},
		"another sign":   {"field-delimiter=;", "1;x;;;", "+I x|1|<nil>|<nil>"},
		"a null literal": {"null-literal=n/a", "1,n/a,,,", "+I <nil>|1|<nil>|<nil>"},
		"too short":      {"", "1,x", "error"},
		"not closed":     {"", `1,"x,,,`, "error"},
		"no number":      {"", "x,x,,,", "error"},
		"ignored":        {"ignore-parse-errors=true", "x,y", "+I y|<nil>|<nil>|<nil>"},
	} {
		spec := formats.Spec{Name: "csv", Fields: fields, Table: table, Options: map[string]string{}}
		if k, v, ok := strings.Cut(c.options, "="); ok {
			spec.Options[k] = v
		}
		d, err := formats.NewDecoder(spec)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(d, fields, c.line)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %q (%v), want %q", what, got, err, c.want)
		}
	}
}

func TestCSVIsQuotedAsFlinkQuotesIt(t *testing.T) {
	fields := []rows.Field{field("a", rows.IntType), field("b", rows.StringType), field("d", rows.TimestampType(3)), field("e", rows.BooleanType)}
	e, err := formats.NewEncoder(formats.Spec{Name: "csv", Fields: fields})
	if err != nil {
		t.Fatal(err)
	}
	b := batchOf(fields, []any{int64(-1), `say "x"`, int64(0), true}, []any{nil, "plain", nil, nil})
	first, _ := e.Append(nil, b, 0)
	second, _ := e.Append(nil, b, 1)
	if string(first) != `-1,"say ""x""","1970-01-01 00:00:00",true` || string(second) != ",plain,," {
		t.Errorf("wrote %s and %s", first, second)
	}
}

func TestRawIsTheMessageItself(t *testing.T) {
	fields := []rows.Field{field("v", rows.BigIntType)}
	spec := formats.Spec{Name: "raw", Fields: fields, Table: fields, Options: map[string]string{"endianness": "little-endian"}}
	e, err := formats.NewEncoder(spec)
	if err != nil {
		t.Fatal(err)
	}
	out, _ := e.Append(nil, batchOf(fields, []any{int64(-2)}), 0)
	d, _ := formats.NewDecoder(spec)
	if got, err := read(d, fields, string(out)); got != "+I -2" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := read(d, fields, "abc"); err == nil {
		t.Error("three bytes were taken for a BIGINT")
	}
}
