// Package tables knows the tables that are captured: what the catalog says of them, which columns come out and how, and how
// a row becomes the key and the envelope of a record.
package tables

import (
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
)

// Table is a table as the catalog describes it.
type Table struct {
	OID          uint32
	Schema, Name string
	Columns      []Column
	Key          []string // the primary key's columns in its order, else those of a unique index without nullable columns
	Identity     byte     // pg_class.relreplident: d default, n nothing, f full, i index
	Kind         byte     // pg_class.relkind: r a table, p a partitioned one
	Pages        int64    // of its file, as it is now
	File         uint32   // relfilenode: another one after a rewrite
}

// ID is schema.name, as the lists of a configuration match it.
func (t *Table) ID() string { return t.Schema + "." + t.Name }

// Quoted is the table's name in SQL.
func (t *Table) Quoted() string { return Quote(t.Schema) + "." + Quote(t.Name) }

// Column is a column as the catalog describes it.
type Column struct {
	Name      string
	Type      *values.Type
	Mod       int32
	NotNull   bool
	Generated bool
	Default   string // the expression; "" is none
}

// Column is the column of this name, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Quote is an identifier in SQL.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
