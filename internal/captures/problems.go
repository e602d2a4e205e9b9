package captures

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// Rules of the problems of live databases.
const (
	RuleServer   = "capture-server"
	RuleTable    = "capture-table"
	RuleColumn   = "capture-column"
	RuleKey      = "capture-key"
	RuleIdentity = "replica-identity"
)

// Problems holds a live database against what a capture needs of it, and each table against its contract.
func (c Capture) Problems(db Database) diags.List {
	var l diags.List
	c.server(db, &l)
	for _, t := range c.Tables {
		live, there := db.Tables[t.Name]
		if !there {
			t.report(&l, diags.Error, RuleTable, "table", fmt.Sprintf("there is no table %s in %s", t.Name, c.Where()), "Name a table that is there; names in PostgreSQL are lower case unless they were made with quotes.")
			continue
		}
		t.problems(live, db, &l)
	}
	return l
}

func (c Capture) server(db Database, l *diags.List) {
	first := c.Tables[0]
	server := func(severity diags.Severity, summary, fix string) {
		first.report(l, severity, RuleServer, "connection", fmt.Sprintf("connection %s (%s): %s", c.Connection, c.Where(), summary), fix)
	}
	if db.WALLevel != "logical" {
		server(diags.Error, fmt.Sprintf("wal_level is %s, so its changes cannot be read", db.WALLevel), "Set wal_level = logical in postgresql.conf and restart PostgreSQL.")
	}
	if db.Slot == nil && db.Slots >= db.MaxSlots {
		server(diags.Error, fmt.Sprintf("all %d replication slots are taken (max_replication_slots)", db.MaxSlots), "Raise max_replication_slots and restart PostgreSQL, or drop a slot that nobody uses: SELECT * FROM pg_replication_slots WHERE NOT active.")
	}
	if db.MaxSenders == 0 {
		server(diags.Error, "max_wal_senders is 0, so nobody can read its changes", "Raise max_wal_senders and restart PostgreSQL.")
	}
	if !db.Replication {
		server(diags.Error, fmt.Sprintf("user %s may not replicate", c.database().User), fmt.Sprintf("ALTER ROLE %s REPLICATION;", quotedName(c.database().User)))
	}
	if !db.Publication && !db.CreatePublication {
		server(diags.Error, fmt.Sprintf("user %s may not create the publication %s", c.database().User, c.Name.Slot()), fmt.Sprintf("GRANT CREATE ON DATABASE %s TO %s;", quotedName(c.database().Database), quotedName(c.database().User)))
	}
	if db.Slot != nil && db.Slot.Lost {
		server(diags.Error, fmt.Sprintf("slot %s has lost changes: the log that it needs is gone (max_slot_wal_keep_size)", c.Name.Slot()), "Drop the slot and let the connector read its tables anew: `weft apply --allow-delete connector/"+string(c.Name)+"`.")
	}
}

func (t Table) report(l *diags.List, severity diags.Severity, rule, key, summary, fix string) {
	_, path := Source(t.Product)
	at := t.Product.At(path + "." + key)
	l.Add(diags.Diagnostic{Severity: severity, Rule: rule, Range: at, Summary: summary, Fix: fix})
}

func (t Table) problems(live LiveTable, db Database, l *diags.List) {
	if !live.Readable && t.Snapshot {
		t.report(l, diags.Error, RuleTable, "table", fmt.Sprintf("the connection's user may not read %s", t.Name), fmt.Sprintf("GRANT SELECT ON %s TO its role.", t.Name))
	}
	if !live.Owner && !db.Publication {
		t.report(l, diags.Error, RuleTable, "table", fmt.Sprintf("the connection's user does not own %s, so it cannot publish its changes", t.Name),
			fmt.Sprintf("Let an owner CREATE PUBLICATION, or make the role a member of the table's owner: GRANT <owner> TO <role>; (PostgreSQL: CREATE PUBLICATION, Notes). Table %s.", t.Name))
	}
	for i, topic := range t.Product.Topics {
		for _, f := range topic.Fields {
			if i == 0 || !common(t.Product, f) {
				t.field(f, live, l)
			}
		}
	}
	t.identity(live, l)
}

func common(p contracts.Product, f contracts.Field) bool {
	return slices.ContainsFunc(p.CommonFields(), func(c contracts.Field) bool { return c.Name == f.Name })
}

