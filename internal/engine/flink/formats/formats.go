// Package formats turns the bytes of messages and files into columns, and back: json, avro-confluent, debezium-json,
// debezium-avro-confluent, csv and raw.
package formats

import (
	"fmt"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// Decoder reads messages into columns. It is used by one goroutine.
type Decoder interface {
	// Decode adds the rows that a message holds: none, one, or two (an update). After an error nothing was added. The
	// columns may point into the message from then on.
	Decode(message []byte, to *Rows) error
}

// Encoder writes rows. It is used by one goroutine.
type Encoder interface {
	// Append writes row i behind what is there already.
	Append(to []byte, b *rows.Batch, i int) ([]byte, error)
}

// Spec is what a format is made with.
type Spec struct {
	Name    string            // of the format
	Fields  []rows.Field      // in the order of the columns: those that are read, or all that are written
	Options map[string]string // of the table, without the format's prefix: ignore-parse-errors, not json.ignore-parse-errors
	Topic   string            // for the subject of a schema
	Key     bool              // it is the key's format
	Table   []rows.Field      // every field that the format has in the table's declaration, for a reader's schema
}

// Skipped is the error of a message that is left out on purpose, such as one that cannot be read where
// ignore-parse-errors is set.
type Skipped struct{ Err error }

func (s Skipped) Error() string { return "left out: " + s.Err.Error() }
func (s Skipped) Unwrap() error { return s.Err }

// format is one way of writing rows.
type format struct {
	name    string
	options []string
	mode    plan.Mode // of what it reads
	accepts plan.Mode // what it can write
	decoder func(Spec) (Decoder, error)
	encoder func(Spec) (Encoder, error)
}

func all() []format {
	return []format{jsonFormat(), avroConfluentFormat(), debeziumJSONFormat(), debeziumAvroFormat(), csvFormat(), rawFormat()}
}

// Names are the formats there are.
func Names() []string {
	var names []string
	for _, f := range all() {
		names = append(names, f.name)
	}
	return names
}

func find(name string) (format, error) {
	for _, f := range all() {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("there is no format %q; there are %s", name, strings.Join(Names(), ", "))
}

// Description is what is known of a format without its use.
type Description struct {
	Mode    plan.Mode // of what it reads
	Accepts plan.Mode // the changes that it can write
	Options []string  // that it knows, without prefix; a closing * stands for anything
}

// Describe says what a format is.
func Describe(name string) (Description, error) {
	f, err := find(name)
	return Description{Mode: f.mode, Accepts: f.accepts, Options: f.options}, err
}

// NewDecoder makes a decoder.
func NewDecoder(s Spec) (Decoder, error) {
	f, err := find(s.Name)
	if err != nil {
		return nil, err
	}
	return f.decoder(s)
}

// NewEncoder makes an encoder.
func NewEncoder(s Spec) (Encoder, error) {
	f, err := find(s.Name)
	if err != nil {
		return nil, err
	}
	if f.encoder == nil {
		return nil, fmt.Errorf("the format %s cannot be written", s.Name)
	}
	return f.encoder(s)
}

// Bool reads an option that is true or false.
func (s Spec) Bool(key string) (bool, error) {
	switch text := strings.ToLower(s.Options[key]); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, fmt.Errorf("'%s.%s' = '%s' is neither true nor false", s.Name, key, text)
	}
}

// Rows is a batch while it is filled. Columns are longer than N while it grows.
type Rows struct {
	N       int
	Cols    []*rows.Column
	Changes []rows.Change // nil while every row is an insert
	room    int
}

// NewRows makes an empty batch of some columns.
func NewRows(fields []rows.Field) *Rows {
	r := &Rows{Cols: make([]*rows.Column, len(fields))}
	for i, f := range fields {
		r.Cols[i] = &rows.Column{Type: f.Type}
	}
	r.Grow(rows.BatchSize)
	return r
}

// Grow makes room for at least so many rows in all.
func (r *Rows) Grow(n int) {
	if n <= r.room {
		return
	}
	r.room = max(n, 2*r.room)
	for _, c := range r.Cols {
		c.Resize(r.room)
	}
}

// Done adds the row that was filled at N.
func (r *Rows) Done(change rows.Change) {
	if change != rows.Insert || r.Changes != nil {
		for len(r.Changes) < r.N {
			r.Changes = append(r.Changes, rows.Insert)
		}
		r.Changes = append(r.Changes, change)
	}
	r.N++
}

// Batch gives the rows, and starts anew; nil if there are none.
func (r *Rows) Batch() *rows.Batch {
	if r.N == 0 {
		return nil
	}
	b := &rows.Batch{Len: r.N, Cols: r.Cols, Changes: r.Changes}
	fresh := make([]*rows.Column, len(r.Cols))
	for i, c := range r.Cols {
		c.Resize(r.N)
		fresh[i] = rows.NewColumn(c.Type, rows.BatchSize)
	}
	r.Cols, r.Changes, r.N, r.room = fresh, nil, 0, rows.BatchSize
	return b
}

// SetNull says whether a column is NULL in row i.
func SetNull(c *rows.Column, i int, null bool) { c.PutNull(i, null) }

// Set puts a boxed value into row i.
func Set(c *rows.Column, i int, v any) { c.Put(i, v) }

// errType says that a type has no form in a format.
func errType(format string, f rows.Field) error {
	return fmt.Errorf("the format %s has no form for column %s of type %s", format, f.Name, f.Type)
}

const day = int64(24 * time.Hour / time.Microsecond)

// Recast gives the rows from a place on another change.
func (r *Rows) Recast(from int, change rows.Change) {
	for len(r.Changes) < r.N {
		r.Changes = append(r.Changes, rows.Insert)
	}
	for i := from; i < r.N; i++ {
		r.Changes[i] = change
	}
}

// Truncate takes back the rows from a place on.
func (r *Rows) Truncate(n int) {
	r.N = n
	if r.Changes != nil {
		r.Changes = r.Changes[:min(n, len(r.Changes))]
	}
}

func shared(b []byte) string { return rows.Shared(b) }
