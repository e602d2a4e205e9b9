package flink

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/plan"
	"github.com/weftmesh/weft/internal/rows"
)

func (s *Session) set(st *ast.Set) (*Result, error) {
	if st.Key == "" {
		var lines [][]any
		for _, key := range slices.Sorted(maps.Keys(s.settings)) {
			lines = append(lines, []any{key, s.settings[key]})
		}
		return table([]string{"key", "value"}, lines), nil
	}
	s.settings[st.Key] = st.Value
	return ok(), nil
}

func (s *Session) reset(st *ast.Reset) (*Result, error) {
	if st.Key == "" {
		s.settings = maps.Clone(s.initial)
		return ok(), nil
	}
	if value, there := s.initial[st.Key]; there {
		s.settings[st.Key] = value
	} else {
		delete(s.settings, st.Key)
	}
	return ok(), nil
}

func (s *Session) use(st *ast.Use) (*Result, error) {
	written := strings.Join(st.Name.Parts, ".")
	if st.Catalog && written == catalogName || !st.Catalog && (written == databaseName || written == catalogName+"."+databaseName) {
		return ok(), nil
	}
	return nil, fmt.Errorf("there is no catalog or database %s; there is %s.%s", written, catalogName, databaseName)
}

// show answers SHOW.
func (s *Session) show(st *ast.Show) (*Result, error) {
	switch st.What {
	case "TABLES":
		return s.names(st, "table name", func(*plan.Table) bool { return true })
	case "VIEWS":
		return s.names(st, "view name", func(t *plan.Table) bool { return t.View != nil })
	case "CATALOGS", "CURRENT CATALOG":
		return list(st, strings.ToLower(strings.TrimSuffix(st.What, "S"))+" name", []string{catalogName})
	case "DATABASES", "CURRENT DATABASE":
		return list(st, strings.ToLower(strings.TrimSuffix(st.What, "S"))+" name", []string{databaseName})
	case "FUNCTIONS":
		var names []string
		for _, f := range expr.Catalogue() {
			names = append(names, strings.ToLower(f.Name))
		}
		return list(st, "function name", names)
	case "MODULES":
		return list(st, "module name", []string{"core"})
	case "JOBS":
		return s.showJobs()
	case "CREATE TABLE", "CREATE VIEW":
		return s.showCreate(st)
	case "COLUMNS":
		if st.From != nil {
			return s.describeTable(&ast.Describe{Place: st.Place, Name: *st.From})
		}
	}
	return nil, fmt.Errorf("SHOW %s is not supported yet", st.What)
}

func (s *Session) names(st *ast.Show, title string, fits func(*plan.Table) bool) (*Result, error) {
	var names []string
	for _, name := range s.Names() {
		if fits(s.tables[name].table) {
			names = append(names, name)
		}
	}
	return list(st, title, names)
}

// list is one column of names, those that LIKE lets through.
func list(st *ast.Show, title string, names []string) (*Result, error) {
	keep := func(string) bool { return true }
	if st.Like != "" {
		pattern := regexp.QuoteMeta(st.Like)
		pattern = strings.ReplaceAll(strings.ReplaceAll(pattern, "%", ".*"), "_", ".")
		like, err := regexp.Compile("^" + pattern + "$")
		if err != nil {
			return nil, err
		}
		keep = func(name string) bool { return like.MatchString(name) != st.NotLike }
	}
	var lines [][]any
	for _, name := range names {
		if keep(name) {
			lines = append(lines, []any{name})
		}
	}
	return table([]string{title}, lines), nil
}

func (s *Session) showJobs() (*Result, error) {
	var lines [][]any
	for _, j := range s.engine.Jobs() {
		lines = append(lines, []any{j.ID, j.Name, string(j.Status().State), j.Submitted.UTC().Format("2006-01-02T15:04:05.000Z")})
	}
	return table([]string{"job id", "job name", "status", "start time"}, lines), nil
}

func (s *Session) showCreate(st *ast.Show) (*Result, error) {
	if st.Name == nil {
		return nil, fmt.Errorf("SHOW %s needs a name", st.What)
	}
	bare, _ := s.bare(st.Name.Parts)
	e, there := s.tables[bare]
	if !there || (e.table.View != nil) != (st.What == "CREATE VIEW") {
		return nil, fmt.Errorf("there is no such table or view: %s", strings.Join(st.Name.Parts, "."))
	}
	return table([]string{"result"}, [][]any{{e.statement}}), nil
}

// describeTable gives a line for each column: name, type, null, key, extras, watermark.
func (s *Session) describeTable(st *ast.Describe) (*Result, error) {
	t, there := s.Table(st.Name.Parts)
	if !there {
		return nil, fmt.Errorf("table %s does not exist", strings.Join(st.Name.Parts, "."))
	}
	var lines [][]any
	for i, c := range t.Columns {
		var key, extras, watermark any
		if slices.Contains(t.PrimaryKey, i) {
			names := make([]string, len(t.PrimaryKey))
			for j, k := range t.PrimaryKey {
				names[j] = t.Columns[k].Name
			}
			key = "PRI(" + strings.Join(names, ", ") + ")"
		}
		if c.Computed != nil {
			extras = "AS " + ast.Format(c.Computed)
		}
		if c.Metadata != "" {
			extras = "METADATA FROM '" + c.Metadata + "'"
		}
		if t.Watermark != nil && t.Watermark.Column.Parts[0] == c.Name {
			watermark = ast.Format(t.Watermark.Expr)
		}
		if watermark != nil {
			c.Type.Time = rows.RowTime
		}
		lines = append(lines, []any{c.Name, c.Type.Nullable(true).String(), !c.Type.NotNull, key, extras, watermark})
	}
	r := table([]string{"name", "type", "null", "key", "extras", "watermark"}, lines)
	r.Columns[2].Type = rows.BooleanType
	return r, nil
}

func (s *Session) explain(st *ast.Explain) (*Result, error) {
	p, err := s.planner()
	if err != nil {
		return nil, err
	}
	modes := slices.Contains(st.Details, "CHANGELOG_MODE")
	var text strings.Builder
	text.WriteString("== Optimized Physical Plan ==\n")
	switch inner := st.Statement.(type) {
	case *ast.QueryStatement:
		n, err := p.Query(inner.Query)
		if err != nil {
			return nil, err
		}
		text.WriteString(plan.Explain(n, modes))
	case *ast.Insert:
		sinks, err := s.planned([]*ast.Insert{inner})
		if err != nil {
			return nil, err
		}
		text.WriteString(plan.Explain(sinks[0], modes))
	case *ast.StatementSet:
		sinks, err := s.planned(inner.Inserts)
		if err != nil {
			return nil, err
		}
		for _, sink := range sinks {
			text.WriteString(plan.Explain(sink, modes) + "\n")
		}
	default:
		return nil, fmt.Errorf("EXPLAIN is for queries and INSERT")
	}
	return table([]string{"result"}, [][]any{{text.String()}}), nil
}
