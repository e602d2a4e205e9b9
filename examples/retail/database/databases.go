package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Roles beside those of the applications, which have the names of their databases.
const (
	superuser = "dba"
	capturing = "weft" // reads changes
)

//go:embed crm.sql
var crmSQL string

//go:embed billing.sql
var billingSQL string

// schemas are the databases, each owned by its application, with what is in them.
var schemas = map[string]string{"crm": crmSQL, "billing": billingSQL}

func (s *server) connect(ctx context.Context, user, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%d user=%s dbname=%s sslmode=disable connect_timeout=5 password=%s", s.port, user, database, s.password))
	if err != nil {
		return nil, errors.New("the environment's PG variables cannot be read; unset them")
	}
	return pgx.ConnectConfig(ctx, config)
}

// databases makes roles, databases and tables, where they are not there. The role that captures is a member of the
// tables' owner, as publishing them needs (PostgreSQL: CREATE PUBLICATION).
func (s *server) databases(ctx context.Context) error {
	admin, err := s.connect(ctx, superuser, "postgres")
	if err != nil {
		return err
	}
	defer admin.Close(context.WithoutCancel(ctx))
	if err := s.role(ctx, admin, capturing, "REPLICATION"); err != nil {
		return err
	}
	for name, tables := range schemas {
		if err := s.role(ctx, admin, name, "NOREPLICATION"); err != nil {
			return err
		}
		if _, err := admin.Exec(ctx, fmt.Sprintf("GRANT %s TO %s", name, capturing)); err != nil {
			return err
		}
		if err := s.database(ctx, admin, name, tables); err != nil {
			return fmt.Errorf("database %s: %w", name, err)
		}
	}
	return nil
}

func (s *server) role(ctx context.Context, admin *pgx.Conn, name, option string) error {
	var there bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name).Scan(&there); err != nil {
		return err
	}
	verb := "CREATE"
	if there {
		verb = "ALTER"
	}
	_, err := admin.Exec(ctx, fmt.Sprintf("%s ROLE %s LOGIN %s PASSWORD '%s'", verb, name, option, s.password)) // hexadecimal
	return err
}

func (s *server) database(ctx context.Context, admin *pgx.Conn, name, tables string) error {
	var there bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := admin.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s OWNER %s", name, name)); err != nil {
			return err
		}
	}
	if _, err := admin.Exec(ctx, fmt.Sprintf("GRANT CREATE ON DATABASE %s TO %s", name, capturing)); err != nil {
		return err
	}
	application, err := s.connect(ctx, name, name)
	if err != nil {
		return err
	}
	defer application.Close(context.WithoutCancel(ctx))
	if _, err := application.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+name); err != nil {
		return err
	}
	_, err = application.PgConn().Exec(ctx, tables).ReadAll()
	return err
}

// keptPassword is the password of all roles: made once, and its file is its owner's alone.
func keptPassword(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err == nil && len(text) >= 32 {
		return string(text), os.Chmod(name, 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	random := make([]byte, 24)
	_, _ = rand.Read(random) // it never fails
	password := hex.EncodeToString(random)
	return password, os.WriteFile(name, []byte(password), 0o600)
}

// announce tells clients where the databases are: NAME.url for libpq's clients, and the flags of `weft up`.
func (s *server) announce() error {
	passwords := filepath.Join(s.home, "pgpass")
	if err := os.WriteFile(passwords, fmt.Appendf(nil, "127.0.0.1:%d:*:*:%s\n", s.port, s.password), 0o600); err != nil {
		return err
	}
	var flags []string
	for name := range schemas {
		if err := os.WriteFile(filepath.Join(s.home, name+".url"), []byte(s.url(name, name, "sslmode", "disable", "passfile", passwords)), 0o600); err != nil {
			return err
		}
		flags = append(flags, "--connection", name+"-db="+s.url(capturing, name, "password_file", filepath.Join(s.home, "password")))
	}
	ready := filepath.Join(s.home, "flags")
	if err := os.WriteFile(ready+".new", []byte(strings.Join(flags, " ")), 0o600); err != nil {
		return err
	}
	return os.Rename(ready+".new", ready) // whole, and last: who sees it finds the rest
}

func (s *server) url(user, database string, query ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	u := url.URL{Scheme: "postgres", User: url.User(user), Host: fmt.Sprintf("127.0.0.1:%d", s.port), Path: "/" + database, RawQuery: strings.ReplaceAll(values.Encode(), "%2F", "/")}
	return u.String()
}

// retract takes back what was announced.
func (s *server) retract() {
	_ = os.Remove(filepath.Join(s.home, "flags"))
	for name := range schemas {
		_ = os.Remove(filepath.Join(s.home, name+".url"))
	}
}
