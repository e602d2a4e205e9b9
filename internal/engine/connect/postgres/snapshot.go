package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// snapshot reads the rows that are there, in one state of the database. Tables are read one after the other, each by one
// COPY in the order in which its rows lie in the file, so that the place of the last row (its ctid) is all that a
// snapshot needs to be gone on with: docs/adr has why the topic then still folds to the table.
type snapshot struct {
	*emitter
	conn    *pgx.Conn
	catalog *tables.Catalog
	ctx     context.Context // of the COPY that calls Write
	limit   int

	mark    snapshotMark
	layout  *tables.Layout
	byPlace bool // the first column of a row is its ctid
	fresh   bool // no row of the table has been read yet
	any     bool // a row of any table has been read
	later   bool // a table has been read to its end

	held  heldRow // the last row, which waits until it is known whether it is the last of its table
	place []byte  // the ctid of the last row that is in the batch
	row   []wal.Column
	plain []byte
}

// heldRow is a row that was read and not emitted yet.
type heldRow struct {
	there  bool
	layout *tables.Layout
	first  bool // of its table
	// opening: the first of all, if it is of the first table; else there is none.
	opening bool
	line    []byte
	mark    snapshotMark
	placed  bool // its first column is its ctid
}

// run reads the tables from the mark on and puts the batches. The position is left behind the snapshot.
func (n *snapshot) run(ctx context.Context, list []tables.Name) error {
	began := time.Now()
	n.any = n.pos.Reading != nil
	for _, name := range n.remaining(list) {
		if err := n.table(ctx, name); err != nil {
			return fmt.Errorf("snapshot of %s.%s: %w", name.Schema, name.Name, err)
		}
		n.later = true
	}
	if err := n.release(ctx, true); err != nil {
		return err
	}
	n.pos.Snapshot, n.pos.Reading = "", nil
	n.log.Info("snapshot is complete", "tables", len(list), "took", time.Since(began).Round(time.Millisecond).String())
	return n.handOn(ctx)
}

// remaining are the tables from the mark on, in the order of the list.
func (n *snapshot) remaining(list []tables.Name) []tables.Name {
	mark := n.pos.Reading
	if mark == nil {
		return list
	}
	at := slices.IndexFunc(list, func(t tables.Name) bool { return t.Schema+"."+t.Name == mark.Table })
	if at < 0 {
		return list // it was dropped: from the start
	}
	n.log.Info("going on with the snapshot that was interrupted", "table", mark.Table, "after", mark.Place)
	return list[at:]
}

// order is the order of the include list, then of names, or that of the sizes.
func (s *settings) order(list []tables.Name) []tables.Name {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b tables.Name) int {
		return s.rules.Tables.Place(a.Schema+"."+a.Name) - s.rules.Tables.Place(b.Schema+"."+b.Name)
	})
	direction := map[string]int{"ascending": 1, "descending": -1}[s.raw["snapshot.tables.order.by.row.count"]]
	if direction != 0 {
		slices.SortStableFunc(sorted, func(a, b tables.Name) int { return direction * int(min(max(a.Rows-b.Rows, -1), 1)) })
	}
	return sorted
}

func (n *snapshot) table(ctx context.Context, name tables.Name) error {
	t, err := n.catalog.Table(ctx, n.conn, name.OID)
	if errors.Is(err, tables.ErrGone) {
		return nil // dropped since it was listed
	}
	if err != nil {
		return err
	}
	if n.layout, err = n.compile(t, t.Columns); err != nil {
		return err
	}
	if n.s.lockTable {
		if err := n.lock(ctx, t); err != nil {
			return err
		}
	}
	n.fresh = true
	if statement := n.s.overrides[t.ID()]; statement != "" {
		n.mark, n.byPlace = snapshotMark{Table: t.ID()}, false
		return n.copy(ctx, "SELECT "+n.columns(t)+" FROM ("+strings.TrimRight(statement, "; \n")+") AS chosen")
	}
	parts, err := n.parts(ctx, t)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := n.part(ctx, t, part); err != nil {
			return err
		}
	}
	return nil
}

func (n *snapshot) lock(ctx context.Context, t *tables.Table) error {
	_, err := n.conn.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %s; LOCK TABLE %s IN ACCESS SHARE MODE", n.s.raw["snapshot.lock.timeout.ms"], t.Quoted()), pgx.QueryExecModeSimpleProtocol)
	return err
}

// parts are the files of a table: itself, or the partitions of a partitioned one.
func (n *snapshot) parts(ctx context.Context, t *tables.Table) ([]*tables.Table, error) {
	if t.Kind != 'p' {
		return []*tables.Table{t}, nil
	}
	rows, err := n.conn.Query(ctx, `SELECT relid::oid FROM pg_partition_tree($1::oid::regclass) WHERE isleaf ORDER BY relid::regclass::text`, t.OID)
	if err != nil {
		return nil, err
	}
	leaves, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
	if err != nil {
		return nil, err
	}
	var parts []*tables.Table
	for _, oid := range leaves {
		part, err := n.catalog.Table(ctx, n.conn, oid)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// part reads a file from the mark on, if the mark is in it, and passes over it if the mark is behind it.
func (n *snapshot) part(ctx context.Context, t, part *tables.Table) error {
	from := ""
	if mark := n.pos.Reading; mark != nil && mark.Table == t.ID() {
		if part.ID() < mark.Part {
			return nil
		}
		if part.ID() == mark.Part && part.File == mark.File && mark.Place != "" {
			from = fmt.Sprintf(" WHERE ctid > '%s'::tid", mark.Place)
			n.fresh = false
		}
	}
	n.mark, n.byPlace = snapshotMark{Table: t.ID(), Part: part.ID(), File: part.File}, true
	return n.copy(ctx, "SELECT ctid, "+n.columns(t)+" FROM ONLY "+part.Quoted()+from)
}

func (n *snapshot) columns(t *tables.Table) string {
	var names []string
	for i, c := range t.Columns {
		if n.layout.LeavesOut(i) {
			names = append(names, "NULL")
			continue
		}
		names = append(names, tables.Quote(c.Name))
	}
	if len(names) == 0 {
		return "NULL"
	}
	return strings.Join(names, ", ")
}

// copy runs a query; its rows come to Write, one a call.
func (n *snapshot) copy(ctx context.Context, query string) error {
	n.ctx = ctx
	n.conn.PgConn().Frontend().SetMaxBodyLen(n.limit)
	_, err := n.conn.PgConn().CopyTo(ctx, n, "COPY ("+query+") TO STDOUT")
	var large *pgproto3.ExceededMaxBodyLenErr
	if errors.As(err, &large) {
		return n.tooLarge(large)
	}
	return err
}

// tooLarge says where the row lies that is beyond what a record may be. The connection is of no use any more.
func (n *snapshot) tooLarge(err *pgproto3.ExceededMaxBodyLenErr) error {
	after := ""
	if n.held.there && n.held.placed {
		place, _, _ := bytes.Cut(n.held.line, []byte("\t"))
		after = fmt.Sprintf(" (the one after ctid %s of %s)", place, n.held.mark.Part)
	}
	return fmt.Errorf("a row%s has %d bytes of text, and no record may be larger than %d (producer.override.max.request.size, and max.message.bytes of the topic): raise them, or leave out its large column by column.exclude.list",
		after, err.ActualBodyLen, n.limit/8)
}
