package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// An incremental snapshot reads a table in chunks, in the order of its key, while changes are followed. Before and after a
// chunk is read, a watermark is written to the table of signals, or to the log alone. When the first comes along in the changes, the window is
// open: a row of the chunk that then changes is dropped from it, as the change is newer. When the second comes, what is
// left is emitted, and the next chunk is read (Debezium's DDD-3, after Netflix's DBLog).

// window is a chunk that was read and not emitted.
type window struct {
	id     string // of its watermarks; "" is none
	open   bool
	layout *tables.Layout
	rows   map[string][]wal.Column // by packed key
	order  []string                // the keys in the order in which they were read
	last   []string                // the texts of the last row's key
}

func (s *streamer) windowed() bool { return s.window.id != "" }

// openWindow is called when the first watermark comes; that of a window before a restart is passed over.
func (s *streamer) openWindow(id string) {
	if id == s.window.id+"-open" {
		s.window.open = true
	}
}

// closeWindow emits what is left, and reads the next chunk.
func (s *streamer) closeWindow(ctx context.Context, id string) error {
	if id != s.window.id+"-close" {
		return nil
	}
	w := s.window
	s.window = window{}
	streamed := s.origin
	s.origin.Snapshot, s.origin.HasTx, s.origin.NoLSN, s.origin.HasLast = "incremental", false, true, true
	for _, key := range w.order {
		row, left := w.rows[key]
		if !left {
			continue
		}
		if err := s.row(w.layout, 'r', nil, row); err != nil {
			return err
		}
	}
	s.origin = streamed
	if s.pos.Incremental == nil {
		return nil // it was stopped meanwhile
	}
	next := s.pos.Incremental.clone()
	if len(w.order) == 0 {
		s.log.Info("incremental snapshot of a table is complete", "table", next.Tables[0].Table, "signal", next.Tables[0].Signal)
		next = next.after()
	} else {
		next.Last = w.last
	}
	s.pos.Incremental = next
	return s.nextChunk(ctx)
}

// changed drops a row from the window that has changed since it was read.
func (s *streamer) changed(l *tables.Layout, c *wal.Change) {
	w := &s.window
	if !w.open || w.layout == nil || l.Table.OID != w.layout.Table.OID {
		return
	}
	for _, row := range [2][]wal.Column{c.Old, c.New} {
		if len(row) > 0 {
			delete(w.rows, keyText(l, row))
		}
	}
}

// keyText tells rows of a table apart, whatever the order of columns they come in.
func keyText(l *tables.Layout, row []wal.Column) string {
	var b strings.Builder
	for _, name := range l.KeyNames() {
		at := slices.Index(l.Names(), name)
		if at < len(row) {
			fmt.Fprintf(&b, "%d:%s,", len(row[at].Text), row[at].Text)
		}
	}
	return b.String()
}

// nextChunk reads a chunk between two watermarks, if a table is to be read. A table that cannot be read is passed over, and
// the log says so.
func (s *streamer) nextChunk(ctx context.Context) error {
	for s.pos.Incremental != nil && !s.pos.Incremental.Paused && !s.windowed() {
		err := s.chunk(ctx)
		if err == nil {
			return nil
		}
		if passes(err) || ctx.Err() != nil {
			return err
		}
		s.log.Error("incremental snapshot passes over a table", "table", s.pos.Incremental.Tables[0].Table, "error", err)
		s.window = window{}
		s.pos.Incremental = s.pos.Incremental.after()
	}
	return nil
}

