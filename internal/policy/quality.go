package policy

import (
	"fmt"
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	checks "github.com/weftmesh/weft/internal/quality"
)

func quality() []Rule {
	return []Rule{
		{"quality-fields", must, "Quality checks name fields and products that exist.", "unique: [shipment]", "unique: [shipment_id]", qualityFields},
		{checks.Rule, must, "Checks in SQL are conditions over the fields of the product.", "check: weight > 0, without a field weight", "check: weight_kg > 0", qualityChecks},
	}
}

func qualityFields(r *run) {
	r.eachProduct(func(p contracts.Product) {
		var names []string
		for _, f := range p.AllFields() {
			names = append(names, f.Name)
		}
		known := func(path, name string) {
			if !slices.Contains(names, name) {
				r.report(p, p.At(path), fmt.Sprintf("%s is not a field of %s", name, p.Addr), r.nameFix(name, names, "Name a field that it has."))
			}
		}
		for i, c := range p.Quality {
			for j, name := range c.Unique {
				known(fmt.Sprintf("quality[%d].unique[%d]", i, j), name)
			}
			if c.References != nil {
				known(fmt.Sprintf("quality[%d].references.field", i), c.References.Field)
				r.referenced(p, fmt.Sprintf("quality[%d].references", i), *c.References)
			}
		}
	})
}

// qualityChecks resolves the checks in SQL over the fields of each topic, as the gate does.
func qualityChecks(r *run) {
	r.eachProduct(func(p contracts.Product) {
		told := map[string]bool{}
		for _, t := range p.Topics {
			_, problems := checks.Conditions(p, t)
			for _, d := range problems {
				if text := d.String(); !told[text] {
					told[text] = true
					r.add(p, d)
				}
			}
		}
	})
}

func (r *run) referenced(p contracts.Product, path string, ref contracts.References) {
	addr, err := addrs.ParseProduct(ref.Product)
	if err != nil {
		r.report(p, p.At(path+".product"), "product: "+err.Error(), "Write domain/product/vMAJOR.")
		return
	}
	other, ok := r.set.Product(addr)
	switch {
	case !ok && complete(r.set):
		r.report(p, p.At(path+".product"), fmt.Sprintf("%s is not in this mesh", addr), r.nameFix(ref.Product, productNames(r.set), "Name a product that is."))
	case ok && ref.Key != "" && !slices.ContainsFunc(other.AllFields(), func(f contracts.PathField) bool { return f.Name == ref.Key }):
		r.report(p, p.At(path+".key"), fmt.Sprintf("%s is not a field of %s", ref.Key, addr), "Name its key.")
	}
}
