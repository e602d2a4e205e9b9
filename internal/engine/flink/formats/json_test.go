package formats_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/engine/flink/formats"
	"github.com/weftmesh/weft/internal/rows"
)

// read decodes messages and shows the rows, one a line.
func read(d formats.Decoder, fields []rows.Field, messages ...string) (string, error) {
	to := formats.NewRows(fields)
	for _, m := range messages {
		if err := d.Decode([]byte(m), to); err != nil {
			return show(to.Batch()), err
		}
	}
	return show(to.Batch()), nil
}

func show(b *rows.Batch) string {
	if b == nil {
		return ""
	}
	var lines []string
	for i := range b.Len {
		cells := make([]string, len(b.Cols))
		for j, v := range b.Row(i) {
			cells[j] = cell(v, b.Cols[j].Type)
		}
		lines = append(lines, b.Change(i).String()+" "+strings.Join(cells, "|"))
	}
	return strings.Join(lines, "\n")
}

func cell(v any, t rows.Type) string {
	if n, ok := v.(rows.Num); ok {
		return n.Text(t.Scale)
	}
	return fmt.Sprint(v)
}

func field(name string, t rows.Type) rows.Field { return rows.Field{Name: name, Type: t} }

func rowType(fields ...rows.Field) rows.Type { return rows.Type{Kind: rows.Row, Fields: fields} }

func arrayOf(t rows.Type) rows.Type { return rows.Type{Kind: rows.Array, Elem: &t} }

func mapOf(t rows.Type) rows.Type {
	key := rows.StringType.Nullable(false)
	return rows.Type{Kind: rows.Map, Key: &key, Elem: &t}
}

