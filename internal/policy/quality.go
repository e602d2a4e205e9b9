package policy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

func quality() []Rule {
	return []Rule{
		{"quality-fields", must, "Quality checks name fields and products that exist.", "unique: [shipment]", "unique: [shipment_id]", qualityFields},
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
			r.condition(p, fmt.Sprintf("quality[%d].check", i), c.Check, names)
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

// condition checks that a condition is an expression of Flink SQL over fields that the product has. Types are for the
// stream engine to judge.
func (r *run) condition(p contracts.Product, path, text string, fields []string) {
	if text == "" {
		return
	}
	tree, err := parse.Expression(text)
	var mistake *lex.Error
	if errors.As(err, &mistake) {
		r.report(p, p.At(path), "check: "+mistake.Message, mistake.Hint)
		return
	}
	told := map[string]bool{}
	ast.Walk(tree, func(n ast.Node) bool {
		column, ok := n.(*ast.Column)
		if !ok {
			return true
		}
		if name := column.Parts[0]; !told[name] && !slices.Contains(fields, name) {
			told[name] = true
			r.report(p, p.At(path), fmt.Sprintf("check: %s is not a field of %s", name, p.Addr), r.nameFix(name, fields, "Name a field that it has; text stands in single quotes."))
		}
		return true
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
