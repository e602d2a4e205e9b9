package transforms

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
	"github.com/weftmesh/weft/internal/schemas"
)

// fields holds the columns of a query against the fields of the contract.
func (c *compiler) fields(n plan.Node, topic contracts.ProductTopic) bool {
	before := len(c.problems)
	schema := n.Schema()
	for _, f := range topic.Value.Fields {
		at := c.fieldAt(f.Name)
		i := schema.Index(f.Name)
		if i < 0 {
			c.report(at, fmt.Sprintf("the transform gives no column %s", f.Name), closest(f.Name, schema, "Select it, as in SELECT ... AS "+f.Name+", or remove the field."))
			continue
		}
		if why := unreadable(f.Type); why != "" {
			c.report(at, fmt.Sprintf("field %s is %s", f.Name, why), "")
			continue
		}
		c.fieldType(at, f, schema[i].Type)
	}
	c.unknownColumns(schema, topic)
	c.personal(n)
	return len(c.problems) == before
}

func (c *compiler) fieldAt(name string) diags.Range {
	for _, f := range c.product.AllFields() {
		if f.Name == name {
			return c.product.At(f.Path)
		}
	}
	return c.product.At("transform")
}

func closest(name string, schema rows.Schema, otherwise string) string {
	var known []string
	for _, f := range schema {
		known = append(known, f.Name)
	}
	if near, ok := diags.Closest(name, known); ok {
		return "Did you mean " + near + "? Write SELECT ... " + near + " AS " + name + ", or rename the field."
	}
	return otherwise
}

// fieldType refuses a column that cannot become the field's type without a word.
func (c *compiler) fieldType(at diags.Range, f schemas.Field, got rows.Type) {
	name, err := parse.Type(plainType(f.Type, false))
	if err != nil {
		c.report(at, err.Error(), "")
		return
	}
	want, err := expr.TypeOf(name)
	if err != nil {
		c.report(at, err.Error(), "")
		return
	}
	if !expr.Implicit(got.Plain().Nullable(true), want.Nullable(true)) {
		c.report(at, fmt.Sprintf("field %s is %s, and the transform gives %s", f.Name, f.Type, contractType(got)),
			fmt.Sprintf("Write type: %s, or CAST(... AS %s) in the SQL.", contractType(got), plainType(f.Type, false)))
	}
}

func (c *compiler) unknownColumns(schema rows.Schema, topic contracts.ProductTopic) {
	for _, column := range schema {
		if !slices.ContainsFunc(topic.Value.Fields, func(f schemas.Field) bool { return f.Name == column.Name }) {
			c.report(c.product.At("transform"), fmt.Sprintf("the transform gives column %s, which is no field of %s", column.Name, c.product.Addr),
				fmt.Sprintf("Add {name: %s, type: %s} to the fields, or leave the column out.", column.Name, contractType(column.Type)))
		}
	}
}

// personal makes PII travel: a field whose values are made of personal data is personal data.
func (c *compiler) personal(n plan.Node) {
	sources := plan.Sources(n)
	for i, column := range n.Schema() {
		field, ok := c.product.Field(column.Name)
		if !ok || field.PII || field.Declassify != nil {
			continue
		}
		for _, s := range sources[i] {
			from, ok := c.sources[s.Table.Name]
			name := strings.TrimSuffix(s.Table.Columns[s.Column].Name, instantSuffix)
			source, known := from.Product.Field(name)
			if ok && known && source.PII {
				c.report(c.fieldAt(column.Name), fmt.Sprintf("field %s is made of %s of %s, which is personal data", column.Name, name, from.Topic.Name),
					"Write pii: true and a mask, or declassify: {reason: ..., by: ...} if it no longer tells who.")
				break
			}
		}
	}
}

// readable refuses inputs that the owning domain may not read: restricted ones without a grant, those of other domains
// without a subscription, and personal data without a grant to read it in clear.
func (c *compiler) readable(at diags.Range, p contracts.Product) bool {
	if c.rights != nil {
		return c.allowed(at, p)
	}
	domain := c.product.Domain
	if p.Domain == domain || p.Classification == contracts.Public {
		return true
	}
	granted, inClear, ended := c.granted(p, domain)
	subscribed := slices.ContainsFunc(c.set.SubscriptionsTo(p.Addr), func(s contracts.Subscription) bool { return s.Domain == domain })
	switch {
	case p.Classification == contracts.Restricted && !granted:
		c.report(at, fmt.Sprintf("%s is restricted, and %s has no grant%s", p.Addr, domain, ended), fmt.Sprintf("Ask %s for access.grants: [{to: %s, purpose: ..., until: ...}].", owner(p), domain))
	case p.HasPII() && !inClear:
		c.report(at, fmt.Sprintf("%s has personal data, and %s has no grant to read it in clear%s", p.Addr, domain, ended), fmt.Sprintf("Ask %s for access.grants: [{to: %s, purpose: ..., pii: clear, until: ...}].", owner(p), domain))
	case !subscribed && !granted:
		c.report(at, fmt.Sprintf("%s reads %s without a subscription%s", domain, p.Addr, ended), fmt.Sprintf("Add domains/%s/subscriptions/%s.yaml: {product: %s, purpose: ...}.", domain, p.Name, p.Addr))
	default:
		return true
	}
	return false
}

// granted says what a domain has been granted of a product, and of a grant that ended.
func (c *compiler) granted(p contracts.Product, domain string) (some, inClear bool, ended string) {
	for _, g := range p.Access.Grants {
		switch {
		case g.To != domain:
		case g.Ended(c.now):
			ended = fmt.Sprintf(" (its grant ended on %s)", g.Until)
		default:
			some = true
			inClear = inClear || g.PII == contracts.PIIClear
		}
	}
	return some, inClear, ended
}

func owner(p contracts.Product) string {
	if p.Owner == "" {
		return "domain " + p.Domain
	}
	return p.Owner
}
