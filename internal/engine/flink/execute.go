package flink

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/flink/connectors"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

// resultsTable is where the rows of a SELECT go; no statement can name it.
const resultsTable = "\x00results"

// resultsBound is how many rows of a SELECT wait to be fetched before its job waits.
const resultsBound = 100_000

// Execute runs one statement. A mistake in it is a *lex.Error with its place.
func (s *Session) Execute(ctx context.Context, text string) (*Result, error) {
	return s.ExecuteWith(ctx, text, nil)
}

// ExecuteWith runs one statement with settings for it alone.
func (s *Session) ExecuteWith(ctx context.Context, text string, settings map[string]string) (*Result, error) {
	statement, err := parse.Statement(text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(settings) > 0 {
		switch statement.(type) {
		case *ast.Set, *ast.Reset:
		default:
			before := s.settings
			s.settings = maps.Clone(before)
			maps.Copy(s.settings, settings)
			defer func() { s.settings = before }()
		}
	}
	return s.execute(ctx, statement, text)
}

func (s *Session) execute(ctx context.Context, statement ast.Statement, text string) (*Result, error) {
	switch st := statement.(type) {
	case *ast.CreateTable:
		return s.createTable(st, text)
	case *ast.CreateView:
		return s.createView(st, text)
	case *ast.Drop:
		return s.drop(st)
	case *ast.Insert:
		return s.insert(ctx, []*ast.Insert{st}, text)
	case *ast.StatementSet:
		return s.insert(ctx, st.Inserts, text)
	case *ast.QueryStatement:
		return s.query(st, text)
	case *ast.Explain:
		return s.explain(st)
	case *ast.Describe:
		return s.describeTable(st)
	case *ast.Show:
		return s.show(st)
	case *ast.Set:
		return s.set(st)
	case *ast.Reset:
		return s.reset(st)
	case *ast.Use:
		return s.use(st)
	case *ast.StopJob:
		return s.stopJob(ctx, st)
	case *ast.Unsupported:
		return nil, fmt.Errorf("%s is not supported yet", st.What)
	}
	return nil, errors.New("this statement is not supported yet")
}

func (s *Session) createTable(st *ast.CreateTable, text string) (*Result, error) {
	name, err := s.newName(st.Name, st.IfNotExists)
	if err != nil || name == "" {
		return ok(), err
	}
	p, err := s.planner()
	if err != nil {
		return nil, err
	}
	t, err := p.Define(st)
	if err != nil {
		return nil, err
	}
	s.add(name, t, text)
	return ok(), nil
}

func (s *Session) createView(st *ast.CreateView, text string) (*Result, error) {
	name, err := s.newName(st.Name, st.IfNotExists)
	if st.Replace && err != nil {
		name, err = st.Name.Parts[len(st.Name.Parts)-1], nil
	}
	if err != nil || name == "" {
		return ok(), err
	}
	p, err := s.planner()
	if err != nil {
		return nil, err
	}
	t, err := p.DefineView(st)
	if err != nil {
		return nil, err
	}
	s.add(name, t, text)
	return ok(), nil
}

func (s *Session) add(name string, t *plan.Table, text string) {
	s.order++
	s.tables[name] = &entry{t, text, s.order}
}

// newName gives the name of a table that is to be made: "" where it is there already and may be.
func (s *Session) newName(name ast.Name, maybe bool) (string, error) {
	written := strings.Join(name.Parts, ".")
	bare, ok := s.bare(name.Parts)
	if !ok {
		return "", fmt.Errorf("%s is in another catalog or database than %s.%s, and there are no others", written, catalogName, databaseName)
	}
	if _, there := s.tables[bare]; there {
		if maybe {
			return "", nil
		}
		return "", fmt.Errorf("table %s exists already; DROP it first, or write IF NOT EXISTS", written)
	}
	return bare, nil
}

func (s *Session) drop(st *ast.Drop) (*Result, error) {
	if st.What != "TABLE" && st.What != "VIEW" {
		return nil, fmt.Errorf("DROP %s is not supported yet", st.What)
	}
	bare, _ := s.bare(st.Name.Parts)
	e, there := s.tables[bare]
	if !there || (e.table.View != nil) != (st.What == "VIEW") {
		if st.IfExists {
			return ok(), nil
		}
		return nil, fmt.Errorf("%s %s does not exist", strings.ToLower(st.What), strings.Join(st.Name.Parts, "."))
	}
	delete(s.tables, bare)
	return ok(), nil
}

// insert starts a job that writes to one table or more.
func (s *Session) insert(_ context.Context, inserts []*ast.Insert, text string) (*Result, error) {
	sinks, err := s.planned(inserts)
	if err != nil {
		return nil, err
	}
	name := s.settings["pipeline.name"]
	if name == "" {
		name = jobName(sinks)
	}
	k := kept{ID: newJobID(), Name: name, Settings: maps.Clone(s.settings), Tables: s.statements(), Inserts: []string{text}}
	if err := s.engine.keep(k); err != nil {
		return nil, err
	}
	j, err := s.engine.launch(k.ID, name, sinks, s.settings, nil, false)
	if err != nil {
		return nil, errors.Join(err, s.engine.forget(k.ID))
	}
	s.engine.watch(j)
	return &Result{Columns: rows.Schema{{Name: "job id", Type: rows.StringType}}, Content: true, JobID: j.ID, job: j, static: []Row{{Values: []any{j.ID}}}}, nil
}

// jobName is what Flink calls a job that was given no name. Sinks that write to one table are numbered.
func jobName(sinks []*plan.Sink) string {
	total, seen := map[string]int{}, map[string]int{}
	for _, sink := range sinks {
		total[sink.Table.Name]++
	}
	names := make([]string, len(sinks))
	for i, sink := range sinks {
		name := sink.Table.Name
		names[i] = catalogName + "." + databaseName + "." + name
		if total[name] > 1 {
			seen[name]++
			names[i] += fmt.Sprintf("_%d", seen[name])
		}
	}
	return "insert-into_" + strings.Join(names, ",")
}

func (s *Session) planned(inserts []*ast.Insert) ([]*plan.Sink, error) {
	p, err := s.planner()
	if err != nil {
		return nil, err
	}
	var sinks []*plan.Sink
	for _, i := range inserts {
		sink, err := p.Insert(i)
		if err != nil {
			return nil, err
		}
		sinks = append(sinks, sink)
	}
	return sinks, nil
}

// planInserts plans statements that were kept.
func (s *Session) planInserts(texts []string) ([]*plan.Sink, error) {
	var inserts []*ast.Insert
	for _, text := range texts {
		statement, err := parse.Statement(text)
		if err != nil {
			return nil, err
		}
		switch st := statement.(type) {
		case *ast.Insert:
			inserts = append(inserts, st)
		case *ast.StatementSet:
			inserts = append(inserts, st.Inserts...)
		}
	}
	return s.planned(inserts)
}

// query starts a job whose rows the session fetches.
func (s *Session) query(st *ast.QueryStatement, text string) (*Result, error) {
	p, err := s.planner()
	if err != nil {
		return nil, err
	}
	n, err := p.Query(st.Query)
	if err != nil {
		return nil, err
	}
	schema := slices.Clone(n.Schema())
	for i := range schema {
		schema[i].Type = schema[i].Type.Plain()
	}
	results := connectors.NewResults(resultsBound)
	sink := collecting(n, schema)
	j, err := s.engine.launch(newJobID(), Masked(strings.TrimSuffix(strings.TrimSpace(text), ";")), []*plan.Sink{sink}, s.settings, map[string]*connectors.Memory{resultsTable: results}, true)
	if err != nil {
		return nil, err
	}
	r := &Result{Columns: schema, Query: true, Content: true, JobID: j.ID, live: results, job: j}
	r.ended = func() {
		s.running.Lock()
		defer s.running.Unlock()
		delete(s.queries, r)
	}
	s.running.Lock()
	defer s.running.Unlock()
	s.queries[r] = true
	return r, nil
}

// collecting is the sink of a SELECT.
func collecting(n plan.Node, schema rows.Schema) *plan.Sink {
	t := &plan.Table{Name: resultsTable, Options: map[string]string{"connector": "memory"}, Accepts: plan.Retract}
	columns := make([]int, len(schema))
	for i, f := range schema {
		t.Columns = append(t.Columns, plan.Column{Name: f.Name, Type: f.Type})
		columns[i] = i
	}
	return &plan.Sink{Base: plan.Base{Out: n.Schema(), Mode: n.Properties().Mode}, Input: n, Table: t, Columns: columns}
}

func (s *Session) stopJob(ctx context.Context, st *ast.StopJob) (*Result, error) {
	j, found := s.engine.Job(st.Job)
	if !found {
		return nil, fmt.Errorf("there is no job %s", st.Job)
	}
	if !st.Savepoint && !st.Drain {
		j.Cancel()
		return ok(), nil
	}
	dir := strings.TrimPrefix(strings.TrimPrefix(s.settings["execution.checkpointing.savepoint-dir"], "file://"), "file:")
	if dir == "" {
		return nil, errors.New("where shall the savepoint go? SET 'execution.checkpointing.savepoint-dir' = 'file:///...'")
	}
	path, err := j.Stop(ctx, dir, st.Drain)
	if err != nil {
		return nil, err
	}
	return table([]string{"savepoint path"}, [][]any{{path}}), nil
}
