package captures

import (
	"strconv"
	"strings"
)

// Database is what a live database says of itself and of the tables that are asked for.
type Database struct {
	Version           string
	WALLevel          string
	MaxSlots          int   // max_replication_slots
	Slots             int   // that there are
	MaxSenders        int   // max_wal_senders
	MaxKept           int   // max_slot_wal_keep_size in MB; -1: without bound
	Replication       bool  // the user may replicate
	CreatePublication bool  // the user may create publications in the database
	Slot              *Slot // of the connector; nil: there is none
	Publication       bool  // of the connector
	Tables            map[string]LiveTable
}

// Slot is a replication slot.
type Slot struct {
	Plugin   string
	Database string
	Active   bool
	Lost     bool // the log that it needs is gone (wal_status lost)
}

// LiveTable is a table as the database has it.
type LiveTable struct {
	Name        string // schema.table
	Comment     string
	Columns     []LiveColumn // in their order
	Key         []string     // of the primary key, in its order
	Identity    rune         // relreplident: d default, n nothing, f full, i index
	Owner       bool         // the user owns it, or is in the role that does
	Readable    bool         // the user may select
	Partitioned bool
}

// LiveColumn is a column as the database has it.
type LiveColumn struct {
	Name      string
	Type      string // as format_type writes it: numeric(12,2), timestamp with time zone, text[]
	Base      string // pg_type.typname of the type, or of what a domain is made from: int4, numeric; arrays begin with _
	Kind      rune   // pg_type.typtype: b base, e enum, r range, m multirange, c composite
	Precision int    // of numeric; 0: none is declared
	Scale     int
	Symbols   []string // of an enum
	NotNull   bool
	Default   bool // there is one
	Generated bool
	Toastable bool // its values may be stored out of line
	Comment   string
}

// Column finds a column.
func (t LiveTable) Column(name string) (LiveColumn, bool) {
	for _, c := range t.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return LiveColumn{}, false
}

// times are the types of PostgreSQL that are dates and times, and what contracts call them.
var plainTypes = map[string]string{
	"int2": "int", "int4": "int", "int8": "long", "oid": "long", "float4": "float", "float8": "double", "bool": "boolean",
	"uuid": "uuid", "date": "date", "time": "time", "timestamp": "timestamp", "timestamptz": "timestamp", "json": "json", "jsonb": "json",
	"bytea": "bytes", "interval": "long", "money": "decimal(19,2)", "bit": "bytes", "varbit": "bytes", "hstore": "json", "point": "json",
	"geometry": "json", "geography": "json",
}

// ContractType is what a contract calls the type of a column, as Debezium's default modes write its values.
func (c LiveColumn) ContractType() string {
	if items, array := strings.CutPrefix(c.Base, "_"); array {
		_ = items
		return "array"
	}
	switch {
	case c.Kind == 'e':
		return "enum"
	case c.Base == "numeric" && c.Precision > 0:
		return "decimal(" + strconv.Itoa(c.Precision) + "," + strconv.Itoa(c.Scale) + ")"
	case c.Base == "numeric":
		return "decimal(38,9)"
	case c.Base == "bit" && c.Type == "bit(1)":
		return "boolean"
	}
	if known, ok := plainTypes[c.Base]; ok {
		return known
	}
	return "string"
}

// fitting are the types that a contract may give a field of a column, beside the one that ContractType says.
var fitting = map[string][]string{
	"int": {"long", "double", "decimal"}, "long": {"int", "double", "decimal", "timestamp", "time"}, "float": {"double"}, "double": {"float"},
	"decimal": {"long", "int"}, "uuid": {"string"}, "enum": {"string"}, "string": {"uuid", "enum", "time", "timestamp", "json"},
	"json": {"string", "record", "map", "array"}, "bytes": {"string"}, "array": {"json"}, "timestamp": {}, "date": {"timestamp"},
	"boolean": {},
}

// Fits reports whether the values of a column can be those of a field's type.
func (c LiveColumn) Fits(fieldType string) bool {
	have, want := base(c.ContractType()), base(fieldType)
	if have == want {
		return true
	}
	for _, other := range fitting[have] {
		if other == want {
			return true
		}
	}
	return false
}

func base(text string) string {
	name, _, _ := strings.Cut(text, "(")
	return name
}
