package plan

import (
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/rows"
)

// maxReads bounds how often a statement names tables, those within views and WITH counted as often as these are named:
// each doubling of a WITH by the next one doubles the plan.
const maxReads = 2000

// maxViews bounds how deep views may be made of views.
const maxViews = 50

// from plans FROM and WHERE.
func (p *Planner) from(s *ast.Select, e env) (relation, error) {
	input := relation{node: oneRow()}
	if s.From != nil {
		var err error
		if input, err = p.table(s.From, e); err != nil {
			return input, err
		}
	}
	if s.Where == nil {
		return input, nil
	}
	return p.where(s.Where, input, e)
}

// table plans one member of FROM. UNNEST behind a join, which reads what stands before it, is the join's business.
func (p *Planner) table(t ast.TableExpr, e env) (relation, error) {
	switch t := t.(type) {
	case *ast.TableName:
		return p.tableName(t, e)
	case *ast.DerivedTable:
		if t.Lateral {
			return relation{}, missing(t, "LATERAL (query)")
		}
		r, err := p.query(t.Query, e)
		if err != nil {
			return r, err
		}
		return r.named(t, t.Alias)
	case *ast.TableFunction:
		r, err := p.tableFunction(t, e)
		if err != nil {
			return r, err
		}
		return r.named(t, t.Alias)
	case *ast.Join:
		return p.join(t, e)
	case *ast.Unnest:
		return p.unnest(t, e, relation{node: oneRow()}, Inner)
	case *ast.MatchRecognize:
		return relation{}, missing(t, "MATCH_RECOGNIZE")
	}
	return relation{}, missing(t, "this member of FROM")
}

// tableName plans a table, a view or a query of WITH, by name.
func (p *Planner) tableName(t *ast.TableName, e env) (relation, error) {
	if t.AsOf != nil {
		return relation{}, problem(t, "Write it on the right side of a JOIN: FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON ...", "FOR SYSTEM_TIME AS OF needs a table to its left")
	}
	r, err := p.namedTable(t.Name, e, t.Hints)
	if err != nil {
		return r, err
	}
	alias := t.Alias
	if alias.Name == "" {
		alias.Name = t.Name.Parts[len(t.Name.Parts)-1]
	}
	return r.named(t, alias)
}

func (p *Planner) namedTable(name ast.Name, e env, hints []ast.Hint) (relation, error) {
	if p.reads++; p.reads > maxReads {
		return relation{}, tooManyReads(name)
	}
	if c, ok := e.ctes[name.Parts[0]]; ok && len(name.Parts) == 1 {
		r, err := p.query(c.Query, c.env)
		if err != nil {
			return r, err
		}
		return r.named(name, ast.Alias{Name: c.Name, Columns: c.Columns})
	}
	table, ok := p.Catalog.Table(name.Parts)
	if !ok {
		return relation{}, p.unknownTable(name, e)
	}
	if table.View != nil {
		return p.view(name, table, e)
	}
	table = table.withOptions(hints)
	if err := p.described(name, table); err != nil {
		return relation{}, err
	}
	return p.scan(table)
}

func tooManyReads(at ast.Node) error {
	return problem(at, "Write a smaller query, or make its parts products of their own.", "the query names more than %d tables, those within its views and WITH included", maxReads)
}

func (p *Planner) view(name ast.Name, view *Table, e env) (relation, error) {
	if e.views == maxViews {
		return relation{}, problem(name, "Write fewer views.", "views are nested more than %d deep, or in a circle", maxViews)
	}
	r, err := p.query(view.View, env{views: e.views + 1})
	if err != nil {
		return r, err
	}
	columns := make([]string, len(view.Columns))
	for i, c := range view.Columns {
		columns[i] = c.Name
	}
	return r.named(name, ast.Alias{Name: view.Name, Columns: columns})
}

func (p *Planner) unknownTable(name ast.Name, e env) error {
	var known []string
	for c := range e.ctes {
		known = append(known, c)
	}
	if lister, ok := p.Catalog.(interface{ Names() []string }); ok {
		known = append(known, lister.Names()...)
	}
	written := strings.Join(name.Parts, ".")
	hint := "CREATE TABLE it first."
	if closest, ok := diags.Closest(written, known); ok {
		hint = "Did you mean `" + closest + "`?"
	}
	return &lex.Error{Position: name.At(), Message: "table " + written + " is not known", Hint: hint}
}

// scan reads all columns of a table: physical and metadata ones as they are, computed ones from them.
func (p *Planner) scan(table *Table) (relation, error) {
	scan := &Scan{Table: table}
	names := make([]columnName, len(table.Columns))
	place := make([]int, len(table.Columns))
	stored := &Values{}
	storedNames := []columnName{}
	for i, c := range table.Columns {
		names[i] = columnName{table: table.Name, name: c.Name}
		if c.Computed == nil {
			place[i] = len(scan.Read)
			scan.Read = append(scan.Read, i)
			stored.Out = append(stored.Out, rows.Field{Name: c.Name, Type: c.Type})
			storedNames = append(storedNames, names[i])
		}
	}
	resolver := p.resolver(&scope{relation: relation{stored, storedNames}})
	for i, c := range table.Columns {
		var e expr.Expr = &expr.Ref{Index: place[i], Of: c.Type}
		if c.Computed != nil {
			computed, err := resolver.Resolve(c.Computed)
			if err != nil {
				return relation{}, err
			}
			e = computed
		}
		scan.Project = append(scan.Project, e)
		scan.Out = append(scan.Out, rows.Field{Name: c.Name, Type: e.Type()})
	}
	out := relation{scan, names}
	if err := p.watermark(scan, names); err != nil {
		return out, err
	}
	scan.Mode = table.Mode
	if len(table.PrimaryKey) > 0 {
		scan.Keys = [][]int{table.PrimaryKey}
	}
	if table.Mode == Upsert {
		out.node = normalize(scan)
	}
	return out, nil
}

// watermark makes the column that WATERMARK FOR names the row time.
func (p *Planner) watermark(scan *Scan, names []columnName) error {
	w := scan.Table.Watermark
	if w == nil {
		return nil
	}
	s := &scope{relation: relation{scan, names}}
	at, rest, err := s.find(w.Column)
	if err != nil {
		return err
	}
	if at < 0 || len(rest) > 0 {
		return s.unknown(w.Column)
	}
	e, err := p.resolver(s).Resolve(w.Expr)
	if err != nil {
		return err
	}
	if !e.Type().Kind.IsTimestamp() {
		return problem(w, "Use a TIMESTAMP(3) column less an interval: ts - INTERVAL '5' SECOND.", "the watermark is %s, not a timestamp", e.Type())
	}
	if of := scan.Out[at].Type; of.Precision > 3 && of.Kind.IsTimestamp() {
		return problem(w, "Declare it as "+of.Kind.String()+"(3).", "a watermark is of a column in milliseconds, not %s", of.Nullable(true))
	}
	scan.Watermark = &Watermark{Column: at, Expr: e, Idle: scan.Table.duration("scan.watermark.idle-timeout")}
	scan.Out[at].Type.Time = rows.RowTime
	if ref, ok := scan.Project[at].(*expr.Ref); ok {
		scan.Project[at] = &expr.Ref{Index: ref.Index, Of: scan.Out[at].Type}
	}
	return nil
}

func normalize(scan *Scan) Node {
	key := scan.Table.PrimaryKey
	return &Normalize{Base: Base{Out: scan.Out, Keys: scan.Keys}, Input: scan, Keys: key}
}
