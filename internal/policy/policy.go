// Package policy holds the rules that every mesh keeps: the built-in ones as a table, those that the governance group
// and the domains wrote in CEL, and the waivers from them.
package policy

import (
	"fmt"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// Rule is one built-in rule.
type Rule struct {
	ID       string
	Severity diags.Severity // of its problems, unless the check says otherwise
	Purpose  string         // why it is there, in a sentence
	Bad      string         // an example that breaks it
	Good     string         // the same, mended
	check    func(*run)
}

// run is one checking of a set by one rule.
type run struct {
	set      contracts.Set
	now      time.Time
	rule     Rule
	problems *found

	count     map[string]int // of problems, by file
	suggested int
}

// Limits of one rule, so that who writes a thousand wrong names waits for no thousand searches.
const (
	maxProblems    = 100 // of one file
	maxSuggestions = 100
)

// found gathers problems with the product that each is about, for waivers.
type found []finding

type finding struct {
	product contracts.Product // zero for what is about no product
	problem diags.Diagnostic
}

// report adds a problem of a product.
func (r *run) report(p contracts.Product, at diags.Range, summary, fix string) {
	r.add(p, diags.Diagnostic{Severity: r.rule.Severity, Range: at, Summary: summary, Fix: fix})
}

// warn adds a problem that does not block, whatever the rule's severity.
func (r *run) warn(p contracts.Product, at diags.Range, summary, fix string) {
	r.add(p, diags.Diagnostic{Severity: diags.Warning, Range: at, Summary: summary, Fix: fix})
}

func (r *run) add(p contracts.Product, d diags.Diagnostic) {
	d.Rule = r.rule.ID
	r.count[d.File]++
	switch n := r.count[d.File]; {
	case n > maxProblems:
		return
	case n == maxProblems:
		d.Detail = fmt.Sprintf("More than %d problems of this rule are in the file; the rest is left out.", maxProblems)
	}
	*r.problems = append(*r.problems, finding{p, d})
}

// nameFix suggests the nearest of the names that are known.
func (r *run) nameFix(name string, known []string, otherwise string) string {
	if r.suggested++; r.suggested > maxSuggestions {
		return otherwise
	}
	if closest, ok := diags.Closest(name, known); ok {
		return fmt.Sprintf("Did you mean %s?", closest)
	}
	return otherwise
}

// Check holds a set against every rule. now decides what has expired.
func Check(set contracts.Set, now time.Time) diags.List {
	var all found
	for _, rule := range Rules() {
		rule.check(&run{set: set, now: now, rule: rule, problems: &all, count: map[string]int{}})
	}
	custom(set, now, &all)
	return waived(set, now, all)
}

// eachProduct calls visit for every product that makes promises.
func (r *run) eachProduct(visit func(contracts.Product)) {
	for _, p := range r.set.Products {
		visit(p)
	}
}

// eachPromising leaves drafts out: they make no promises yet.
func (r *run) eachPromising(visit func(contracts.Product)) {
	for _, p := range r.set.Products {
		if p.Promises() {
			visit(p)
		}
	}
}
