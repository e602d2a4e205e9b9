package converters_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/engine/connect/converters"
	"github.com/weftmesh/weft/internal/engine/connect/data"
)

func of(kind data.Kind) *data.Schema { return &data.Schema{Kind: kind} }

var decimal = &data.Schema{Kind: data.Bytes, Name: "org.apache.kafka.connect.data.Decimal", Version: 1, Parameters: []data.Parameter{{Name: "scale", Value: "2"}}}

// texts are values and their JSON, as Connect's JsonConverter (Jackson) writes it.
var texts = []struct {
	schema *data.Schema
	value  any
	want   string
}{
	{of(data.Int64), int64(math.MinInt64), "-9223372036854775808"},
	{of(data.Float64), 1.0, "1.0"},
	{of(data.Float64), 1e7, "1.0E7"},
	{of(data.Float64), 12345678.5, "1.23456785E7"},
	{of(data.Float64), 0.001, "0.001"},
	{of(data.Float64), 0.00012, "1.2E-4"},
	{of(data.Float64), math.Copysign(0, -1), "-0.0"},
	{of(data.Float64), math.Inf(-1), `"-Infinity"`},
	{of(data.Float32), float32(3.14159), "3.14159"},
	{of(data.Float32), float32(math.NaN()), `"NaN"`},
	{of(data.String), "a\"b\\c\n\t\x01é\u2028/<", "\"a\\\"b\\\\c\\n\\t\\u0001é\u2028/<\""},
	{of(data.Bytes), []byte{0xfb, 0xff}, `"+/8="`},
	{of(data.Boolean), true, "true"},
	{&data.Schema{Kind: data.Array, Elem: of(data.Int32).AsOptional()}, []any{int64(1), nil}, "[1,null]"},
	{&data.Schema{Kind: data.Map, Key: of(data.String), Elem: of(data.String).AsOptional()}, []data.Entry{{Name: "k", Value: "v"}, {Name: "n", Value: nil}}, `{"k":"v","n":null}`},
	{&data.Schema{Kind: data.Struct, Fields: []data.Field{
		{Name: "a", Schema: of(data.Int32)},
		{Name: "b", Schema: &data.Schema{Kind: data.String, Optional: true, Default: data.AppendString(nil, "d")}},
	}}, []data.Entry{{Name: "a", Value: int64(1)}, {Name: "b", Value: nil}}, `{"a":1,"b":"d"}`},
}

func TestValuesAreWrittenAsJacksonWritesThem(t *testing.T) {
	plain := converter(t, converters.JSON, "schemas.enable", "false")
	for _, c := range texts {
		packed, err := data.AppendNative(nil, c.schema, c.value)
		if err != nil {
			t.Fatal(err)
		}
		got, err := plain.Encode("t", false, c.schema, packed, []byte("before "))
		if err != nil || string(got) != "before "+c.want {
			t.Errorf("%v is written %s, %v; want %s", c.value, got, err, c.want)
		}
	}
}

func TestSettingsOfJSON(t *testing.T) {
	cents := []byte{2, 255} // -0.01
	numeric := converter(t, converters.JSON, "schemas.enable", "false", "decimal.format", "NUMERIC")
	if got, err := numeric.Encode("t", false, decimal, cents, nil); err != nil || string(got) != "-0.01" {
		t.Errorf("%s, %v", got, err)
	}
	with := converter(t, converters.JSON)
	got, err := with.Encode("t", false, decimal, cents, nil)
	want := `{"schema":{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}},"payload":"/w=="}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if tombstone, err := with.Encode("t", false, nil, nil, nil); tombstone != nil || err != nil {
		t.Errorf("a tombstone is %q, %v", tombstone, err)
	}
	if null, err := with.Encode("t", false, of(data.String).AsOptional(), nil, nil); err != nil || !json.Valid(null) || !strings.HasSuffix(string(null), `"payload":null}`) {
		t.Errorf("a null with a schema is %s, %v", null, err)
	}
}

func TestHeadersAreTexts(t *testing.T) {
	simple := converter(t, converters.Simple)
	key := &data.Schema{Kind: data.Struct, Fields: []data.Field{{Name: "id", Schema: of(data.Int32)}}}
	for want, h := range map[string]data.Header{
		"0":         {Schema: of(data.String), Value: data.AppendString(nil, "0")},
		`{"id":30}`: {Schema: key, Value: data.AppendInt(nil, 30)},
	} {
		if got, err := simple.Encode("t", false, h.Schema, h.Value, nil); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}

func TestAConverterNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ class, key, value, says string }{
		{converters.JSON, "schema.enable", "false", "JsonConverter does not know schema.enable"},
		{converters.JSON, "schemas.enable", "no", "schemas.enable must be true or false"},
		{converters.JSON, "decimal.format", "HEX", "BASE64 or NUMERIC"},
		{converters.Confluent, "schema.registry.url", "", "schema.registry.url is missing"},
		{converters.Confluent, "use.latest.version", "true", "auto.register.schemas=false"},
		{converters.Confluent, "value.subject.name.strategy", "a.B", "TopicNameStrategy"},
		{converters.Apicurio, "apicurio.registry.as-confluent", "false", "must be true"},
		{"com.example.Protobuf", "", "", "is not known; there are"},
	} {
		if _, err := converters.New(c.class, map[string]string{c.key: c.value}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s with %s=%s: %v; want %q", c.class, c.key, c.value, err, c.says)
		}
	}
}

func converter(t *testing.T, class string, settings ...string) converters.Converter {
	t.Helper()
	config := map[string]string{}
	for i := 0; i < len(settings); i += 2 {
		config[settings[i]] = settings[i+1]
	}
	c, err := converters.New(class, config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
