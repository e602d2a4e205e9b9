package policy

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

func ownership() []Rule {
	return []Rule{
		{"owner", must, "Somebody answers for each product: a person or a group of the domain.", "owner: \"\"", "owner: shipping-team@example.com", owners},
		{"owner-member", should, "A product's owner is of its domain, so that decisions stay there.", "owner: someone@elsewhere.example", "owner: a member of domain.yaml", ownerMembers},
		{"domain-declared", must, "Each domain says who owns it, in domains/<domain>/domain.yaml.", "(no domain.yaml)", "domain: logistics\nowner: logistics-leads@example.com", domainsDeclared},
		{"control-domain", must, "The mesh keeps its own state in the control domain; nobody else's products lie there.", "domain: platform", "domain: logistics", controlDomain},
		{"contacts", should, "Whoever looks for help at night finds pages that open.", "contacts: {page: pager}", "contacts: {page: \"https://pager.example.com/logistics\"}", contacts},
		{"app-known", must, "The application that writes a product is one of its domain's.", "app: wsm", "app: wms", appsKnown},
	}
}

func owners(r *run) {
	r.eachProduct(func(p contracts.Product) {
		switch {
		case p.Owner == "":
			r.report(p, p.At("owner"), fmt.Sprintf("%s has no owner", p.Addr), "Write owner: and a person's or a group's address.")
		case !credibleOwner(p.Owner):
			r.report(p, p.At("owner"), fmt.Sprintf("owner %q is not an address that anybody could write to", p.Owner), "Write a mail address, as in shipping-team@example.com.")
		}
	})
	for _, d := range r.set.Domains {
		if d.Owner == "" {
			r.report(contracts.Product{}, d.At("owner"), fmt.Sprintf("domain %s has no owner", d.Name), "Write owner: and a person's or a group's address.")
		} else if !credibleOwner(d.Owner) {
			r.report(contracts.Product{}, d.At("owner"), fmt.Sprintf("owner %q is not an address that anybody could write to", d.Owner), "Write a mail address, as in logistics-leads@example.com.")
		}
		for i, member := range d.Members {
			if !credibleOwner(member) {
				r.warn(contracts.Product{}, d.At(fmt.Sprintf("members[%d]", i)), fmt.Sprintf("member %q is not an address that anybody could write to", member), "Write a mail address, as in shipping-team@example.com.")
			}
		}
	}
}

func credibleOwner(owner string) bool {
	address, err := mail.ParseAddress(owner)
	return err == nil && address.Address == owner && !strings.HasSuffix(owner, "@localhost")
}

func ownerMembers(r *run) {
	r.eachProduct(func(p contracts.Product) {
		d, ok := r.set.Domain(p.Domain)
		if ok && p.Owner != "" && p.Owner != d.Owner && !slices.Contains(d.Members, p.Owner) {
			r.report(p, p.At("owner"), fmt.Sprintf("owner %s is neither owner nor member of domain %s", p.Owner, d.Name), "Add it to members in domain.yaml, or name one of: "+strings.Join(append([]string{d.Owner}, d.Members...), ", ")+".")
		}
	})
}

func domainsDeclared(r *run) {
	seen := map[string]bool{}
	r.eachProduct(func(p contracts.Product) {
		if _, ok := r.set.Domain(p.Domain); ok || seen[p.Domain] || r.set.Mesh.File == "" || len(r.set.Domains) == 0 {
			return
		}
		seen[p.Domain] = true
		fix := fmt.Sprintf("Write domains/%s/domain.yaml; `weft init domain %s` does.", p.Domain, p.Domain)
		var names []string
		for _, d := range r.set.Domains {
			names = append(names, d.Name)
		}
		if closest, ok := diags.Closest(p.Domain, names); ok {
			fix = fmt.Sprintf("Did you mean %s? Or write domains/%s/domain.yaml.", closest, p.Domain)
		}
		r.report(p, p.At("domain"), fmt.Sprintf("domain %s is not declared", p.Domain), fix)
	})
}

func controlDomain(r *run) {
	r.eachProduct(func(p contracts.Product) {
		if p.Domain == r.set.Mesh.Control {
			r.report(p, p.At("domain"), fmt.Sprintf("domain %s is the mesh's control domain", p.Domain), "Name another domain, or give the control domain another name with control: in mesh.yaml.")
		}
	})
}

func contacts(r *run) {
	for _, d := range r.set.Domains {
		for _, c := range []struct{ path, text string }{{"contacts.page", d.Contacts.Page}, {"contacts.runbook", d.Contacts.Runbook}} {
			if u, err := url.Parse(c.text); c.text != "" && (err != nil || u.Host == "") {
				r.report(contracts.Product{}, d.At(c.path), fmt.Sprintf("%s %q is not a URL", c.path, c.text), "Write https://HOST/PATH.")
			}
		}
	}
}

func appsKnown(r *run) {
	r.eachProduct(func(p contracts.Product) {
		d, ok := r.set.Domain(p.Domain)
		if !ok || p.App == "" {
			return
		}
		app, known := d.Apps[p.App]
		switch {
		case !known:
			r.report(p, p.At("app"), fmt.Sprintf("app %s is not one of domain %s's", p.App, d.Name), r.nameFix(p.App, keys(d.Apps), "Add it to apps in domain.yaml."))
		case len(app.Writes) > 0 && !slices.Contains(app.Writes, p.Name):
			r.warn(p, p.At("app"), fmt.Sprintf("domain.yaml does not say that app %s writes %s", p.App, p.Name), fmt.Sprintf("Add %s to its writes.", p.Name))
		}
	})
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
