package postgres

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// texts are the settings of a session on which the texts of values depend.
func texts() map[string]string {
	return map[string]string{
		"datestyle": "ISO", "intervalstyle": "postgres", "bytea_output": "hex", "extra_float_digits": "1", "timezone": "UTC",
		"lc_monetary": "C", "client_encoding": "UTF8",
	}
}

// sqlASCII is the encoding of a database whose texts are bytes of which the server knows nothing.
const sqlASCII = "SQL_ASCII"

// dial is the configuration of a connection.
func (s *settings) dial() (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(s.dsn())
	if err != nil {
		return nil, fmt.Errorf("the settings of the connection: %w", redacted(err, s.raw["database.password"]))
	}
	config.Password = s.raw["database.password"]
	config.ConnectTimeout = 20 * time.Second
	config.DialFunc = s.dialer().DialContext
	for name, value := range texts() {
		config.RuntimeParams[name] = value
	}
	if s.ascii {
		config.RuntimeParams["client_encoding"] = sqlASCII // else the server refuses what is no UTF-8
	}
	config.RuntimeParams["application_name"] = "weft " + s.rules.Prefix
	config.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	return config, nil
}

func (s *settings) dialer() *net.Dialer {
	d := &net.Dialer{KeepAlive: 30 * time.Second}
	if !s.is("database.tcpKeepAlive") {
		d.KeepAlive = -1
	}
	return d
}

// dsn has all but the password.
func (s *settings) dsn() string {
	parts := []string{}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"='"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value)+"'")
		}
	}
	add("host", s.raw["database.hostname"])
	add("port", s.raw["database.port"])
	add("user", s.raw["database.user"])
	add("dbname", s.raw["database.dbname"])
	add("sslmode", s.raw["database.sslmode"])
	add("sslcert", s.raw["database.sslcert"])
	add("sslkey", s.raw["database.sslkey"])
	add("sslpassword", s.raw["database.sslpassword"])
	add("sslrootcert", s.raw["database.sslrootcert"])
	return strings.Join(parts, " ")
}

// redacted keeps a secret out of the text of an error, which stays what it is: whether it passes is asked of it.
func redacted(err error, secret string) error {
	if secret == "" || !strings.Contains(err.Error(), secret) {
		return err
	}
	return redaction{strings.ReplaceAll(err.Error(), secret, hidden), err}
}

type redaction struct {
	text string
	of   error
}

func (r redaction) Error() string { return r.text }
func (r redaction) Unwrap() error { return r.of }

// connect opens an ordinary connection.
func (s *settings) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := s.dial()
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, s.explain(err)
	}
	if conn.PgConn().ParameterStatus("server_encoding") == sqlASCII && !s.ascii {
		s.ascii = true
		_ = conn.Close(ctx)
		return s.connect(ctx)
	}
	setup := "SET statement_timeout = " + s.raw["database.query.timeout.ms"] + "; SET idle_in_transaction_session_timeout = 0; " + s.raw["database.initial.statements"]
	if _, err := conn.PgConn().Exec(ctx, setup).ReadAll(); err != nil {
		_ = conn.Close(ctx)
		return nil, fmt.Errorf("database.initial.statements: %w", err)
	}
	return conn, nil
}

// replication opens a connection that speaks the replication protocol.
func (s *settings) replication(ctx context.Context) (*wal.Conn, error) {
	config, err := s.dial()
	if err != nil {
		return nil, err
	}
	conn, err := wal.Dial(ctx, &config.Config)
	if err != nil {
		return nil, s.explain(err)
	}
	return conn, nil
}
