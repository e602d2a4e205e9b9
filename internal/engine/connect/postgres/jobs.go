package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// job is something that the reader does between two messages: a heartbeat, a signal of a topic, a look at the slot.
type job func(ctx context.Context) error

// jobs are what waits for the reader; who is too many waits.
const waitingJobs = 16

// later lets the reader do something soon.
func (s *streamer) later(ctx context.Context, j job) {
	select {
	case s.jobs <- j:
		s.wal.Wake()
	case <-ctx.Done():
	}
}

// work does what waits.
func (s *streamer) work(ctx context.Context) error {
	for {
		select {
		case j := <-s.jobs:
			if err := j(ctx); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// next waits for a message and does jobs meanwhile. woken: there was a job and no message.
func (s *streamer) next(ctx context.Context) (m wal.Message, woken bool, err error) {
	m, err = s.wal.Next()
	if !errors.Is(err, wal.ErrWoken) {
		return m, false, err
	}
	return m, true, s.work(ctx)
}

// every does a job at an interval until the context ends.
func (s *streamer) every(ctx context.Context, interval time.Duration, j job) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.later(ctx, j)
		}
	}
}

// beat writes a heartbeat: a record that says that the connector lives, and with it the position, so that the slot moves
// on though no captured table changes.
func (s *streamer) beat(ctx context.Context) error {
	if query := s.s.raw["heartbeat.action.query"]; query != "" {
		if _, err := s.conn.PgConn().Exec(ctx, query).ReadAll(); err != nil {
			if passes(err) {
				return err
			}
			s.log.Error("heartbeat.action.query failed", "error", err)
		}
	}
	if !s.inTx {
		s.pos.Commit = max(s.pos.Commit, s.reached)
	}
	key, err := s.out.pack(func(into []byte) ([]byte, error) { return data.AppendString(into, s.s.rules.Prefix), nil })
	if err != nil {
		return err
	}
	value, err := s.out.pack(func(into []byte) ([]byte, error) { return data.AppendInt(into, time.Now().UnixMilli()), nil })
	if err != nil {
		return err
	}
	s.out.add(data.Record{
		Topic: s.s.raw["topic.heartbeat.prefix"] + s.s.rules.Delimiter + s.s.rules.Prefix, Partition: -1,
		KeySchema: s.beatKey, Key: key, ValueSchema: s.beatValue, Value: value,
	})
	return s.handOn(ctx)
}

// beatSchemas are those of a heartbeat's key and value.
func beatSchemas() (key, value *data.Schema) {
	return &data.Schema{
		Kind: data.Struct, Name: "io.debezium.connector.common.ServerNameKey", Version: 1,
		Fields: []data.Field{{Name: "serverName", Schema: &data.Schema{Kind: data.String}}},
	}, &data.Schema{
		Kind: data.Struct, Name: "io.debezium.connector.common.Heartbeat", Version: 1,
		Fields: []data.Field{{Name: "ts_ms", Schema: &data.Schema{Kind: data.Int64}}},
	}
}
