package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// streamer turns the slot's changes into records.
type streamer struct {
	*emitter
	conn    *pgx.Conn // asked what tables are like
	catalog *tables.Catalog
	wal     *wal.Stream

	layouts   map[uint32]*tables.Layout // nil: the table is not captured; that of signals always is, as in Debezium
	confirmed *atomic.Uint64            // up to here the slot may forget
	settled   func(*position) bool      // whether the batch with this position is in Kafka

	jobs    chan job
	window  window         // of the incremental snapshot
	chunked *tables.Layout // of its table
	reached wal.LSN        // the server has sent everything up to here

	change  wal.Change
	ended   bool // a transaction with records has gone by, since the snapshot
	emitted bool // the transaction has records
	inTx    bool
	final   wal.LSN // where the transaction commits
	lsn     wal.LSN // of the last change
	seq     int     // how many changes lie there
}

// options are those of START_REPLICATION.
func (s *settings) options() []string {
	publication := `"publication_names" '` + escapeLiteral(tables.Quote(s.publication)) + `'`
	return append([]string{`"proto_version" '1'`, publication, `"messages" 'true'`}, s.streamParams...)
}

func escapeLiteral(text string) string {
	var b []byte
	for i := range len(text) {
		if text[i] == '\'' {
			b = append(b, '\'')
		}
		b = append(b, text[i])
	}
	return string(b)
}

// run reads until the stream fails or the context ends. A batch is put when it is crowded, and at the end of a transaction
// if nothing more has come.
func (s *streamer) run(ctx context.Context) error {
	if err := s.guard(ctx); err != nil {
		return err
	}
	if err := s.nextChunk(ctx); err != nil {
		return err
	}
	for {
		m, woken, err := s.next(ctx)
		switch {
		case err != nil || woken:
		case m.Keepalive:
			err = s.keepalive(m)
		default:
			err = s.take(ctx, m)
		}
		if err != nil {
			return err
		}
		if err := s.hand(ctx); err != nil {
			return err
		}
	}
}

func (s *streamer) hand(ctx context.Context) error {
	if s.out.empty() || !s.out.crowded() && (s.inTx || s.wal.Buffered()) {
		return nil
	}
	return s.handOn(ctx)
}

// keepalive lets the slot go on when everything that the server has sent is committed: what lies between concerns
// no captured table.
func (s *streamer) keepalive(m wal.Message) error {
	if !s.inTx {
		s.reached = max(s.reached, m.End)
	}
	if s.idle() {
		advance(s.confirmed, max(m.End, s.pos.Commit))
	}
	if m.Reply {
		return s.confirm()
	}
	return nil
}

// idle tells whether no record is under way (invariant 1): neither in the batch that is being filled nor in one that was
// handed on, be it the beginning of a transaction.
func (s *streamer) idle() bool {
	return !s.inTx && s.out.empty() && (s.put == nil || s.settled(s.put))
}

// advance moves a position forward, never back (invariant 2).
func advance(to *atomic.Uint64, lsn wal.LSN) {
	for {
		now := to.Load()
		if uint64(lsn) <= now || to.CompareAndSwap(now, uint64(lsn)) {
			return
		}
	}
}

// confirm tells the server what it may forget (invariant 1: it is in Kafka).
func (s *streamer) confirm() error {
	lsn := wal.LSN(s.confirmed.Load())
	if !s.s.confirms {
		lsn = 0
	}
	return s.wal.Confirm(lsn)
}

// accompany does what goes on beside reading, until the context ends.
func (s *streamer) accompany(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { s.tell(ctx) })
	beside.Go(func() { s.every(ctx, guardInterval, s.guard) })
	if s.s.heartbeat > 0 {
		beside.Go(func() { s.every(ctx, s.s.heartbeat, s.beat) })
	}
	if s.s.channel("kafka") {
		beside.Go(func() { s.fromTopic(ctx) })
	}
	beside.Wait()
}

