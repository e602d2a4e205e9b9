package plan

import (
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/rows"
)

// Table is a table of a session: what CREATE TABLE said, checked and resolved.
type Table struct {
	Name       string // the last part
	Columns    []Column
	PrimaryKey []int
	Watermark  *ast.Watermark // nil if there is none; its expression is over the columns
	Options    map[string]string
	Comment    string
	Temporary  bool
	// View is the query of a view; nil for a table. A view has columns and nothing else.
	View *ast.Query
	// Mode is what changes a scan of the table gives, from its connector and format; the engine sets it.
	Mode Mode
	// Accepts is what changes a sink of the table takes: Upsert by primary key, Retract for all. The engine sets it.
	Accepts Mode
	// Bounded says that reading the table ends; the engine sets it.
	Bounded bool
	// Nested says that a scan can read single members of ROW columns; the engine sets it.
	Nested bool
}

// Column is a column of a table.
type Column struct {
	Name     string
	Type     rows.Type
	Computed ast.Expr // nil unless the column is computed
	Metadata string   // the key of a metadata column; "" otherwise
	Virtual  bool     // a metadata column that is not written
	Comment  string
}

// Catalog finds tables by name. Names have one to three parts, of which the last is the table's.
type Catalog interface {
	Table(name []string) (*Table, bool)
}
