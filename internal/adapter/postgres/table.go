package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/contracts"
)

// ErrNoTable says that a table is not there.
var ErrNoTable = errors.New("there is no such table")

// Table gives one table as it is; without the table, ErrNoTable and the names of those that there are.
func (d *Databases) Table(ctx context.Context, of contracts.Connection, name string) (captures.LiveTable, []string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	connection, err := d.open(ctx, of)
	if err != nil {
		return captures.LiveTable{}, nil, err
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was written
	live, err := table(ctx, connection, name)
	if !errors.Is(err, ErrNoTable) {
		return live, nil, err
	}
	others, asked := tables(ctx, connection)
	if asked != nil {
		return live, nil, asked
	}
	return live, others, err
}

// maxTables bounds how many names are suggested.
const maxTables = 200

func tables(ctx context.Context, connection *pgx.Conn) ([]string, error) {
	rows, err := connection.Query(ctx, `
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT c.relispartition ORDER BY 1 LIMIT $1`, maxTables)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

const tableQuery = `
SELECT c.oid, coalesce(obj_description(c.oid, 'pg_class'), ''), c.relreplident::text, pg_has_role(c.relowner, 'USAGE'),
  has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'), c.relkind = 'p',
  coalesce((SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number WHERE i.indrelid = c.oid AND i.indisprimary), '{}')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`

func table(ctx context.Context, connection *pgx.Conn, name string) (captures.LiveTable, error) {
	schema, relation := split(name)
	live := captures.LiveTable{Name: name}
	var oid uint32
	var identity string
	err := connection.QueryRow(ctx, tableQuery, schema, relation).Scan(&oid, &live.Comment, &identity, &live.Owner, &live.Readable, &live.Partitioned, &live.Key)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return live, fmt.Errorf("%w: %s", ErrNoTable, name)
	case err != nil:
		return live, fmt.Errorf("ask PostgreSQL for table %s: %w", name, err)
	}
	live.Identity = rune(identity[0])
	live.Columns, err = columns(ctx, connection, oid)
	return live, err
}

// columnQuery goes through domains to the type that they are made from.
const columnQuery = `
WITH RECURSIVE bases AS (
  SELECT a.attnum, t.oid, t.typname, t.typtype, t.typbasetype, a.atttypmod AS mod, t.typtypmod, false AS strict
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b.attnum, t.oid, t.typname, t.typtype, t.typbasetype, CASE WHEN b.mod = -1 THEN b.typtypmod ELSE b.mod END, t.typtypmod, b.strict
  FROM bases b JOIN pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
SELECT a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typtype::text, b.mod,
  coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = b.oid), '{}'),
  a.attnotnull, a.atthasdef OR a.attidentity <> '', a.attgenerated <> '', a.attstorage IN ('x', 'e') AND NOT (b.typname IN ('varchar', 'bpchar') AND b.mod BETWEEN 5 AND 504), coalesce(col_description(a.attrelid, a.attnum), '')
FROM pg_attribute a JOIN bases b ON b.attnum = a.attnum AND b.typtype <> 'd'
WHERE a.attrelid = $1 ORDER BY a.attnum`

func columns(ctx context.Context, connection *pgx.Conn, oid uint32) ([]captures.LiveColumn, error) {
	rows, err := connection.Query(ctx, columnQuery, oid)
	if err != nil {
		return nil, fmt.Errorf("ask PostgreSQL for columns: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (captures.LiveColumn, error) {
		var c captures.LiveColumn
		var kind string
		var modifier int
		err := row.Scan(&c.Name, &c.Type, &c.Base, &kind, &modifier, &c.Symbols, &c.NotNull, &c.Default, &c.Generated, &c.Toastable, &c.Comment)
		if err != nil {
			return c, err
		}
		c.Kind = rune(kind[0])
		if c.Base == "numeric" && modifier >= 4 { // precision in the upper half, scale in the lower 11 bits, after a header of 4
			c.Precision, c.Scale = (modifier-4)>>16, int(int16((modifier-4)&0x7ff<<5))>>5
		}
		return c, nil
	})
}