// tell confirms at an interval, whatever the reader waits for, so that the server does not take the connector for dead.
func (s *streamer) tell(ctx context.Context) {
	ticker := time.NewTicker(min(s.s.status, 10*time.Second))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if s.confirm() != nil {
				return // the reader meets the same
			}
		}
	}
}

func (s *streamer) take(ctx context.Context, m wal.Message) error {
	if err := s.change.Decode(m.Payload, m.Cut > 0); err != nil {
		return err
	}
	switch s.change.Kind {
	case wal.Begin:
		s.inTx, s.emitted, s.final, s.lsn, s.seq = true, false, s.change.Final, 0, 0
		s.origin = tables.Origin{
			Snapshot: "false", Micros: s.change.Micros, Last: m.Start, HasLast: s.ended, HasTx: true, Tx: s.change.XID,
		}
		return nil
	case wal.Commit:
		s.inTx, s.ended = false, s.ended || s.emitted
		s.pos.Commit, s.pos.Tx, s.pos.Seq = s.change.End, 0, 0
		return nil
	case wal.Origin:
		s.origin.Name, s.origin.NameLSN = string(s.change.Name), s.change.LSN
		return nil
	case wal.Relation:
		return s.relation(ctx, m.Payload)
	case wal.TypeName:
		return nil
	}
	return s.data(ctx, m)
}

// data takes a change of rows, or a message. What went out before the connector stopped is passed over.
func (s *streamer) data(ctx context.Context, m wal.Message) error {
	if m.Start != s.lsn {
		s.lsn, s.seq = m.Start, 0
	}
	s.seq++
	if s.inTx && s.pos.out(s.final, m.Start, s.seq) {
		return nil
	}
	if m.Cut > 0 {
		if err := s.shorten(m); err != nil {
			return err
		}
	}
	s.origin.LSN, s.origin.Now = m.Start, time.Now().UnixNano()
	before := len(s.out.now.records)
	if err := s.record(ctx); err != nil {
		return err
	}
	s.emitted = s.emitted || len(s.out.now.records) > before
	s.pos.LSN, s.pos.Micros, s.pos.TxID = m.Start, s.origin.Micros, s.origin.Tx
	if s.inTx {
		s.pos.Tx, s.pos.Seq = s.final, s.seq
	} else {
		s.pos.Commit = m.Start + 1 // a message outside of transactions: all that committed before it is out
	}
	return nil
}

func (s *streamer) record(ctx context.Context) error {
	c := &s.change
	switch c.Kind {
	case wal.Truncate:
		return s.truncated()
	case wal.Logical:
		if string(c.Name) == watermarkPrefix {
			return s.fromMessage(ctx, string(c.Content))
		}
		return s.message(c)
	}
	l, known := s.layouts[c.Relation]
	if !known {
		return fmt.Errorf("a change of table %d, which the server has not described", c.Relation)
	}
	if l == nil {
		return nil
	}
	s.changed(l, c)
	if err := s.rowChange(l, c); err != nil {
		return err
	}
	if l.Table.ID() == s.s.signalTable {
		return s.fromTable(ctx, l, c)
	}
	return nil
}

func (s *streamer) rowChange(l *tables.Layout, c *wal.Change) error {
	switch {
	case c.Kind == wal.Insert && !s.s.skipped['c']:
		return s.row(l, 'c', nil, c.New)
	case c.Kind == wal.Update && !s.s.skipped['u']:
		return s.update(l, c)
	case c.Kind == wal.Delete && !s.s.skipped['d']:
		return s.row(l, 'd', c.Old, nil)
	}
	return nil
}

