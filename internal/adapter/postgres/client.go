// Package postgres is the client of the PostgreSQL databases that products are captured from: it asks what the server
// allows, how tables look, and which slots there are. It drops nothing but a slot and a publication that Weft named.
package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftmesh/weft/internal/contracts"
)

// Client is a connection to one database. It is not for use by several goroutines at once.
type Client struct {
	conn  *pgx.Conn
	where string // host:port/database
}

// defaultPort is PostgreSQL's own.
const defaultPort = 5432

// Bounds of what is asked.
const (
	connectTimeout = 5 * time.Second
	queryTimeout   = 10 * time.Second
)

// Open connects. The error says what to do, and holds no secret.
func Open(ctx context.Context, db contracts.Database, password string) (*Client, error) {
	port := db.Port
	if port == 0 {
		port = defaultPort
	}
	where := net.JoinHostPort(db.Host, strconv.Itoa(port)) + "/" + db.Database
	config, err := pgx.ParseConfig("")
	if err != nil {
		return nil, errors.New("the environment's PG variables cannot be read; unset them") // the error may hold them
	}
	config.Host, config.Port, config.Database, config.User = db.Host, uint16(port), db.Database, db.User
	config.Password = password
	config.ConnectTimeout = connectTimeout
	// Encrypted where the server can, as libpq does unless it is told otherwise (PostgreSQL: sslmode=prefer).
	config.TLSConfig = &tls.Config{ServerName: db.Host, InsecureSkipVerify: true} //nolint:gosec // against listeners, not against impostors
	config.Fallbacks = []*pgconn.FallbackConfig{{Host: db.Host, Port: config.Port}}
	config.RuntimeParams = map[string]string{"application_name": "weft"}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // no statement stays behind a pooler
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, refusal(where, db.User, err)
	}
	return &Client{conn: conn, where: where}, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return c.conn.Close(ctx)
}

// refusal says for people why there is no connection (PostgreSQL: Appendix A, error codes).
func refusal(where, user string, err error) error {
	var answer *pgconn.PgError
	if !errors.As(err, &answer) {
		return fmt.Errorf("connect to PostgreSQL at %s: %w; is it running, and is the address right?", where, innermost(err))
	}
	fix := "ask who runs it"
	switch answer.Code {
	case "28P01", "28000":
		fix = fmt.Sprintf("give the password of %s with {env: NAME} or {file: PATH}, or let the user in by pg_hba.conf", user)
	case "3D000":
		fix = "name a database that is there"
	case "53300":
		fix = "raise max_connections, or try again later"
	}
	return fmt.Errorf("connect to PostgreSQL at %s as %s: %s (SQLSTATE %s); %s", where, user, answer.Message, answer.Code, fix)
}

// innermost leaves out the layers of the driver, which repeat the address.
func innermost(err error) error {
	var network *net.OpError
	if errors.As(err, &network) {
		return network
	}
	return err
}

// read runs a question in a transaction that can write nothing and ends in time.
func (c *Client) read(ctx context.Context, what string, ask func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	tx, err := c.conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err == nil {
		err = ask(ctx, tx)
		_ = tx.Rollback(ctx) // nothing was written
	}
	if err != nil && !errors.Is(err, ErrNoTable) {
		return fmt.Errorf("ask %s for %s: %w", c.where, what, err)
	}
	return err
}
