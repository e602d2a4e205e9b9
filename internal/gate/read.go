package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/twmb/avro"

	"github.com/weftmesh/weft/internal/codecs"
)

// reader turns raw records into changes, one at a time and with every check: it is the authority on what a record says.
type reader struct {
	spec     Spec
	mapping  mapping
	registry Registry
	writers  map[int]writer
}

// writer is a writer's schema in Avro.
type writer struct {
	schema *avro.Schema
	form   form
	text   string
}

func newReader(spec Spec, registry Registry) *reader {
	return &reader{spec: spec, mapping: newMapping(spec.Topic.Fields, spec.Topic.Value.Fields, spec.Captured()), registry: registry, writers: map[int]writer{}}
}

// read says what a record means. The error is a stopped, or that the registry does not answer.
func (r *reader) read(ctx context.Context, in Record) (change, error) {
	if in.Value == nil {
		return r.tombstone(in), nil
	}
	object, of, schema, err := r.decode(ctx, in.Value)
	if err != nil {
		return undecodable(err, schema)
	}
	if r.spec.Captured() {
		return r.captured(ctx, in, object, of, schema)
	}
	return r.mapped(object, of, schema)
}

// undecodable tells a record that cannot be read from a registry that does not answer.
func undecodable(err error, schema int) (change, error) {
	var bad badRecord
	if errors.As(err, &bad) {
		return refuse(checkDecode, schema, codecs.Fault{Text: bad.Error()}), nil
	}
	return change{}, err
}

// badRecord says what is wrong with a record's bytes.
type badRecord struct{ error }

// tombstone: Debezium's says nothing that a d has not said (tombstones.on.delete); an application's removes a row.
func (r *reader) tombstone(in Record) change {
	switch {
	case r.spec.Captured():
		return change{action: absorbed}
	case in.Key == nil:
		return refuse(checkKey, 0, codecs.Fault{Text: "it has neither a key nor a value"})
	}
	return change{action: remove, rawKey: in.Key}
}

func (r *reader) captured(ctx context.Context, in Record, object map[string]any, of form, schema int) (change, error) {
	e, err := newEnvelope(object, of, schema)
	if err != nil {
		return refuse(checkDecode, schema, codecs.Fault{Text: err.Error()}), nil //nolint:nilerr // it is the record's fault
	}
	var key map[string]any
	if e.op == "d" && in.Key != nil {
		if key, _, _, err = r.decode(ctx, in.Key); err != nil {
			return undecodable(fmt.Errorf("its key: %w", err), schema)
		}
	}
	return e.flatten(r.mapping, key)
}

// mapped reads a record of an application. What it writes to <topic>-in is written for the contract: nothing is left
// out of it in silence.
func (r *reader) mapped(object map[string]any, of form, schema int) (change, error) {
	row, err := r.mapping.take(object, of)
	if err != nil {
		return change{}, err
	}
	if row.invalid != "" {
		return refuse(checkDecode, schema, notUTF8(row.invalid)), nil
	}
	c := change{action: upsert, values: row.values, schema: schema}
	if r.spec.Own {
		for name, value := range object {
			if _, known := c.values[name]; !known && !r.mapping.reads(name) {
				c.values[name] = value
			}
		}
	}
	return c, nil
}

// decode reads an object in the input's format, and what is known of how its values are written.
func (r *reader) decode(ctx context.Context, data []byte) (map[string]any, form, int, error) {
	if r.isAvro(data) {
		return r.avro(ctx, data)
	}
	if r.spec.Framed {
		_, value, err := codecs.Unframe(data)
		if err != nil {
			return nil, form{}, 0, badRecord{err}
		}
		data = value
	}
	object, of, err := parseJSON(data)
	return object, of, 0, err
}

func (r *reader) isAvro(data []byte) bool {
	if r.spec.Format == Debezium {
		return len(data) > 0 && data[0] == 0 // no JSON begins so
	}
	return strings.HasSuffix(r.spec.Format, "avro")
}

// parseJSON reads a JSON object, and one within {schema, payload} (Connect's JsonConverter with schemas.enable).
func parseJSON(data []byte) (map[string]any, form, error) {
	if !utf8.Valid(data) {
		return nil, form{}, badRecord{errors.New("it is not UTF-8")}
	}
	object, err := codecs.ParseObject(data)
	if err != nil {
		return nil, form{}, badRecord{err}
	}
	payload, wrapped := object["payload"].(map[string]any)
	if schema, has := object["schema"]; has && wrapped && len(object) == 2 {
		return payload, connectForm(schema), nil
	}
	return object, form{}, nil
}

func (r *reader) avro(ctx context.Context, data []byte) (object map[string]any, of form, id int, err error) {
	if r.spec.Framed || r.spec.Format == Debezium {
		if id, data, err = codecs.Unframe(data); err != nil {
			return nil, form{}, 0, badRecord{err}
		}
	}
	w, err := r.writer(ctx, id)
	if err != nil {
		return nil, form{}, id, err
	}
	var value any
	rest, err := w.schema.Decode(data, &value)
	switch record, isRecord := value.(map[string]any); {
	case err != nil:
		return nil, form{}, id, badRecord{fmt.Errorf("not a value of schema %d: %w", id, err)}
	case len(rest) > 0:
		return nil, form{}, id, badRecord{fmt.Errorf("%d bytes are left after a value of schema %d", len(rest), id)}
	case !isRecord:
		return nil, form{}, id, badRecord{fmt.Errorf("schema %d is not a record", id)}
	default:
		return record, w.form, id, nil
	}
}

// writer finds the schema that a value was written with: the registry's, or, without a frame, the product's own. A
// schema that the registry does not have is the record's fault; a registry that does not answer is not.
func (r *reader) writer(ctx context.Context, id int) (writer, error) {
	if w, ok := r.writers[id]; ok {
		return w, nil
	}
	text, err := r.spec.Topic.ValueText, error(nil)
	if id != 0 {
		text, err = r.registry.SchemaByID(ctx, id)
	}
	switch {
	case err != nil && r.registry.Unknown(err):
		return writer{}, badRecord{fmt.Errorf("the registry has no schema %d", id)}
	case err != nil:
		return writer{}, fmt.Errorf("schema %d: %w", id, err)
	}
	parsed, err := avro.Parse(text)
	if err != nil {
		return writer{}, badRecord{fmt.Errorf("schema %d: %w", id, err)}
	}
	w := writer{parsed, avroForm(parsed.Root(), map[string]*avro.SchemaNode{}), text}
	r.writers[id] = w
	return w, nil
}

func notUTF8(field string) codecs.Fault {
	return codecs.Fault{Field: field, Text: "its text is not UTF-8"}
}

// valid reports whether all text of a value is UTF-8, as Avro's strings are to be.
func valid(value any) bool {
	switch v := value.(type) {
	case string:
		return utf8.ValidString(v)
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !valid(item) })
	case map[string]any:
		for name, member := range v {
			if !utf8.ValidString(name) || !valid(member) {
				return false
			}
		}
	}
	return true
}
