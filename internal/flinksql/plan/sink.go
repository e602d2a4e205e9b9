package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
)

// Insert plans INSERT INTO: a query whose columns go to those of a table, by place.
func (p *Planner) Insert(s *ast.Insert) (*Sink, error) {
	p.reads = 0
	if s.Overwrite {
		return nil, missing(s, "INSERT OVERWRITE")
	}
	table, ok := p.Catalog.Table(s.Table.Parts)
	if !ok {
		return nil, p.unknownTable(s.Table, env{})
	}
	if table.View != nil {
		return nil, problem(s.Table, "Insert into a table.", "%s is a view", table.Name)
	}
	table = table.withOptions([]ast.Hint{{Name: "OPTIONS", Options: s.Hints}})
	if err := p.described(s.Table, table); err != nil {
		return nil, err
	}
	target, err := insertColumns(s, table)
	if err != nil {
		return nil, err
	}
	query, err := p.query(s.Query, env{})
	if err != nil {
		return nil, err
	}
	if len(query.names) != len(target) {
		return nil, problem(s, "Select a value for each column, in the table's order, or name the columns: INSERT INTO t (a, b) ...", "the query has %d columns, and %s takes %d: %s", len(query.names), table.Name, len(target), columnNames(table, target))
	}
	node, err := sinkCast(s, withNames(query), table, target)
	if err != nil {
		return nil, err
	}
	node, columns := writable(node, table, target)
	sink := &Sink{Base: Base{Out: node.Schema()}, Input: node, Table: table, Columns: columns, OnConflict: s.OnConflict}
	return p.finishSink(s, sink)
}

// insertColumns gives the columns that an INSERT writes: those that it names, or all but computed and virtual ones.
func insertColumns(s *ast.Insert, table *Table) ([]int, error) {
	var target []int
	if len(s.Columns) == 0 {
		for i, c := range table.Columns {
			if c.Computed == nil && !c.Virtual {
				target = append(target, i)
			}
		}
		return target, nil
	}
	for _, name := range s.Columns {
		at := slices.IndexFunc(table.Columns, func(c Column) bool { return c.Name == name })
		if at < 0 {
			hint := ""
			if closest, ok := diags.Closest(name, columnsOf(table)); ok {
				hint = "Did you mean " + closest + "?"
			}
			return nil, problem(s, hint, "table %s has no column %s", table.Name, name)
		}
		target = append(target, at)
	}
	return target, nil
}

func columnsOf(table *Table) []string {
	names := make([]string, len(table.Columns))
	for i, c := range table.Columns {
		names[i] = c.Name
	}
	return names
}

func columnNames(table *Table, list []int) string {
	names := make([]string, len(list))
	for i, column := range list {
		names[i] = table.Columns[column].Name
	}
	return strings.Join(names, ", ")
}

// sinkCast casts a query's columns to the table's, where Flink does so implicitly.
func sinkCast(s *ast.Insert, n Node, table *Table, target []int) (Node, error) {
	types := make([]rows.Type, len(target))
	for i, column := range target {
		from, to := n.Schema()[i].Type, table.Columns[column].Type
		if !expr.Implicit(from, to) {
			return n, problem(s, fmt.Sprintf("CAST it: CAST(... AS %s).", to.Nullable(true)), "column %s of %s is %s, and the query gives %s", table.Columns[column].Name, table.Name, to, from.Plain())
		}
		types[i] = to
	}
	return castColumns(n, types), nil
}

// writable adds NULL for the columns that an INSERT does not name.
func writable(n Node, table *Table, target []int) (Node, []int) {
	var exprs []expr.Expr
	var columns []int
	var names []string
	for i, c := range table.Columns {
		if c.Computed != nil || c.Virtual {
			continue
		}
		at := slices.Index(target, i)
		if at < 0 && c.Metadata != "" {
			continue
		}
		columns, names = append(columns, i), append(names, c.Name)
		if at < 0 {
			exprs = append(exprs, &expr.Const{Of: c.Type.Nullable(true)})
			continue
		}
		exprs = append(exprs, &expr.Ref{Index: at, Of: n.Schema()[at].Type})
	}
	if slices.Equal(columns, target) {
		return n, columns
	}
	return project(n, exprs, names), columns
}

// finishSink plans the input of a sink for what the table accepts.
func (p *Planner) finishSink(s *ast.Insert, sink *Sink) (*Sink, error) {
	var err error
	if sink.Input, err = reduced(sink.Input); err != nil {
		return nil, err
	}
	if _, err := changes(sink, true); err != nil {
		return nil, err
	}
	return sink, p.conflicts(s, sink)
}

// conflicts holds the changes of a query against what a table accepts. Where rows of several keys of the query may meet
// in one primary key, Flink wants to be told what to do (FLIP-558).
func (p *Planner) conflicts(s *ast.Insert, sink *Sink) error {
	mode := sink.Input.Properties().Mode
	table := sink.Table
	if table.Accepts == InsertOnly && mode != InsertOnly {
		return problem(s, "Write to a table of kind state (upsert-kafka with a PRIMARY KEY), or make the query append only: GROUP BY a window.", "%v", &UpdatesError{"table " + table.Name, producer(sink.Input)})
	}
	if s.OnConflict != "" && (table.Accepts != Upsert || len(table.PrimaryKey) == 0) {
		return problem(s, "Leave it out.", "ON CONFLICT is for tables that are written by primary key, and %s is none", table.Name)
	}
	if table.Accepts != Upsert || len(table.PrimaryKey) == 0 {
		return nil
	}
	key := sink.keyColumns()
	if slices.ContainsFunc(uniqueKeys(sink.Input), func(k []int) bool { return subset(k, key) }) {
		return nil
	}
	if s.OnConflict == "" {
		return &ConflictError{problem(s, "Say what should happen: ON CONFLICT DO DEDUPLICATE (the newest row wins; keeps the history of each key), DO NOTHING (the first row stays), or DO ERROR.", "rows of different keys of the query may meet in one primary key of %s (%s)", table.Name, columnNames(table, table.PrimaryKey))}
	}
	sink.Materialize = s.OnConflict != "DO DEDUPLICATE" || mode != InsertOnly
	if sink.Materialize {
		_, err := changes(sink, true)
		return err
	}
	return nil
}

// ConflictError says that a query's keys are others than the primary key of the table that it writes, and that it does
// not say what to do where they meet. It wraps the mistake with its place.
type ConflictError struct{ error }

// Unwrap gives the mistake.
func (e *ConflictError) Unwrap() error { return e.error }

// keyColumns gives the columns of the sink's input that are the table's primary key.
func (n *Sink) keyColumns() []int {
	var key []int
	for _, k := range n.Table.PrimaryKey {
		key = append(key, slices.Index(n.Columns, k))
	}
	return key
}

// Key gives the columns of the input by which rows of the table are known; nil without a primary key.
func (n *Sink) Key() []int { return n.keyColumns() }
