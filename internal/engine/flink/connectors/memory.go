package connectors

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/stream"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// Memory is a table that lies in memory: a test's input or output, or the rows that a SELECT gives. What is appended
// can be read from the start by any number of jobs; what a job writes waits to be taken.
type Memory struct {
	mu      sync.Mutex
	splits  []memorySplit
	closed  bool
	changed chan struct{} // closed when something was appended

	generate func(*plan.Scan) stream.Source // nil: what was appended is read

	limit   int // of rows that wait to be taken; 0: no limit
	written []*rows.Batch
	waiting int
	room    chan struct{}
	arrived chan struct{}
}

type memorySplit struct {
	batches []*rows.Batch
	due     []time.Time
}

// NewMemory makes a table that is read in some splits, each of which has its own event time.
func NewMemory(splits int) *Memory {
	return &Memory{splits: make([]memorySplit, splits), changed: make(chan struct{}), room: make(chan struct{}, 1), arrived: make(chan struct{}, 1)}
}

// NewGenerated makes a table whose rows are made as they are read, in one part, by a source that gives the columns
// that a scan asks for.
func NewGenerated(generate func(*plan.Scan) stream.Source) *Memory {
	m := NewMemory(1)
	m.generate = generate
	return m
}

// NewResults makes a table that is written: a job waits while so many rows are not taken yet.
func NewResults(limit int) *Memory {
	m := NewMemory(1)
	m.limit = limit
	return m
}

// Append adds rows to be read, at once.
func (m *Memory) Append(split int, b *rows.Batch) { m.AppendAt(split, time.Time{}, b) }

// AppendAt adds rows that come at a time of the job's clock, not before what was appended to the split earlier.
func (m *Memory) AppendAt(split int, at time.Time, b *rows.Batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.splits[split]
	s.batches, s.due = append(s.batches, b), append(s.due, at)
	m.tell()
}

// End says that no more will be appended: reading the table ends.
func (m *Memory) End() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.tell()
}

func (m *Memory) tell() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Written gives all that was written and not taken, and leaves it there.
func (m *Memory) Written() []*rows.Batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]*rows.Batch(nil), m.written...)
}

