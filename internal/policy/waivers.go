package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

func waiverForm(r *run) {
	known := ruleNames(r.set)
	for _, d := range r.set.Domains {
		for i, w := range d.Waivers {
			path := fmt.Sprintf("waivers[%d]", i)
			report := func(part, summary, fix string) { r.report(contracts.Product{}, d.At(path+part), summary, fix) }
			if !slices.Contains(known, w.Rule) {
				report(".rule", fmt.Sprintf("rule %q is not known", w.Rule), r.nameFix(w.Rule, known, "`weft explain` lists the rules."))
			}
			if w.Reason == "" || w.By == "" {
				report("", fmt.Sprintf("the waiver of %s has no reason or nobody who gave it", w.Rule), "Write reason: and by:.")
			}
			if w.Until.IsZero() {
				report("", fmt.Sprintf("the waiver of %s never ends", w.Rule), "Write until: and a day.")
			}
			r.approved(d, w, path)
			if w.Product == "" {
				report("", fmt.Sprintf("the waiver of %s names no product", w.Rule), "Write product: product/vMAJOR, as in shipment-events/v2.")
			} else if !waivesProduct(r.set, d, w) {
				report(".product", fmt.Sprintf("domain %s has no product %s", d.Name, w.Product), "Write product/vMAJOR, as in shipment-events/v2.")
			}
		}
	}
}

// Who may waive a rule.
const (
	waivedByDomain     = "domain"
	waivedByGovernance = "governance"
)

// approved checks who gave a waiver and for how long: nobody waives a rule for a product of their own, and a rule that
// people wrote can ask for the governance group and bound the time.
func (r *run) approved(d contracts.Domain, w contracts.Waiver, path string) {
	report := func(part, summary, fix string) { r.report(contracts.Product{}, d.At(path+part), summary, fix) }
	for _, p := range r.set.Products {
		if p.Domain == d.Name && p.Addr.Short() == w.Product && w.By != "" && w.By == p.Owner {
			report(".by", fmt.Sprintf("%s owns %s and cannot waive %s for it", w.By, w.Product, w.Rule), fmt.Sprintf("Have it given by somebody else, as %s.", d.Owner))
		}
	}
	i := slices.IndexFunc(r.set.Policies, func(p contracts.Policy) bool { return p.Rule == w.Rule })
	if i < 0 {
		return
	}
	waivable := r.set.Policies[i].Waivable
	if waivable.By == waivedByGovernance && (w.By == d.Owner || slices.Contains(d.Members, w.By)) {
		report(".by", fmt.Sprintf("rule %s is waived by the governance group, and %s is of domain %s", w.Rule, w.By, d.Name), "Ask the governance group.")
	}
	if most := waivable.Max; most > 0 && w.Until.After(r.now.Add(most.Std())) {
		report(".until", fmt.Sprintf("rule %s is waived for %s at the most", w.Rule, most), fmt.Sprintf("Write %s or earlier.", contracts.Date{Time: r.now.Add(most.Std())}))
	}
}

func waivesProduct(set contracts.Set, d contracts.Domain, w contracts.Waiver) bool {
	return slices.ContainsFunc(set.Products, func(p contracts.Product) bool { return p.Domain == d.Name && p.Addr.Short() == w.Product })
}

func ruleNames(set contracts.Set) []string {
	var names []string
	for _, rule := range Rules() {
		names = append(names, rule.ID)
	}
	for _, p := range set.Policies {
		names = append(names, p.Rule)
	}
	return names
}

// waived turns problems that a domain's waiver covers into notes, and says of waivers that have ended.
func waived(set contracts.Set, now time.Time, all found) diags.List {
	var list diags.List
	for _, f := range all {
		d := f.problem
		if w, ok := waiverFor(set, f.product, d.Rule); ok && d.Severity == diags.Error {
			if now.After(w.Until.AddDate(0, 0, 1)) {
				d.Detail = fmt.Sprintf("Its waiver ended on %s.", w.Until)
			} else {
				d.Severity = diags.Info
				d.Detail = fmt.Sprintf("Waived until %s by %s: %s.", w.Until, w.By, w.Reason)
			}
		}
		list.Add(d)
	}
	return list
}

func waiverFor(set contracts.Set, p contracts.Product, rule string) (contracts.Waiver, bool) {
	d, ok := set.Domain(p.Domain)
	if !ok || p.Addr.Name == "" {
		return contracts.Waiver{}, false
	}
	for _, w := range d.Waivers {
		if w.Rule == rule && w.Product == p.Addr.Short() && !w.Until.IsZero() && w.By != "" && w.Reason != "" {
			return w, true
		}
	}
	return contracts.Waiver{}, false
}
