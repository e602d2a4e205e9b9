package policy

import (
	"slices"

	"github.com/weftmesh/weft/internal/diags"
)

// Rules is the table of built-in rules, by family.
func Rules() []Rule {
	return slices.Concat(ownership(), promises(), privacy(), lifecycle(), topics(), fields(), jobs(), quality(), references(), transformRules())
}

// Lookup finds a built-in rule.
func Lookup(id string) (Rule, bool) {
	for _, rule := range Rules() {
		if rule.ID == id {
			return rule, true
		}
	}
	return Rule{}, false
}

const (
	must   = diags.Error
	should = diags.Warning
)
