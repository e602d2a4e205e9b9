package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Folding reads a workload's topics, committed, as envelopes in JSON without schemas, and folds them by key: what a
// reader knows of the tables.
type Folding struct {
	prefix string
	mu     sync.Mutex
	rows   map[string]map[int64]map[string]any
	gone   map[string]map[int64]map[string]any // as they were when they were deleted
	log    map[string]map[int64][]Change
	events int
	faults []string
}

// unavailable stands in an envelope for a large value that the statement did not change.
const unavailable = "__debezium_unavailable_value"

// Fold starts to read the topics of a prefix, until the test ends.
func Fold(t testing.TB, bootstrap, prefix string) *Folding {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumeRegex(), kgo.ConsumeTopics(`^`+prefix+`\.public\..*`), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(50*time.Millisecond), kgo.MetadataMaxAge(500*time.Millisecond), kgo.FetchMaxWait(200*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	f := &Folding{prefix: prefix, rows: map[string]map[int64]map[string]any{}, gone: map[string]map[int64]map[string]any{}, log: map[string]map[int64][]Change{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(f.see)
		}
	}()
	t.Cleanup(func() {
		cancel()
		client.Close()
		<-done
	})
	return f
}

// Events is how many events of the workload's tables have come.
func (f *Folding) Events() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.events
}

func (f *Folding) see(r *kgo.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	table := strings.TrimPrefix(r.Topic, f.prefix+".public.")
	if table == "ledger" {
		return
	}
	if err := f.fold(table, r); err != nil {
		f.faults = append(f.faults, fmt.Sprintf("%s[%d]: %v: key %s, value %.300s", r.Topic, r.Offset, err, r.Key, r.Value))
	}
}

type envelope struct {
	Before, After map[string]any
	Op            string
}

func (f *Folding) fold(table string, r *kgo.Record) error {
	if f.rows[table] == nil {
		f.rows[table], f.gone[table], f.log[table] = map[int64]map[string]any{}, map[int64]map[string]any{}, map[int64][]Change{}
	}
	var e envelope
	if r.Value != nil {
		if err := parse(r.Value, &e); err != nil {
			return err
		}
	}
	if e.Op == "t" {
		for key := range f.rows[table] {
			f.note(table, key, 't', 0)
		}
		clear(f.rows[table])
		return nil
	}
	var key struct{ ID int64 }
	if err := json.Unmarshal(r.Key, &key); err != nil {
		return err
	}
	before := f.rows[table][key.ID]
	for _, header := range r.Headers {
		if header.Key == "__debezium.oldkey" {
			from := key
			if err := json.Unmarshal(header.Value, &from); err != nil {
				return err
			}
			before = f.gone[table][from.ID]
		}
	}
	return f.change(table, key.ID, r.Value == nil, e, before)
}

// change folds an event; before is the row from which values come that the event does not have.
func (f *Folding) change(table string, key int64, tombstone bool, e envelope, before map[string]any) error {
	switch {
	case tombstone:
		delete(f.rows[table], key)
		f.note(table, key, 'x', 0)
	case e.Op == "d":
		f.gone[table][key] = f.rows[table][key]
		delete(f.rows[table], key)
		f.note(table, key, 'd', 0)
	case e.Op == "c", e.Op == "u", e.Op == "r":
		number, _ := e.After["ver"].(json.Number)
		ver, err := number.Int64()
		if err != nil {
			return err
		}
		for name, value := range e.After {
			if value == unavailable {
				e.After[name] = before[name]
			}
		}
		f.rows[table][key] = e.After
		f.note(table, key, e.Op[0], ver)
	default:
		return fmt.Errorf("the operation %q", e.Op)
	}
	return nil
}

func (f *Folding) note(table string, key int64, op byte, ver int64) {
	f.log[table][key] = append(f.log[table][key], Change{op, ver})
	f.events++
}

// Await waits until as many events have come as the workload committed; it gives up when none has come for a while.
func (f *Folding) Await(w *Workload, idle time.Duration) {
	last, since := -1, time.Now()
	for {
		n := f.Events()
		if n != last {
			last, since = n, time.Now()
		}
		settled := 300 * time.Millisecond
		if int64(n) < w.Events() {
			settled = idle
		}
		if time.Since(since) > settled {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// Verify holds what came against what was committed: each event exactly once and in its key's order, unless repeats
// are allowed, and the rows as the tables have them.
func (f *Folding) Verify(t testing.TB, w *Workload, url string, exactlyOnce bool) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range first(f.faults) {
		t.Error(fault)
	}
	if exactlyOnce {
		for _, d := range first(f.sequences(w.Committed())) {
			t.Error(d)
		}
	}
	found, rows, err := f.tables(url, len(w.writers))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range first(found) {
		t.Error(d)
	}
	t.Logf("%d transactions, %d events, %d rows at the end", w.Commits(), f.events, rows)
}

// sequences tells the keys whose events are not those that were committed.
func (f *Folding) sequences(want map[string]map[int64][]Change) []string {
	var all []string
	for table, keys := range want {
		for key, changes := range keys {
			if got := f.log[table][key]; !slices.Equal(got, changes) {
				at := 0
				for at < min(len(got), len(changes)) && got[at] == changes[at] {
					at++
				}
				all = append(all, fmt.Sprintf("%s, key %d: from event %d on it has %s, want %s", table, key, at, ops(got[at:]), ops(changes[at:])))
			}
		}
		for key := range f.log[table] {
			if _, known := keys[key]; !known {
				all = append(all, fmt.Sprintf("%s, key %d: was never committed", table, key))
			}
		}
	}
	return all
}

func ops(changes []Change) string {
	var text strings.Builder
	for i, c := range changes {
		if i == 6 {
			fmt.Fprintf(&text, " and %d more", len(changes)-i)
			break
		}
		fmt.Fprintf(&text, " %c%d", c.Op, c.Ver)
	}
	return "[" + strings.TrimSpace(text.String()) + "]"
}

// tables tells the rows that are not as the database has them.
func (f *Folding) tables(url string, writers int) (all []string, rows int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close(ctx)
	for _, table := range Tables(writers) {
		want := map[int64]map[string]any{}
		found, err := conn.Query(ctx, "SELECT id, to_json(t)::text FROM "+table+" t")
		if err != nil {
			return nil, 0, err
		}
		var key int64
		var text string
		_, err = pgx.ForEachRow(found, []any{&key, &text}, func() error {
			var row map[string]any
			err := parse([]byte(text), &row)
			want[key] = row
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		rows += len(want)
		all = append(all, unequal(table, want, f.rows[table])...)
	}
	return all, rows, nil
}

func unequal(table string, want, got map[int64]map[string]any) []string {
	var all []string
	for key, row := range want {
		if !maps.Equal(row, got[key]) {
			all = append(all, fmt.Sprintf("%s, key %d: is %.300s, want %.300s", table, key, oneLine(got[key]), oneLine(row)))
		}
	}
	for key := range got {
		if _, is := want[key]; !is {
			all = append(all, fmt.Sprintf("%s, key %d: is there, and must not be", table, key))
		}
	}
	return all
}

// first cuts a list of faults to what a person reads.
func first(all []string) []string {
	if len(all) > 12 {
		return append(slices.Clone(all[:12]), fmt.Sprintf("%d more", len(all)-12))
	}
	return all
}
