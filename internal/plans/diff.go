package plans

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/resources"
)

// Rules of the problems that a comparison finds.
const (
	RuleUnowned    = "unowned-resource"
	RuleBound      = "bound-topic"
	RulePartitions = "partition-count"
	RuleImmutable  = "immutable-attribute"
)

// Owner is who a resource that Weft made or adopted belongs to.
type Owner struct {
	Domain   string
	Product  addrs.Product
	Adopted  bool   // it was there before Weft
	Snapshot string // of a connector: the tables whose rows it has read
}

// Comparison is what a plan is made from.
type Comparison struct {
	Environment string
	Desired     resources.Graph
	Observed    map[addrs.Resource]resources.Observed
	Owned       map[addrs.Resource]Owner
	Domains     func(domain string) bool // whose desired state this is; resources of others are left alone
	Affected    map[addrs.Product][]string
	AllowDelete map[addrs.Resource]bool
	Adopt       map[addrs.Resource]bool
}

// Diff compares desired and observed. It is pure, and its order is that of addresses.
func Diff(c Comparison) Plan {
	d := differ{Comparison: c, plan: Plan{Environment: c.Environment}}
	for _, r := range c.Desired.Resources {
		d.desired(r)
	}
	d.deletions()
	d.plan.NotYet = c.Desired.NotYet
	d.plan.Problems.Add(c.Desired.Problems...)
	return d.plan
}

type differ struct {
	Comparison
	plan Plan
}

func (d *differ) desired(r resources.Resource) {
	seen := d.Observed[r.Addr]
	_, owned := d.Owned[r.Addr]
	switch {
	case r.Bound:
		d.bound(r, seen)
	case r.Job != nil:
		d.job(r, seen, owned)
	case r.Connector != nil:
		d.connector(r, seen, owned)
	case !seen.Exists():
		d.change(Create, r, seen, attributes(r, seen))
	case owned || d.Adopt[r.Addr]:
		d.existing(r, seen, owned)
	default:
		d.problem(r, RuleUnowned, fmt.Sprintf("%s exists, and Weft did not make it", r.Addr),
			fmt.Sprintf("Take it over with --adopt %s, bind the product to it with topic: {name: ..., managed: false}, or choose another name.", r.Addr))
	}
}

func (d *differ) bound(r resources.Resource, seen resources.Observed) {
	if !seen.Exists() && r.Awaited {
		d.plan.Problems.Add(diags.Diagnostic{
			Severity: diags.Warning, Rule: RuleBound, Range: r.At, Summary: fmt.Sprintf("topic %s, which %s is made from, does not exist yet", r.Addr.Name, r.Product),
			Fix: "Check the name; the gate waits for it.",
		})
		return
	}
	if !seen.Exists() {
		d.problem(r, RuleBound, fmt.Sprintf("topic %s is bound (managed: false) and does not exist", r.Addr.Name), "Create it where it is managed, or remove topic.name.")
		return
	}
	d.plan.Unchanged++
}

func (d *differ) existing(r resources.Resource, seen resources.Observed, owned bool) {
	changed := attributes(r, seen)
	switch {
	case len(changed) == 0 && owned:
		d.plan.Unchanged++
	case !owned:
		d.change(Adopt, r, seen, changed)
	default:
		d.update(r, seen, changed)
	}
}

