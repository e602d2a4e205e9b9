package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/transforms"
)

func transformRules() []Rule {
	return []Rule{
		{transforms.Rule, must, "A transform can be planned: it reads what its domain may read, and gives the fields that the contract says, with personal data marked as such.", "SELECT COUNT(*) AS n, beside {name: views, type: long}", "SELECT COUNT(*) AS `views`", transformsPlanned},
		{"transform-cycle", must, "No product is derived from itself, by whatever way.", "a reads b, and b reads a", "a reads b, and b reads what an application writes", transformCycles},
	}
}

// transformsPlanned plans every transform whose inputs are there.
func transformsPlanned(r *run) {
	r.eachProduct(func(p contracts.Product) {
		if p.Transform == nil || p.Transform.SQL == "" {
			return
		}
		if _, problems := r.set.Inputs(p); problems.HasErrors() || r.refused(p, "microseconds", "job-format") {
			return // other rules tell
		}
		_, problems := transforms.CompileAt(r.set, p, r.now)
		for _, d := range problems {
			*r.problems = append(*r.problems, finding{p, d})
		}
	})
}

// refused reports whether one of these rules has found a problem of the product.
func (r *run) refused(p contracts.Product, rules ...string) bool {
	return slices.ContainsFunc(*r.problems, func(f finding) bool { return f.product.Addr == p.Addr && slices.Contains(rules, f.problem.Rule) })
}

// transformCycles finds products that come back to themselves; each way round is told once, where it closes.
func transformCycles(r *run) {
	done := map[addrs.Product]bool{}
	r.eachProduct(func(p contracts.Product) { r.walkInputs(p, nil, done) })
}

func (r *run) walkInputs(p contracts.Product, way []addrs.Product, done map[addrs.Product]bool) {
	if done[p.Addr] || p.Transform == nil {
		return
	}
	way = append(way, p.Addr)
	inputs, _ := r.set.Inputs(p)
	for _, in := range inputs {
		closed := false
		for i, addr := range way {
			if addr == in.Product.Addr {
				closed = true
				r.report(p, in.At, fmt.Sprintf("%s is derived from itself: %s", in.Product.Addr, round(way[i:], in.Product.Addr)), "Take one of these out of another's transform.")
			}
		}
		if !closed {
			r.walkInputs(in.Product, way, done)
		}
	}
	done[p.Addr] = true
}

func round(way []addrs.Product, back addrs.Product) string {
	var names []string
	for _, addr := range way {
		names = append(names, addr.String())
	}
	return strings.Join(append(names, back.String()), " reads ")
}
