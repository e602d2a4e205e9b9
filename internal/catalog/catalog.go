// Package catalog is what people who look for data read: products with their owners, fields, readers, and a search over
// all of it. It says only what was declared. (Invariant 6.)
package catalog

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// Summary is a product in a list.
type Summary struct {
	Product        addrs.Product `json:"product"`
	Version        string        `json:"version"`
	Kind           string        `json:"kind" enum:"events,state"`
	Format         string        `json:"format" enum:"avro,json,protobuf"`
	Lifecycle      string        `json:"lifecycle" enum:"draft,active,deprecated"`
	Classification string        `json:"classification" enum:"public,internal,restricted"`
	Owner          string        `json:"owner"`
	Description    string        `json:"description,omitempty"`
	Tags           []string      `json:"tags,omitempty"`
	PII            bool          `json:"pii" doc:"A field holds personal data"`
}

// Page is everything that is declared of a product.
type Page struct {
	Summary
	Successor string                 `json:"successor,omitempty"`
	Sunset    string                 `json:"sunset,omitempty"`
	Freshness string                 `json:"freshness,omitempty"`
	Retention string                 `json:"retention,omitempty"`
	Key       []string               `json:"key,omitempty"`
	EventTime string                 `json:"event_time,omitempty"`
	Derived   []contracts.Derivation `json:"derived,omitempty"`
	Topics    []Topic                `json:"topics"`
	Fields    []Field                `json:"fields"`
	Readers   []Reader               `json:"readers,omitempty"`
	Contract  string                 `json:"contract" doc:"The file as it is"`
}

// Topic is one of a product's topics.
type Topic struct {
	Name       addrs.Topic `json:"name"`
	Event      string      `json:"event"`
	Partitions int         `json:"partitions"`
	Schema     string      `json:"schema,omitempty"`
}

// Field is one field of a product, nested ones by their dotted names.
type Field struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Required    bool   `json:"required"`
	PII         bool   `json:"pii"`
	Mask        string `json:"mask,omitempty"`
	Description string `json:"description,omitempty"`
}

// Reader is a domain that subscribes.
type Reader struct {
	Domain  string `json:"domain"`
	Group   string `json:"group,omitempty"`
	Purpose string `json:"purpose,omitempty"`
	PII     string `json:"pii,omitempty"`
}

// List gives every product of a set.
func List(set contracts.Set) []Summary {
	list := make([]Summary, 0, len(set.Products))
	for _, p := range set.Products {
		list = append(list, summary(p))
	}
	return list
}

func summary(p contracts.Product) Summary {
	return Summary{
		Product: p.Addr, Version: p.Version.String(), Kind: p.Kind, Format: p.Schema.Type, Lifecycle: p.Lifecycle, Classification: p.Classification,
		Owner: p.Owner, Description: p.Description, Tags: p.Tags, PII: p.HasPII(),
	}
}

// PageOf gives everything that is declared of a product.
func PageOf(set contracts.Set, p contracts.Product) Page {
	page := Page{
		Summary: summary(p), Successor: p.Successor, Sunset: p.Sunset.String(), Key: p.Key, EventTime: p.EventTime.Field, Derived: p.Derived, Contract: p.Text,
	}
	if p.SLA.Freshness > 0 {
		page.Freshness = p.SLA.Freshness.String()
	}
	if p.SLA.Retention > 0 {
		page.Retention = p.SLA.Retention.String()
	}
	for _, t := range p.Topics {
		page.Topics = append(page.Topics, Topic{t.Name, t.Event, t.Partitions, t.ValueText})
	}
	for _, f := range p.AllFields() {
		required := f.Required || slices.Contains(p.Key, f.Name)
		page.Fields = append(page.Fields, Field{f.Name, f.Type, required, f.PII, f.Mask, f.Description})
	}
	for _, sub := range set.SubscriptionsTo(p.Addr) {
		page.Readers = append(page.Readers, Reader{sub.Domain, sub.Group, sub.Purpose, sub.PII})
	}
	return page
}

// Hit is a product that was found, with the reasons why.
type Hit struct {
	Summary
	Score   int      `json:"score"`
	Matches []string `json:"matches" doc:"Where the words were found"`
}

// Weights of the places in which a word can stand.
const (
	inName        = 10
	inField       = 5
	inTag         = 5
	inOwner       = 4
	inDescription = 2
)

// Search finds the products in which every word stands somewhere, best first. A word of five letters or more may have a
// mistake.
func Search(set contracts.Set, query string, limit int) []Hit {
	hits := []Hit{}
	words := strings.Fields(strings.ToLower(query))
	for _, p := range set.Products {
		if hit, ok := match(p, words); ok {
			hits = append(hits, hit)
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return b.Score - a.Score })
	return hits[:min(limit, len(hits))]
}

func match(p contracts.Product, words []string) (Hit, bool) {
	hit := Hit{Summary: summary(p), Matches: []string{}}
	for _, word := range words {
		before := hit.Score
		for _, place := range places(p) {
			if quality := found(place.text, word); quality > 0 {
				hit.Score += place.weight * quality
				if !slices.Contains(hit.Matches, place.name) {
					hit.Matches = append(hit.Matches, place.name)
				}
			}
		}
		if hit.Score == before {
			return hit, false
		}
	}
	if p.Lifecycle == contracts.Deprecated {
		hit.Score /= 2
	}
	return hit, len(words) > 0
}

type place struct {
	name, text string
	weight     int
}

func places(p contracts.Product) []place {
	all := []place{
		{"name", p.Addr.String() + " " + p.Entity, inName},
		{"owner", p.Owner, inOwner},
		{"description", p.Description, inDescription},
	}
	for _, tag := range p.Tags {
		all = append(all, place{"tag " + tag, tag, inTag})
	}
	for _, f := range p.AllFields() {
		all = append(all, place{"field " + f.Name, f.Name, inField})
		if f.Description != "" {
			all = append(all, place{"field " + f.Name, f.Description, inDescription})
		}
	}
	return all
}

// found tells how well a word is found in a text: 3 as a word, 2 within one, 1 with a mistake, 0 not.
func found(text, word string) int {
	text = strings.ToLower(text)
	if !strings.Contains(text, word) {
		return misspelt(text, word)
	}
	if slices.Contains(split(text), word) {
		return 3
	}
	return 2
}

func misspelt(text, word string) int {
	if len(word) < 5 {
		return 0
	}
	for _, candidate := range split(text) {
		if len(candidate) >= 5 && len(candidate) < 100 && candidate[0] == word[0] && diags.Distance(word, candidate) <= len(word)/5 {
			return 1
		}
	}
	return 0
}

func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" /-_.,@:;()", r) })
}
