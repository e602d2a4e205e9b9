package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/diags"
)

// ErrNoTable says that there is no table of a name, or that it is none whose changes can be captured.
var ErrNoTable = errors.New("no table to capture")

// noTable is ErrNoTable in words that say which, and what is there.
type noTable string

func (n noTable) Error() string        { return string(n) }
func (n noTable) Is(target error) bool { return target == ErrNoTable }

// Table asks how a table looks. name is schema.table, each as it is: unquoted names in SQL are lower case. A name that
// is not there, a view or a foreign table is ErrNoTable.
func (c *Client) Table(ctx context.Context, name string) (databases.Table, error) {
	t := databases.Table{Name: name}
	err := c.read(ctx, "table "+name, func(ctx context.Context, tx pgx.Tx) error {
		oid, err := c.lookUp(ctx, tx, &t)
		if err != nil {
			return err
		}
		if t.Columns, err = columns(ctx, tx, oid, t.Partitioned); err != nil {
			return err
		}
		return indexes(ctx, tx, oid, &t)
	})
	return t, err
}

// kinds are the relations that are no tables (pg_class.relkind).
var kinds = map[string]string{"v": "a view", "m": "a materialized view", "f": "a foreign table", "S": "a sequence", "i": "an index", "I": "an index", "c": "a composite type", "t": "a TOAST table"}

func (c *Client) lookUp(ctx context.Context, tx pgx.Tx, t *databases.Table) (oid uint32, err error) {
	var kind, persistence, identity string
	schema, name, _ := strings.Cut(t.Name, ".")
	err = tx.QueryRow(ctx, tableQuery, schema, name).Scan(&oid, &kind, &persistence, &identity, &t.Comment, &t.Owner, &t.Readable, &t.Partitioned, &t.Rows)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, c.unknown(ctx, tx, t.Name)
	case err != nil:
		return 0, err
	case kinds[kind] != "":
		return 0, noTable(fmt.Sprintf("%s in %s is %s, and only tables have changes to capture", t.Name, c.where, kinds[kind]))
	case persistence != "p":
		return 0, noTable(fmt.Sprintf("%s in %s is unlogged or temporary, so its changes are in no log; ALTER TABLE %s SET LOGGED", t.Name, c.where, t.Name))
	}
	t.Identity = databases.Identity(identity)
	return oid, nil
}

// unknown names the table that was meant, if one is near.
func (c *Client) unknown(ctx context.Context, tx pgx.Tx, name string) error {
	result, err := tx.Query(ctx, namesQuery, name)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(result, pgx.RowTo[string])
	if err != nil {
		return err
	}
	fix := "it has: " + strings.Join(names[:min(len(names), 20)], ", ")
	closest, ok := diags.Closest(name, names)
	switch {
	case ok:
		fix = "did you mean " + closest + "?"
	case len(names) == 0:
		fix = "its user sees no tables there"
	}
	return noTable(fmt.Sprintf("there is no table %s in %s; %s", name, c.where, fix))
}

const namesQuery = `
SELECT n.nspname || '.' || c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND $1::text IS NOT NULL
ORDER BY 1 LIMIT 5000`

// The rows of a partitioned table are those of its partitions; an estimate is there once ANALYZE has seen a table.
const tableQuery = `
SELECT c.oid, c.relkind::text, c.relpersistence::text, c.relreplident::text, COALESCE(obj_description(c.oid, 'pg_class'), ''),
  pg_has_role(c.relowner, 'USAGE'), has_any_column_privilege(c.oid, 'SELECT'), c.relkind = 'p',
  CASE WHEN c.relkind = 'p' THEN
    (SELECT CASE WHEN bool_and(l.reltuples >= 0) THEN sum(l.reltuples)::bigint ELSE -1 END
     FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid WHERE p.isleaf)
  ELSE c.reltuples::bigint END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2`

// indexes reads the primary key, the unique indexes that hold no null, and that of the replica identity.
func indexes(ctx context.Context, tx pgx.Tx, oid uint32, t *databases.Table) error {
	type index struct {
		Primary, Identity bool
		Columns           []string
	}
	found, err := rows[index](ctx, tx, indexesQuery, oid)
	for _, i := range found {
		switch {
		case i.Primary:
			t.Key = i.Columns
		default:
			t.Unique = append(t.Unique, i.Columns)
		}
		if i.Identity {
			t.IdentityKey = i.Columns
		}
	}
	return err
}

// Only indexes over whole columns, of all rows, at once.
const indexesQuery = `
SELECT i.indisprimary AS primary, i.indisreplident AS identity,
  ARRAY(SELECT a.attname::text FROM unnest(i.indkey[:i.indnkeyatts-1]) WITH ORDINALITY k(n, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n ORDER BY k.place) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
  AND NOT EXISTS (SELECT FROM unnest(i.indkey[:i.indnkeyatts-1]) n JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n WHERE NOT a.attnotnull)
ORDER BY i.indnkeyatts, c.relname`
