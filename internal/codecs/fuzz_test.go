package codecs_test

import (
	"testing"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/schemas"
)

// everyKind is a record with a field of each kind.
var everyKind = []schemas.Field{
	{Name: "s", Type: schemas.Type{Kind: schemas.String}, Required: true},
	{Name: "i", Type: schemas.Type{Kind: schemas.Int}},
	{Name: "l", Type: schemas.Type{Kind: schemas.Long}},
	{Name: "d", Type: schemas.Type{Kind: schemas.Double}},
	{Name: "b", Type: schemas.Type{Kind: schemas.Boolean}},
	{Name: "x", Type: schemas.Type{Kind: schemas.Bytes}},
	{Name: "n", Type: schemas.Type{Kind: schemas.Decimal, Precision: 10, Scale: 3}},
	{Name: "day", Type: schemas.Type{Kind: schemas.Date}},
	{Name: "clock", Type: schemas.Type{Kind: schemas.Time}},
	{Name: "at", Type: schemas.Type{Kind: schemas.Timestamp, Precision: 3}},
	{Name: "u", Type: schemas.Type{Kind: schemas.UUID}},
	{Name: "e", Type: schemas.Type{Kind: schemas.Enum, Symbols: []string{"a", "b"}}},
	{Name: "list", Type: schemas.Type{Kind: schemas.Array, Items: &schemas.Type{Kind: schemas.Int}}},
	{Name: "map", Type: schemas.Type{Kind: schemas.Map, Items: &schemas.Type{Kind: schemas.String}}},
	{Name: "r", Type: schemas.Type{Kind: schemas.RecordOf, Fields: []schemas.Field{{Name: "inner", Type: schemas.Type{Kind: schemas.String}}}}},
	{Name: "j", Type: schemas.Type{Kind: schemas.JSON}},
}

// A line of JSON that is taken can be written as Avro, and reads as what was taken.
func FuzzLineToAvroAndBack(f *testing.F) {
	for _, line := range []string{
		`{"s":"a"}`, `{"s":"a","i":-1,"l":9007199254740993,"d":1e308,"b":true,"x":"AAE=","n":1.234,"day":"2026-11-24","clock":"08:00:00","at":"2026-11-24T08:00:00Z"}`,
		`{"s":"\u0000","u":"123e4567-e89b-12d3-a456-426614174000","e":"a","list":[1,null],"map":{"k":"v"},"r":{"inner":null},"j":{"any":[1]}}`,
		`{"at":"0001-01-01T00:00:00Z","n":"9999999.999"}`, `[]`, `{`, `{"s":"a","s":"b"}`, `{"s":1}`, "{\"s\":\"\xff\"}",
	} {
		f.Add([]byte(line))
	}
	schema := schemas.Record{Name: "Every", Fields: everyKind}.Avro()
	parsed := avro.MustParse(schema)
	decoder := codecs.NewAvro(fixed(schema))
	f.Fuzz(func(t *testing.T, line []byte) {
		object, err := codecs.ParseObject(line)
		if err != nil {
			return
		}
		row, faults := codecs.FromJSON(everyKind, object)
		if len(faults) > 0 {
			return
		}
		framed, err := codecs.EncodeAvro(parsed, 1, row)
		if err != nil {
			t.Fatalf("%s was taken and cannot be written: %v", line, err)
		}
		back, err := decoder.Decode(context(), framed)
		if err != nil {
			t.Fatalf("%s cannot be read again: %v", line, err)
		}
		if was, is := codecs.ToJSON(everyKind, row), codecs.ToJSON(everyKind, back); string(was) != string(is) {
			t.Errorf("%s\nwas taken as %s\nand reads as %s", line, was, is)
		}
	})
}

// Whatever bytes a topic holds, decoding them ends, with a row or a reason.
func FuzzDecode(f *testing.F) {
	schema := schemas.Record{Name: "Every", Fields: everyKind}.Avro()
	decoder := codecs.NewAvro(fixed(schema))
	framed, err := codecs.EncodeAvro(avro.MustParse(schema), 1, codecs.Row{"s": "a"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(framed)
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(_ *testing.T, value []byte) {
		if row, err := decoder.Decode(context(), value); err == nil {
			_ = codecs.ToJSON(everyKind, row)
		}
	})
}
