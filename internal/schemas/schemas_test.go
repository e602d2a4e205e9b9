package schemas_test

import (
	"reflect"
	"testing"

	"github.com/weftmesh/weft/internal/schemas"
)

// An Avro record that can be read is written in a form that reads as the same record.
func FuzzParseAvro(f *testing.F) {
	for _, text := range []string{
		`{"type":"record","name":"A","namespace":"x.y","fields":[{"name":"id","type":"string"},{"name":"at","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null}]}`,
		`{"type":"record","name":"A","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["a","b"],"default":"a"}},{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":3}}]}`,
		`{"type":"record","name":"A","fields":[{"name":"l","type":{"type":"array","items":{"type":"record","name":"B","fields":[{"name":"m","type":{"type":"map","values":"int"}}]}}}]}`,
		`"string"`, `{}`, `[]`, ``, `{"type":"record","name":"A","fields":[{"name":"a","type":"A"}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		record, err := schemas.ParseAvro(text)
		if err != nil {
			return
		}
		again, err := schemas.ParseAvro(record.Avro())
		if err != nil {
			t.Fatalf("%s is written as %s: %v", text, record.Avro(), err)
		}
		if again.Avro() != record.Avro() {
			t.Errorf("%s\nis written as\n%s\nwhich is written as\n%s", text, record.Avro(), again.Avro())
		}
		_ = record.JSONSchema()
	})
}

func FuzzParseType(f *testing.F) {
	for _, text := range []string{"string", "decimal(10,3)", "decimal( 38 , 0 )", "timestamp(6)", "timestamp", "decimal(0,0)", "map"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kind, err := schemas.ParseType(text)
		if err != nil {
			return
		}
		if again, err := schemas.ParseType(kind.String()); err != nil || !reflect.DeepEqual(again, kind) {
			t.Errorf("%q is written %s, which reads as %+v (%v)", text, kind, again, err)
		}
	})
}
