package postgres

import (
	"context"
	"time"
)

// guardInterval is how often the slot is looked at.
const guardInterval = 10 * time.Second

// guard warns when so much of the log is kept for the slot that PostgreSQL will soon give the slot up
// (max_slot_wal_keep_size).
func (s *streamer) guard(ctx context.Context) error {
	var kept, left int64
	var status string
	err := s.conn.QueryRow(ctx, `SELECT coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::int8, coalesce(safe_wal_size, -1), coalesce(wal_status, '')
		FROM pg_replication_slots WHERE slot_name = $1`, s.s.slot).Scan(&kept, &left, &status)
	if err != nil {
		if passes(err) {
			return err
		}
		return nil // the reader meets a slot that is gone
	}
	if left < 0 && status != "unreserved" && status != "lost" || kept <= 0 {
		return nil // without a bound
	}
	used := 100 * kept / max(kept+left, 1)
	if status == "unreserved" || status == "lost" {
		used = 100
	}
	if used < int64(s.s.warnPercent) {
		return nil
	}
	s.log.Warn("the replication slot is about to be lost: consume faster, or raise max_slot_wal_keep_size",
		"slot", s.s.slot, "used_percent", used, "bytes_kept", kept, "bytes_left", max(left, 0), "wal_status", status)
	return nil
}
