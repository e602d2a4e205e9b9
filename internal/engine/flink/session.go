package flink

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

// The catalog and the database that a session has.
const (
	catalogName  = "default_catalog"
	databaseName = "default_database"
)

// Session is what one client has said so far: settings, tables and views.
type Session struct {
	Handle string
	engine *Engine

	mu       sync.Mutex // one statement at a time
	settings map[string]string
	initial  map[string]string
	tables   map[string]*entry
	order    int

	running sync.Mutex       // guards queries, which end while statements run
	queries map[*Result]bool // of SELECTs that may still run
}

// entry is a table or a view with the statement that made it.
type entry struct {
	table     *plan.Table
	statement string
	order     int
}

func newSession(e *Engine, handle string, settings map[string]string) *Session {
	return &Session{Handle: handle, engine: e, settings: maps.Clone(settings), initial: maps.Clone(settings), tables: map[string]*entry{}, queries: map[*Result]bool{}}
}

// Settings gives what SET and the session's properties have set.
func (s *Session) Settings() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.settings)
}

func (s *Session) close() {
	s.running.Lock()
	queries := slices.Collect(maps.Keys(s.queries))
	s.running.Unlock()
	for _, q := range queries {
		q.Close()
	}
}

// Table finds a table or a view by name, with or without the catalog and the database.
func (s *Session) Table(name []string) (*plan.Table, bool) {
	bare, ok := s.bare(name)
	if !ok {
		return nil, false
	}
	t, ok := s.tables[bare]
	if !ok {
		return nil, false
	}
	return t.table, true
}

// bare gives the last part of a name in this session's catalog and database.
func (s *Session) bare(name []string) (string, bool) {
	last := len(name) - 1
	if last > 0 && name[last-1] != databaseName || last > 1 && name[last-2] != catalogName || last > 2 {
		return "", false
	}
	return name[last], true
}

// Names lists the tables and views.
func (s *Session) Names() []string { return slices.Sorted(maps.Keys(s.tables)) }

// Qualified lists the tables and views with the catalog and the database.
func (s *Session) Qualified() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.Names()
	for i, name := range names {
		names[i] = catalogName + "." + databaseName + "." + name
	}
	return names
}

// planner plans statements of the session, its tables and settings as they are now.
func (s *Session) planner() (*plan.Planner, error) {
	zone := time.UTC
	if name, ok := s.settings["table.local-time-zone"]; ok && name != "default" {
		var err error
		if zone, err = expr.Zone(name); err != nil {
			return nil, fmt.Errorf("table.local-time-zone: %w", err)
		}
	}
	return &plan.Planner{
		Catalog: s, Env: &expr.Env{Zone: zone, Now: s.engine.config.Clock.Now}, Describe: s.engine.describe,
		Batch: strings.EqualFold(s.settings["execution.runtime-mode"], "batch"),
	}, nil
}

// describe asks a table's connector what it is.
func (e *Engine) describe(t *plan.Table) error {
	if err := e.checkFiles(t); err != nil {
		return err
	}
	d, err := connectors.Describe(t)
	if err != nil {
		return err
	}
	t.Mode, t.Accepts, t.Bounded, t.Nested = d.Mode, d.Accepts, d.Bounded, d.Nested
	return nil
}

// statements gives the CREATE statements of the session, in the order in which they were given.
func (s *Session) statements() []string {
	entries := slices.SortedFunc(maps.Values(s.tables), func(a, b *entry) int { return a.order - b.order })
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = e.statement
	}
	return texts
}
