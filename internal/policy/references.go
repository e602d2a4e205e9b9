package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

func references() []Rule {
	return []Rule{
		{"subscription", must, "A subscription names a product that exists, an application of its own domain, fields that the product has, and a group of its own.", "product: logistics/shipmnt-events/v2", "product: logistics/shipment-events/v2", subscriptions},
		{"grant-domain", must, "Grants are given to domains of the mesh.", "{to: biling}", "{to: billing}", grantDomains},
		{"writes-known", should, "Applications write products that their domain has.", "wms: {writes: [shipments]}", "wms: {writes: [shipment-events]}", writesKnown},
		{"waiver", must, "A waiver names a rule, a product, a reason, a day on which it ends, and who gave it.", "{rule: topic-replication}", "{rule: topic-replication, product: shipment-events/v2, reason: one broker in the depot, until: 2027-03-31, by: logistics-leads@example.com}", waiverForm},
	}
}

// subscribed is the product that a subscription names.
func subscribed(set contracts.Set, sub contracts.Subscription) (contracts.Product, bool) {
	addr, err := addrs.ParseProduct(sub.Product)
	if err != nil {
		return contracts.Product{}, false
	}
	return set.Product(addr)
}

func subscriptions(r *run) {
	groups := map[string]contracts.Subscription{}
	for _, sub := range r.set.Subscriptions {
		about := contracts.Product{Contract: contracts.Contract{Domain: sub.Domain}}
		p, ok := subscribed(r.set, sub)
		_, err := addrs.ParseProduct(sub.Product)
		switch {
		case sub.Product == "":
			r.report(about, sub.At(""), "the subscription names no product", "Write product: domain/product/vMAJOR.")
		case err != nil:
			r.report(about, sub.At("product"), "product: "+err.Error(), "Write domain/product/vMAJOR.")
		case !ok && complete(r.set):
			r.report(about, sub.At("product"), fmt.Sprintf("%s is not in this mesh", sub.Product), r.nameFix(sub.Product, productNames(r.set), "Name a product that is."))
		case ok && p.Lifecycle == contracts.Deprecated:
			r.warn(about, sub.At("product"), fmt.Sprintf("%s is deprecated and gone on %s", sub.Product, p.Sunset), "Move to "+p.Successor+".")
		}
		if ok {
			r.subscribedFields(about, sub, p)
		}
		r.subscriber(about, sub)
		if other, taken := groups[sub.Group]; taken && sub.Group != "" {
			r.report(about, sub.At("group"), fmt.Sprintf("group %s is that of %s as well: each would read a part of the records", sub.Group, other.File), "Give each subscription a group of its own.")
		}
		groups[sub.Group] = sub
	}
}

func (r *run) subscribedFields(about contracts.Product, sub contracts.Subscription, p contracts.Product) {
	var names []string
	for _, f := range p.AllFields() {
		names = append(names, f.Name)
	}
	for i, name := range sub.Fields {
		if !slices.Contains(names, name) {
			r.report(about, sub.At(fmt.Sprintf("fields[%d]", i)), fmt.Sprintf("%s is not a field of %s", name, p.Addr), r.nameFix(name, names, "Name a field that it has."))
		}
	}
}

func (r *run) subscriber(about contracts.Product, sub contracts.Subscription) {
	d, ok := r.set.Domain(sub.Domain)
	if _, known := d.Apps[sub.App]; ok && sub.App != "" && !known {
		r.report(about, sub.At("app"), fmt.Sprintf("app %s is not one of domain %s's", sub.App, sub.Domain), r.nameFix(sub.App, keys(d.Apps), "Add it to apps in domain.yaml."))
	}
	if sub.App == "" {
		r.warn(about, sub.At("product"), "the subscription does not say which application reads", "Write app: and one of apps in domain.yaml; its principal is given access.")
	}
	switch {
	case sub.Group == "":
		r.warn(about, sub.At("product"), "the subscription names no consumer group, so nobody can tell how far behind it is", fmt.Sprintf("Write group: %s.", groupFor(sub)))
	case strings.ContainsFunc(sub.Group, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }):
		r.report(about, sub.At("group"), fmt.Sprintf("group %q holds spaces or control characters", sub.Group), fmt.Sprintf("Write group: %s.", groupFor(sub)))
	}
	if sub.Purpose == "" {
		r.warn(about, sub.At("product"), "the subscription has no purpose", "Write purpose: and what the data is read for.")
	}
	if sub.PII != "" && sub.PII != contracts.PIIMasked && sub.PII != contracts.PIIClear {
		r.report(about, sub.At("pii"), fmt.Sprintf("pii: %q is not known", sub.PII), "Write masked or clear.")
	}
}

// groupFor is a group's name as a subscription could have it.
func groupFor(sub contracts.Subscription) string {
	if sub.App == "" {
		return sub.Domain + "-reader"
	}
	return sub.Domain + "-" + sub.App
}

func grantDomains(r *run) {
	var names []string
	for _, d := range r.set.Domains {
		names = append(names, d.Name)
	}
	r.eachProduct(func(p contracts.Product) {
		for i, g := range p.Access.Grants {
			if complete(r.set) && len(names) > 0 && g.To != "" && !slices.Contains(names, g.To) {
				r.report(p, p.At(fmt.Sprintf("access.grants[%d].to", i)), fmt.Sprintf("domain %s is not in this mesh", g.To), r.nameFix(g.To, names, "Name a domain that is."))
			}
		}
	})
}

func writesKnown(r *run) {
	for _, d := range r.set.Domains {
		var names []string
		for _, p := range r.set.Products {
			if p.Domain == d.Name {
				names = append(names, p.Name)
			}
		}
		for _, app := range keys(d.Apps) {
			for i, name := range d.Apps[app].Writes {
				if !slices.Contains(names, name) {
					r.report(contracts.Product{}, d.At(fmt.Sprintf("apps.%s.writes[%d]", app, i)), fmt.Sprintf("domain %s has no product %s", d.Name, name), r.nameFix(name, names, "Name a product of the domain, or remove it."))
				}
			}
		}
	}
}
