package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
)

func privacy() []Rule {
	return []Rule{
		{"pii-marked", should, "Fields that look like personal data say whether they are: pii: true or pii: false.", "{name: email, type: string}", "{name: email, type: string, pii: true, mask: hash}", piiMarked},
		{"pii-masked", must, "Personal data says how it is masked for readers who may not see it.", "{name: email, type: string, pii: true}", "{name: email, type: string, pii: true, mask: hash}", piiMasked},
		{"mask-type", must, "A mask fits the type of its field.", "{name: birth_date, type: date, pii: true, mask: partial}", "{name: birth_date, type: date, pii: true, mask: \"null\"}", maskType},
		{"pii-public", must, "Public products hold no personal data: everyone reads them.", "classification: public, with pii: true", "classification: internal", piiPublic},
		{"clear-needs-grant", must, "Personal data in clear, and restricted products, are read by those whom the owner granted it.", "pii: clear, without a grant", "access: {grants: [{to: billing, purpose: invoicing, pii: clear, until: 2027-01-01}]}", grantsNeeded},
		{"grant-purpose", should, "A grant says what for and until when.", "{to: billing}", "{to: billing, purpose: invoicing, until: 2027-01-01}", grantPurpose},
	}
}

var personal = regexp.MustCompile(`(?i)(^|_)(e?mail|phone|mobile|first_?name|last_?name|full_?name|surname|birth(_?date|day)?|dob|iban|ssn|passport|street|postcode|zip(_?code)?|ip(_?address)?|tax_?id|national_?id|credit_?card|card_?number)($|_)`)

func piiMarked(r *run) {
	r.eachProduct(func(p contracts.Product) {
		for _, f := range p.AllFields() {
			if !f.PII && f.Declassify == nil && !p.Has(f.Path+".pii") && personal.MatchString(f.Field.Name) {
				r.report(p, p.At(f.Path), fmt.Sprintf("field %s looks like personal data and is not marked", f.Name), "Write pii: true and a mask, or pii: false if it is none.")
			}
		}
	})
}

func piiMasked(r *run) {
	r.eachProduct(func(p contracts.Product) {
		for _, f := range p.AllFields() {
			if f.PII && f.Mask == "" {
				r.report(p, p.At(f.Path), fmt.Sprintf("field %s is personal data and has no mask", f.Name), "Write mask: hash (equal values stay equal), redact, partial or \"null\".")
			}
		}
	})
}

func maskType(r *run) {
	r.eachProduct(func(p contracts.Product) {
		for _, f := range p.AllFields() {
			text := slices.Contains([]string{"string", "uuid", "enum", "json"}, f.Type)
			required := f.Required || slices.Contains(p.Key, f.Name)
			switch {
			case !f.PII:
			case slices.Contains(p.Key, f.Name) && slices.Contains([]string{"partial", "redact"}, f.Mask):
				r.report(p, p.At(f.Path+".mask"), fmt.Sprintf("field %s is the key, and mask %s makes different keys equal", f.Name, f.Mask), "Write mask: hash: equal values stay equal, and others do not become so.")
			case f.Mask == "partial" && f.Type != "string":
				r.report(p, p.At(f.Path+".mask"), fmt.Sprintf("field %s is a %s; mask partial is for strings", f.Name, f.Type), "Write mask: hash or \"null\".")
			case (f.Mask == "null" || f.Mask == "redact" && !text) && required:
				r.report(p, p.At(f.Path+".mask"), fmt.Sprintf("field %s is required, and mask %s leaves nothing of a %s", f.Name, f.Mask, f.Type), "Write mask: hash, or make the field nullable.")
			}
		}
	})
}

func piiPublic(r *run) {
	r.eachProduct(func(p contracts.Product) {
		if p.Classification != contracts.Public {
			return
		}
		for _, f := range p.AllFields() {
			if f.PII {
				r.report(p, p.At(f.Path), fmt.Sprintf("field %s is personal data in a public product", f.Name), "Write classification: internal, or leave the field out.")
			}
		}
	})
}

func grantsNeeded(r *run) {
	for _, sub := range r.set.Subscriptions {
		p, ok := subscribed(r.set, sub)
		if !ok || sub.Domain == p.Domain {
			continue
		}
		about := contracts.Product{Contract: contracts.Contract{Domain: sub.Domain}}
		inClear, some, expired := granted(r, p, sub.Domain)
		switch {
		case sub.PII == contracts.PIIClear && p.HasPII() && !inClear:
			r.report(about, sub.At("pii"), fmt.Sprintf("%s reads personal data of %s in clear without a grant%s", sub.Domain, p.Addr, expired), fmt.Sprintf("Read masked, or ask %s for access.grants: [{to: %s, purpose: ..., pii: clear, until: ...}].", p.Owner, sub.Domain))
		case p.Classification == contracts.Restricted && !some:
			r.report(about, sub.At("product"), fmt.Sprintf("%s is restricted, and %s has no grant%s", p.Addr, sub.Domain, expired), fmt.Sprintf("Ask %s for access.grants: [{to: %s, purpose: ..., until: ...}].", p.Owner, sub.Domain))
		}
	}
}

func granted(r *run, p contracts.Product, domain string) (inClear, some bool, expired string) {
	for _, g := range p.Access.Grants {
		if g.To != domain {
			continue
		}
		if g.Ended(r.now) {
			expired = fmt.Sprintf(" (its grant ended on %s)", g.Until)
			continue
		}
		some = true
		inClear = inClear || g.PII == contracts.PIIClear
	}
	return inClear, some, expired
}

func grantPurpose(r *run) {
	r.eachProduct(func(p contracts.Product) {
		for i, g := range p.Access.Grants {
			path := fmt.Sprintf("access.grants[%d]", i)
			var missing []string
			if g.Purpose == "" {
				missing = append(missing, "no purpose")
			}
			if g.Until.IsZero() && g.PII == contracts.PIIClear {
				missing = append(missing, "no end")
			}
			if len(missing) > 0 {
				r.report(p, p.At(path), fmt.Sprintf("the grant to %s has %s", g.To, strings.Join(missing, " and ")), "Write purpose: and until:.")
			}
			if g.Ended(r.now) {
				r.report(p, p.At(path+".until"), fmt.Sprintf("the grant to %s ended on %s", g.To, g.Until), "Prolong it or remove it.")
			}
		}
	})
}
