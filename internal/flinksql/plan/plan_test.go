package plan_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/flinksql/plan"
)

var update = flag.Bool("update", false, "rewrite the expected plans")

// session is a catalog made by statements.
type session struct {
	tables  map[string]*plan.Table
	planner *plan.Planner
}

func (s *session) Table(name []string) (*plan.Table, bool) {
	t, ok := s.tables[name[len(name)-1]]
	return t, ok
}

func newSession() *session {
	s := &session{tables: map[string]*plan.Table{}}
	s.planner = &plan.Planner{Catalog: s, Env: &expr.Env{Zone: time.UTC, Now: time.Now}}
	return s
}

// run gives what a statement makes: the plan of a query or an insert, nothing of a definition.
func (s *session) run(statement ast.Statement) (string, error) {
	switch st := statement.(type) {
	case *ast.CreateTable:
		t, err := s.planner.Define(st)
		if err == nil {
			t.Mode, t.Accepts = modes(t)
			s.tables[t.Name] = t
		}
		return "", err
	case *ast.CreateView:
		t, err := s.planner.DefineView(st)
		if err == nil {
			s.tables[t.Name] = t
		}
		return "", err
	case *ast.Insert:
		sink, err := s.planner.Insert(st)
		if err != nil {
			return "", err
		}
		return plan.Explain(sink, true), nil
	case *ast.QueryStatement:
		n, err := s.planner.Query(st.Query)
		if err != nil {
			return "", err
		}
		return plan.Explain(n, true), nil
	}
	return "", errors.New("not in this test")
}

func modes(t *plan.Table) (mode, accepts plan.Mode) {
	switch t.Options["connector"] {
	case "upsert-kafka":
		return plan.Upsert, plan.Upsert
	case "cdc":
		return plan.Retract, plan.Retract
	}
	return plan.InsertOnly, plan.InsertOnly
}

// Each file of testdata is statements, ended by a semicolon at the end of a line; behind each query stands, after "--> ", its plan or
// what is wrong with it.
func TestPlansAreAsExpected(t *testing.T) {
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := answered(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func answered(t *testing.T, text string) string {
	s := newSession()
	var out strings.Builder
	var statement strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "--> ") {
			continue
		}
		out.WriteString(line)
		statement.WriteString(line)
		if !strings.HasSuffix(strings.TrimSpace(line), ";") {
			continue
		}
		for answer := range strings.Lines(s.answer(t, statement.String())) {
			out.WriteString("--> " + answer)
		}
		statement.Reset()
	}
	return out.String()
}

func (s *session) answer(t *testing.T, text string) string {
	parsed, err := parse.Statement(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	answer, err := s.run(parsed)
	if err == nil {
		return answer
	}
	var mistake *lex.Error
	if errors.As(err, &mistake) {
		return mistake.Error() + "\n" + mistake.Hint + "\n"
	}
	return err.Error() + "\n"
}
