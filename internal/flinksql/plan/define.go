package plan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// Define makes a table of CREATE TABLE. What its connector and format say of it, the engine adds.
func (p *Planner) Define(s *ast.CreateTable) (*Table, error) {
	switch {
	case s.As != nil:
		return nil, missing(s, "CREATE TABLE ... AS SELECT")
	case len(s.PartitionedBy) > 0:
		return nil, missing(s, "PARTITIONED BY")
	}
	t := &Table{Name: s.Name.Parts[len(s.Name.Parts)-1], Options: map[string]string{}, Comment: s.Comment, Temporary: s.Temporary, Watermark: s.Watermark}
	if s.Like != nil {
		if err := p.like(s, t); err != nil {
			return nil, err
		}
	}
	for _, o := range s.With {
		t.Options[o.Key] = o.Value
	}
	if err := p.defineColumns(t, s.Columns); err != nil {
		return nil, err
	}
	if err := defineKey(s, t); err != nil {
		return nil, err
	}
	// A scan resolves computed columns and the watermark: what is wrong with them is said now.
	if _, err := p.scan(t); err != nil {
		return nil, err
	}
	return t, nil
}

// like takes over what another table has (LIKE with its default options).
func (p *Planner) like(s *ast.CreateTable, t *Table) error {
	other, ok := p.Catalog.Table(s.Like.Parts)
	if !ok {
		return p.unknownTable(*s.Like, env{})
	}
	t.Columns, t.PrimaryKey = slices.Clone(other.Columns), slices.Clone(other.PrimaryKey)
	t.Options = maps.Clone(other.Options)
	if t.Watermark == nil {
		t.Watermark = other.Watermark
	}
	return nil
}

// defineColumns adds columns. Computed ones may read all that are stored, also those that are written after them.
func (p *Planner) defineColumns(t *Table, defs []ast.ColumnDef) error {
	first := len(t.Columns)
	for _, c := range defs {
		if slices.ContainsFunc(t.Columns, func(k Column) bool { return k.Name == c.Name }) {
			return problem(c, "Give them different names.", "two columns are called %s", c.Name)
		}
		column, err := storedColumn(c)
		if err != nil {
			return err
		}
		t.Columns = append(t.Columns, column)
	}
	stored := &Values{}
	var names []columnName
	for _, k := range t.Columns {
		if k.Computed == nil {
			stored.Out = append(stored.Out, rows.Field{Name: k.Name, Type: k.Type})
			names = append(names, columnName{table: t.Name, name: k.Name})
		}
	}
	resolver := p.resolver(&scope{relation: relation{stored, names}})
	for i := first; i < len(t.Columns); i++ {
		if t.Columns[i].Computed == nil {
			continue
		}
		e, err := resolver.Resolve(t.Columns[i].Computed)
		if err != nil {
			return err
		}
		t.Columns[i].Type = e.Type()
	}
	return nil
}

// storedColumn is a column as it is declared; the type of a computed one is not known yet.
func storedColumn(c ast.ColumnDef) (Column, error) {
	column := Column{Name: c.Name, Computed: c.Computed, Virtual: c.Virtual, Comment: c.Comment}
	if c.Metadata {
		column.Metadata = c.MetadataFrom
		if column.Metadata == "" {
			column.Metadata = c.Name
		}
	}
	if c.Type == nil {
		return column, nil
	}
	var err error
	column.Type, err = expr.TypeOf(c.Type)
	return column, err
}

// defineKey finds the columns of the primary key; being part of it makes a column NOT NULL.
func defineKey(s *ast.CreateTable, t *Table) error {
	names, at := []string(nil), ast.Node(s)
	if s.PrimaryKey != nil {
		if s.PrimaryKey.Enforced {
			return problem(s.PrimaryKey, "Write PRIMARY KEY (...) NOT ENFORCED.", "Flink does not own the data, so it cannot enforce a primary key")
		}
		names, at = s.PrimaryKey.Columns, s.PrimaryKey
	}
	for _, c := range s.Columns {
		if !c.PrimaryKey {
			continue
		}
		if names != nil {
			return problem(c, "Write PRIMARY KEY (a, b) NOT ENFORCED, once.", "the table has two primary keys")
		}
		names = []string{c.Name}
	}
	if names == nil {
		return nil
	}
	t.PrimaryKey = nil
	for _, name := range names {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			return problem(at, "Name columns of the table: "+strings.Join(columnsOf(t), ", ")+".", "the primary key names %s, which is no column", name)
		}
		if t.Columns[i].Computed != nil || t.Columns[i].Metadata != "" {
			return problem(at, "Use columns that are stored.", "column %s cannot be part of the primary key: it is not stored", name)
		}
		t.Columns[i].Type.NotNull = true
		t.PrimaryKey = append(t.PrimaryKey, i)
	}
	return nil
}

// DefineView makes a view: its query is planned once, to say what is wrong with it and to know its columns.
func (p *Planner) DefineView(s *ast.CreateView) (*Table, error) {
	r, err := p.query(s.Query, env{})
	if err != nil {
		return nil, err
	}
	for i, name := range r.names {
		if len(s.Columns) == 0 && slices.ContainsFunc(r.names[:i], func(c columnName) bool { return c.name == name.name }) {
			return nil, problem(s.Query, "Give one of them an alias.", "two columns of the view are called %s", name.name)
		}
	}
	n, err := p.Query(s.Query)
	if err != nil {
		return nil, err
	}
	schema := n.Schema()
	if len(s.Columns) > 0 && len(s.Columns) != len(schema) {
		return nil, problem(s, "Name every column, or none.", "the view names %d columns, and its query has %d", len(s.Columns), len(schema))
	}
	t := &Table{Name: s.Name.Parts[len(s.Name.Parts)-1], View: s.Query, Comment: s.Comment, Temporary: s.Temporary}
	for i, f := range schema {
		if len(s.Columns) > 0 {
			f.Name = s.Columns[i]
		}
		t.Columns = append(t.Columns, Column{Name: f.Name, Type: f.Type})
	}
	return t, nil
}

// withOptions gives the table with the options of /*+ OPTIONS(...) */ over its own.
func (t *Table) withOptions(hints []ast.Hint) *Table {
	var more []ast.Option
	for _, h := range hints {
		if strings.EqualFold(h.Name, "OPTIONS") {
			more = append(more, h.Options...)
		}
	}
	if len(more) == 0 {
		return t
	}
	out := *t
	out.Options = maps.Clone(t.Options)
	for _, o := range more {
		out.Options[o.Key] = o.Value
	}
	return &out
}

// duration reads an option such as '1 s' or '5 min'; 0 where it is absent. The engine has checked it.
func (t *Table) duration(key string) time.Duration {
	d, _ := ParseDuration(t.Options[key])
	return d
}

// Schema gives the columns of the table.
func (t *Table) Schema() rows.Schema {
	out := make(rows.Schema, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = rows.Field{Name: c.Name, Type: c.Type}
	}
	return out
}
