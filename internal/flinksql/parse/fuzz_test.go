package parse_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

// FuzzParse looks for texts that panic, hang, or print as something that reads otherwise.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.sql", "testdata/bad/*.txt"} {
		found, _ := filepath.Glob(pattern)
		for _, file := range found {
			content, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			for line := range strings.Lines(string(content)) {
				f.Add(strings.TrimSuffix(line, "\n"))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = parse.Statements(text)
		_, _ = parse.Type(text)
		if q, err := parse.Query(text); err == nil {
			samePrinted(t, q)
		}
		e, err := parse.Expression(text)
		if err != nil {
			return
		}
		again, err := parse.Expression(ast.Format(e))
		if err != nil || tree(again) != tree(e) {
			t.Errorf("%s\nprinted %s\n%v", text, ast.Format(e), err)
		}
	})
}
