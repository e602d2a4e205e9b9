package contracts

import (
	"fmt"
	"slices"
)

// Dimensions are the sides of quality that a check can count for.
var Dimensions = []string{"completeness", "consistency", "timeliness", "accuracy", "uniqueness", "validity"}

func (d *derivation) checkChoices() {
	for i := range d.p.Quality {
		c, path := &d.p.Quality[i], fmt.Sprintf("quality[%d]", i)
		d.choice(path+".action", &c.Action, "count", "count", "quarantine")
		d.choice(path+".dimension", &c.Dimension, c.dimension(), Dimensions...)
		if !d.p.Has(path + ".threshold") {
			c.Threshold = 100
		}
		d.qualityCheck(path, *c)
		d.memory(path, *c)
		if first := slices.IndexFunc(d.p.Quality[:i], func(o Check) bool { return o.Name == c.Name }); first >= 0 && c.Name != "" {
			d.problem(path+".name", RuleCombination, fmt.Sprintf("two quality checks are called %s", c.Name), "Give each a name of its own; scores show it.")
		}
	}
	d.ownTests()
	for i := range d.p.Access.Grants {
		g, path := &d.p.Access.Grants[i], fmt.Sprintf("access.grants[%d]", i)
		d.choice(path+".pii", &g.PII, PIIMasked, PIIMasked, PIIClear)
		if g.To == "" {
			d.problem(path, RuleMissing, "a grant names no domain", "Write to: and the domain that may read.")
		}
	}
}

// dimension is the side of quality that a check counts for unless it says so.
func (c Check) dimension() string {
	switch {
	case len(c.Unique) > 0:
		return "uniqueness"
	case c.References != nil:
		return "consistency"
	case c.Rows != nil:
		return "completeness"
	}
	return "validity"
}

func (d *derivation) qualityCheck(path string, c Check) {
	forms := 0
	for _, set := range []bool{c.Check != "", len(c.Unique) > 0, c.References != nil, c.Rows != nil} {
		if set {
			forms++
		}
	}
	if forms != 1 {
		d.problem(path, RuleCombination, fmt.Sprintf("a quality check needs exactly one of check, unique, references and rows; this one has %d", forms),
			"Write one check an entry.")
	}
	if c.Name == "" {
		d.problem(path, RuleMissing, "a quality check has no name", "Write name: and a few words; scores and quarantine show it.")
	}
	if c.Action == "quarantine" && (c.Check == "" && forms == 1) {
		d.problem(path+".action", RuleCombination, "a check with memory (unique, references, rows) can only count", "Write action: count, or leave it out.")
	}
	if c.Action == "quarantine" && d.p.Ingest == Direct && d.p.Source == nil && d.p.Transform == nil {
		d.problem(path+".action", RuleCombination, "quarantine needs a gate before the topic, and ingest is direct", "Write ingest: gated, or action: count.")
	}
}

// memory checks what goes with checks that remember records.
func (d *derivation) memory(path string, c Check) {
	if c.Within != 0 && len(c.Unique) == 0 {
		d.problem(path+".within", RuleCombination, "within is for unique", "Write unique: and the fields, or leave within out.")
	}
	if c.Within == 0 && d.p.Has(path+".within") && !d.faulty(path+".within") {
		d.problem(path+".within", RuleField, "within is zero, so nothing is remembered", "Write how long, as in 1h.")
	}
	if c.References != nil && (c.References.Field == "" || c.References.Product == "") {
		d.problem(path+".references", RuleMissing, "references does not name both a field and a product", "Write references: {field: carrier, product: logistics/carrier/v1, key: carrier_id}.")
	}
	d.rows(path+".rows", c.Rows)
}

// rows checks a bound on how many records arrive.
func (d *derivation) rows(path string, r *Rows) {
	switch {
	case r == nil:
	case r.Per == 0:
		d.problem(path, RuleMissing, "rows does not say in what time", "Write per: and how long, as in rows: {min: 10, per: 5m}.")
	case r.Min < 0 || r.Max < 0 || r.Min == 0 && r.Max == 0:
		d.problem(path, RuleField, "rows bounds nothing", "Write min:, max: or both, greater than zero.")
	case r.Max > 0 && r.Min > r.Max:
		d.problem(path+".min", RuleField, fmt.Sprintf("rows: min %d is greater than max %d", r.Min, r.Max), "Swap them.")
	}
}
