package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// slotState is what pg_replication_slots says of the slot.
type slotState struct {
	there     bool
	plugin    string
	database  string
	lost      bool // its log was removed
	confirmed wal.LSN
}

func readSlot(ctx context.Context, conn *pgx.Conn, name string) (s slotState, err error) {
	var confirmed, status string
	err = conn.QueryRow(ctx, `SELECT coalesce(plugin, ''), coalesce(database, ''), coalesce(confirmed_flush_lsn::text, '0/0'), coalesce(wal_status, '')
		FROM pg_replication_slots WHERE slot_name = $1`, name).Scan(&s.plugin, &s.database, &confirmed, &status)
	if errors.Is(err, pgx.ErrNoRows) {
		return slotState{}, nil
	}
	if err != nil {
		return s, fmt.Errorf("read pg_replication_slots: %w", err)
	}
	s.there, s.lost = true, status == "lost"
	s.confirmed, err = wal.ParseLSN(confirmed)
	return s, err
}

// checkServer refuses a server that cannot be captured.
func (s *settings) checkServer(ctx context.Context, conn *pgx.Conn) error {
	var level string
	var version int
	if err := conn.QueryRow(ctx, `SELECT current_setting('wal_level'), current_setting('server_version_num')::int`).Scan(&level, &version); err != nil {
		return s.explain(err)
	}
	if version < 140000 {
		return fmt.Errorf("PostgreSQL %d is too old for this engine: it captures 14 and newer", version/10000)
	}
	if level != "logical" {
		return fmt.Errorf("wal_level of PostgreSQL at %s is %q, and changes can be read only if it is logical: ALTER SYSTEM SET wal_level = logical, then restart PostgreSQL", s.raw["database.hostname"], level)
	}
	return nil
}

// checkSlot refuses a slot that is another's.
func (s *settings) checkSlot(state slotState) error {
	switch {
	case !state.there:
		return nil
	case state.plugin != "pgoutput":
		return fmt.Errorf("the replication slot %q is of the plug-in %q, not pgoutput: give another slot.name", s.slot, state.plugin)
	case state.database != s.rules.Database:
		return fmt.Errorf("the replication slot %q is of the database %q, not %q: give another slot.name", s.slot, state.database, s.rules.Database)
	case state.lost && s.snapshotMode != "when_needed":
		return fmt.Errorf("the replication slot %q has lost its log (max_slot_wal_keep_size): changes are missing that cannot be read any more. Drop it with SELECT pg_drop_replication_slot('%s'), delete the connector's offsets, and start again: the snapshot then reads every row anew", s.slot, s.slot)
	}
	return nil
}

// createSlot makes the slot, and gives the point from which on it has changes, and the snapshot of the database at this
// point, which lives as long as the connection does nothing else.
func (s *settings) createSlot(ctx context.Context, conn *wal.Conn) (wal.LSN, string, error) {
	rows, err := conn.Exec(ctx, fmt.Sprintf(`CREATE_REPLICATION_SLOT "%s" LOGICAL pgoutput EXPORT_SNAPSHOT`, s.slot))
	if err != nil {
		return 0, "", fmt.Errorf("create the replication slot %q: %w", s.slot, s.explain(err))
	}
	if len(rows) != 1 || len(rows[0]) < 3 {
		return 0, "", fmt.Errorf("create the replication slot %q: an answer of %d rows", s.slot, len(rows))
	}
	at, err := wal.ParseLSN(string(rows[0][1]))
	return at, string(rows[0][2]), err
}

func dropSlot(ctx context.Context, conn *pgx.Conn, name string) error {
	_, err := conn.Exec(ctx, `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`, name)
	return err
}
