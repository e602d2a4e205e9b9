package gate

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/weftmesh/weft/internal/codecs"
)

// envelope is a change of a row as Debezium writes it (Debezium, "Data change events").
type envelope struct {
	op            string
	before, after map[string]any
	at            time.Time // of the commit: source.ts_ms; zero where there is none
	row           form      // of before and after
	schema        int
}

// errNoEnvelope says that a record is none of Debezium's.
var errNoEnvelope = fmt.Errorf("it is not an envelope of Debezium, with before, after and op")

// newEnvelope takes the parts of an envelope, which JSON or Avro have given.
func newEnvelope(object map[string]any, of form, schema int) (envelope, error) {
	e := envelope{schema: schema}
	var isText bool
	if e.op, isText = object["op"].(string); !isText {
		return e, errNoEnvelope
	}
	e.before, _ = object["before"].(map[string]any)
	e.after, _ = object["after"].(map[string]any)
	if source, ok := object["source"].(map[string]any); ok {
		e.at = milliseconds(source["ts_ms"])
	}
	e.row = of.fields["after"]
	return e, nil
}

func milliseconds(v any) time.Time {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return time.UnixMilli(n)
		}
	case int64:
		return time.UnixMilli(v)
	}
	return time.Time{}
}

// flatten says what an envelope means for the product. key are the members of the record's key. Of operations c, r and
// u the row stands in after; d is a removal, whose key is that of the record, as with another replica identity than
// FULL before has defaults of other columns; t removes all rows; m is no row's (pg_logical_emit_message).
func (e envelope) flatten(m mapping, key map[string]any) (change, error) {
	switch e.op {
	case "c", "r", "u":
		if e.after == nil {
			return refuse(checkDecode, e.schema, codecs.Fault{Text: fmt.Sprintf("an envelope with operation %q has no row in after", e.op)}), nil
		}
		return e.upserted(m)
	case "d":
		return change{action: remove, old: merged(e.before, key), oldForm: e.row, at: e.at, schema: e.schema}, nil
	case "t":
		return change{action: truncate, at: e.at, schema: e.schema}, nil
	}
	return refuse(checkOp, e.schema, codecs.Fault{Text: fmt.Sprintf("operation %q is none of c, r, u, d and t", e.op)}), nil
}

func (e envelope) upserted(m mapping) (change, error) {
	row, err := m.take(e.after, e.row)
	if err != nil {
		return change{}, err
	}
	if row.invalid != "" {
		return refuse(checkDecode, e.schema, notUTF8(row.invalid)), nil
	}
	c := change{action: upsert, values: row.values, at: e.at, schema: e.schema, absent: row.absent}
	if e.before != nil {
		c.old, c.oldForm = e.before, e.row
	}
	for _, name := range row.unavailable {
		c.restore(m, e, name)
	}
	return c, nil
}

// restore takes a value that the source did not write from the row before, where that has it.
func (c *change) restore(m mapping, e envelope, name string) {
	for _, f := range m.fields {
		if f.name != name {
			continue
		}
		if value, at, present := lookup(e.before, e.row, f.path); present {
			if converted, err := m.convert(f, at, value); err == nil && converted != nil {
				c.values[name] = converted
				return
			}
		}
	}
	c.missing = append(c.missing, name)
}

// merged lays one object over another.
func merged(under, over map[string]any) map[string]any {
	out := make(map[string]any, len(under)+len(over))
	for name, value := range under {
		out[name] = value
	}
	for name, value := range over {
		out[name] = value
	}
	return out
}
