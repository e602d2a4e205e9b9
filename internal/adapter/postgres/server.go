package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/databases"
)

// Server asks what the server allows, as seen by the connection's user.
func (c *Client) Server(ctx context.Context) (databases.Server, error) {
	var s databases.Server
	err := c.read(ctx, "its settings", func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, serverQuery).Scan(&s.Version, &s.WALLevel, &s.MaxSlots, &s.MaxSenders, &s.MaxKept, &s.User, &s.Replication, &s.CreatePublication)
		if err != nil {
			return err
		}
		if s.Slots, err = rows[databases.Slot](ctx, tx, slotsQuery); err != nil {
			return err
		}
		s.Publications, err = rows[databases.Publication](ctx, tx, publicationsQuery)
		return err
	})
	return s, err
}

// A superuser may replicate. Roles of a cloud's PostgreSQL may by membership (RDS: rds_replication), which is for the
// server to say when it is tried. Who creates a publication needs CREATE on the database (PostgreSQL: CREATE PUBLICATION).
const serverQuery = `
SELECT current_setting('server_version'), current_setting('wal_level'),
  current_setting('max_replication_slots')::int, current_setting('max_wal_senders')::int,
  COALESCE((SELECT setting::int FROM pg_settings WHERE name = 'max_slot_wal_keep_size'), -1),
  current_user::text,
  r.rolsuper OR r.rolreplication OR EXISTS (
    SELECT FROM pg_roles m WHERE m.rolname IN ('rds_replication', 'rds_superuser', 'azure_pg_admin') AND pg_has_role(m.oid, 'member')),
  has_database_privilege(current_database(), 'CREATE')
FROM pg_roles r WHERE r.rolname = current_user`

const slotsQuery = `
SELECT slot_name::text AS name, COALESCE(plugin::text, '') AS plugin, COALESCE(database::text, '') AS database, active,
  COALESCE(wal_status = 'lost', false) AS lost
FROM pg_replication_slots ORDER BY slot_name`

const publicationsQuery = `
SELECT p.pubname::text AS name, p.puballtables AS alltables,
  ARRAY(SELECT t.schemaname || '.' || t.tablename FROM pg_publication_tables t WHERE t.pubname = p.pubname ORDER BY 1) AS tables
FROM pg_publication p ORDER BY p.pubname`

// rows reads a query whose columns have the names of a struct's fields.
func rows[T any](ctx context.Context, tx pgx.Tx, query string, args ...any) ([]T, error) {
	result, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(result, pgx.RowToStructByNameLax[T])
}
