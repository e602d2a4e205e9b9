package policy

import (
	"fmt"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
)

func lifecycle() []Rule {
	return []Rule{
		{"deprecation", must, "Who reads a deprecated product knows until when, and what to read in its place.", "lifecycle: deprecated", "lifecycle: deprecated\nsunset: 2027-06-30\nsuccessor: logistics/shipment-events/v3", deprecation},
		{"majors-side-by-side", should, "Where two major versions live, the older is on its way out.", "v1 and v2 both active", "v1: lifecycle: deprecated", majors},
	}
}

func deprecation(r *run) {
	r.eachProduct(func(p contracts.Product) {
		if p.Lifecycle == contracts.Deprecated {
			r.sunset(p)
		}
		if p.Successor == "" {
			if p.Lifecycle == contracts.Deprecated {
				r.report(p, p.At("lifecycle"), fmt.Sprintf("%s is deprecated and names no successor", p.Addr), "Write successor: and the product to read in its place, as in logistics/shipment-events/v3.")
			}
			return
		}
		addr, err := addrs.ParseProduct(p.Successor)
		if err != nil {
			r.report(p, p.At("successor"), "successor: "+err.Error(), "Write domain/product/vMAJOR.")
			return
		}
		next, ok := r.set.Product(addr)
		switch {
		case addr == p.Addr:
			r.report(p, p.At("successor"), fmt.Sprintf("%s names itself as its successor", p.Addr), "Name the product to read in its place.")
		case !ok && complete(r.set):
			r.report(p, p.At("successor"), fmt.Sprintf("successor %s is not in this mesh", addr), r.nameFix(p.Successor, productNames(r.set), "Name a product that is."))
		case ok && next.Lifecycle == contracts.Deprecated:
			r.warn(p, p.At("successor"), fmt.Sprintf("successor %s is deprecated itself", addr), "Name the product that stays.")
		}
	})
}

func (r *run) sunset(p contracts.Product) {
	notice := r.set.Mesh.Defaults.Notice.Std()
	switch {
	case p.Sunset.IsZero():
	case r.now.After(p.Sunset.Time):
		r.warn(p, p.At("sunset"), fmt.Sprintf("the sunset of %s has passed (%s)", p.Addr, p.Sunset), "Retire it when its readers have moved, or set a new day.")
	case len(r.set.SubscriptionsTo(p.Addr)) > 0 && p.Sunset.Sub(r.now) < notice:
		r.warn(p, p.At("sunset"), fmt.Sprintf("%s is gone on %s and %s still subscribes", p.Addr, p.Sunset, r.set.SubscriptionsTo(p.Addr)[0].Domain), "Ask its readers to move to "+p.Successor+".")
	}
}

// complete reports whether the set is a whole mesh, in which what is named can be looked for.
func complete(set contracts.Set) bool { return set.Mesh.File != "" && set.Remote == nil }

func productNames(set contracts.Set) []string {
	names := make([]string, len(set.Products))
	for i, p := range set.Products {
		names[i] = p.Addr.String()
	}
	return names
}

func majors(r *run) {
	for i, p := range r.set.Products {
		if i+1 < len(r.set.Products) && r.set.Products[i+1].Addr.Family() == p.Addr.Family() && p.Lifecycle == contracts.Active && r.set.Products[i+1].Lifecycle == contracts.Active {
			r.report(p, p.At("version"), fmt.Sprintf("%s is active beside v%d", p.Addr, r.set.Products[i+1].Addr.Major), fmt.Sprintf("Write lifecycle: deprecated, sunset: and successor: %s.", r.set.Products[i+1].Addr))
		}
	}
}
