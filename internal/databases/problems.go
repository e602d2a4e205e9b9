package databases

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// Rules of what a live table and a contract do not agree on.
const (
	RuleTable    = "capture-table"
	RuleColumn   = "capture-column"
	RuleKey      = "capture-key"
	RuleIdentity = "replica-identity"
)

// Problems holds a live table against the contract of the product that is captured from it. An error keeps changes from
// being published, or publishes wrong ones; a warning is about rows that would be set aside.
func Problems(p contracts.Product, t Table) diags.List {
	c := &comparison{product: p, table: t}
	c.access()
	for _, f := range fields(p) {
		c.field(f)
	}
	c.identity()
	return c.problems
}

// comparison is the work on one table.
type comparison struct {
	product  contracts.Product
	table    Table
	problems diags.List
}

// about reports a problem at a key of the contract's source.
func (c *comparison) about(severity diags.Severity, rule, summary, fix string) {
	at := c.product.At("source")
	for _, path := range []string{"source.postgres.table", "source.mysql.table"} {
		if c.product.Has(path) {
			at = c.product.At(path)
		}
	}
	c.problems.Add(diags.Diagnostic{Severity: severity, Rule: rule, Range: at, Summary: summary, Fix: fix})
}

// fields are those of all events, each once.
func fields(p contracts.Product) []contracts.Field {
	var all []contracts.Field
	for _, topic := range p.Topics {
		for _, f := range topic.Fields {
			if !slices.ContainsFunc(all, func(g contracts.Field) bool { return g.Name == f.Name }) {
				all = append(all, f)
			}
		}
	}
	return all
}

// access tells of what the connection's user may not do.
func (c *comparison) access() {
	if s := c.product.Source; !c.table.Readable && s != nil && (s.Postgres == nil || s.Postgres.Snapshot != "never") {
		c.about(diags.Error, RuleTable, fmt.Sprintf("the connection's user may not read %s", c.table.Name), fmt.Sprintf("GRANT SELECT ON %s to the user.", quoted(c.table.Name)))
	}
}

// field holds one field against its column.
func (c *comparison) field(f contracts.Field) {
	name := source(f)
	column, there := c.table.Sent(name)
	if !there {
		c.absent(f, name)
		return
	}
	what, wrong := column.fit(f)
	switch {
	case wrong:
		c.at(f, diags.Error, fmt.Sprintf("column %s of %s %s", name, c.table.Name, what), retypeFix(column))
	case what != "":
		c.at(f, diags.Warning, fmt.Sprintf("column %s of %s %s", name, c.table.Name, what), retypeFix(column))
	}
	if column.Generated {
		c.at(f, diags.Warning, fmt.Sprintf("column %s of %s is generated: PostgreSQL does not send it with changes, only a snapshot has it", name, c.table.Name), "Compute the field in a derived product, or let the application write the column.")
	}
	if c.required(f) && !column.NotNull {
		c.at(f, diags.Warning, fmt.Sprintf("column %s of %s may be null, and field %s is required: rows without it go to the quarantine", name, c.table.Name, f.Name),
			fmt.Sprintf("Leave out required: true, or ALTER TABLE %s ALTER COLUMN %s SET NOT NULL.", quoted(c.table.Name), quoted(column.Name)))
	}
	if unknown := column.unlisted(f); len(unknown) > 0 {
		c.at(f, diags.Warning, fmt.Sprintf("column %s of %s may be %s, which field %s does not list: such rows go to the quarantine", name, c.table.Name, strings.Join(unknown, ", "), f.Name),
			fmt.Sprintf("Write values: [%s].", strings.Join(column.Symbols, ", ")))
	}
}

func (c *comparison) required(f contracts.Field) bool {
	return f.Required || slices.Contains(c.product.Key, f.Name)
}

// at reports a problem where the contract declares a field.
func (c *comparison) at(f contracts.Field, severity diags.Severity, summary, fix string) {
	at := c.product.At("source")
	for _, declared := range c.product.AllFields() {
		if declared.Name == f.Name {
			at = c.product.At(declared.Path)
		}
	}
	c.problems.Add(diags.Diagnostic{Severity: severity, Rule: RuleColumn, Range: at, Summary: summary, Fix: fix})
}

