package codecs_test

import (
	"testing"

	"github.com/twmb/avro"
	"pgregory.net/rapid"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/schemas"
)

func decimal(p, s int) schemas.Type {
	return schemas.Type{Kind: schemas.Decimal, Precision: p, Scale: s}
}

var shipment = schemas.Record{Name: "Changed", Namespace: "logistics.shipment.v2", Fields: []schemas.Field{
	{Name: "shipment_id", Type: schemas.Type{Kind: schemas.String}, Required: true},
	{Name: "status", Type: schemas.Type{Kind: schemas.Enum, Symbols: []string{"created", "delivered"}}},
	{Name: "weight_kg", Type: decimal(10, 3)},
	{Name: "updated_at", Type: schemas.Type{Kind: schemas.Timestamp, Precision: 3}},
	{Name: "due", Type: schemas.Type{Kind: schemas.Date}},
	{Name: "at", Type: schemas.Type{Kind: schemas.Time}},
	{Name: "count", Type: schemas.Type{Kind: schemas.Int}},
	{Name: "ratio", Type: schemas.Type{Kind: schemas.Double}},
	{Name: "raw", Type: schemas.Type{Kind: schemas.Bytes}},
	{Name: "tags", Type: schemas.Type{Kind: schemas.Array, Items: &schemas.Type{Kind: schemas.String}}},
	{Name: "by_hub", Type: schemas.Type{Kind: schemas.Map, Items: &schemas.Type{Kind: schemas.Long}}},
	{Name: "address", Type: schemas.Type{Kind: schemas.RecordOf, Fields: []schemas.Field{{Name: "city", Type: schemas.Type{Kind: schemas.String}, Required: true}}}},
}}

const whole = `{"shipment_id":"s-1","status":"delivered","weight_kg":12.500,"updated_at":"2026-11-24T08:00:00.123Z","due":"2026-12-01",` +
	`"at":"14:05:00.250","count":3,"ratio":0.25,"raw":"AQI=","tags":["a","b"],"by_hub":{"prg":2},"address":{"city":"Brno"}}`

func TestARowComesBackFromAvroAsItWas(t *testing.T) {
	object, err := codecs.ParseObject([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	row, faults := codecs.FromJSON(shipment.Fields, object)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	framed, err := codecs.EncodeAvro(avro.MustParse(shipment.Avro()), 7, row)
	if err != nil {
		t.Fatal(err)
	}
	back, err := codecs.NewAvro(fixed(shipment.Avro())).Decode(t.Context(), framed)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(codecs.ToJSON(shipment.Fields, back)); got != whole {
		t.Errorf("got  %s\nwant %s", got, whole)
	}
}

func TestEveryFaultOfARowIsNamed(t *testing.T) {
	cases := []struct{ row, want string }{
		{`{}`, "field shipment_id: is required and missing"},
		{`{"shipment_id":7}`, "field shipment_id: 7 is not a string"},
		{`{"shipment_id":"s","status":"lost"}`, `field status: "lost" is not one of created, delivered`},
		{`{"shipment_id":"s","weight_kg":1.2345}`, "field weight_kg: 1.2345 has more than 3 digits after the point"},
		{`{"shipment_id":"s","weight_kg":12345678.5}`, "field weight_kg: 12345678.5 has more than 10 digits in all (decimal(10,3))"},
		{`{"shipment_id":"s","weight_kg":1e999999}`, "field weight_kg: 1e999999 is not a decimal(10,3)"},
		{`{"shipment_id":"s","updated_at":"2026-11-24 08:00"}`, `field updated_at: "2026-11-24 08:00" is not a time in ISO 8601 with its zone, as in 2027-06-30T14:05:00.000Z`},
		{`{"shipment_id":"s","count":4000000000}`, "field count: 4000000000 is too large for an int; a long would hold it"},
		{`{"shipment_id":"s","raw":"???"}`, `field raw: "???" is not base64, as bytes are in JSON`},
		{`{"shipment_id":"s","tags":[null]}`, "field tags[0]: is null, which an array's items cannot be"},
		{`{"shipment_id":"s","address":{}}`, "field address.city: is required and missing"},
		{`{"shipment_id":"s","staus":"created"}`, "field staus: is not a field of the contract; did you mean status?"},
	}
	for _, c := range cases {
		object, err := codecs.ParseObject([]byte(c.row))
		if err != nil {
			t.Fatal(err)
		}
		_, faults := codecs.FromJSON(shipment.Fields, object)
		if len(faults) != 1 || faults[0].String() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.row, faults, c.want)
		}
	}
}

func TestNoBytesBreakTheDecoder(t *testing.T) {
	decoder := codecs.NewAvro(fixed(shipment.Avro()))
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SliceOf(rapid.Byte()).Draw(t, "value")
		row, err := decoder.Decode(context(), codecs.Frame(7, value))
		if err == nil && row == nil {
			t.Fatal("neither a row nor an error")
		}
	})
}
