package cli

import (
	"context"
	"net/url"
	"strings"

	"github.com/weftmesh/weft/internal/catalog"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// productNamed finds the product that a word on the command line means: domain/product/vN, domain/product for its
// newest major version that is active, or the name of one of its topics, which names an event as well.
func (r *remote) productNamed(ctx context.Context, word string) (product catalog.Summary, event string, err error) {
	var list []catalog.Summary
	if err := r.call(ctx, "GET", "/v1/products", nil, &list); err != nil {
		return product, "", err
	}
	if product, ok := pickProduct(list, word); ok {
		return product, "", nil
	}
	if strings.Count(word, ".") == 3 {
		if product, event, ok := r.byTopic(ctx, list, word); ok {
			return product, event, nil
		}
	}
	var known []string
	for _, p := range list {
		known = append(known, p.Product.String())
	}
	if closest, ok := diags.Closest(word, known); ok {
		return product, "", usagef("no product %s is live in this mesh; did you mean %s?", word, closest)
	}
	return product, "", usagef("no product %s is live in this mesh; `weft status` lists them", word)
}

func pickProduct(list []catalog.Summary, word string) (catalog.Summary, bool) {
	var best catalog.Summary
	found := false
	for _, p := range list {
		if p.Product.String() == word {
			return p, true
		}
		better := !found || p.Lifecycle == contracts.Active && (best.Lifecycle != contracts.Active || p.Product.Major > best.Product.Major)
		if p.Product.Family() == word && better {
			best, found = p, true
		}
	}
	return best, found
}

func (r *remote) byTopic(ctx context.Context, list []catalog.Summary, topic string) (catalog.Summary, string, bool) {
	domain, _, _ := strings.Cut(topic, ".")
	for _, p := range list {
		if p.Product.Domain != domain {
			continue
		}
		var page catalog.Page
		if r.call(ctx, "GET", "/v1/products/"+p.Product.String(), nil, &page) != nil {
			continue
		}
		for _, t := range page.Topics {
			if string(t.Name) == topic {
				return p, t.Event, true
			}
		}
	}
	return catalog.Summary{}, "", false
}

// recordsPath is the path of a product's records.
func recordsPath(p catalog.Summary, query url.Values) string {
	return "/v1/products/" + p.Product.String() + "/records?" + query.Encode()
}
