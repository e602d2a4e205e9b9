package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weftmesh/weft/internal/cli"
)

// What init writes passes check as it stands, is written tidily, and is never written over.
func TestWhatInitWritesPassesCheck(t *testing.T) {
	dir := t.TempDir()
	for _, words := range [][]string{
		{"init", "mesh", "shop", "-C", "shop"},
		{"init", "domain", "billing", "-C", "shop"},
		{"init", "product", "sales/order-events", "-C", "shop"},
		{"init", "product", "sales/customer", "--from", "table", "-C", "shop"},
		{"init", "product", "billing/orders-per-minute", "--from", "sql", "-C", "shop"},
	} {
		if code, out, err := weft(t, dir, words...); code != cli.ExitDone {
			t.Fatalf("%v exits %d with\n%s%s", words, code, out, err)
		}
		if code, out, err := weft(t, dir, "check", "shop"); code != cli.ExitDone {
			t.Errorf("after %v check exits %d with\n%s%s", words, code, out, err)
		}
		if code, out, _ := weft(t, dir, "fmt", "--check", "shop"); code != cli.ExitDone {
			t.Errorf("after %v fmt would change %s", words, out)
		}
		if code, _, err := weft(t, dir, words...); code != cli.ExitUsage {
			t.Errorf("a second %v exits %d with %s", words, code, err)
		}
	}
	for _, name := range []string{"CODEOWNERS", ".github/workflows/weft.yml", ".gitlab-ci.yml", "mesh.yaml", "domains/billing/domain.yaml"} {
		if _, err := os.Stat(filepath.Join(dir, "shop", name)); err != nil {
			t.Errorf("it did not write %s", name)
		}
	}
}
