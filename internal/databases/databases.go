// Package databases describes tables of live databases: what a contract calls their columns, the draft of a contract
// for one, and what a table has that a contract does not say.
package databases

import "strings"

// Server is what a PostgreSQL says of itself, to one user and of one database.
type Server struct {
	Version           string // 15.6
	WALLevel          string // minimal, replica, logical
	MaxSlots          int    // max_replication_slots
	MaxSenders        int    // max_wal_senders
	MaxKept           int    // max_slot_wal_keep_size in MB; -1: without bound
	User              string // who asked
	Replication       bool   // the user may replicate
	CreatePublication bool   // the user may create publications in the database
	Slots             []Slot // of all databases, by name
	Publications      []Publication
}

// Slot is a replication slot.
type Slot struct {
	Name     string
	Plugin   string // pgoutput; "" of a physical slot
	Database string // "" of a physical slot
	Active   bool
	Lost     bool // the log that it needs is gone (pg_replication_slots.wal_status)
}

// Publication is what a database publishes of its tables.
type Publication struct {
	Name      string
	AllTables bool
	Tables    []string // schema.table, by name
}

// Slot finds a slot by name.
func (s Server) Slot(name string) (Slot, bool) {
	for _, slot := range s.Slots {
		if slot.Name == name {
			return slot, true
		}
	}
	return Slot{}, false
}

// Publication finds a publication by name.
func (s Server) Publication(name string) (Publication, bool) {
	for _, p := range s.Publications {
		if p.Name == name {
			return p, true
		}
	}
	return Publication{}, false
}

// Table is a table as the database has it.
type Table struct {
	Name        string     // schema.table
	Comment     string     `json:",omitempty"`
	Columns     []Column   // in their order
	Key         []string   `json:",omitempty"` // of the primary key, in its order
	Unique      [][]string `json:",omitempty"` // columns of other unique indexes that hold no null, in the order of the indexes' names
	Identity    Identity
	IdentityKey []string `json:",omitempty"` // columns of the index that Identity names
	Owner       bool     // the user owns it, or is in the role that does
	Readable    bool     // the user may select
	Partitioned bool     `json:",omitempty"`
	Rows        int64    // the planner's estimate; -1: it has none
}

// Identity is what PostgreSQL tells of the row before in an UPDATE or DELETE (pg_class.relreplident).
type Identity string

// The identities of ALTER TABLE ... REPLICA IDENTITY.
const (
	IdentityDefault Identity = "d" // the primary key
	IdentityNothing Identity = "n"
	IdentityFull    Identity = "f" // the whole row
	IdentityIndex   Identity = "i" // the columns of an index
)

// Column is a column as the database has it. Where its type is a domain, the rest tells of what that is made from.
type Column struct {
	Name      string
	Type      string   // as it is declared, by format_type: numeric(12,2), timestamp with time zone, text[]
	Base      string   // pg_type.typname: int4, numeric, varchar; arrays begin with _
	Kind      string   // pg_type.typtype: b base, e enum, r range, m multirange, c composite, p pseudo
	Modifier  int      // pg_attribute.atttypmod; -1: none
	Depth     int      `json:",omitempty"` // dimensions that an array was declared with
	Items     *Column  `json:",omitempty"` // of an array: what one item is; it has no name
	Symbols   []string `json:",omitempty"` // of an enum, in its order
	NotNull   bool     `json:",omitempty"`
	Default   string   `json:",omitempty"` // the expression
	Generated bool     `json:",omitempty"`
	Toastable bool     `json:",omitempty"` // values may be stored out of line, and are then not in the log unless they change
	Comment   string   `json:",omitempty"`
}

// Column finds a column by name.
func (t Table) Column(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Sent finds a column by the name that its values are sent under.
func (t Table) Sent(name string) (Column, bool) {
	for _, c := range t.Columns {
		if c.Sent() == name {
			return c, true
		}
	}
	return Column{}, false
}

// Sent is the name under which a column's values are sent: its own, with what Avro takes in no name as _ (Debezium:
// field.name.adjustment.mode=avro).
func (c Column) Sent() string {
	var b strings.Builder
	for i, r := range c.Name {
		letter, digit := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z', r >= '0' && r <= '9'
		switch {
		case letter || digit && i > 0:
			b.WriteRune(r)
		case digit:
			b.WriteString("_" + string(r))
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// Identified are the columns that tell rows apart in changes: those of the index that the replica identity names, else
// of the primary key, else of the first unique index without nulls.
func (t Table) Identified() []string {
	switch {
	case len(t.IdentityKey) > 0 && len(t.Key) == 0:
		return t.IdentityKey
	case len(t.Key) > 0 || len(t.Unique) == 0:
		return t.Key
	}
	return t.Unique[0]
}

// digits are those of a numeric, in all and after the point; not ok where none are declared (PostgreSQL: numeric.c,
// numeric_typmod_precision; since 15 the scale has a sign).
func (c Column) digits() (precision, scale int, ok bool) {
	if c.Base != "numeric" || c.Modifier < 4 {
		return 0, 0, false
	}
	m := c.Modifier - 4
	return m >> 16 & 0xffff, (m&0x7ff ^ 1024) - 1024, true
}