// update holds a change of what exists against what cannot be changed in place.
func (d *differ) update(r resources.Resource, seen resources.Observed, changed []AttributeChange) {
	for _, a := range changed {
		reason := ""
		switch old, _ := strconv.Atoi(a.Old); {
		case a.Name == resources.Partitions && old > number(a.New):
			reason = fmt.Sprintf("%s partitions cannot become %s without losing records", a.Old, a.New)
		case a.Name == resources.Partitions && r.Keyed:
			d.problem(r, RulePartitions, fmt.Sprintf("%s: more partitions (%s -> %s) would send records of one key to two of them", r.Addr, a.Old, a.New),
				fmt.Sprintf("Keep %s partitions, or publish a new major version with %s.", a.Old, a.New))
			return
		case a.Name == resources.Replication:
			reason = fmt.Sprintf("the replication of a topic that exists (%s) is changed by reassigning its partitions, which Weft does not do", a.Old)
		case a.Name == resources.SchemaType:
			reason = "the type of a subject's schemas cannot change"
		}
		if reason == "" {
			continue
		}
		if !d.AllowDelete[r.Addr] {
			d.pend(r.Addr, r.Domain, r.Product, Replace, reason)
			return
		}
		d.change(Replace, r, seen, changed)
		return
	}
	d.change(Update, r, seen, changed)
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func (d *differ) change(action Action, r resources.Resource, seen resources.Observed, changed []AttributeChange) {
	d.plan.Changes = append(d.plan.Changes, Change{
		Addr: r.Addr, Action: action, Domain: r.Domain, Product: r.Product, Attributes: changed,
		Affected: d.affected(r), Desired: r, Seen: Fingerprint(seen),
	})
}

// affected are the readers of the products that a resource is for.
func (d *differ) affected(r resources.Resource) []string {
	if r.Connector == nil {
		return d.Affected[r.Product]
	}
	var all []string
	for _, p := range r.Connector.Products {
		all = append(all, d.Affected[p]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (d *differ) pend(addr addrs.Resource, domain string, product addrs.Product, action Action, reason string) {
	d.plan.Pending = append(d.plan.Pending, Pending{Addr: addr, Domain: domain, Action: action, Reason: reason, Affected: d.Affected[product]})
}

func (d *differ) problem(r resources.Resource, rule, summary, fix string) {
	d.plan.Problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: rule, Range: r.At, Summary: summary, Fix: fix})
}

// deletions finds what Weft owns and no file wants any more.
func (d *differ) deletions() {
	for _, addr := range slices.SortedFunc(maps.Keys(d.Owned), addrs.Resource.Compare) {
		owner, seen := d.Owned[addr], d.Observed[addr]
		if _, wanted := d.Desired.Lookup(addr); wanted || !d.Domains(owner.Domain) {
			continue
		}
		if !seen.Exists() {
			d.plan.Gone = append(d.plan.Gone, addr)
			continue
		}
		if !d.AllowDelete[addr] {
			d.pend(addr, owner.Domain, owner.Product, Delete, "no contract asks for it any more")
			continue
		}
		r := resources.Resource{Addr: addr, Domain: owner.Domain, Product: owner.Product}
		d.change(Delete, r, seen, nil)
	}
}

// attributes lists what differs, by name.
func attributes(r resources.Resource, seen resources.Observed) []AttributeChange {
	var changed []AttributeChange
	for _, name := range slices.Sorted(maps.Keys(r.Attributes)) {
		want, have := r.Attributes[name], seen.Attributes[name]
		if !same(name, want.Text, have) {
			changed = append(changed, AttributeChange{Name: name, Old: have, New: want.Text, From: want.From})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen.Attributes)) {
		if _, wanted := r.Attributes[name]; !wanted && strings.HasPrefix(name, resources.ConfigPrefix) {
			changed = append(changed, AttributeChange{Name: name, Old: seen.Attributes[name], From: unset(r)})
		}
	}
	return changed
}

// unset says what holds where a setting is taken away.
func unset(r resources.Resource) string {
	if r.Connector != nil {
		return "no contract asks for it"
	}
	return "the broker's default"
}

// same compares two values of an attribute; schemas are compared as JSON.
func same(name, want, have string) bool {
	return want == have || name == resources.SchemaText && have != "" && sortedJSON(want) == sortedJSON(have)
}

func sortedJSON(text string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	sorted, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return string(sorted)
}

// Fingerprint stands for a resource as it was observed.
func Fingerprint(o resources.Observed) string {
	if !o.Exists() {
		return "absent"
	}
	text, err := json.Marshal(o.Attributes) // maps are written in the order of their keys
	if err != nil {
		panic("plans: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
