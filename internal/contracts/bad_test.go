package contracts_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/golden"
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
			golden.Compare(t, strings.TrimSuffix(file, ".yaml")+".want", contractstest.Listed(problems), *update)
			if !problems.HasErrors() {
				t.Error("no error was found")
			}
		})
	}
}
