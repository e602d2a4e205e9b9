package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/schemas"
)

// mapping takes the fields of a contract out of a source's object, by their names or by what `from` says.
type mapping struct {
	fields   []mappedField
	captured bool // the source is a table: its columns have types
}

type mappedField struct {
	name     string
	path     []string
	unit     string
	of       schemas.Field
	members  []mappedField // of a record
	personal bool
}

func newMapping(fields []contracts.Field, of []schemas.Field, captured bool) mapping {
	return mapping{fields: mappedFields(fields, of), captured: captured}
}

func mappedFields(fields []contracts.Field, of []schemas.Field) []mappedField {
	var all []mappedField
	for _, f := range fields {
		m := mappedField{name: f.Name, path: []string{f.Name}, personal: f.PII}
		for _, s := range of {
			if s.Name == f.Name {
				m.of = s
			}
		}
		if f.From != nil {
			m.unit = f.From.Unit
			if f.From.Path != "" {
				m.path = strings.Split(f.From.Path, ".")
			}
		}
		if m.of.Type.Kind == schemas.RecordOf {
			m.members = mappedFields(f.Fields, m.of.Type.Fields)
		}
		all = append(all, m)
	}
	return all
}

// mapped is what became of an object.
type mapped struct {
	values      map[string]any
	absent      []string // fields that may be null and that the object does not have
	invalid     string   // a field whose text is not UTF-8
	unavailable []string // fields whose value the source did not write
}

// take maps an object. A column that a required field needs and that is not there, or that has another type, stops the
// gate; for other sources both are faults of the record, which codecs finds.
func (m mapping) take(object map[string]any, of form) (mapped, error) {
	out := mapped{values: make(map[string]any, len(m.fields))}
	for _, f := range m.fields {
		value, at, present := lookup(object, of, f.path)
		if !present {
			if m.captured && f.of.Required && f.of.Default == nil {
				return out, stopped{fmt.Sprintf("the source has no column %s any more, which the required field %s is made from", strings.Join(f.path, "."), f.name), f.fix("the column that it is made from now")}
			}
			if f.of.Default == nil {
				out.absent = append(out.absent, f.name)
			}
			continue
		}
		converted, err := m.convert(f, at, value)
		switch {
		case !valid(value):
			out.invalid = f.name
		case errors.Is(err, errUnavailable):
			out.unavailable = append(out.unavailable, f.name)
		case errors.Is(err, errForm) && m.captured:
			return out, stopped{fmt.Sprintf("column %s has another type now: its values are no %s, which field %s is", strings.Join(f.path, "."), f.of.Type, f.name), f.fix("a column of its type")}
		default:
			out.values[f.name] = converted
		}
	}
	return out, nil
}

func (f mappedField) fix(what string) string {
	return fmt.Sprintf("Write a new version of the contract, with from: {path: ...} of field %s naming %s, or bring the column back; the gate goes on as soon as a contract is applied", f.name, what)
}

func (m mapping) convert(f mappedField, at form, value any) (any, error) {
	switch {
	case f.members != nil && isUnavailable(value):
		return value, errUnavailable
	case f.members != nil:
	case m.captured:
		return asJSON(f.of.Type, at, f.unit, value)
	default:
		return written(f.of.Type, at, f.unit, value), nil
	}
	object, ok := within(at, value).(map[string]any)
	if !ok {
		return value, nil
	}
	inner, err := mapping{fields: f.members}.take(object, at)
	return inner.values, err
}

// written gives an application's value as it stands, and a number that is a time in the unit that the contract says.
func written(t schemas.Type, of form, unit string, v any) any {
	v = plain(t, v)
	if t.Kind == schemas.JSON && of.known {
		return jsonJSON(of, v) // in Avro it is text
	}
	if number, ok := v.(json.Number); ok && unit != "" {
		if at, err := timeJSON(t, form{}, unit, number); err == nil {
			return at
		}
	}
	return v
}

// reads reports whether a field is made from a member, or from one within it.
func (m mapping) reads(member string) bool {
	return slices.ContainsFunc(m.fields, func(f mappedField) bool { return f.path[0] == member })
}

// lookup finds a value by its path: a member of that name, dots and all, or one within another.
func lookup(object map[string]any, of form, path []string) (any, form, bool) {
	if len(path) > 1 {
		whole := strings.Join(path, ".")
		if value, ok := object[whole]; ok {
			return value, of.fields[whole], true
		}
	}
	value, ok := object[path[0]]
	at := of.fields[path[0]]
	if !ok || len(path) == 1 {
		return value, at, ok
	}
	inner, isObject := within(at, value).(map[string]any)
	if !isObject {
		return nil, at, false
	}
	return lookup(inner, at, path[1:])
}
