package data

import (
	"fmt"
	"slices"
)

// Entry is a field of a native struct or an item of a native map, in order.
type Entry struct {
	Name  string
	Value any
}

// Native is a packed value (as Record has it, nil for null) in Go's own types, for whoever has time:
// int64, float32, float64, bool, string, []byte, []any, and []Entry for structs and for maps with keys of
// text; null is nil.
func Native(s *Schema, packed []byte) (any, error) {
	if packed == nil {
		return nil, nil
	}
	r := Read(packed)
	v := r.native(s)
	if r.err == nil && len(r.rest) > 0 {
		return nil, fmt.Errorf("%d bytes after the value: %w", len(r.rest), ErrMalformed)
	}
	return v, r.err
}

func (r *Reader) optional(s *Schema) any {
	if s.Optional && !r.Present() {
		return nil
	}
	return r.native(s)
}

func (r *Reader) native(s *Schema) any {
	switch s.Kind {
	case Int8, Int16, Int32, Int64:
		return r.Int()
	case Float32:
		return r.Float32()
	case Float64:
		return r.Float64()
	case Boolean:
		return r.Bool()
	case String:
		return string(r.Bytes())
	case Bytes:
		return slices.Clone(r.Bytes())
	case Array:
		return r.items(s)
	case Map:
		return r.entries(s)
	}
	fields := make([]Entry, 0, len(s.Fields))
	for _, f := range s.Fields {
		fields = append(fields, Entry{f.Name, r.optional(f.Schema)})
	}
	return fields
}

func (r *Reader) items(s *Schema) []any {
	items := []any{}
	for n := r.Count(); n > 0; n = r.Count() {
		for ; n > 0 && r.err == nil; n-- {
			items = append(items, r.optional(s.Elem))
		}
	}
	return items
}

func (r *Reader) entries(s *Schema) []Entry {
	entries := []Entry{}
	for n := r.Count(); n > 0; n = r.Count() {
		for ; n > 0 && r.err == nil; n-- {
			name := fmt.Sprint(r.optional(s.Key))
			entries = append(entries, Entry{name, r.optional(s.Elem)})
		}
	}
	return entries
}

// AppendNative packs a native value: the counterpart of Native, for a value that may be null if the schema is optional.
func AppendNative(into []byte, s *Schema, v any) ([]byte, error) {
	if v == nil {
		if !s.Optional {
			return nil, fmt.Errorf("null for a %s that is not optional", s.Kind)
		}
		return AppendNull(into), nil
	}
	if s.Optional {
		into = AppendPresent(into)
	}
	return appendType(into, s, v)
}

func appendType(into []byte, s *Schema, v any) ([]byte, error) {
	if !fits(s.Kind, v) {
		return nil, fmt.Errorf("a %T for a %s", v, s.Kind)
	}
	switch v := v.(type) {
	case int64:
		return AppendInt(into, v), nil
	case float32:
		return AppendFloat32(into, v), nil
	case float64:
		return AppendFloat64(into, v), nil
	case bool:
		return AppendBool(into, v), nil
	case string:
		return AppendString(into, v), nil
	case []byte:
		return AppendBytes(into, v), nil
	case []any:
		return appendItems(into, s, v)
	}
	entries, _ := v.([]Entry) // nothing else fits
	return appendEntries(into, s, entries)
}

// fits tells whether a native value is one of the kind.
func fits(kind Kind, v any) bool {
	switch v.(type) {
	case int64:
		return kind >= Int8 && kind <= Int64
	case float32:
		return kind == Float32
	case float64:
		return kind == Float64
	case bool:
		return kind == Boolean
	case string:
		return kind == String
	case []byte:
		return kind == Bytes
	case []any:
		return kind == Array
	case []Entry:
		return kind == Struct || kind == Map
	}
	return false
}

func appendItems(into []byte, s *Schema, items []any) (_ []byte, err error) {
	if len(items) > 0 {
		into = AppendInt(into, int64(len(items)))
	}
	for _, item := range items {
		if into, err = AppendNative(into, s.Elem, item); err != nil {
			return nil, err
		}
	}
	return AppendInt(into, 0), nil
}

func appendEntries(into []byte, s *Schema, entries []Entry) ([]byte, error) {
	switch {
	case s.Kind == Struct && len(entries) == len(s.Fields):
		return appendFields(into, s, entries)
	case s.Kind == Map:
		return appendMap(into, s, entries)
	}
	return nil, fmt.Errorf("%d entries for a %s of %d fields", len(entries), s.Kind, len(s.Fields))
}

func appendFields(into []byte, s *Schema, entries []Entry) (_ []byte, err error) {
	for i, f := range s.Fields {
		if into, err = AppendNative(into, f.Schema, entries[i].Value); err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return into, nil
}

func appendMap(into []byte, s *Schema, entries []Entry) (_ []byte, err error) {
	if len(entries) > 0 {
		into = AppendInt(into, int64(len(entries)))
	}
	for _, e := range entries {
		if into, err = AppendNative(into, s.Key, e.Name); err != nil {
			return nil, err
		}
		if into, err = AppendNative(into, s.Elem, e.Value); err != nil {
			return nil, err
		}
	}
	return AppendInt(into, 0), nil
}
