package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftmesh/weft/internal/contracts"
)

// Release drops the slot and the publication of a connector whose configuration this is, where a connection reaches its
// database. A slot that is still read, as its connector is about to end, is tried again for a while.
func (d *Databases) Release(ctx context.Context, config map[string]string, connections map[string]contracts.Connection) error {
	slot, publication := config["slot.name"], config["publication.name"]
	if slot == "" {
		return nil
	}
	byHand := fmt.Sprintf("drop it by hand: SELECT pg_drop_replication_slot('%s'); DROP PUBLICATION IF EXISTS %s;", slot, publication)
	of, known := same(config, connections)
	if !known {
		return fmt.Errorf("no connection of this environment reaches %s:%s/%s, where slot %s keeps the log; %s", config["database.hostname"], config["database.port"], config["database.dbname"], slot, byHand)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*timeout)
	defer cancel()
	client, err := d.open(ctx, of)
	if err != nil {
		return fmt.Errorf("slot %s keeps the log: %w; %s", slot, err, byHand)
	}
	defer client.Close()
	if err := dropSlot(ctx, client.conn, slot); err != nil {
		return fmt.Errorf("slot %s keeps the log: %w; %s", slot, err, byHand)
	}
	_, err = client.conn.Exec(ctx, "DROP PUBLICATION IF EXISTS "+pgx.Identifier{publication}.Sanitize()) //nolint:misspell // its name
	return err
}

// same finds the connection that a connector's configuration was made from.
func same(config map[string]string, connections map[string]contracts.Connection) (contracts.Connection, bool) {
	for _, c := range connections {
		p := c.Postgres
		if p == nil || p.Host != config["database.hostname"] || p.Database != config["database.dbname"] {
			continue
		}
		if config["database.port"] == strconv.Itoa(p.Port) || p.Port == 0 && config["database.port"] == "5432" {
			return c, true
		}
	}
	return contracts.Connection{}, false
}

func dropSlot(ctx context.Context, connection *pgx.Conn, slot string) error {
	for {
		_, err := connection.Exec(ctx, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1", slot)
		var refusal *pgconn.PgError
		if !errors.As(err, &refusal) || refusal.Code != "55006" { // object_in_use
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New(refusal.Message)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
