package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// task is the one task of a connector.
type task struct {
	s         *settings
	log       *slog.Logger
	partition json.RawMessage
	offset    json.RawMessage
	limit     int // bytes of a message that is read into memory as a whole

	confirmed atomic.Uint64            // up to here everything is in Kafka
	newest    atomic.Pointer[position] // of the batches that are in Kafka
	emitter   *emitter
	resume    *position // from here the next session goes on; nil: there is no position yet
	begun     bool      // a session has run before: snapshot.mode=always is for the first alone
}

// recordShare is how much larger than its record a row's text may be: a boolean is one byte of Avro, and six in pgoutput.
const recordShare = 8

func open(setup source.Setup) (*task, error) {
	s, err := parse(setup.Config)
	if err != nil {
		return nil, err
	}
	t := &task{s: s, log: setup.Log, limit: 1 << 30}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	if setup.MaxRecordBytes > 0 {
		t.limit = recordShare * setup.MaxRecordBytes
	}
	t.partition, err = json.Marshal(map[string]string{"server": s.rules.Prefix})
	if err != nil {
		return nil, err
	}
	if setup.Offset != nil {
		t.offset = setup.Offset(t.partition)
	}
	if t.resume, err = parsePosition(t.offset); err != nil {
		return nil, err
	}
	if t.resume != nil {
		t.confirmed.Store(uint64(t.resume.Commit))
	}
	return t, nil
}

// Committed is called when the transaction with this offset is in Kafka (invariant 1).
func (t *task) Committed(offset json.RawMessage) {
	p, err := parsePosition(offset)
	if err != nil || p == nil {
		return // none of this task's
	}
	t.newest.Store(p)
	advance(&t.confirmed, p.Commit)
}

// settled tells whether the batch with this position is in Kafka.
func (t *task) settled(p *position) bool {
	newest := t.newest.Load()
	return newest != nil && newest.Commit == p.Commit && newest.LSN == p.LSN && newest.Tx == p.Tx && newest.Seq == p.Seq
}

// errFinished ends a task that has nothing left to do.
var errFinished = errors.New("finished")

// Run captures until the context ends. What is under way to the sink when the connection to PostgreSQL breaks stays under
// way; a new session goes on behind it.
func (t *task) Run(ctx context.Context, sink source.Sink) error {
	out := newBatches(t.partition, t.s.maxBatch)
	t.emitter = newEmitter(t.s, out, t.log)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return out.deliver(running, sink) })
	group.Go(func() error {
		defer out.end()
		if err := t.sessions(running); !errors.Is(err, errFinished) {
			return err
		}
		return nil // what was handed on is still delivered
	})
	err := group.Wait()
	if t.s.dropSlot {
		t.drop()
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it was stopped, and what that breaks is no error
	}
	return err
}

// sessions holds a connection, and after an outage the next one.
func (t *task) sessions(ctx context.Context) error {
	tries, wait := 0, 100*time.Millisecond
	for {
		began := time.Now()
		err := t.session(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !passes(err) {
			return err
		}
		if time.Since(began) > t.s.retryDelay {
			tries, wait = 0, 100*time.Millisecond
		}
		if tries++; tries > t.bound() {
			return fmt.Errorf("%w (tried %d times)", err, tries)
		}
		t.log.Warn("connection to PostgreSQL is lost; trying again", "error", err, "in", wait.String())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, t.s.retryDelay)
	}
}

// bound is how often a lost connection is tried again: before the first session has begun as slot.max.retries says, later
// as errors.max.retries does.
func (t *task) bound() int {
	most := t.s.maxRetries
	if t.begun {
		most = t.s.number("errors.max.retries")
	}
	if most < 0 {
		return math.MaxInt
	}
	return most
}

// drop removes the slot when the connector stops, if slot.drop.on.stop says so.
func (t *task) drop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := t.s.connect(ctx)
	if err == nil {
		err = dropSlot(ctx, conn, t.s.slot)
		_ = conn.Close(ctx)
	}
	if err != nil {
		t.log.Warn("slot.drop.on.stop: the replication slot stays", "slot", t.s.slot, "error", err)
	}
}

// captured are the tables of the database that pass the filters.
func (s *settings) captured(list []tables.Name) []tables.Name {
	var passed []tables.Name
	for _, n := range list {
		if s.rules.Captures(n.Schema, n.Name) || n.Schema+"."+n.Name == s.signalTable {
			passed = append(passed, n)
		}
	}
	return passed
}
