package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weftmesh/weft/internal/captures"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/databases"
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
var ErrKind = errors.New("Weft looks at PostgreSQL alone; Kafka Connect checks the rest")

// open connects to a database as its connector does.
func (d *Databases) open(ctx context.Context, of contracts.Connection) (*Client, error) {
	if of.Postgres == nil {
		return nil, ErrKind
	}
	password, err := d.secret(of.Postgres.Password)
	if err != nil {
		return nil, fmt.Errorf("its password: %w", err)
	}
	return Open(ctx, *of.Postgres, password)
}

// Look gives what a database says of itself and of the tables of a capture.
func (d *Databases) Look(ctx context.Context, c captures.Capture) (captures.Database, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	db := captures.Database{Tables: map[string]databases.Table{}}
	client, err := d.open(ctx, c.Database)
	if err != nil {
		return db, err
	}
	defer client.Close()
	if db.Server, err = client.Server(ctx); err != nil {
		return db, err
	}
	for _, t := range c.Tables {
		live, err := client.Table(ctx, t.Name)
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

// Table describes one table of a database; one that is not there is ErrNoTable.
func (d *Databases) Table(ctx context.Context, of contracts.Connection, name string) (databases.Table, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := d.open(ctx, of)
	if err != nil {
		return databases.Table{}, err
	}
	defer client.Close()
	return client.Table(ctx, name)
}