func TestJSONIsReadAsFlinkReadsIt(t *testing.T) {
	cases := []struct {
		name    string
		of      rows.Type
		json    string
		want    string // of the column; "error" where it is one
		options string // key=value
	}{
		{name: "a whole number", of: rows.BigIntType, json: `{"v":-42}`, want: "-42"},
		{name: "the greatest BIGINT", of: rows.BigIntType, json: `{"v":9223372036854775807}`, want: "9223372036854775807"},
		{name: "one more", of: rows.BigIntType, json: `{"v":9223372036854775808}`, want: "error"},
		{name: "a number in quotes", of: rows.IntType, json: `{"v":" 7 "}`, want: "7"},
		{name: "a fraction is cut", of: rows.IntType, json: `{"v":1.9}`, want: "1"},
		{name: "a fraction in quotes is not", of: rows.IntType, json: `{"v":"1.9"}`, want: "error"},
		{name: "TINYINT overflows", of: rows.Type{Kind: rows.TinyInt}, json: `{"v":128}`, want: "error"},
		{name: "an error ignored", of: rows.IntType, json: `{"v":"x"}`, want: "<nil>", options: "ignore-parse-errors=true"},
		{name: "null", of: rows.IntType, json: `{"v":null}`, want: "<nil>"},
		{name: "missing", of: rows.IntType, json: `{}`, want: "<nil>"},
		{name: "missing, but wanted", of: rows.IntType, json: `{}`, want: "error", options: "fail-on-missing-field=true"},
		{name: "the last of two", of: rows.IntType, json: `{"v":1,"v":2}`, want: "2"},
		{name: "others are skipped", of: rows.IntType, json: `{"a":{"b":[1,{"c":"}"}]},"v":3,"z":"\""}`, want: "3"},
		{name: "text", of: rows.StringType, json: `{"v":"Žižkov \u0041\uD83D\uDE00\n"}`, want: "Žižkov A😀\n"},
		{name: "a number as text", of: rows.StringType, json: `{"v":1.50}`, want: "1.50"},
		{name: "an object as text", of: rows.StringType, json: `{"v":{"a": [1, "b c"]}}`, want: `{"a":[1,"b c"]}`},
		{name: "a boolean of text", of: rows.BooleanType, json: `{"v":"TRUE"}`, want: "true"},
		{name: "a boolean of anything else", of: rows.BooleanType, json: `{"v":1}`, want: "false"},
		{name: "a decimal is rounded", of: rows.DecimalType(10, 2), json: `{"v":1.005}`, want: "1.01"},
		{name: "a decimal too long is NULL", of: rows.DecimalType(3, 2), json: `{"v":123.4}`, want: "<nil>"},
		{name: "a decimal with an exponent", of: rows.DecimalType(10, 2), json: `{"v":"1.2e3"}`, want: "1200.00"},
		{name: "a double", of: rows.DoubleType, json: `{"v":"1e3"}`, want: "1000"},
		{name: "a date", of: rows.DateType, json: `{"v":"2026-11-24"}`, want: "20781"},
		{name: "no date", of: rows.DateType, json: `{"v":"2026-02-30"}`, want: "error"},
		{name: "a time keeps its fraction", of: rows.Type{Kind: rows.Time, Precision: 3}, json: `{"v":"00:00:01.5"}`, want: "1500"},
		{name: "a timestamp", of: rows.TimestampType(3), json: `{"v":"1970-01-01 00:00:01.2345"}`, want: "1234000"},
		{name: "a timestamp before the epoch", of: rows.TimestampType(3), json: `{"v":"1969-12-31 23:59:59.9999"}`, want: "-1000"},
		{name: "a timestamp by ISO", of: rows.TimestampType(6), json: `{"v":"1970-01-01T00:01"}`, want: "60000000", options: "timestamp-format.standard=ISO-8601"},
		{name: "ISO where SQL is wanted", of: rows.TimestampType(3), json: `{"v":"1970-01-01T00:00:01"}`, want: "error"},
		{name: "a point in time", of: rows.LTZType(3), json: `{"v":"1970-01-01 00:00:01Z"}`, want: "1000000"},
		{name: "a point in time without Z", of: rows.LTZType(3), json: `{"v":"1970-01-01 00:00:01"}`, want: "error"},
		{name: "bytes", of: rows.BytesType, json: `{"v":"aGk="}`, want: "hi"},
		{name: "an array", of: arrayOf(rows.IntType), json: `{"v":[1,null,"3"]}`, want: "[1 <nil> 3]"},
		{name: "a map", of: mapOf(rows.IntType), json: `{"v":{"b":1,"a":2}}`, want: "[{b 1} {a 2}]"},
		{name: "a row", of: rowType(field("x", rows.IntType), field("y", rows.StringType)), json: `{"v":{"y":"b","z":0}}`, want: "[<nil> b]"},
		{name: "cut off", of: rows.IntType, json: `{"v":1`, want: "error"},
		{name: "more behind it", of: rows.IntType, json: `{"v":1} x`, want: "error"},
		{name: "no object", of: rows.IntType, json: `[1]`, want: "error"},
		{name: "a bare word", of: rows.IntType, json: `{"a":yes,"v":1}`, want: "error"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fields := []rows.Field{field("v", c.of)}
			spec := formats.Spec{Name: "json", Fields: fields, Options: map[string]string{}}
			if key, value, ok := strings.Cut(c.options, "="); ok {
				spec.Options[key] = value
			}
			d, err := formats.NewDecoder(spec)
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(d, fields, c.json)
			if err != nil {
				got = "+I error"
			}
			if got != "+I "+c.want {
				t.Errorf("read %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestARowThatIsNoJSONIsLeftOutWhereErrorsAreIgnored(t *testing.T) {
	fields := []rows.Field{field("v", rows.IntType)}
	d, err := formats.NewDecoder(formats.Spec{Name: "json", Fields: fields, Options: map[string]string{"ignore-parse-errors": "true"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(d, fields, `{"v":1}`, `{"v":`)
	var skipped formats.Skipped
	if got != "+I 1" || !errors.As(err, &skipped) {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestJSONIsWrittenAsFlinkWritesIt(t *testing.T) {
	fields := []rows.Field{
		field("a", rows.BigIntType), field("b", rows.StringType), field("c", rows.DecimalType(10, 2)), field("d", rows.TimestampType(3)),
		field("e", rows.LTZType(6)), field("f", rows.DoubleType), field("g", arrayOf(rows.IntType)), field("h", mapOf(rows.StringType)),
		field("i", rowType(field("x", rows.DateType))), field("j", rows.BytesType), field("k", rows.DecimalType(10, 0)),
	}
	b := batchOf(fields, []any{
		int64(-1), "a\"b\\\n\x01č", rows.NumOf(71250), int64(1_500_000), int64(0), 1e10,
		[]any{int64(1), nil},
		rows.Entries{{Key: "k", Value: nil}},
		[]any{int64(0)},
		"hi", rows.NumOf(1200),
	}, []any{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil})
	e, err := formats.NewEncoder(formats.Spec{Name: "json", Fields: fields})
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Append(nil, b, 0)
	want := `{"a":-1,"b":"a\"b\\\n\u0001č","c":712.5,"d":"1970-01-01 00:00:01.5","e":"1970-01-01 00:00:00Z","f":1.0E10,"g":[1,null],"h":{"k":null},"i":{"x":"1970-01-01"},"j":"aGk=","k":1.2E+3}`
	if string(got) != want || err != nil {
		t.Errorf("wrote %s, %v\nwant  %s", got, err, want)
	}
	got, _ = e.Append(nil, b, 1)
	if want := `{"a":null,"b":null,"c":null,"d":null,"e":null,"f":null,"g":null,"h":null,"i":null,"j":null,"k":null}`; string(got) != want {
		t.Errorf("wrote %s", got)
	}
}

func batchOf(fields []rows.Field, values ...[]any) *rows.Batch {
	types := make([]rows.Type, len(fields))
	for i, f := range fields {
		types[i] = f.Type
	}
	b := rows.NewBuilder(types)
	for _, v := range values {
		b.Append(rows.Insert, v)
	}
	return b.Batch()
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"v":1,"w":"a\u0041"}`, `{"v":[1,{"a":null}],"w":{}}`, `{"\u0076":"1\"`, `{"w":"\`, "{", `{"v":1e400}`} {
		f.Add([]byte(seed))
	}
	fields := []rows.Field{field("v", rows.IntType), field("w", rows.StringType), field("x", arrayOf(rows.DecimalType(38, 10)))}
	f.Fuzz(func(_ *testing.T, message []byte) {
		d, _ := formats.NewDecoder(formats.Spec{Name: "json", Fields: fields})
		_ = d.Decode(message, formats.NewRows(fields))
	})
}

func BenchmarkJSONDecode(b *testing.B) {
	fields := []rows.Field{
		field("order_id", rows.StringType), field("amount", rows.DecimalType(12, 2)), field("ts", rows.TimestampType(3)), field("qty", rows.IntType),
		field("status", rows.StringType),
	}
	message := []byte(`{"order_id":"O-00012345","customer":"C-777","amount":1234.56,"currency":"CZK","ts":"2026-11-24 08:00:00.123","qty":3,"note":"left at the door","status":"paid","lines":2,"vat":21.0}`)
	d, err := formats.NewDecoder(formats.Spec{Name: "json", Fields: fields})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkDecode(b, d, fields, message)
}

func benchmarkDecode(b *testing.B, d formats.Decoder, fields []rows.Field, message []byte) {
	to := formats.NewRows(fields)
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if err := d.Decode(message, to); err != nil {
			b.Fatal(err)
		}
		if to.N == rows.BatchSize {
			to.Batch()
		}
	}
}
