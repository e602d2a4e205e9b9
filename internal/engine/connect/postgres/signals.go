package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/postgres/tables"
	"github.com/weftmesh/weft/internal/engine/connect/postgres/wal"
)

// signal asks the connector for something (Debezium's documentation, "Sending signals to a Debezium connector").
type signal struct {
	ID   string
	Type string
	Data json.RawMessage
}

// snapshotSignal is the data of execute-snapshot, stop-snapshot and the like.
type snapshotSignal struct {
	Collections []string `json:"data-collections"`
	Type        string   `json:"type"`
	Conditions  []struct {
		Collection string `json:"data-collection"`
		Filter     string `json:"filter"`
	} `json:"additional-conditions"`
	Condition string `json:"additional-condition"` // of old signals, for all collections
	Surrogate string `json:"surrogate-key"`
}

// fromTable takes a signal that was inserted into the table of signals: columns id, type, data.
func (s *streamer) fromTable(ctx context.Context, l *tables.Layout, c *wal.Change) error {
	if c.Kind != wal.Insert || !s.s.channel("source") && !s.windowed() {
		return nil
	}
	if len(c.New) < 3 {
		s.log.Warn("the table of signals has fewer than three columns: it needs id, type, data", "table", l.Table.ID())
		return nil
	}
	given := signal{ID: string(c.New[0].Text), Type: string(c.New[1].Text), Data: json.RawMessage(slices.Clone(c.New[2].Text))}
	switch given.Type {
	case "snapshot-window-open":
		s.openWindow(given.ID)
		return nil
	case "snapshot-window-close":
		return s.closeWindow(ctx, given.ID)
	}
	if !s.s.channel("source") {
		return nil
	}
	return s.act(ctx, given)
}

// act does what a signal asks for. A signal that makes no sense is logged, and nothing else stops.
func (s *streamer) act(ctx context.Context, given signal) error {
	var asked snapshotSignal
	if len(given.Data) > 0 {
		if err := json.Unmarshal(given.Data, &asked); err != nil && given.Type != "log" {
			s.log.Warn("a signal whose data is no JSON object is passed over", "id", given.ID, "type", given.Type, "error", err)
			return nil
		}
	}
	if asked.Type != "" && !strings.EqualFold(asked.Type, "incremental") {
		s.log.Warn("a signal for a snapshot of a type that this engine has not is passed over; it has incremental", "id", given.ID, "type", asked.Type)
		return nil
	}
	switch given.Type {
	case "execute-snapshot":
		return s.execute(ctx, given.ID, asked)
	case "stop-snapshot":
		s.stop(asked.Collections)
	case "pause-snapshot":
		s.pauseSnapshot(true)
	case "resume-snapshot":
		s.pauseSnapshot(false)
		return s.nextChunk(ctx)
	case "log":
		var text struct{ Message string }
		_ = json.Unmarshal(given.Data, &text) // without one it is empty
		s.log.Info(text.Message, "signal", given.ID)
	default:
		s.log.Warn("a signal of an unknown type is passed over; there are execute-snapshot, stop-snapshot, pause-snapshot, resume-snapshot, log", "id", given.ID, "type", given.Type)
	}
	return nil
}

// execute adds the tables that match to those which the incremental snapshot reads, and begins.
func (s *streamer) execute(ctx context.Context, id string, asked snapshotSignal) error {
	if s.s.signalTable == "" && !s.s.readOnly() {
		s.log.Error("an incremental snapshot needs signal.data.collection, where its watermarks are written, or read.only=true", "signal", id)
		return nil
	}
	if asked.Surrogate != "" {
		s.log.Warn("surrogate-key is passed over: chunks are read by the key of the records", "signal", id)
	}
	list, err := tables.Names(ctx, s.conn)
	if err != nil {
		return err
	}
	added := 0
	for _, n := range list {
		full := n.Schema + "." + n.Name
		if !s.s.rules.Captures(n.Schema, n.Name) || !named(asked.Collections, full, s.s.rules.Database) {
			continue
		}
		s.pos.Incremental = s.pos.Incremental.with(id, full, asked.filter(full))
		added++
	}
	if added == 0 {
		s.log.Warn("an incremental snapshot was asked for, and no captured table matches", "signal", id, "data-collections", asked.Collections)
		return nil
	}
	s.log.Info("incremental snapshot begins", "signal", id, "tables", added)
	return s.nextChunk(ctx)
}

func (a *snapshotSignal) filter(table string) string {
	for _, c := range a.Conditions {
		if named([]string{c.Collection}, table, "") {
			return c.Filter
		}
	}
	return a.Condition
}

// named tells whether one of the expressions matches a table, given with or without the database before it.
func named(expressions []string, table, database string) bool {
	for _, text := range expressions {
		re, err := regexp.Compile("(?i)^(?:" + strings.ReplaceAll(text, `"`, "") + ")$")
		if err != nil {
			continue
		}
		if re.MatchString(table) || database != "" && re.MatchString(database+"."+table) {
			return true
		}
	}
	return false
}

// chunks are the tables that an incremental snapshot still reads. It is part of the offset, so that a restart goes on with
// it; a value does not change once it is in a position.
type chunks struct {
	Tables []chunkTable `json:"tables"`
	Paused bool         `json:"paused,omitempty"`
	Last   []string     `json:"last,omitempty"` // the key after which the first table is read; none: from its start
	Max    []string     `json:"max,omitempty"`  // the key up to which
}

type chunkTable struct {
	Signal string `json:"signal"`
	Table  string `json:"table"`
	Filter string `json:"filter,omitempty"`
}

func (c *chunks) clone() *chunks {
	if c == nil {
		return &chunks{}
	}
	copied := *c
	copied.Tables = slices.Clone(c.Tables)
	return &copied
}

func (c *chunks) with(signal, table, filter string) *chunks {
	copied := c.clone()
	if !slices.ContainsFunc(copied.Tables, func(t chunkTable) bool { return t.Table == table }) {
		copied.Tables = append(copied.Tables, chunkTable{signal, table, filter})
	}
	return copied
}

// after is what is left when the first table is done; nil is nothing.
func (c *chunks) after() *chunks {
	if c == nil || len(c.Tables) <= 1 {
		return nil
	}
	return &chunks{Tables: c.Tables[1:], Paused: c.Paused}
}

// stop takes tables out of the incremental snapshot: those that match, or all.
func (s *streamer) stop(expressions []string) {
	if s.pos.Incremental == nil {
		s.log.Warn("stop-snapshot: no incremental snapshot is running")
		return
	}
	left := s.pos.Incremental.clone()
	first := left.Tables[0].Table
	left.Tables = slices.DeleteFunc(left.Tables, func(t chunkTable) bool {
		return len(expressions) == 0 || named(expressions, t.Table, s.s.rules.Database)
	})
	s.log.Info("tables are taken out of the incremental snapshot", "left", len(left.Tables))
	if len(left.Tables) == 0 {
		s.pos.Incremental, s.window = nil, window{}
		return
	}
	if left.Tables[0].Table != first {
		left.Last, left.Max, s.window.rows, s.window.order = nil, nil, nil, nil
	}
	s.pos.Incremental = left
}

func (s *streamer) pauseSnapshot(pause bool) {
	if s.pos.Incremental == nil {
		s.log.Warn(fmt.Sprintf("no incremental snapshot is running that could be paused or resumed (%t)", pause))
		return
	}
	s.pos.Incremental = s.pos.Incremental.clone()
	s.pos.Incremental.Paused = pause
}
