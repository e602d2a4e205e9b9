// Package wal reads PostgreSQL's logical replication: the streaming replication protocol (PostgreSQL's documentation,
// chapter 55.4) and the messages of the plug-in pgoutput (55.9), protocol version 1.
package wal

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// LSN is a position in the write-ahead log, in bytes.
type LSN uint64

// String is the position as PostgreSQL writes it: 0/1D94158.
func (l LSN) String() string { return fmt.Sprintf("%X/%X", uint32(l>>32), uint32(l)) }

// ParseLSN reads what String writes.
func ParseLSN(text string) (LSN, error) {
	high, low, ok := strings.Cut(text, "/")
	h, err1 := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	if !ok || err1 != nil || err2 != nil {
		return 0, fmt.Errorf("%q is no position in the write-ahead log", text)
	}
	return LSN(h<<32 | l), nil
}

// Conn is a connection that speaks the replication protocol.
type Conn struct {
	pg  *pgconn.PgConn
	tap *tap
}

// Dial opens a replication connection to the database of the configuration, which it changes.
func Dial(ctx context.Context, config *pgconn.Config) (*Conn, error) {
	var t *tap
	config.RuntimeParams["replication"] = "database"
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		t = &tap{r: r}
		return pgproto3.NewFrontend(t, w)
	}
	pg, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return &Conn{pg: pg, tap: t}, nil
}

// Exec runs a replication command or, between two streams, SQL, and gives the rows of its only result as texts.
func (c *Conn) Exec(ctx context.Context, command string) ([][][]byte, error) {
	results, err := c.pg.Exec(ctx, command).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return results[len(results)-1].Rows, nil
}

// Close ends the connection.
func (c *Conn) Close(ctx context.Context) error { return c.pg.Close(ctx) }

// Start begins to stream what was committed to a slot after a position. The connection belongs to the stream from then on.
// limit bounds the message that is read into memory as a whole, in bytes.
func (c *Conn) Start(ctx context.Context, slot string, from LSN, options []string, limit int) (*Stream, error) {
	command := fmt.Sprintf(`START_REPLICATION SLOT "%s" LOGICAL %s (%s)`, slot, from, strings.Join(options, ", "))
	c.pg.Frontend().SendQuery(&pgproto3.Query{String: command})
	if err := c.pg.Frontend().Flush(); err != nil {
		return nil, err
	}
	for {
		m, err := c.pg.ReceiveMessage(ctx)
		if err != nil {
			return nil, err
		}
		switch m := m.(type) {
		case *pgproto3.CopyBothResponse:
			return c.stream(limit)
		case *pgproto3.ErrorResponse:
			return nil, pgconn.ErrorResponseToPgError(m)
		}
	}
}

func (c *Conn) stream(limit int) (*Stream, error) {
	hijacked, err := c.pg.Hijack()
	if err != nil {
		return nil, err
	}
	return newStream(hijacked.Conn, c.tap.r, limit), nil
}
