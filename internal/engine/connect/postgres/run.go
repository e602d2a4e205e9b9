package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// run is one session: from the log-in to PostgreSQL until the connection breaks.
type run struct {
	*task
	conn    *pgx.Conn
	stream  *wal.Conn
	catalog *tables.Catalog
	names   []tables.Name // of the tables that are captured
	export  string        // the snapshot that the new slot has exported
}

func (t *task) session(ctx context.Context) error {
	conn, err := t.s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // it is given up
	r := &run{task: t, conn: conn, catalog: tables.NewCatalog()}
	if err := t.s.checkServer(ctx, conn); err != nil {
		return err
	}
	if t.s.ascii {
		t.log.Warn("the encoding of the database is SQL_ASCII: bytes that are no UTF-8 come out as U+FFFD", "database", t.s.rules.Database)
	}
	list, err := tables.Names(ctx, conn)
	if err != nil {
		return t.s.explain(err)
	}
	r.names = t.s.captured(list)
	if err := t.s.setIdentities(ctx, conn, r.names); err != nil {
		return err
	}
	if r.stream, err = t.s.replication(ctx); err != nil {
		return err
	}
	defer func() {
		if r.stream != nil {
			_ = r.stream.Close(context.WithoutCancel(ctx)) // as above
		}
	}()
	return r.capture(ctx)
}

func (r *run) capture(ctx context.Context) error {
	reading, err := r.start(ctx)
	if err != nil {
		return err
	}
	r.begun = true
	if reading {
		if err := r.snapshot(ctx); err != nil {
			return err
		}
	}
	if r.s.snapshotMode == "initial_only" {
		return errFinished
	}
	return r.follow(ctx)
}

// start finds or makes slot and publication, and decides where to go on, and whether with a snapshot.
func (r *run) start(ctx context.Context) (snapshot bool, err error) {
	state, err := readSlot(ctx, r.conn, r.s.slot)
	if err != nil {
		return false, err
	}
	if err := r.s.checkSlot(state); err != nil {
		return false, err
	}
	if err := r.s.ensurePublication(ctx, r.conn, r.names); err != nil {
		return false, err
	}
	mode := r.s.snapshotMode
	if state.lost { // only when_needed comes here
		r.log.Warn("the replication slot has lost its log; it is made anew, and all rows are read again", "slot", r.s.slot)
		if err := dropSlot(ctx, r.conn, r.s.slot); err != nil {
			return false, err
		}
		state.there, r.resume = false, nil
	}
	if !state.there {
		if r.resume != nil && mode != "when_needed" && mode != "initial_only" {
			return false, fmt.Errorf("the replication slot %q is missing, though the connector's offset goes to %s: changes after it cannot be read any more. Delete the connector's offsets, so that a snapshot reads every row anew, or set snapshot.mode=when_needed", r.s.slot, r.resume.Commit)
		}
		return r.fresh(ctx)
	}
	switch {
	case r.resume == nil:
		r.resume = &position{Commit: state.confirmed, LSN: state.confirmed}
		snapshot = mode != "no_data"
	case r.resume.Snapshot != "":
		snapshot = mode != "no_data"
	case mode == "always" && !r.begun:
		snapshot = true
	}
	return snapshot, nil
}

// fresh makes the slot; its snapshot is the state of the database from which on the slot has every change.
func (r *run) fresh(ctx context.Context) (bool, error) {
	at, export, err := r.s.createSlot(ctx, r.stream)
	if err != nil {
		return false, err
	}
	r.export = export
	r.resume = &position{Commit: at, LSN: at}
	return r.s.snapshotMode != "no_data", nil
}

// snapshot reads the rows that are there.
func (r *run) snapshot(ctx context.Context) error {
	if err := pause(ctx, r.s.millis("snapshot.delay.ms")); err != nil {
		return err
	}
	conn, err := r.s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // it has only read
	if err := r.view(ctx, conn); err != nil {
		return r.s.explain(err)
	}
	n := &snapshot{emitter: r.emitter, conn: conn, catalog: r.catalog, limit: r.limit}
	r.emitter.drop()
	n.pos = *r.resume
	n.pos.Snapshot = "initial"
	if n.origin, err = viewed(ctx, conn, n.pos.Commit); err != nil {
		return err
	}
	r.log.Info("reading the rows that are there", "tables", len(r.names), "from", n.pos.Commit.String())
	err = n.run(ctx, r.s.order(r.toRead()))
	r.resume = r.emitter.put
	if r.resume == nil {
		r.resume = &position{Commit: n.pos.Commit, LSN: n.pos.Commit, Snapshot: "initial"}
	}
	return r.s.explainLate(err)
}

// toRead are the captured tables whose rows a snapshot reads. A partitioned table and its partitions are tables of their own,
// each with its topic, as in Debezium; table.include.list chooses.
func (r *run) toRead() []tables.Name {
	var list []tables.Name
	for _, n := range r.names {
		id := n.Schema + "." + n.Name
		include := tables.Filter{Include: r.s.snapshotTables}
		if !r.s.rules.Captures(n.Schema, n.Name) || !include.Passes(id) {
			continue
		}
		list = append(list, n)
	}
	return list
}

// view opens the transaction that the rows are read in: in the slot's own snapshot while that is there, else in one of now.
// The order of rows must be that of the file.
func (r *run) view(ctx context.Context, conn *pgx.Conn) error {
	//nolint:misspell // PostgreSQL spells its settings so
	statements := "SET max_parallel_workers_per_gather = 0; SET synchronize_seqscans = off; SET statement_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	if r.export != "" {
		statements += "; SET TRANSACTION SNAPSHOT '" + escapeLiteral(r.export) + "'"
		r.export = ""
	}
	_, err := conn.PgConn().Exec(ctx, statements).ReadAll()
	return err
}

func viewed(ctx context.Context, conn *pgx.Conn, lsn wal.LSN) (o tables.Origin, err error) {
	var at time.Time
	var next int64
	err = conn.QueryRow(ctx, `SELECT now(), txid_snapshot_xmax(txid_current_snapshot())`).Scan(&at, &next)
	o.Micros, o.Tx, o.HasTx, o.LSN = at.UnixMicro(), uint32(next), true, lsn
	return o, err
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// follow streams the slot's changes.
func (r *run) follow(ctx context.Context) error {
	started, err := r.stream.Start(ctx, r.s.slot, r.resume.Commit, r.s.options(), r.limit)
	if err != nil {
		return fmt.Errorf("read the replication slot %q: %w", r.s.slot, r.s.explain(err))
	}
	r.stream = nil
	defer started.Close() // it is given up
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(running, func() { _ = started.Close() }) // wakes the reader
	s := &streamer{
		emitter: r.emitter, conn: r.conn, catalog: r.catalog, wal: started,
		layouts: map[uint32]*tables.Layout{}, confirmed: &r.confirmed, settled: r.settled, jobs: make(chan job, waitingJobs),
	}
	r.emitter.drop()
	s.pos = *r.resume
	s.ended = s.pos.LSN != s.pos.Commit || s.pos.TxID != 0
	told := make(chan struct{})
	go func() {
		defer close(told)
		s.accompany(running)
	}()
	r.log.Info("following the changes", "slot", r.s.slot, "from", s.pos.Commit.String())
	err = s.run(ctx)
	cancel()
	<-told
	if r.emitter.put != nil {
		r.resume = r.emitter.put
	}
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return r.s.explainLate(err)
}
