package tables

import (
	"fmt"
	"slices"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// Layout turns the rows of a table, whose columns come in a fixed order, into keys and envelopes. It is made anew when
// the table changes, and is for one goroutine.
type Layout struct {
	Table *Table
	Topic string
	Key   *data.Schema // nil: the table has no key
	Row   *data.Schema
	Value *data.Schema // the envelope

	Unknown []string // columns that are left out as nothing is known of their types, with the types

	names   []string // of the columns as they come, also of those that are left out
	columns []column
	keys    []int // places of the key's columns, in its order
	head    []byte
	db      []byte
	place   []byte // schema and table, packed
}

type column struct {
	name     string
	use      bool         // it is part of the row
	schema   *data.Schema // nil: it is left out
	optional bool
	convert  func(into, text []byte) ([]byte, error)
	null     []byte // what null comes out as
	missing  []byte // what an unchanged TOASTed value comes out as
	changes  []Change
	present  []byte // the byte before a value, of an optional column
}

// NewLayout compiles a table for rows of these columns. Columns that the catalog does not know, as it is newer than
// the row, are nullable and without a default.
func (r *Rules) NewLayout(t *Table, order []Column) (*Layout, error) {
	l := &Layout{Table: t, Topic: r.Topic(t.Schema, t.Name), Row: &data.Schema{Kind: data.Struct}}
	keys := r.key(t)
	for i := range order {
		l.add(r, &order[i], slices.Contains(keys, order[i].Name))
	}
	l.Row.Name = r.schemaName(l.Topic + ".Value")
	l.Row = l.Row.AsOptional()
	l.Value = r.envelope(l)
	l.key(r, keys)
	l.head = r.sourceHead()
	l.db = data.AppendString(nil, r.Database)
	l.place = data.AppendString(data.AppendString(nil, t.Schema), t.Name)
	return l, nil
}

func (r *Rules) schemaName(name string) string { return Adjusted(r.SchemaNames, name, true) }

// add compiles a column. One of the key is compiled though a filter keeps it out of the row: the key has it all the same.
func (l *Layout) add(r *Rules, c *Column, key bool) {
	l.names = append(l.names, c.Name)
	full := l.Table.ID() + "." + c.Name
	conversion, ok := r.Modes.Of(c.Type, c.Mod)
	passes := r.Columns.Passes(full)
	if !ok && passes {
		l.Unknown = append(l.Unknown, c.Name+" ("+c.Type.Name+")")
	}
	if !ok || !passes && !key {
		l.columns = append(l.columns, column{name: c.Name})
		return
	}
	schema := *conversion.Schema
	compiled := column{name: c.Name, use: passes, schema: &schema, optional: !c.NotNull, convert: conversion.Append}
	schema.Optional, schema.Default = compiled.optional, fallback(c, conversion)
	if compiled.changes = r.changes(full, &schema); len(compiled.changes) > 0 {
		compiled.convert = values.AppendText // what comes out of a change is a text, and no timestamp or so any more
	}
	compiled.nulls(conversion, schema.Default)
	if more := r.Propagate.parameters(l.Table.ID(), c); more != nil {
		bare := schema
		compiled.schema = &bare // the key's schema does not tell
		schema.Parameters = append(slices.Clone(schema.Parameters), more...)
	}
	l.columns = append(l.columns, compiled)
	if passes {
		l.Row.Fields = append(l.Row.Fields, data.Field{Name: Adjusted(r.FieldNames, c.Name, false), Schema: &schema})
	}
}

// nulls works out what stands for null, and for a TOASTed value that is not in the WAL.
func (c *column) nulls(conversion values.Conversion, standard []byte) {
	switch {
	case c.optional:
		c.present = data.AppendPresent(nil)
		c.null = data.AppendNull(nil)
	case standard != nil:
		c.null = standard
	default:
		c.null = conversion.Zero
	}
	c.missing = c.null
	if conversion.Unavailable != nil {
		c.missing = append(slices.Clone(c.present), conversion.Unavailable...)
	}
	for _, change := range c.changes {
		if change.Null {
			c.null = data.AppendBytes(slices.Clone(c.present), change.Of(nil))
			c.missing = c.null
		}
	}
}

// changes are the rules for a column of texts; its schema tells of them.
func (r *Rules) changes(full string, s *data.Schema) []Change {
	if s.Kind != data.String {
		return nil
	}
	var list []Change
	for _, change := range r.Changes {
		if matches(change.Columns, full) {
			list = append(list, change)
			s.Parameters = append(slices.Clone(s.Parameters), change.Parameter)
			s.Default = nil
		}
	}
	return list
}

func (l *Layout) key(r *Rules, names []string) {
	fields := make([]data.Field, 0, len(names))
	for _, name := range names {
		at := slices.Index(l.names, name)
		if at < 0 || l.columns[at].schema == nil {
			continue
		}
		l.keys = append(l.keys, at)
		fields = append(fields, data.Field{Name: Adjusted(r.FieldNames, name, false), Schema: l.columns[at].schema})
	}
	if len(fields) > 0 {
		l.Key = &data.Schema{Kind: data.Struct, Name: r.schemaName(l.Topic + ".Key"), Fields: fields}
	}
}

// Names are the columns as their values come, also those that are left out.
func (l *Layout) Names() []string { return l.names }

// KeyNames are the columns of the key, in its order.
func (l *Layout) KeyNames() []string {
	names := make([]string, 0, len(l.keys))
	for _, at := range l.keys {
		names = append(names, l.names[at])
	}
	return names
}

// LeavesOut tells whether the column at a place is neither in the row nor in the key.
func (l *Layout) LeavesOut(at int) bool { return at >= len(l.columns) || l.columns[at].schema == nil }

// AppendKey packs the key of a row; the layout must have one.
func (l *Layout) AppendKey(into []byte, row []wal.Column) ([]byte, error) {
	for _, at := range l.keys {
		var err error
		if into, err = l.appendColumn(into, at, row); err != nil {
			return nil, err
		}
	}
	return into, nil
}

// SameKey tells whether two rows have the same key.
func (l *Layout) SameKey(a, b []wal.Column) bool {
	for _, at := range l.keys {
		if at >= len(a) || at >= len(b) || a[at].Kind != b[at].Kind || string(a[at].Text) != string(b[at].Text) {
			return false
		}
	}
	return true
}

// Same tells whether two rows have the same values in the columns that come out.
func (l *Layout) Same(a, b []wal.Column) bool {
	for at := range l.columns {
		if !l.columns[at].use {
			continue
		}
		if at >= len(a) || at >= len(b) || a[at].Kind != b[at].Kind || string(a[at].Text) != string(b[at].Text) {
			return false
		}
	}
	return true
}

// appendRow packs the struct of a row.
func (l *Layout) appendRow(into []byte, row []wal.Column) ([]byte, error) {
	for at := range l.columns {
		if !l.columns[at].use {
			continue
		}
		var err error
		if into, err = l.appendColumn(into, at, row); err != nil {
			return nil, err
		}
	}
	return into, nil
}

func (l *Layout) appendColumn(into []byte, at int, row []wal.Column) ([]byte, error) {
	c := &l.columns[at]
	if at >= len(row) || row[at].Kind == 'n' {
		return append(into, c.null...), nil
	}
	if row[at].Kind == 'u' {
		return append(into, c.missing...), nil
	}
	start := len(into)
	packed, err := c.append(append(into, c.present...), row[at].Text)
	if err == values.ErrNull { //nolint:errorlint // never wrapped, and asked for each column of each row
		return append(into[:start], c.null...), nil
	}
	if err != nil {
		return nil, fmt.Errorf("column %s of %s: %w", c.name, l.Table.ID(), err)
	}
	return packed, nil
}

func (c *column) append(into, text []byte) ([]byte, error) {
	for _, change := range c.changes {
		text = change.Of(text)
	}
	return c.convert(into, text)
}