// field holds one field of the contract against its column.
func (t Table) field(f contracts.Field, live LiveTable, l *diags.List) {
	at := t.place(f.Name)
	report := func(severity diags.Severity, summary, fix string) {
		l.Add(diags.Diagnostic{Severity: severity, Rule: RuleColumn, Range: at, Summary: summary, Fix: fix})
	}
	column, there := live.Column(Column(f))
	required := f.Required || slices.Contains(t.Product.Key, f.Name)
	switch {
	case !there && required:
		report(diags.Error, fmt.Sprintf("table %s has no column %s, which the required field %s is made from", t.Name, Column(f), f.Name), absentFix(f, live))
	case !there:
		report(diags.Warning, fmt.Sprintf("table %s has no column %s: field %s is always null", t.Name, Column(f), f.Name), absentFix(f, live))
	case !column.Fits(f.Type):
		report(diags.Error, fmt.Sprintf("column %s of %s is %s, and field %s is %s", column.Name, t.Name, column.Type, f.Name, f.Type),
			fmt.Sprintf("Write type: %s. For a product that is read already this is a new major version.", column.ContractType()))
	case required && !column.NotNull:
		report(diags.Warning, fmt.Sprintf("column %s of %s may be null, and field %s is required: rows without it go to the quarantine", column.Name, t.Name, f.Name),
			fmt.Sprintf("Leave out required: true, or ALTER TABLE %s ALTER COLUMN %s SET NOT NULL.", t.Name, quotedName(column.Name)))
	case column.Generated:
		report(diags.Warning, fmt.Sprintf("column %s of %s is generated: PostgreSQL does not send it with changes, only a snapshot has it", column.Name, t.Name), "Compute the field in a derived product, or let the application write the column.")
	}
	t.symbols(f, column, report)
}

// symbols tells of values of an enum that the contract does not know.
func (t Table) symbols(f contracts.Field, column LiveColumn, report func(diags.Severity, string, string)) {
	if f.Type != "enum" || len(column.Symbols) == 0 {
		return
	}
	var unknown []string
	for _, s := range column.Symbols {
		if !slices.Contains(f.Values.Symbols, s) {
			unknown = append(unknown, s)
		}
	}
	if len(unknown) > 0 {
		report(diags.Warning, fmt.Sprintf("column %s of %s may be %s, which field %s does not list: such rows go to the quarantine", column.Name, t.Name, strings.Join(unknown, ", "), f.Name),
			fmt.Sprintf("Write values: [%s].", strings.Join(column.Symbols, ", ")))
	}
}

// place is where the contract declares a field.
func (t Table) place(name string) diags.Range {
	for _, f := range t.Product.AllFields() {
		if f.Name == name {
			return t.Product.At(f.Path)
		}
	}
	return t.Product.At("source")
}

func absentFix(f contracts.Field, live LiveTable) string {
	var names []string
	for _, c := range live.Columns {
		names = append(names, c.Name)
	}
	if closest, ok := diags.Closest(Column(f), names); ok {
		return fmt.Sprintf("Did the column become %s? Write from: %s, or bring the column back.", closest, closest)
	}
	return fmt.Sprintf("Name the column with from:, bring it back, or take the field out in a new major version. The table has: %s.", strings.Join(names, ", "))
}

// identity says what changes tell of the row before (PostgreSQL: REPLICA IDENTITY).
func (t Table) identity(live LiveTable, l *diags.List) {
	full := fmt.Sprintf("ALTER TABLE %s REPLICA IDENTITY FULL;", t.Name)
	keyed := len(t.Key) > 0 && sameColumns(t.Key, live.Key)
	switch {
	case live.Identity == 'f':
		return
	case live.Identity == 'n', live.Identity == 'd' && len(live.Key) == 0:
		t.report(l, diags.Error, RuleIdentity, "table", fmt.Sprintf("table %s has no primary key and no replica identity: PostgreSQL refuses its UPDATEs and DELETEs as soon as it is published", t.Name), full+" Or give it a primary key.")
		return
	case !keyed && live.Identity == 'd':
		t.report(l, diags.Error, RuleKey, "table", fmt.Sprintf("the contract's key (%s) is not the primary key of %s (%s): a DELETE does not say the key of its row", strings.Join(t.Product.Key, ", "), t.Name, strings.Join(live.Key, ", ")), full)
		return
	}
	if toasted := t.toastable(live); len(toasted) > 0 {
		t.report(l, diags.Info, RuleIdentity, "table",
			fmt.Sprintf("table %s does not send values of %s that are stored out of line and did not change: the gate takes them from the row before, and sets the row aside where it has none", t.Name, strings.Join(toasted, ", ")), full)
	}
}

// toastable are the captured columns whose values may be missing from an update.
func (t Table) toastable(live LiveTable) []string {
	var names []string
	for _, c := range live.Columns {
		if c.Toastable && slices.Contains(t.Columns, c.Name) && !slices.Contains(live.Key, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

func sameColumns(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// Unpublished lists the columns of a table that its contract does not have.
func (t Table) Unpublished(live LiveTable) []string {
	var names []string
	for _, c := range live.Columns {
		if !slices.Contains(t.Columns, c.Name) {
			names = append(names, c.Name+": "+c.ContractType())
		}
	}
	return names
}

func quotedName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
