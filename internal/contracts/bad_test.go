package contracts_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

var update = flag.Bool("update", false, "rewrite the expected problems")

// Each bad contract has the problems that its .want file lists, and no others.
func TestBadContracts(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d bad contracts: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, problems := contracts.LoadContract("data-contract.yaml", data)
			golden(t, strings.TrimSuffix(file, ".yaml")+".want", listed(problems))
			if !problems.HasErrors() {
				t.Error("no error was found")
			}
		})
	}
}

// listed is a list of problems as the .want files hold it: what is wrong, then what to do.
func listed(problems diags.List) string {
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

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
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
