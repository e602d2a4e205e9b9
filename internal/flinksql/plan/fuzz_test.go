package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

// Whatever is written, planning answers: with a plan, or with what is wrong.
func FuzzPlan(f *testing.F) {
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil {
		f.Fatal(err)
	}
	definitions := map[string]ast.Statement{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var statement strings.Builder
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "--> ") {
				continue
			}
			statement.WriteString(line)
			if !strings.HasSuffix(strings.TrimSpace(line), ";") {
				continue
			}
			if table, ok := mustParse(f, statement.String()).(*ast.CreateTable); ok {
				definitions[table.Name.Parts[0]] = table
			} else {
				f.Add(statement.String())
			}
			statement.Reset()
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		statement, err := parse.Statement(text)
		if err != nil {
			return
		}
		s := newSession()
		for _, definition := range definitions {
			if _, err := s.run(definition); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = s.run(statement)
	})
}

func mustParse(t testing.TB, text string) ast.Statement {
	statement, err := parse.Statement(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return statement
}
