package flink

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// showCreate gives the statement that makes a table or a view as Flink writes it: everything resolved, in a fixed order,
// and secrets hidden.
func (s *Session) showCreate(st *ast.Show) (*Result, error) {
	bare, _ := s.bare(st.Name.Parts)
	e, there := s.tables[bare]
	if !there {
		return nil, fmt.Errorf("there is no table or view %s; SHOW TABLES lists them", strings.Join(st.Name.Parts, "."))
	}
	switch is := e.table.View != nil; {
	case is && st.What == "CREATE TABLE":
		return nil, fmt.Errorf("%s is a view; write SHOW CREATE VIEW", bare)
	case !is && st.What == "CREATE VIEW":
		return nil, fmt.Errorf("%s is a table; write SHOW CREATE TABLE", bare)
	case is:
		return table([]string{"result"}, [][]any{{e.createView()}}), nil
	}
	return table([]string{"result"}, [][]any{{createTable(e.table)}}), nil
}

func full(name string) string { return tick(catalogName) + "." + tick(databaseName) + "." + tick(name) }

func tick(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func temporary(t *plan.Table) string {
	if t.Temporary {
		return "TEMPORARY "
	}
	return ""
}

// createView has the query as it was written; Flink expands it.
func (e *entry) createView() string {
	names := make([]string, len(e.table.Columns))
	for i, c := range e.table.Columns {
		names[i] = "  " + tick(c.Name)
	}
	return fmt.Sprintf("CREATE %sVIEW %s (\n%s\n)\nAS %s\n", temporary(e.table), full(e.table.Name), strings.Join(names, ",\n"), Masked(ast.Format(e.table.View)))
}

func createTable(t *plan.Table) string {
	var lines []string
	for _, c := range t.Columns {
		lines = append(lines, "  "+createColumn(t, c))
	}
	if t.Watermark != nil {
		lines = append(lines, fmt.Sprintf("  WATERMARK FOR %s AS %s", tick(t.Watermark.Column.Parts[0]), quoted(t, t.Watermark.Expr)))
	}
	if len(t.PrimaryKey) > 0 {
		names := keyNames(t)
		ticked := make([]string, len(names))
		for i, name := range names {
			ticked[i] = tick(name)
		}
		lines = append(lines, fmt.Sprintf("  CONSTRAINT %s PRIMARY KEY (%s) NOT ENFORCED", tick("PK_"+strings.Join(names, "_")), strings.Join(ticked, ", ")))
	}
	var out strings.Builder
	fmt.Fprintf(&out, "CREATE %sTABLE %s (\n%s\n)\n", temporary(t), full(t.Name), strings.Join(lines, ",\n"))
	if t.Comment != "" {
		fmt.Fprintf(&out, "COMMENT %s\n", text(t.Comment))
	}
	var options []string
	shown := Shown(t.Options)
	for _, key := range slices.Sorted(maps.Keys(shown)) {
		options = append(options, fmt.Sprintf("  %s = %s", text(key), text(shown[key])))
	}
	fmt.Fprintf(&out, "WITH (\n%s\n)\n", strings.Join(options, ",\n"))
	return out.String()
}

func keyNames(t *plan.Table) []string {
	names := make([]string, len(t.PrimaryKey))
	for i, k := range t.PrimaryKey {
		names[i] = t.Columns[k].Name
	}
	return names
}

func createColumn(t *plan.Table, c plan.Column) string {
	line := tick(c.Name) + " "
	switch {
	case c.Computed != nil:
		line += "AS " + quoted(t, c.Computed)
	default:
		line += serializable(c.Type) + metadata(c)
	}
	if c.Comment != "" {
		line += " COMMENT " + text(c.Comment)
	}
	return line
}

// metadata is what follows the type of a metadata column.
func metadata(c plan.Column) string {
	if c.Metadata == "" {
		return ""
	}
	out := " METADATA"
	if c.Metadata != c.Name {
		out += " FROM " + text(c.Metadata)
	}
	if c.Virtual {
		out += " VIRTUAL"
	}
	return out
}

// quoted is an expression with the columns of its table in backticks.
func quoted(t *plan.Table, e ast.Expr) string {
	written := ast.Format(e)
	tokens, err := lex.Lex(written)
	if err != nil {
		return written
	}
	var out strings.Builder
	at := 0
	for _, token := range tokens {
		if token.Kind == lex.Word && slices.ContainsFunc(t.Columns, func(c plan.Column) bool { return c.Name == token.Text }) {
			out.WriteString(written[at:token.Start] + tick(token.Text))
			at = token.End
		}
	}
	return out.String() + written[at:]
}

// serializable is a type as Flink writes it into statements (asSerializableString).
func serializable(t rows.Type) string {
	null := ""
	if t.NotNull {
		null = " NOT NULL"
	}
	switch t.Kind {
	case rows.Varchar, rows.Varbinary:
		return fmt.Sprintf("%s(%d)%s", t.Kind, t.Length, null)
	case rows.TimestampLTZ:
		return fmt.Sprintf("TIMESTAMP(%d) WITH LOCAL TIME ZONE%s", t.Precision, null)
	case rows.Array, rows.Multiset:
		return fmt.Sprintf("%s<%s>%s", t.Kind, serializable(*t.Elem), null)
	case rows.Map:
		return fmt.Sprintf("MAP<%s, %s>%s", serializable(*t.Key), serializable(*t.Elem), null)
	case rows.Row:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = tick(f.Name) + " " + serializable(f.Type)
		}
		return "ROW<" + strings.Join(fields, ", ") + ">" + null
	}
	return t.Plain().String()
}
