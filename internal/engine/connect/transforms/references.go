package transforms

import (
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// reference is a field of an envelope that is added to rows or headers: op, table, source.ts_ms, lsn:position.
type reference struct {
	parent string // the struct that holds it; "": the envelope itself
	field  string
	name   string // of what is added
}

// references reads a list of them, whose names begin with a prefix, __ if none is set.
func (o *options) references(name string) []reference {
	prefix := o.text(name+".prefix", "__")
	var all []reference
	for _, item := range o.list(name) {
		path, as, renamed := strings.Cut(item, ":")
		if renamed && (as == "" || strings.Contains(as, ":")) {
			o.problem(name, "%q is neither field nor field:name", item)
			continue
		}
		all = append(all, newReference(prefix, path, as))
	}
	return all
}

func newReference(prefix, path, as string) reference {
	parent, field, dotted := strings.Cut(path, ".")
	if !dotted {
		parent, field = holder(path), path
	}
	r := reference{parent: parent, field: field, name: prefix + field}
	if dotted {
		r.name = prefix + parent + "_" + field
	}
	if as != "" {
		r.name = prefix + as
	}
	return r
}

// holder is the struct that a field belongs to which is named without one.
func holder(field string) string {
	switch field {
	case "op", "ts_ms", "ts_us", "ts_ns":
		return ""
	case "id", "data_collection_order", "total_order":
		return "transaction"
	}
	return "source"
}

// place is where a reference points in the envelopes of a schema.
type place struct {
	name   string
	member int          // of the envelope
	within *data.Schema // the member's schema, where the field lies in it
	field  string
	schema *data.Schema // of what is added: optional
}

// places finds those references that a schema has; the others are left out.
func places(all []reference, of *data.Schema) []place {
	var found []place
	for _, r := range all {
		if p, ok := r.place(of); ok {
			found = append(found, p)
		}
	}
	return found
}

func (r reference) place(of *data.Schema) (place, bool) {
	if i := of.Index(r.parent); r.parent != "" && i >= 0 && of.Fields[i].Schema.Kind == data.Struct {
		within := of.Fields[i].Schema
		if j := within.Index(r.field); j >= 0 {
			return place{r.name, i, within, r.field, optional(within.Fields[j].Schema)}, true
		}
	}
	if i := of.Index(r.field); i >= 0 {
		return place{name: r.name, member: i, field: r.field, schema: optional(of.Fields[i].Schema)}, true
	}
	return place{}, false
}

// optional is a schema without its default, optional.
func optional(s *data.Schema) *data.Schema {
	copied := *s
	copied.Optional, copied.Default = true, nil
	return &copied
}

// value is that of the place, nil for null.
func (p place) value(members [][]byte) ([]byte, error) {
	if p.within == nil || members[p.member] == nil {
		return members[p.member], nil
	}
	return p.within.Field(members[p.member], p.field)
}
