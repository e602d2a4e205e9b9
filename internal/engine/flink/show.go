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
		shown := Shown(s.settings)
		for _, key := range slices.Sorted(maps.Keys(shown)) {
			lines = append(lines, []any{key, shown[key]})
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

// fixed are the lists that are always the same: title and names.
var fixed = map[string][]string{
	"CATALOGS": {"catalog name", catalogName}, "CURRENT CATALOG": {"current catalog name", catalogName},
	"DATABASES": {"database name", databaseName}, "CURRENT DATABASE": {"current database name", databaseName},
	"MODULES": {"module name", "core"}, "USER FUNCTIONS": {"function name"}, "JARS": {"jars"}, "MODELS": {"model name"},
}

// show answers SHOW.
func (s *Session) show(st *ast.Show) (*Result, error) {
	if names, there := fixed[st.What]; there {
		return list(st, names[0], names[1:])
	}
	switch st.What {
	case "TABLES":
		return s.names(st, "table name", func(*plan.Table) bool { return true })
	case "VIEWS":
		return s.names(st, "view name", func(t *plan.Table) bool { return t.View != nil })
	case "FUNCTIONS":
		var names []string
		for _, f := range expr.Catalogue() {
			names = append(names, strings.ToLower(f.Name))
		}
		return list(st, "function name", names)
	case "FULL MODULES":
		r := table([]string{"module name", "used"}, [][]any{{"core", true}})
		r.Columns[1].Type = rows.BooleanType
		return r, nil
	case "JOBS":
		return s.showJobs()
	case "CREATE TABLE", "CREATE VIEW":
		return s.showCreate(st)
	case "COLUMNS":
		return s.describeTable(&ast.Describe{Place: st.Place, Name: *st.From})
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
		if st.ILike {
			pattern = "(?i)" + pattern
		}
		like, err := regexp.Compile("^(?s:" + pattern + ")$")
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
		lines = append(lines, []any{j.ID, j.Name, string(j.Status().State), j.Submitted.UnixMilli() * 1000})
	}
	r := table([]string{"job id", "job name", "status", "start time"}, lines)
	r.Columns[3].Type = rows.LTZType(6)
	return r, nil
}

// describeTable gives a line for each column: name, type, null, key, extras, watermark, and the comment if any has one.
func (s *Session) describeTable(st *ast.Describe) (*Result, error) {
	if st.What != "" {
		return nil, fmt.Errorf("DESCRIBE %s is not supported yet", st.What)
	}
	t, there := s.Table(st.Name.Parts)
	if !there {
		return nil, fmt.Errorf("there is no table or view %s; SHOW TABLES lists them", strings.Join(st.Name.Parts, "."))
	}
	titles := []string{"name", "type", "null", "key", "extras", "watermark"}
	commented := slices.ContainsFunc(t.Columns, func(c plan.Column) bool { return c.Comment != "" })
	if commented {
		titles = append(titles, "comment")
	}
	var lines [][]any
	for i, c := range t.Columns {
		line := described(t, i)
		if commented {
			line = append(line, maybe(c.Comment))
		}
		lines = append(lines, line)
	}
	r := table(titles, lines)
	r.Columns[2].Type = rows.BooleanType
	return r, nil
}

// maybe is a text, NULL where it is empty.
func maybe(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func described(t *plan.Table, i int) []any {
	c := t.Columns[i]
	var key, extras, watermark string
	if slices.Contains(t.PrimaryKey, i) {
		key = "PRI(" + strings.Join(keyNames(t), ", ") + ")"
	}
	if c.Computed != nil {
		extras = "AS " + quoted(t, c.Computed)
	}
	if c.Metadata != "" {
		extras = strings.TrimSpace(metadata(c))
	}
	shown := c.Type.Nullable(true)
	if t.Watermark != nil && t.Watermark.Column.Parts[0] == c.Name {
		watermark, shown.Time = quoted(t, t.Watermark.Expr), rows.RowTime
	}
	return []any{c.Name, shown.String(), !c.Type.NotNull, maybe(key), maybe(extras), maybe(watermark)}
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
