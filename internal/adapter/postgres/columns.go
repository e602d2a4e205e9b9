package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/databases"
)

// column is a row of columnsQuery.
type column struct {
	Name, Type, Base, Kind             string
	Modifier, Depth                    int
	ItemBase, ItemKind, ItemType       string
	ItemModifier                       int
	Symbols                            []string
	NotNull, Generated, Stored, Toasts bool
	Default, Comment                   string
}

// columns reads the columns of a table. Those of a partitioned table are stored by its partitions.
func columns(ctx context.Context, tx pgx.Tx, table uint32, partitioned bool) ([]databases.Column, error) {
	found, err := rows[column](ctx, tx, columnsQuery, table)
	all := make([]databases.Column, len(found))
	for i, c := range found {
		all[i] = databases.Column{
			Name: c.Name, Type: c.Type, Base: c.Base, Kind: c.Kind, Modifier: c.Modifier, NotNull: c.NotNull, Default: c.Default,
			Generated: c.Generated, Toastable: c.Stored && (c.Toasts || partitioned), Comment: c.Comment,
		}
		if c.ItemBase == "" {
			all[i].Symbols = c.Symbols
			continue
		}
		all[i].Depth = c.Depth
		all[i].Items = &databases.Column{Type: c.ItemType, Base: c.ItemBase, Kind: c.ItemKind, Modifier: c.ItemModifier, Symbols: c.Symbols}
	}
	return all, err
}

// Domains are followed to the types that they are made from; one of them may forbid nulls. A default of a generated
// column is its expression, and none. A table without a TOAST table has no value that could be out of line.
const columnsQuery = `
WITH RECURSIVE made(oid, base, modifier, never_null) AS (
  SELECT oid, oid, -1, false FROM pg_type WHERE typtype <> 'd'
  UNION ALL
  SELECT d.oid, m.base, CASE WHEN d.typtypmod <> -1 THEN d.typtypmod ELSE m.modifier END, d.typnotnull OR m.never_null
  FROM pg_type d JOIN made m ON m.oid = d.typbasetype WHERE d.typtype = 'd'
), columns AS (
  SELECT a.*, t.typname, t.typtype, t.typelem, t.typcategory, m.never_null,
    CASE WHEN a.atttypmod <> -1 THEN a.atttypmod ELSE m.modifier END AS modifier
  FROM pg_attribute a JOIN made m ON m.oid = a.atttypid JOIN pg_type t ON t.oid = m.base
  WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, a.typname::text AS base, a.typtype::text AS kind,
  a.modifier AS modifier, a.attndims::int AS depth,
  COALESCE(et.typname::text, '') AS itembase, COALESCE(et.typtype::text, '') AS itemkind,
  COALESCE(format_type(a.typelem, a.modifier), '') AS itemtype,
  CASE WHEN a.modifier <> -1 THEN a.modifier ELSE COALESCE(em.modifier, -1) END AS itemmodifier,
  ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = COALESCE(et.oid, made.base) ORDER BY e.enumsortorder) AS symbols,
  a.attnotnull OR a.never_null AS notnull, a.attgenerated <> '' AS generated,
  a.attlen = -1 AND a.attstorage IN ('x', 'e') AS stored, r.reltoastrelid <> 0 AS toasts,
  CASE WHEN a.attgenerated = '' THEN COALESCE(pg_get_expr(d.adbin, d.adrelid), '') ELSE '' END AS default,
  COALESCE(col_description(a.attrelid, a.attnum), '') AS comment
FROM columns a
JOIN pg_class r ON r.oid = a.attrelid
JOIN made ON made.oid = a.atttypid
LEFT JOIN made em ON em.oid = a.typelem AND a.typcategory = 'A'
LEFT JOIN pg_type et ON et.oid = em.base
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
ORDER BY a.attnum`