func (s *streamer) truncated() error {
	if s.s.skipped['t'] {
		return nil
	}
	for _, oid := range s.change.Relations {
		if l := s.layouts[oid]; l != nil {
			if err := s.truncate(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// relation learns what a table is like from now on. The server describes it before its first change, and anew after an
// ALTER TABLE.
func (s *streamer) relation(ctx context.Context, payload []byte) error {
	d, err := wal.Describe(payload)
	if err != nil {
		return err
	}
	if !s.s.rules.Captures(d.Schema, d.Name) && d.Schema+"."+d.Name != s.s.signalTable {
		s.layouts[d.Relation] = nil
		return nil
	}
	l, err := s.layout(ctx, d)
	if err != nil {
		return err
	}
	s.layouts[d.Relation] = l
	if d.Identity == 'n' {
		s.log.Warn("table has REPLICA IDENTITY NOTHING: PostgreSQL refuses its updates and deletes while it is published; ALTER TABLE ... REPLICA IDENTITY DEFAULT or FULL", "table", l.Table.ID())
	}
	if l.Key == nil && s.s.rules.Captures(d.Schema, d.Name) {
		s.log.Warn("table has no primary key and no unique index without nullable columns: its records have no key; see message.key.columns", "table", l.Table.ID())
	}
	return nil
}

// layout compiles a table as the message describes it. The catalog, which may be ahead of the message, says what the
// message does not: what may be null, defaults, the key.
func (s *streamer) layout(ctx context.Context, d wal.Described) (*tables.Layout, error) {
	t, err := s.catalog.Table(ctx, s.conn, d.Relation)
	if errors.Is(err, tables.ErrGone) {
		t, err = s.gone(d), nil
	}
	if err != nil {
		return nil, err
	}
	t.Schema, t.Name, t.Identity = d.Schema, d.Name, d.Identity // a rename may be ahead, too
	order := make([]tables.Column, 0, len(d.Columns))
	for _, c := range d.Columns {
		column := tables.Column{Name: c.Name, Mod: c.Mod}
		if known := t.Column(c.Name); known != nil {
			column.NotNull, column.Default = known.NotNull, known.Default
		}
		if column.Type, err = s.catalog.Type(ctx, s.conn, c.Type); err != nil {
			return nil, err
		}
		order = append(order, column)
	}
	return s.compile(t, order)
}

// gone is a table that was dropped since: its key is the one that it had, else its replica identity.
func (s *streamer) gone(d wal.Described) *tables.Table {
	t := &tables.Table{OID: d.Relation}
	if l := s.layouts[d.Relation]; l != nil {
		t.Key = l.Table.Key
		t.Columns = l.Table.Columns
		return t
	}
	for _, c := range d.Columns {
		if c.Key && d.Identity != 'f' {
			t.Key = append(t.Key, c.Name)
		}
	}
	return t
}

// shorten reads a row beyond the limit without the columns that do not come out, and fails if it is too large even so.
func (s *streamer) shorten(m wal.Message) error {
	l := s.layouts[s.change.Relation]
	if l == nil || s.change.Kind == wal.Logical || s.change.Kind == wal.Truncate {
		if s.change.Kind == wal.Logical {
			return s.tooLarge(m)
		}
		return nil // of a table that is not captured: its rest is read over
	}
	short, err := s.wal.Shorten(m, l.LeavesOut)
	if err != nil {
		return err
	}
	if err := s.change.Decode(short.Payload, short.Cut > 0); err != nil {
		return err
	}
	if short.Cut > 0 {
		return s.tooLarge(short)
	}
	return nil
}

// tooLarge names the row of a message that is beyond what a record may be. Only the beginning of it was read.
func (s *streamer) tooLarge(m wal.Message) error {
	what := "a message"
	if l := s.layouts[s.change.Relation]; l != nil && s.change.Kind != wal.Logical {
		row := s.change.New
		if len(row) == 0 {
			row = s.change.Old
		}
		what = "a row of " + l.Table.ID() + describeKey(l, row)
	}
	return fmt.Errorf("%s at %s has %d bytes of text, and no record may be larger than the producer's max.request.size: raise producer.override.max.request.size and the topic's max.message.bytes, or leave out its large column by column.exclude.list",
		what, m.Start, len(m.Payload)+m.Cut)
}

// describeKey is " (id=7)".
func describeKey(l *tables.Layout, row []wal.Column) string {
	var parts []string
	for i, name := range l.Names() {
		if i < len(row) && row[i].Kind == 't' && slices.Contains(l.KeyNames(), name) {
			parts = append(parts, name+"="+string(row[i].Text))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
