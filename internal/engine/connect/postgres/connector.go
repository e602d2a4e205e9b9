// Package postgres captures a PostgreSQL database: it is Debezium's PostgreSQL connector, by its configuration and by the
// records that it makes, without Java. Rows that are there are read by COPY, changes from a logical replication slot
// (pgoutput); values go from the server's texts to packed bytes without a stop.
//
// Where it is not equal to Debezium 3.7, it is so on purpose:
//   - plugin.name is pgoutput by default, as there is no other.
//   - A snapshot that was interrupted is gone on with; Debezium begins anew.
//   - The position is written with the records, so none comes twice after a restart; a slot that is missing though there is
//     an offset is an error, as changes are lost, unless snapshot.mode is when_needed.
//   - A value that cannot be converted ends the task and names its column; Debezium logs it and writes null.
//   - Columns of the type name come out of changes as out of snapshots; Debezium writes null for them in changes.
//   - column.mask... hides a key's texts as well, and texts of json, uuid, citext and the like; Debezium leaves them clear.
//   - An incremental snapshot leaves generated columns out, as changes do; Debezium gives such a table up.
//   - What concerns no captured table is confirmed to the slot without a heartbeat, as soon as nothing is under way.
package postgres

import (
	"context"
	"encoding/json"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// Class is the connector.class of the connector.
const Class = "io.debezium.connector.postgresql.PostgresConnector"

// Connector is Debezium's PostgreSQL connector.
type Connector struct{}

var (
	_ source.Connector   = Connector{}
	_ source.OffsetJudge = Connector{}
)

// Plugin names the connector, with the version of the Debezium that it is equal to.
func (Connector) Plugin() source.Plugin {
	return source.Plugin{Class: Class, Type: "source", Version: tables.Version}
}

// Keys are the keys of the configuration.
func (Connector) Keys() []source.Key {
	table := keys()
	list := make([]source.Key, 0, len(table))
	for _, k := range table {
		definition := source.Key{Name: k.name, Type: k.kind, Required: k.required, Importance: "MEDIUM", Documentation: k.doc, Group: "PostgreSQL", DisplayName: k.name}
		switch {
		case k.required:
			definition.Importance = "HIGH"
		case k.low:
			definition.Importance = "LOW"
		}
		if !k.required && k.standard != "" {
			definition.Default = &k.standard
		}
		list = append(list, definition)
	}
	return list
}

// Validate judges a configuration. One without a mistake is then tried: a log-in, wal_level, slot and publication, and
// what is wrong with them is said at the key that it concerns.
func (Connector) Validate(ctx context.Context, config map[string]string) []source.ConfigValue {
	answers := judge(config)
	for _, a := range answers {
		if len(a.Errors) > 0 {
			return answers
		}
	}
	s, err := parse(config)
	if err != nil {
		return complain(answers, "database.hostname", err)
	}
	return s.try(ctx, answers)
}

// try connects to the database.
func (s *settings) try(ctx context.Context, answers []source.ConfigValue) []source.ConfigValue {
	conn, err := s.connect(ctx)
	if err != nil {
		return complain(answers, "database.hostname", err)
	}
	defer conn.Close(ctx)
	if err := s.checkServer(ctx, conn); err != nil {
		return complain(answers, "database.hostname", err)
	}
	state, err := readSlot(ctx, conn, s.slot)
	if err == nil {
		err = s.checkSlot(state)
	}
	if err != nil {
		return complain(answers, "slot.name", err)
	}
	if err := s.checkPublication(ctx, conn); err != nil {
		return complain(answers, "publication.name", err)
	}
	return answers
}

func complain(answers []source.ConfigValue, name string, err error) []source.ConfigValue {
	for i := range answers {
		if answers[i].Name == name {
			answers[i].Errors = append(answers[i].Errors, err.Error())
		}
	}
	return answers
}

// Open prepares the task.
func (Connector) Open(setup source.Setup) (source.Task, error) { return open(setup) }

// JudgeOffset lets an offset pass that the task could go on from; nil, which deletes it, always passes.
func (Connector) JudgeOffset(_ map[string]string, _, offset json.RawMessage) error {
	_, err := parsePosition(offset)
	return err
}
