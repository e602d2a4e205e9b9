package format_test

import (
	"errors"
	"testing"

	"github.com/weftmesh/weft/internal/contracts/format"
	"github.com/weftmesh/weft/internal/schemas"
)

var inferred = []schemas.Field{
	{Name: "url", Type: schemas.Type{Kind: schemas.String}},
	{Name: "status", Type: schemas.Type{Kind: schemas.String}, Required: true},
	{Name: "worth", Type: schemas.Type{Kind: schemas.Decimal, Precision: 38, Scale: 2}},
	{Name: "marks", Type: schemas.Type{Kind: schemas.Array, Items: &schemas.Type{Kind: schemas.RecordOf, Fields: []schemas.Field{{Name: "n", Type: schemas.Type{Kind: schemas.Int}, Required: true}}}}},
}

func TestFieldsAreWrittenOverWhatIsSaidOfThem(t *testing.T) {
	before := `domain: storefront
schema:
  type: avro
  fields:
    # where it was seen
    - {name: url, type: string, required: true, description: The page}
    - name: status
      type: enum
      values: [a, b]
      pii: true
    - {name: worth, type: long, min: 0}   # in euros
    - {name: gone, type: int}
transform:
  sql: SELECT 1
`
	want := `domain: storefront
schema:
  type: avro
  fields:
    # where it was seen
    - {name: url, type: string, required: true, description: The page}
    - {name: status, type: enum, required: true, values: [a, b], pii: true}
    - {name: worth, type: "decimal(38,2)", min: 0} # in euros
    - {name: marks, type: array, items: {type: record, fields: [{name: n, type: int, required: true}]}}
transform:
  sql: SELECT 1
`
	rewritten(t, before, want)
	rewritten(t, want, want)
}

func TestFieldsAreWrittenWhereThereWereNone(t *testing.T) {
	fields := `fields:
  - {name: url, type: string}
  - {name: status, type: string, required: true}
  - {name: worth, type: "decimal(38,2)"}
  - {name: marks, type: array, items: {type: record, fields: [{name: n, type: int, required: true}]}}
`
	rewritten(t, "domain: storefront\ntransform:\n  sql: SELECT 1\n", "domain: storefront\ntransform:\n  sql: SELECT 1\n"+fields)
	rewritten(t, "domain: storefront\nfields: []\nkey: url\n", "domain: storefront\n"+fields+"key: url\n")
}

func TestAnUnusualFormIsLeftAsItIs(t *testing.T) {
	for _, text := range []string{"schema: {type: avro, fields: []}\n", "fields: [{name: a, type: int}]\n", "- a\n", "{"} {
		if got, err := format.Fields(text, inferred); !errors.Is(err, format.ErrUnsure) || got != text {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
}

func rewritten(t *testing.T, before, want string) {
	t.Helper()
	got, err := format.Fields(before, inferred)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