func retypeFix(c Column) string {
	t, _, ok := c.Contract()
	if !ok {
		return "Take the field out, or let the application write a column of another type."
	}
	return fmt.Sprintf("Write type: %s. For a product that is read already this is a new major version.", typed(t))
}

// absent tells of a column that is not there, and guesses what became of it.
func (c *comparison) absent(f contracts.Field, name string) {
	severity, what := diags.Warning, "is always null"
	if c.required(f) {
		severity, what = diags.Error, "is required"
	}
	var names []string
	for _, column := range c.table.Columns {
		names = append(names, column.Sent())
	}
	fix := fmt.Sprintf("Name the column with from:, bring it back, or take the field out in a new major version. The table has: %s.", strings.Join(names, ", "))
	if closest, ok := diags.Closest(name, names); ok {
		fix = fmt.Sprintf("Did the column become %s? Write from: %s, or bring the column back.", closest, closest)
	}
	c.at(f, severity, fmt.Sprintf("table %s has no column %s: field %s, which is made from it, %s", c.table.Name, name, f.Name, what), fix)
}

// identity holds what changes tell of the row before against what the product needs (PostgreSQL: REPLICA IDENTITY).
func (c *comparison) identity() {
	t, full := c.table, fmt.Sprintf("ALTER TABLE %s REPLICA IDENTITY FULL;", quoted(c.table.Name))
	var key []string
	for _, name := range c.product.Key {
		if f, ok := c.product.Field(name); ok {
			key = append(key, source(f))
		}
	}
	told := t.Key
	if t.Identity == IdentityIndex {
		told = t.IdentityKey
	}
	switch {
	case t.Identity == IdentityFull:
		return
	case t.Identity == IdentityNothing || len(told) == 0:
		c.about(diags.Error, RuleIdentity, fmt.Sprintf("table %s has no replica identity: PostgreSQL refuses its UPDATEs and DELETEs as soon as it is published", t.Name), full+" Or give it a primary key.")
		return
	case !subset(key, told):
		c.about(diags.Error, RuleKey, fmt.Sprintf("the contract's key (%s) is not told by a DELETE of %s, which has only %s", strings.Join(key, ", "), t.Name, strings.Join(told, ", ")), full+" Or make the contract's key that of the table.")
		return
	}
	if toasted := c.toastable(told); len(toasted) > 0 {
		c.about(diags.Warning, RuleIdentity,
			fmt.Sprintf("table %s does not send values of %s that are stored out of line and did not change: a row with such a value goes to the quarantine", t.Name, strings.Join(toasted, ", ")), full)
	}
}

// toastable are the captured columns whose values may be missing from an update.
func (c *comparison) toastable(told []string) []string {
	var names []string
	for _, f := range fields(c.product) {
		name := source(f)
		if column, ok := c.table.Sent(name); ok && column.Toastable && !slices.Contains(told, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func subset(of, all []string) bool {
	return !slices.ContainsFunc(of, func(name string) bool { return !slices.Contains(all, name) })
}

// Unpublished lists the columns of a table that no field of its product is made from, with what a contract calls them.
func Unpublished(p contracts.Product, t Table) []string {
	var names []string
	for _, c := range t.Columns {
		if slices.ContainsFunc(fields(p), func(f contracts.Field) bool { return source(f) == c.Sent() }) {
			continue
		}
		if of, note, ok := c.Contract(); ok {
			names = append(names, fmt.Sprintf("%s: %s", c.Sent(), typed(of)))
		} else {
			names = append(names, fmt.Sprintf("%s: %s", c.Sent(), note))
		}
	}
	return names
}

// quoted writes a name, or schema.table, as SQL takes it.
func quoted(name string) string {
	parts := strings.SplitN(name, ".", 2)
	for i, part := range parts {
		if !unquoted.MatchString(part) {
			parts[i] = `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
		}
	}
	return strings.Join(parts, ".")
}
