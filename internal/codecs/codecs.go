// Package codecs turns the bytes of records into native values and back: Avro in Confluent's frame, bare JSON, and the
// text of keys. Rows keep what contracts promise: decimals stay exact, times are UTC.
package codecs

import (
	"context"
	"fmt"
)

// Row is one record: its fields by name. The native values of the kinds are string (string, uuid, enum), int64 (int,
// long), float32 (float), float64 (double), bool, []byte (bytes), *big.Rat (decimal), time.Time in UTC (date,
// timestamp), time.Duration since midnight (time), []any (array), map[string]any (map, record), json.RawMessage (json),
// and nil for null. A field that is absent is null.
type Row = map[string]any

// Schemas gives the text of the schema that a registry knows under an id. The implementation bounds its own time by
// the context; calls may run at the same time.
type Schemas interface {
	SchemaByID(ctx context.Context, id int) (string, error)
}

// Fault is what is wrong with one field of a row.
type Fault struct {
	Field string `json:"field,omitempty" doc:"The field's dotted name; empty for the record as a whole"`
	Text  string `json:"text" doc:"What is wrong with it"`
}

// String gives the one-line form: field weight_kg: -1 is less than min 0.
func (f Fault) String() string {
	if f.Field == "" {
		return f.Text
	}
	return "field " + f.Field + ": " + f.Text
}

func fault(field, format string, args ...any) Fault {
	return Fault{Field: field, Text: fmt.Sprintf(format, args...)}
}
