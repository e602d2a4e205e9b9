// Package postgres looks at the PostgreSQL databases that products are captured from: what the server allows, how tables
// are, and which slots there are. It reads catalogs, and drops nothing but a slot and a publication that Weft named.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/reconcile"
)

// Databases are the databases of an environment.
type Databases struct {
	secret func(contracts.Secret) (string, error)
}

var _ reconcile.Databases = (*Databases)(nil)

// New reaches databases with the passwords that secret gives.
func New(secret func(contracts.Secret) (string, error)) *Databases { return &Databases{secret} }

// timeout bounds what is asked of a database at once.
const timeout = 5 * time.Second

// ErrKind says that a database is none of PostgreSQL.
var ErrKind = errors.New("Weft looks at PostgreSQL alone; Kafka Connect checks the rest") //nolint:staticcheck // a name

// open connects to a database as the connector does.
func (d *Databases) open(ctx context.Context, of contracts.Connection) (*pgx.Conn, error) {
	if of.Postgres == nil {
		return nil, ErrKind
	}
	password, err := d.secret(of.Postgres.Password)
	if err != nil {
		return nil, fmt.Errorf("its password: %w", err)
	}
	config, err := pgx.ParseConfig("sslmode=prefer connect_timeout=5 application_name=weft")
	if err != nil {
		return nil, err
	}
	port := of.Postgres.Port
	if port == 0 {
		port = 5432
	}
	config.Host, config.Port, config.User, config.Database, config.Password = of.Postgres.Host, uint16(port), of.Postgres.User, of.Postgres.Database, password //nolint:gosec // it was checked
	for i := range config.Fallbacks {                                                                                                                          // without TLS, where the server has none
		config.Fallbacks[i].Host, config.Fallbacks[i].Port = config.Host, config.Port
	}
	if config.TLSConfig != nil {
		config.TLSConfig.ServerName = config.Host
	}
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, reached(err, net.JoinHostPort(config.Host, strconv.Itoa(port)))
	}
	return connection, nil
}

// reached says in a line why a database was not.
func reached(err error, where string) error {
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) {
		return fmt.Errorf("PostgreSQL at %s says: %s", where, refusal.Message)
	}
	var system *net.OpError
	if errors.As(err, &system) {
		return fmt.Errorf("PostgreSQL at %s cannot be reached: %w", where, system.Err)
	}
	return fmt.Errorf("PostgreSQL at %s cannot be reached: %w", where, err)
}

// Look gives what a database says of the tables of a capture.
func (d *Databases) Look(ctx context.Context, c captures.Capture) (captures.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	connection, err := d.open(ctx, c.Database)
	if err != nil {
		return captures.Database{}, err
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was written
	db, err := server(ctx, connection, c.Name.Slot())
	if err != nil {
		return db, err
	}
	db.Tables = map[string]captures.LiveTable{}
	for _, t := range c.Tables {
		live, err := table(ctx, connection, t.Name)
		if errors.Is(err, ErrNoTable) {
			continue
		}
		if err != nil {
			return db, err
		}
		db.Tables[t.Name] = live
	}
	return db, nil
}

const serverQuery = `
SELECT current_setting('server_version'), current_setting('wal_level'), current_setting('max_replication_slots')::int,
  (SELECT count(*) FROM pg_replication_slots), current_setting('max_wal_senders')::int,
  (SELECT setting::int FROM pg_settings WHERE name = 'max_slot_wal_keep_size'),
  (SELECT rolreplication OR rolsuper OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname IN ('rds_replication') AND pg_has_role(r.oid, 'USAGE')) FROM pg_roles WHERE rolname = current_user),
  has_database_privilege(current_database(), 'CREATE'), EXISTS (SELECT FROM pg_publication WHERE pubname = $1)`

func server(ctx context.Context, connection *pgx.Conn, slot string) (captures.Database, error) {
	var db captures.Database
	kept := (*int)(nil)
	err := connection.QueryRow(ctx, serverQuery, slot).Scan(&db.Version, &db.WALLevel, &db.MaxSlots, &db.Slots, &db.MaxSenders, &kept, &db.Replication, &db.CreatePublication, &db.Publication)
	if err != nil {
		return db, fmt.Errorf("ask PostgreSQL for its settings: %w", err)
	}
	db.MaxKept = -1
	if kept != nil {
		db.MaxKept = *kept
	}
	s := captures.Slot{}
	err = connection.QueryRow(ctx, `SELECT coalesce(plugin, ''), coalesce(database, ''), active, coalesce(wal_status, '') = 'lost' FROM pg_replication_slots WHERE slot_name = $1`, slot).Scan(&s.Plugin, &s.Database, &s.Active, &s.Lost)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return db, nil
	case err != nil:
		return db, fmt.Errorf("ask PostgreSQL for its slots: %w", err)
	}
	db.Slot = &s
	return db, nil
}

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
	connection, err := d.open(ctx, of)
	if err != nil {
		return fmt.Errorf("slot %s keeps the log: %w; %s", slot, err, byHand)
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what was written is committed
	if err := dropSlot(ctx, connection, slot); err != nil {
		return fmt.Errorf("slot %s keeps the log: %w; %s", slot, err, byHand)
	}
	_, err = connection.Exec(ctx, "DROP PUBLICATION IF EXISTS "+pgx.Identifier{publication}.Sanitize())
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

// split takes schema.table apart.
func split(name string) (schema, relation string) {
	schema, relation, ok := strings.Cut(name, ".")
	if !ok {
		return "public", name
	}
	return schema, relation
}
