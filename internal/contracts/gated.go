package contracts

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
)

// Gated reports whether a product's records come through a gate: from an application's own topic, a raw topic that
// exists, or a table's changes.
func (p Product) Gated() bool {
	return p.Schema.Type != Protobuf && p.Transform == nil && (p.Source != nil || p.Ingest == Gated)
}

// Watched reports whether records that others write into a product's own topics are read by a gate that stands behind
// them: it writes the masked copy, holds the records against the contract's checks in SQL, and copies bad ones to the
// quarantine.
func (s Set) Watched(p Product) bool {
	checked := slices.ContainsFunc(p.Quality, func(c Check) bool { return c.Check != "" })
	managed := !slices.ContainsFunc(p.Topics, func(t ProductTopic) bool { return !t.Managed })
	return !p.Gated() && managed && p.Schema.Type != Protobuf && (checked || s.HasMaskedCopy(p))
}

// HasMaskedCopy reports whether a product's topics have a masked copy: there is personal data, and someone reads it
// masked.
func (s Set) HasMaskedCopy(p Product) bool {
	return p.Schema.Type != Protobuf && p.HasPII() && slices.ContainsFunc(s.SubscriptionsTo(p.Addr), func(sub Subscription) bool { return sub.PII != PIIClear })
}

// maskedSuffix ends the name of a masked copy.
var maskedSuffix = string(addrs.Topic("").Masked())

// IsMasked reports whether a name in SQL means a masked copy.
func IsMasked(name string) bool { return strings.HasSuffix(name, maskedSuffix) }

// AsMasked is the product as who reads its masked copy sees it: no field is personal data any more.
func (p Product) AsMasked() Product {
	p.Fields, p.Schema.Fields = unmarked(p.Fields), unmarked(p.Schema.Fields)
	p.Events = slices.Clone(p.Events)
	for i := range p.Events {
		p.Events[i].Fields = unmarked(p.Events[i].Fields)
	}
	p.Topics = slices.Clone(p.Topics)
	for i := range p.Topics {
		p.Topics[i].Fields = unmarked(p.Topics[i].Fields)
	}
	p.all = nil
	return p
}

// unmarked are fields without the marks of personal data, at any depth.
func unmarked(fields []Field) []Field {
	out := slices.Clone(fields)
	for i := range out {
		out[i] = unmarkedField(out[i])
	}
	return out
}

func unmarkedField(f Field) Field {
	f.PII, f.Mask = false, ""
	f.Fields = unmarked(f.Fields)
	if f.Items != nil {
		f.Items = &Member{unmarkedField(f.Items.Field)}
	}
	if f.Values.Of != nil {
		f.Values.Of = &Member{unmarkedField(f.Values.Of.Field)}
	}
	return f
}