// Take gives what was written since the last Take, waiting until there is something or the context ends.
func (m *Memory) Take(ctx context.Context) ([]*rows.Batch, error) {
	for {
		if out := m.TakeNow(); out != nil {
			return out, nil
		}
		select {
		case <-m.arrived:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// TakeNow gives what was written since the last Take, without waiting.
func (m *Memory) TakeNow() []*rows.Batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.written
	m.written, m.waiting = nil, 0
	signal(m.room)
	return out
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// memorySource reads the splits of which the number modulo the parts is its own.
type memorySource struct {
	table       *Memory
	columns     []int
	members     []int // nil, or by column: the member that is read in place of it; -1: the column
	types       []plan.Column
	clock       clock
	part, parts int
	at          []int // by split: batches read
	next        int

	mu    sync.Mutex
	waits *wait // what Next waits for; nil while it does not
}

// wait is a wait for what makes a source look again.
type wait struct {
	ctx     context.Context //nolint:containedctx // of the call that waits
	due     chan struct{}
	changed <-chan struct{}
}

func (s *memorySource) Open(_ context.Context, state []byte) error {
	s.at = make([]int, len(s.table.splits))
	for i := 0; i < len(s.at) && len(state) >= 8*(i+1); i++ {
		s.at[i] = int(binary.LittleEndian.Uint64(state[8*i:]))
	}
	return nil
}

// mergeMemory takes, of each split, how far the part came that reads it.
func mergeMemory(states [][]byte) ([]byte, error) {
	var all []byte
	for _, state := range states {
		if len(all) < len(state) {
			all = append(all, make([]byte, len(state)-len(all))...)
		}
		for i := 0; i+8 <= len(state); i += 8 {
			at := max(binary.LittleEndian.Uint64(all[i:]), binary.LittleEndian.Uint64(state[i:]))
			binary.LittleEndian.PutUint64(all[i:], at)
		}
	}
	return all, nil
}

func (s *memorySource) Next(ctx context.Context) (int, *rows.Batch, error) {
	for {
		split, b, wait, err := s.look()
		if b != nil || err != nil {
			return split, b, err
		}
		if !s.rest(ctx, wait) {
			return 0, nil, nil
		}
	}
}

// waiting is what a source without rows waits for.
type waiting struct {
	changed <-chan struct{}
	until   time.Time // when the next rows are due; zero if none are known
}

func (s *memorySource) rest(ctx context.Context, w waiting) bool {
	due := make(chan struct{}, 1)
	if !w.until.IsZero() {
		defer s.clock.AfterFunc(w.until.Sub(s.clock.Now()), func() { signal(due) })()
	}
	s.waitFor(&wait{ctx: ctx, due: due, changed: w.changed})
	defer s.waitFor(nil)
	select {
	case <-w.changed:
	case <-due:
	case <-ctx.Done():
		return false
	}
	return true
}

func (s *memorySource) waitFor(w *wait) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits = w
}

// Waits reports whether Next waits for what has not come.
func (s *memorySource) Waits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waits == nil || s.waits.ctx.Err() != nil || len(s.waits.due) > 0 {
		return false
	}
	select {
	case <-s.waits.changed:
		return false
	default:
		return true
	}
}

func (s *memorySource) look() (int, *rows.Batch, waiting, error) {
	s.table.mu.Lock()
	defer s.table.mu.Unlock()
	w := waiting{changed: s.table.changed}
	left, now := false, s.clock.Now()
	for range s.at {
		i := s.next
		s.next = (s.next + 1) % len(s.at)
		split := &s.table.splits[i]
		if i%s.parts != s.part || s.at[i] == len(split.batches) {
			continue
		}
		left = true
		if due := split.due[s.at[i]]; due.After(now) {
			if w.until.IsZero() || due.Before(w.until) {
				w.until = due
			}
			continue
		}
		b := split.batches[s.at[i]]
		s.at[i]++
		return i, s.pick(b), w, nil
	}
	if !left && s.table.closed {
		return 0, nil, w, io.EOF
	}
	return 0, nil, w, nil
}

func (s *memorySource) pick(b *rows.Batch) *rows.Batch {
	out := pick(b, s.columns)
	for i, c := range s.columns {
		if s.members != nil && s.members[i] >= 0 {
			out.Cols[i] = member(b.Cols[c], s.types[c].Type, s.members[i], b.Len)
		}
	}
	return out
}

func pick(b *rows.Batch, columns []int) *rows.Batch {
	out := &rows.Batch{Len: b.Len, Changes: b.Changes, Cols: make([]*rows.Column, len(columns))}
	for i, c := range columns {
		out.Cols[i] = b.Cols[c]
	}
	return out
}

// member takes one member out of a column of ROWs.
func member(from *rows.Column, of rows.Type, at, n int) *rows.Column {
	out := &rows.Column{Type: of.Fields[at].Type}
	for i := range n {
		row, _ := from.Value(i).([]any)
		if row == nil {
			out.Append(nil)
		} else {
			out.Append(row[at])
		}
	}
	return out
}

func (s *memorySource) Splits() (n int) {
	for i := range s.at {
		if i%s.parts == s.part && !s.Ended(i) {
			n++
		}
	}
	return n
}

// Ended reports whether all rows of a split were read, of a table that gets no more.
func (s *memorySource) Ended(split int) bool {
	s.table.mu.Lock()
	defer s.table.mu.Unlock()
	return s.table.closed && s.at[split] == len(s.table.splits[split].batches)
}

func (s *memorySource) Save() ([]byte, error) {
	var state []byte
	for _, at := range s.at {
		state = binary.LittleEndian.AppendUint64(state, uint64(at))
	}
	return state, nil
}

func (s *memorySource) Close() error { return nil }

// memorySink keeps what is written. It waits while too much of it is not taken.
type memorySink struct {
	ctx   context.Context //nolint:containedctx // of the run
	table *Memory
}

func (s *memorySink) Write(b *rows.Batch) error {
	for !s.put(b) {
		select {
		case <-s.table.room:
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	return nil
}

func (s *memorySink) put(b *rows.Batch) bool {
	m := s.table
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.limit > 0 && m.waiting > 0 && m.waiting+b.Len > m.limit {
		return false
	}
	m.written = append(m.written, b)
	m.waiting += b.Len
	signal(m.arrived)
	return true
}

func (s *memorySink) Flush(context.Context, int64) error { return nil }
func (s *memorySink) Close() error                       { return nil }

func memoryConnector() connector {
	return connector{
		name:    "memory",
		options: []string{"changelog-mode"},
		describe: func(t *plan.Table) (Description, error) {
			d := Description{Source: true, Sink: true, Accepts: plan.Retract, Bounded: true, Nested: true}
			for _, m := range []plan.Mode{plan.InsertOnly, plan.Upsert, plan.Retract} {
				if t.Options["changelog-mode"] == m.String() {
					d.Mode = m
				}
			}
			if d.Mode == plan.Upsert && len(t.PrimaryKey) > 0 {
				d.Accepts = plan.Upsert
			}
			return d, nil
		},
		parts: func(_ context.Context, s *Set, scan *plan.Scan) (int, error) {
			m, err := s.memory(scan.Table)
			if err != nil {
				return 0, err
			}
			return len(m.splits), nil
		},
		merge: mergeMemory,
		source: func(s *Set, scan *plan.Scan, part, parts int) (stream.Source, error) {
			m, err := s.memory(scan.Table)
			if err == nil && m.generate != nil {
				return m.generate(scan), nil
			}
			return &memorySource{table: m, columns: scan.Read, members: scan.Members, types: scan.Table.Columns, clock: s.config.Clock, part: part, parts: parts}, err
		},
		sink: func(s *Set, sink *plan.Sink, _, _ int) (stream.Sink, error) {
			m, err := s.memory(sink.Table)
			return &memorySink{ctx: s.ctx, table: m}, err
		},
	}
}

func (s *Set) memory(t *plan.Table) (*Memory, error) {
	m, ok := s.config.Memory[t.Name]
	if !ok {
		return nil, fmt.Errorf("table %s is one in memory, but nothing was given for it", t.Name)
	}
	return m, nil
}
