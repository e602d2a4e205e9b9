package postgres

import (
	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// message makes the record of a logical decoding message (pg_logical_emit_message), as Debezium's connector does.
func (s *streamer) message(c *wal.Change) error {
	if !s.s.messages.Passes(string(c.Name)) {
		return nil
	}
	if !s.inTx {
		s.origin = tables.Origin{Snapshot: "false", Micros: s.origin.Micros, Last: s.origin.LSN, HasLast: true, LSN: s.origin.LSN, Now: s.origin.Now}
	}
	packedKey, err := s.out.pack(func(into []byte) ([]byte, error) {
		return data.AppendBytes(data.AppendPresent(into), c.Name), nil
	})
	if err != nil {
		return err
	}
	packed, err := s.out.pack(func(into []byte) ([]byte, error) {
		into = append(into, 2, 'm')
		into = data.AppendInt(data.AppendPresent(into), s.origin.Now/1_000_000)
		into = data.AppendNull(s.s.rules.AppendSource(into, &s.origin))
		into = data.AppendBytes(data.AppendPresent(into), c.Name)
		return s.content.Append(data.AppendPresent(into), c.Content)
	})
	if err != nil {
		return err
	}
	s.out.add(data.Record{
		Topic: s.s.rules.Topic("message"), Partition: -1, KeySchema: s.messageKey, Key: packedKey, ValueSchema: s.messageValue, Value: packed,
	})
	return nil
}
