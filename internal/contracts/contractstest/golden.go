package contractstest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/diags"
)

// Listed is a list of problems as .want files hold it: what is wrong, then why and what to do.
func Listed(problems diags.List) string {
	var b strings.Builder
	for _, d := range problems {
		fmt.Fprintf(&b, "%s\n", d)
		for _, text := range []string{d.Detail, d.Fix} {
			if text != "" {
				fmt.Fprintf(&b, "    %s\n", text)
			}
		}
	}
	return b.String()
}

// Golden compares a text with the one that a file holds, or rewrites the file.
func Golden(t *testing.T, name, got string, rewrite bool) {
	t.Helper()
	if rewrite {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil { //nolint:gosec // read by everybody
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s\n got:\n%s\nwant:\n%s", name, got, want)
	}
}
