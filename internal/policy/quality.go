package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql"
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

// condition checks the words of a condition in SQL: that they end, and that none is a misspelt field. What it means is
// for the stream engine to say.
func (r *run) condition(p contracts.Product, path, text string, fields []string) {
	if text == "" {
		return
	}
	tokens, err := flinksql.Lex(text)
	var mistake *flinksql.Error
	if errors.As(err, &mistake) {
		r.report(p, p.At(path), "check: "+mistake.Message, mistake.Hint)
		return
	}
	if len(tokens) > 0 && tokens[len(tokens)-1].Kind == flinksql.Symbol && !tokens[len(tokens)-1].Is(")") {
		r.report(p, p.At(path), fmt.Sprintf("check: the condition ends in %s", tokens[len(tokens)-1].Text), "Write what stands to the right of it.")
	}
	for i, t := range tokens {
		if r.suggested > maxSuggestions {
			return
		}
		called := i+1 < len(tokens) && tokens[i+1].Is("(")
		if called || !r.unknown(t, fields) {
			continue
		}
		if closest, near := diags.Closest(t.Text, fields); near {
			r.report(p, p.At(path), fmt.Sprintf("%s is not a field of %s", t.Text, p.Addr), fmt.Sprintf("Did you mean %s?", closest))
		}
	}
}

// unknown reports whether a word could have been meant as a field and is none. Words of SQL have no underscore, but for
// CURRENT_TIME and its like.
func (r *run) unknown(t flinksql.Token, fields []string) bool {
	name := t.Kind == flinksql.Quoted || t.Kind == flinksql.Word && strings.Contains(t.Text, "_") && !strings.HasPrefix(strings.ToUpper(t.Text), "CURRENT_")
	if !name || slices.Contains(fields, t.Text) {
		return false
	}
	r.suggested++
	return true
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
