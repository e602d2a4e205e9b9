package captures

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/diags"
)

// Database is a live server, and those of a capture's tables that it has, by name.
type Database struct {
	databases.Server
	Tables map[string]databases.Table
}

// RuleServer is the rule of what a server does not allow.
const RuleServer = "capture-server"

// Problems holds a live database against what a capture needs of it, and each table against its contract.
func (c Capture) Problems(db Database) diags.List {
	var l diags.List
	c.server(db.Server, &l)
	_, published := db.Publication(c.Name.Slot())
	for _, t := range c.Tables {
		live, there := db.Tables[t.Name]
		if !there {
			t.report(&l, diags.Error, databases.RuleTable, "table", fmt.Sprintf("there is no table %s in %s", t.Name, c.Where()), "Name a table that is there; names in PostgreSQL are lower case unless they were made with quotes.")
			continue
		}
		t.problems(live, published, &l)
	}
	return l
}

func (c Capture) server(db databases.Server, l *diags.List) {
	first := c.Tables[0]
	slot, there := db.Slot(c.Name.Slot())
	_, published := db.Publication(c.Name.Slot())
	server := func(summary, fix string) {
		first.report(l, diags.Error, RuleServer, "connection", fmt.Sprintf("connection %s (%s): %s", c.Connection, c.Where(), summary), fix)
	}
	if db.WALLevel != "logical" {
		server(fmt.Sprintf("wal_level is %s, so its changes cannot be read", db.WALLevel), "Set wal_level = logical in postgresql.conf and restart PostgreSQL.")
	}
	if !there && len(db.Slots) >= db.MaxSlots {
		server(fmt.Sprintf("all %d replication slots are taken (max_replication_slots)", db.MaxSlots), "Raise max_replication_slots and restart PostgreSQL, or drop a slot that nobody uses: SELECT * FROM pg_replication_slots WHERE NOT active.")
	}
	if db.MaxSenders == 0 {
		server("max_wal_senders is 0, so nobody can read its changes", "Raise max_wal_senders and restart PostgreSQL.")
	}
	if !db.Replication {
		server(fmt.Sprintf("user %s may not replicate", c.database().User), fmt.Sprintf("ALTER ROLE %s REPLICATION;", quotedName(c.database().User)))
	}
	if !published && !db.CreatePublication {
		server(fmt.Sprintf("user %s may not create the publication %s", c.database().User, c.Name.Slot()), fmt.Sprintf("GRANT CREATE ON DATABASE %s TO %s;", quotedName(c.database().Database), quotedName(c.database().User)))
	}
	if slot.Lost {
		server(fmt.Sprintf("slot %s has lost changes: the log that it needs is gone (max_slot_wal_keep_size)", c.Name.Slot()), "Drop the slot and let the connector read its tables anew: `weft apply --allow-delete connector/"+string(c.Name)+"`.")
	}
}

func (t Table) report(l *diags.List, severity diags.Severity, rule, key, summary, fix string) {
	_, path := Source(t.Product)
	at := t.Product.At(path + "." + key)
	l.Add(diags.Diagnostic{Severity: severity, Rule: rule, Range: at, Summary: summary, Fix: fix})
}

// problems holds a table against its contract, and against what publishing its changes needs.
func (t Table) problems(live databases.Table, published bool, l *diags.List) {
	if !live.Owner && !published {
		t.report(l, diags.Error, databases.RuleTable, "table", fmt.Sprintf("the connection's user does not own %s, so it cannot publish its changes", t.Name),
			fmt.Sprintf("Let an owner CREATE PUBLICATION, or make the role a member of the table's owner: GRANT <owner> TO <role>; (PostgreSQL: CREATE PUBLICATION, Notes). Table %s.", t.Name))
	}
	l.Add(databases.Problems(t.Product, live)...)
}

// Unpublished lists the columns of a table that its contract does not have.
func (t Table) Unpublished(live databases.Table) []string {
	return databases.Unpublished(t.Product, live)
}

func quotedName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
