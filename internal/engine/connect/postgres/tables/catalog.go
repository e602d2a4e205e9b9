package tables

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
)

// Catalog reads the catalog of a database. It keeps types: the labels of an enum are read again with each table.
type Catalog struct {
	types map[uint32]*values.Type
}

// NewCatalog has read nothing yet.
func NewCatalog() *Catalog { return &Catalog{types: map[uint32]*values.Type{}} }

// ErrGone is the error of a table that is not there any more.
var ErrGone = errors.New("there is no such table")

const describe = `
SELECT n.nspname, c.relname, c.relreplident::text, c.relkind::text, c.relfilenode,
       (pg_relation_size(c.oid) + current_setting('block_size')::int - 1) / current_setting('block_size')::int
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1`

// Table reads a table by its OID.
func (c *Catalog) Table(ctx context.Context, conn *pgx.Conn, oid uint32) (*Table, error) {
	t := &Table{OID: oid}
	var identity, kind string
	err := conn.QueryRow(ctx, describe, oid).Scan(&t.Schema, &t.Name, &identity, &kind, &t.File, &t.Pages)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("read the catalog's entry of table %d: %w", oid, err)
	}
	t.Identity, t.Kind = identity[0], kind[0]
	if err := c.columns(ctx, conn, t); err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", t.ID(), err)
	}
	if t.Key, err = c.key(ctx, conn, oid); err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", t.ID(), err)
	}
	return t, nil
}

const columns = `
SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull OR (t.typtype = 'd' AND t.typnotnull), a.attgenerated <> '',
       CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '') ELSE '' END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

func (c *Catalog) columns(ctx context.Context, conn *pgx.Conn, t *Table) error {
	rows, err := conn.Query(ctx, columns, t.OID)
	if err != nil {
		return err
	}
	defer rows.Close()
	var types []uint32
	for rows.Next() {
		var column Column
		var oid uint32
		if err := rows.Scan(&column.Name, &oid, &column.Mod, &column.NotNull, &column.Generated, &column.Default); err != nil {
			return err
		}
		t.Columns, types = append(t.Columns, column), append(types, oid)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i, oid := range types {
		if t.Columns[i].Type, err = c.Type(ctx, conn, oid); err != nil {
			return err
		}
	}
	return nil
}

const typeQuery = `
SELECT typname, typtype::text, typcategory = 'A' AND typelem <> 0, typelem, typbasetype, typtypmod,
       array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
FROM pg_type t WHERE oid = $1`

// Type reads a type and those that it is made of.
func (c *Catalog) Type(ctx context.Context, conn *pgx.Conn, oid uint32) (*values.Type, error) {
	if t := c.types[oid]; t != nil && len(t.Labels) == 0 {
		return t, nil
	}
	t := &values.Type{OID: oid, Mod: -1}
	var kind string
	var isArray bool
	var elem, base uint32
	err := conn.QueryRow(ctx, typeQuery, oid).Scan(&t.Name, &kind, &isArray, &elem, &base, &t.Mod, &t.Labels)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, nil // dropped since: of an unknown type
	}
	if err != nil {
		return nil, fmt.Errorf("read type %d: %w", oid, err)
	}
	if isArray {
		if t.Elem, err = c.Type(ctx, conn, elem); err != nil {
			return nil, err
		}
	}
	if kind == "d" {
		if t.Base, err = c.Type(ctx, conn, base); err != nil {
			return nil, err
		}
	}
	c.types[oid] = t
	return t, nil
}

// The primary key, or else the first unique index by name that is whole, of columns only and without nullable ones.
const keyQuery = `
SELECT array(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(num, place)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
             WHERE k.place <= i.indnkeyatts ORDER BY k.place)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1 AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid
  AND (i.indisprimary OR NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) k(num)
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num WHERE NOT a.attnotnull))
ORDER BY i.indisprimary DESC, c.relname LIMIT 1`

func (c *Catalog) key(ctx context.Context, conn *pgx.Conn, oid uint32) ([]string, error) {
	var key []string
	err := conn.QueryRow(ctx, keyQuery, oid).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return key, err
}

// Name is a table's OID and name.
type Name struct {
	OID          uint32
	Schema, Name string
	Parent       uint32 // the root of the partitioned table that it is a part of; 0: none
	Kind         byte
	Rows         float64 // as the last ANALYZE guessed
}

const names = `
SELECT c.oid, n.nspname, c.relname, c.relkind::text, CASE WHEN c.relispartition THEN coalesce(pg_partition_root(c.oid)::oid, 0::oid) ELSE 0::oid END,
       c.reltuples::float8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\_%' ORDER BY n.nspname, c.relname`

// Names lists the tables of the database that can be captured.
func Names(ctx context.Context, conn *pgx.Conn) ([]Name, error) {
	rows, err := conn.Query(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	defer rows.Close()
	var list []Name
	for rows.Next() {
		var n Name
		var kind string
		if err := rows.Scan(&n.OID, &n.Schema, &n.Name, &kind, &n.Parent, &n.Rows); err != nil {
			return nil, err
		}
		n.Kind = kind[0]
		list = append(list, n)
	}
	return list, rows.Err()
}
