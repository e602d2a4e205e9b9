package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/values"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// emitter makes the records of a task and puts them into its batches.
type emitter struct {
	s       *settings
	log     *slog.Logger
	out     *batches
	pos     position  // after the last record that is in the batch
	put     *position // after the last batch that was handed on; nil: none was
	origin  tables.Origin
	headers []data.Header // of every record of a table
	text    *data.Schema
	merged  []wal.Column

	content                  values.Conversion // of logical decoding messages
	messageKey, messageValue *data.Schema
	beatKey, beatValue       *data.Schema
}

func newEmitter(s *settings, out *batches, log *slog.Logger) *emitter {
	e := &emitter{s: s, out: out, log: log, text: &data.Schema{Kind: data.String}}
	for _, h := range [][2]string{{"connectorLogicalName", s.rules.Prefix}, {"taskId", "0"}, {"connectorName", "postgresql"}, {"runId", runID()}} {
		e.headers = append(e.headers, data.Header{Name: "__debezium.context." + h[0], Schema: e.text, Value: data.AppendString(nil, h[1])})
	}
	e.content = s.rules.Modes.Encoded()
	e.messageKey, e.messageValue = tables.MessageSchemas(e.content.Schema)
	e.beatKey, e.beatValue = beatSchemas()
	return e
}

// runID is a UUID of version 7 (RFC 9562), which names one run of a task.
func runID() string {
	var b [16]byte
	_, _ = rand.Read(b[6:]) // never fails
	ms := time.Now().UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// handOn hands the batch on.
func (e *emitter) handOn(ctx context.Context) error {
	if err := e.out.put(ctx, &e.pos); err != nil {
		return err
	}
	put := e.pos
	e.put = &put
	return nil
}

// drop forgets what was not handed on, before a session begins anew behind the last batch.
func (e *emitter) drop() {
	clear(e.out.now.records)
	e.out.now.records, e.out.now.bytes = e.out.now.records[:0], e.out.now.bytes[:0]
}

// row makes the record of a create, an update within a key, a read, or a delete with its tombstone.
func (e *emitter) row(l *tables.Layout, op byte, before, after []wal.Column) error {
	keyed := after
	if keyed == nil {
		keyed = before
	}
	key, err := e.key(l, keyed)
	if err != nil {
		return err
	}
	if err := e.envelope(l, op, key, before, after, e.headers); err != nil {
		return err
	}
	if op == 'd' {
		e.tombstone(l, key, e.headers)
	}
	return nil
}

func (e *emitter) key(l *tables.Layout, row []wal.Column) ([]byte, error) {
	if l.Key == nil {
		return nil, nil
	}
	return e.out.pack(func(into []byte) ([]byte, error) { return l.AppendKey(into, row) })
}

func (e *emitter) envelope(l *tables.Layout, op byte, key []byte, before, after []wal.Column, headers []data.Header) error {
	start := len(e.out.now.bytes)
	packed, err := l.AppendEnvelope(e.out.now.bytes, op, before, after, &e.origin)
	if err != nil {
		return err
	}
	e.out.now.bytes = packed
	r := data.Record{
		Topic: l.Topic, Partition: -1, KeySchema: l.Key, Key: key, ValueSchema: l.Value, Value: packed[start:len(packed):len(packed)], Headers: headers,
	}
	if key == nil {
		r.KeySchema = nil
	}
	e.out.add(r)
	return nil
}

func (e *emitter) tombstone(l *tables.Layout, key []byte, headers []data.Header) {
	if !e.s.tombstones {
		return
	}
	r := data.Record{Topic: l.Topic, Partition: -1, Key: key, Headers: headers}
	if key != nil {
		r.KeySchema = l.Key
	}
	e.out.add(r)
}

// update makes the records of an update. One that changes the key is a delete of the old key, its tombstone, and a create,
// which name each other in headers.
func (e *emitter) update(l *tables.Layout, c *wal.Change) error {
	after := c.New
	if c.OldKind == 'O' {
		after = e.whole(c)
	}
	if c.OldKind == 0 {
		return e.row(l, 'u', nil, after)
	}
	if e.s.skipSame && c.OldKind == 'O' && l.Same(c.Old, after) {
		return nil
	}
	if l.Key == nil || l.SameKey(c.Old, after) {
		return e.row(l, 'u', c.Old, after)
	}
	oldKey, err := e.key(l, c.Old)
	if err != nil {
		return err
	}
	newKey, err := e.key(l, after)
	if err != nil {
		return err
	}
	if !e.s.skipped['d'] {
		headers := e.named("__debezium.newkey", l.Key, newKey)
		if err := e.envelope(l, 'd', oldKey, c.Old, nil, headers); err != nil {
			return err
		}
		e.tombstone(l, oldKey, headers)
	}
	if e.s.skipped['c'] {
		return nil
	}
	return e.envelope(l, 'c', newKey, nil, after, e.named("__debezium.oldkey", l.Key, oldKey))
}

// whole is the new row, with what is unchanged and not in the log taken from the old row, which is whole.
func (e *emitter) whole(c *wal.Change) []wal.Column {
	e.merged = append(e.merged[:0], c.New...)
	for i := range e.merged {
		if e.merged[i].Kind == 'u' && i < len(c.Old) {
			e.merged[i] = c.Old[i]
		}
	}
	return e.merged
}

func (e *emitter) named(name string, schema *data.Schema, key []byte) []data.Header {
	return append(append(make([]data.Header, 0, len(e.headers)+1), e.headers...), data.Header{Name: name, Schema: schema, Value: key})
}

// truncate makes the record of a truncated table, which has no key and no tombstone.
func (e *emitter) truncate(l *tables.Layout) error {
	return e.envelope(l, 't', nil, nil, nil, e.headers)
}

// compile makes the layout of a table, and tells which of its columns are left out.
func (e *emitter) compile(t *tables.Table, order []tables.Column) (*tables.Layout, error) {
	l, err := e.s.rules.NewLayout(t, order)
	if err == nil && len(l.Unknown) > 0 {
		e.log.Warn("the type of a column is not known, so the column is left out; include.unknown.datatypes=true lets it come out as its text's bytes", "table", t.ID(), "columns", l.Unknown)
	}
	return l, err
}
