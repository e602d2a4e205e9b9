package contracts

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
)

// product fills in what a contract leaves out, checks what it says, and adds it to the set.
func (a *assembly) product(c *Contract) {
	a.location(c)
	d := &derivation{assembly: a, p: Product{Contract: *c, Text: a.texts[c.File]}}
	d.p.Tests = append(placed(c.Tests, c.Positions, "tests"), d.tests[path.Dir(c.File)]...)
	identified := d.identity()
	d.choices()
	d.fieldsFromFile()
	if identified {
		d.entity()
	} else {
		fill(&d.p.Entity, strings.TrimSuffix(d.p.Name, "-events")) // the rest is checked all the same
	}
	d.events()
	d.checkFields()
	d.key()
	d.eventTime()
	d.limits()
	if identified {
		d.topics()
		d.p.all = d.p.AllFields()
		a.set.Products = append(a.set.Products, d.p)
	}
}

// derivation is the work on one contract.
type derivation struct {
	*assembly
	p Product
}

func (d *derivation) problem(path, rule, summary, fix string) {
	d.report(d.p.At(path), rule, summary, fix)
}

func (d *derivation) derived(attribute, value, from string) {
	d.p.Derived = append(d.p.Derived, Derivation{Attribute: attribute, Value: value, From: from})
}

// identity checks the parts without which nothing can be derived.
func (d *derivation) identity() bool {
	ok := true
	for _, part := range []struct{ path, value string }{{"domain", d.p.Domain}, {"product", d.p.Name}} {
		switch {
		case part.value == "":
			ok = false
			if !d.p.Has(part.path) {
				d.problem("", RuleMissing, "the contract has no "+part.path, fmt.Sprintf("Write %s: and its name.", part.path))
			}
		case !addrs.Segment(part.value):
			ok = false
			d.problem(part.path, RuleName, fmt.Sprintf("%s %q is not a name", part.path, part.value), "Use lower-case letters, digits and hyphens, starting with a letter.")
		}
	}
	if d.p.Version.Major == 0 {
		ok = false
		if !d.p.Has("version") {
			d.problem("", RuleMissing, "the contract has no version", `Write version: "1.0".`)
		}
	}
	d.p.Addr = addrs.Product{Domain: d.p.Domain, Name: d.p.Name, Major: d.p.Version.Major}
	return ok
}

// entity takes the entity from the contract, from the path of the registry, or from the product's name.
func (d *derivation) entity() {
	registered := d.registryPath()
	switch {
	case d.p.Entity != "":
		if !addrs.Segment(d.p.Entity) {
			d.problem("entity", RuleName, fmt.Sprintf("entity %q is not a name", d.p.Entity), "Use lower-case letters, digits and hyphens, starting with a letter.")
		}
	case registered != "":
		d.p.Entity = registered
		d.derived("entity", registered, "the path of schema.registry")
	default:
		d.p.Entity = strings.TrimSuffix(d.p.Name, "-events")
		d.derived("entity", d.p.Entity, "the product's name")
	}
}

// registryPath is the entity that schema.registry names in its path .../<domain>/<entity>/vN; all three must agree
// with the contract.
func (d *derivation) registryPath() string {
	if d.p.Schema.Registry == "" {
		return ""
	}
	u, err := url.Parse(d.p.Schema.Registry)
	if err != nil || u.Host == "" {
		d.problem("schema.registry", RuleRegistryPath, fmt.Sprintf("schema.registry %q is not a URL", d.p.Schema.Registry), "Write https://HOST/<domain>/<entity>/v<major>.")
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 3 {
		d.problem("schema.registry", RuleRegistryPath, fmt.Sprintf("the path of schema.registry %q does not end in <domain>/<entity>/v<major>", d.p.Schema.Registry),
			fmt.Sprintf("End it in %s/<entity>/v%d, or leave schema.registry out.", d.p.Domain, d.p.Addr.Major))
		return ""
	}
	domain, entity, major := parts[len(parts)-3], parts[len(parts)-2], parts[len(parts)-1]
	d.registryAgrees("domain", domain, d.p.Domain)
	d.registryAgrees("major version", major, fmt.Sprintf("v%d", d.p.Addr.Major))
	if d.p.Entity != "" {
		d.registryAgrees("entity", entity, d.p.Entity)
	}
	if !addrs.Segment(entity) {
		d.problem("schema.registry", RuleRegistryPath, fmt.Sprintf("%q in schema.registry is not an entity's name", entity), "Use lower-case letters, digits and hyphens.")
		return ""
	}
	return entity
}

func (d *derivation) registryAgrees(what, path, contract string) {
	if path != contract {
		d.problem("schema.registry", RuleRegistryPath, fmt.Sprintf("schema.registry says %s %s, the contract says %s", what, path, contract),
			fmt.Sprintf("Write %s there, or leave schema.registry out: the registry that is dialled is the environment's.", contract))
	}
}

// maxEvents bounds the topics of one product.
const maxEvents = 100

// events checks the event types, and makes one where there is none.
func (d *derivation) events() {
	if len(d.p.Events) == 0 && !d.p.Has("events") {
		d.p.Events = Events{{Type: "changed"}}
		d.derived("events", "changed", "no events are named")
	}
	if len(d.p.Events) == 0 && !d.faulty("events") {
		d.problem("events", RuleMissing, "events is empty", "Name at least one event, or leave events out: it is then changed.")
	}
	if n := len(d.p.Events); n > maxEvents {
		d.problem("events", RuleField, fmt.Sprintf("the product has %d events; %d are the most", n, maxEvents), "Make it several products.")
		d.p.Events = d.p.Events[:maxEvents]
	}
	seen := map[string]bool{}
	for i, e := range d.p.Events {
		path := d.p.EventPath(i)
		if seen[e.Type] {
			d.problem(path, RuleRepeatedTopic, fmt.Sprintf("event %s is named twice", e.Type), "Keep one.")
		}
		seen[e.Type] = true
		d.eventType(path, e.Type)
	}
}

func (d *derivation) eventType(path, name string) {
	if !addrs.Segment(name) {
		d.problem(path, RuleName, fmt.Sprintf("event %q is not a name", name), "Use lower-case letters, digits and hyphens, starting with a letter.")
	}
	if name == addrs.ReservedEvent {
		d.problem(path, RuleReserved, "event type cdc is kept for captured envelopes", "Name what happened: created, changed, status-changed.")
	}
	for _, suffix := range addrs.ReservedSuffixes {
		if strings.HasSuffix(name, suffix) {
			d.problem(path, RuleReserved, fmt.Sprintf("event type %s ends in %s, which is kept for a companion of the topic", name, suffix), "Choose another name.")
		}
	}
}
