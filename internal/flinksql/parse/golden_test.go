package parse_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

var update = flag.Bool("update", false, "rewrite the expected trees and messages")

// TestStatementsBecomeTheseTrees reads testdata/good: scripts, each beside the trees of its statements.
func TestStatementsBecomeTheseTrees(t *testing.T) {
	for _, file := range files(t, "testdata/good/*.sql") {
		statements, err := parse.Statements(read(t, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var got strings.Builder
		for _, s := range statements {
			got.WriteString(tree(s) + "\n")
		}
		want := strings.TrimSuffix(file, ".sql") + ".want"
		if *update {
			write(t, want, got.String())
		}
		compare(t, file, got.String(), read(t, want))
	}
}

// TestMistakesAreToldExactly reads testdata/bad: statements, each with what must be said of it. A block is the
// statement, a line "! " with place and message, and a line "? " with the way out.
func TestMistakesAreToldExactly(t *testing.T) {
	blocks := 0
	for _, file := range files(t, "testdata/bad/*.txt") {
		var got strings.Builder
		text := read(t, file)
		for _, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
			blocks++
			statement, _, _ := strings.Cut(block, "\n! ")
			got.WriteString(statement + "\n" + said(statement) + "\n\n")
		}
		if *update {
			write(t, file, got.String())
			text = got.String()
		}
		compare(t, file, got.String(), text)
	}
	if blocks < 60 {
		t.Errorf("%d bad statements, expected at least 60", blocks)
	}
}

func said(statement string) string {
	_, err := parse.Statements(statement)
	var mistake *lex.Error
	if !errors.As(err, &mistake) {
		return "! nothing"
	}
	return "! " + mistake.Error() + "\n? " + mistake.Hint
}

// TestWhatIsPrintedIsReadAsTheSameTree prints the queries of testdata/good and reads them again.
func TestWhatIsPrintedIsReadAsTheSameTree(t *testing.T) {
	for _, file := range files(t, "testdata/good/*.sql") {
		statements, _ := parse.Statements(read(t, file))
		for _, s := range statements {
			ast.Walk(s, func(n ast.Node) bool {
				q, ok := n.(*ast.Query)
				if ok {
					samePrinted(t, q)
				}
				return !ok
			})
		}
	}
}

func samePrinted(t *testing.T, q *ast.Query) {
	t.Helper()
	printed := ast.Format(q)
	again, err := parse.Query(printed)
	if err != nil {
		t.Errorf("%s\n%v", printed, err)
		return
	}
	if got, want := tree(again), tree(q); got != want {
		t.Errorf("%s\n got %s\nwant %s", printed, got, want)
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, file, got, want string) {
	t.Helper()
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(gots), len(wants)) {
		var g, w string
		if i < len(gots) {
			g = gots[i]
		}
		if i < len(wants) {
			w = wants[i]
		}
		if g != w {
			t.Errorf("%s, line %d of what is expected\n got %s\nwant %s", file, i+1, g, w)
		}
	}
}