func (s *streamer) chunk(ctx context.Context) error {
	first := s.pos.Incremental.Tables[0]
	l, err := s.chunkLayout(ctx, first.Table)
	if err != nil {
		return err
	}
	if l.Key == nil {
		return errors.New("it has no key by which chunks could be read; see message.key.columns")
	}
	s.window = window{id: newUUID(), layout: l, rows: map[string][]wal.Column{}}
	opened := time.Now().UTC().Format(time.RFC3339Nano)
	if err := s.watermark(ctx, "open", fmt.Sprintf(`{"openWindowTimestamp": %q, "correlationId": %q, "dataCollectionId": %q}`, opened, first.Signal, first.Table)); err != nil {
		return err
	}
	if err := s.readChunk(ctx, l, first.Filter); err != nil {
		return s.s.explain(err)
	}
	return s.watermark(ctx, "close", fmt.Sprintf(`{"openWindowTimestamp": %q, "closeWindowTimestamp": %q, "correlationId": %q, "dataCollectionId": %q}`,
		opened, time.Now().UTC().Format(time.RFC3339Nano), first.Signal, first.Table))
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// watermarkPrefix is that of the messages which are watermarks where no table is written to (read.only). Debezium takes the
// numbers of transactions for that, and waits for the next one; a message needs no waiting, and any user may write it.
const watermarkPrefix = "weft-snapshot-window"

// readOnly tells whether watermarks are messages in the log.
func (s *settings) readOnly() bool {
	return strings.EqualFold(strings.TrimSpace(s.raw["read.only"]), "true")
}

// fromMessage takes a watermark out of the log; a message of another connector's is passed over with its window's id.
func (s *streamer) fromMessage(ctx context.Context, id string) error {
	s.openWindow(id)
	return s.closeWindow(ctx, id)
}

// watermark writes one of a window's two rows to the table of signals; with insert_delete the second removes the first.
// The message of read.only is in a transaction, as the row is: it comes where that commits.
func (s *streamer) watermark(ctx context.Context, side, text string) error {
	if s.s.readOnly() {
		if _, err := s.conn.Exec(ctx, "SELECT pg_logical_emit_message(true, $1::text, $2::text)", watermarkPrefix, s.window.id+"-"+side); err != nil {
			return fmt.Errorf("write a watermark to the log: %w", s.s.explain(err))
		}
		return nil
	}
	schema, name, _ := strings.Cut(s.s.signalTable, ".")
	table := tables.Quote(schema) + "." + tables.Quote(name)
	_, err := s.conn.Exec(ctx, "INSERT INTO "+table+" VALUES ($1, $2, $3)", s.window.id+"-"+side, "snapshot-window-"+side, text)
	if err == nil && side == "close" && s.s.raw["incremental.snapshot.watermarking.strategy"] == "insert_delete" {
		_, err = s.conn.Exec(ctx, "DELETE FROM "+table+" WHERE id IN ($1, $2)", s.window.id+"-open", s.window.id+"-close")
	}
	if err != nil {
		return fmt.Errorf("write a watermark to signal.data.collection %s: %w", s.s.signalTable, s.s.explain(err))
	}
	return nil
}

// chunkLayout is the table's as it is now, without generated columns, as the changes do not have them. It is kept from chunk
// to chunk.
func (s *streamer) chunkLayout(ctx context.Context, table string) (*tables.Layout, error) {
	var oid uint32
	schema, name, _ := strings.Cut(table, ".")
	err := s.conn.QueryRow(ctx, `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`, schema, name).Scan(&oid)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, tables.ErrGone
	}
	if err != nil {
		return nil, err
	}
	t, err := s.catalog.Table(ctx, s.conn, oid)
	if err != nil {
		return nil, err
	}
	if kept := s.chunked; kept != nil && kept.Table.OID == oid && reflect.DeepEqual(kept.Table.Columns, t.Columns) && slices.Equal(kept.Table.Key, t.Key) {
		return kept, nil
	}
	order := slices.DeleteFunc(slices.Clone(t.Columns), func(c tables.Column) bool { return c.Generated })
	s.chunked, err = s.compile(t, order)
	return s.chunked, err
}

func (s *streamer) readChunk(ctx context.Context, l *tables.Layout, filter string) error {
	key := quotedNames(l.KeyNames())
	if s.pos.Incremental.Max == nil {
		most, err := s.greatest(ctx, l, key, filter)
		if err != nil || most == nil {
			return err // an empty table has an empty chunk, which ends it
		}
		s.pos.Incremental = s.pos.Incremental.clone()
		s.pos.Incremental.Max = most
	}
	tuple := "(" + strings.Join(key, ", ") + ")"
	where := tuple + " <= (" + literals(s.pos.Incremental.Max) + ")"
	if last := s.pos.Incremental.Last; last != nil {
		where += " AND " + tuple + " > (" + literals(last) + ")"
	}
	if filter != "" {
		where += " AND (" + filter + ")"
	}
	query := fmt.Sprintf("COPY (SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %d) TO STDOUT",
		strings.Join(quotedNames(l.Names()), ", "), l.Table.Quoted(), where, strings.Join(key, ", "), s.s.chunk)
	_, err := s.conn.PgConn().CopyTo(ctx, (*chunkRows)(s), query)
	return err
}

func (s *streamer) greatest(ctx context.Context, l *tables.Layout, key []string, filter string) ([]string, error) {
	var texts, down []string
	for _, name := range key {
		texts, down = append(texts, name+"::text"), append(down, name+" DESC")
	}
	query := "SELECT array[" + strings.Join(texts, ", ") + "] FROM " + l.Table.Quoted()
	if filter != "" {
		query += " WHERE " + filter
	}
	var most []string
	err := s.conn.QueryRow(ctx, query+" ORDER BY "+strings.Join(down, ", ")+" LIMIT 1").Scan(&most)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return most, err
}

func quotedNames(names []string) []string {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, tables.Quote(name))
	}
	return quoted
}

func literals(texts []string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, "'"+escapeLiteral(text)+"'")
	}
	return strings.Join(quoted, ", ")
}

// chunkRows takes the rows of a chunk from COPY into the window.
type chunkRows streamer

func (c *chunkRows) Write(line []byte) (int, error) {
	s := (*streamer)(c)
	p := snapshot{}
	p.parse(slices.Clone(bytes.TrimSuffix(line, []byte("\n"))))
	key := keyText(s.window.layout, p.row)
	s.window.rows[key], s.window.order = p.row, append(s.window.order, key)
	s.window.last = s.window.last[:0:0]
	for _, name := range s.window.layout.KeyNames() {
		s.window.last = append(s.window.last, string(p.row[slices.Index(s.window.layout.Names(), name)].Text))
	}
	return len(line), nil
}
