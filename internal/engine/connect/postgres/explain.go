package postgres

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// explain says of an error of the server's what it means for the connector, and what to do.
func (s *settings) explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if isNetwork(err) {
			return fmt.Errorf("PostgreSQL at %s:%s cannot be reached: %w", s.raw["database.hostname"], s.raw["database.port"], redacted(err, s.raw["database.password"]))
		}
		return redacted(err, s.raw["database.password"])
	}
	if advice := s.advice(pg); advice != "" {
		return fmt.Errorf("%s: %w", advice, pg)
	}
	return err
}

func (s *settings) advice(pg *pgconn.PgError) string {
	user, slot, publication := s.raw["database.user"], s.slot, s.publication
	switch pg.Code {
	case "28P01", "28000":
		return fmt.Sprintf("PostgreSQL refuses the log-in of %q to %q: check database.user, database.password and pg_hba.conf", user, s.rules.Database)
	case "3D000":
		return fmt.Sprintf("there is no database %q: check database.dbname", s.rules.Database)
	case "42501":
		return fmt.Sprintf("the user %q may not do what the connector needs (REPLICATION, SELECT on the tables, and CREATE on the database or a publication that is there: grant it, or set publication.autocreate.mode=disabled)", user)
	case "55006":
		return fmt.Sprintf("the replication slot %q is in use by another connection: give each connector a slot.name of its own", slot)
	case "53400", "53300":
		return fmt.Sprintf("PostgreSQL has no free connection or replication slot for %q: raise max_replication_slots and max_wal_senders, or drop slots that no one needs (pg_replication_slots)", slot)
	case "55000":
		return fmt.Sprintf("the replication slot %q cannot be used: was its log removed (max_slot_wal_keep_size), or is wal_level not logical? A lost slot is dropped by pg_drop_replication_slot, and the connector then starts anew with snapshot.mode=when_needed", slot)
	case "42704":
		return fmt.Sprintf("the replication slot %q or the publication %q is missing", slot, publication)
	}
	return ""
}

// isNetwork tells an outage, which passes, from a refusal, which does not.
func isNetwork(err error) bool {
	var op net.Error
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, wal.ErrEnded)
}

// passes tells whether an error is one that time mends: the network, a server that starts, stops or is full.
func passes(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "57", "08", "53", "58": // operator intervention, connection, resources, system
			return true
		}
		return pg.Code == "55006" // the slot is still held by the connection before
	}
	return isNetwork(err)
}

// explainLate explains an error of a running task.
func (s *settings) explainLate(err error) error {
	if err == nil || passes(err) {
		return err
	}
	return s.explain(err)
}
