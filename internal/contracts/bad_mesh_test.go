package contracts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/golden"
)

// Each bad mesh has the problems that its .want file lists, and no others.
func TestBadMeshes(t *testing.T) {
	names, err := filepath.Glob("testdata/bad-mesh/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no bad meshes: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, err := contractstest.Unpack(string(text)).FS()
			if err != nil {
				t.Fatal(err)
			}
			_, problems, err := contracts.Load(files)
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, strings.TrimSuffix(name, ".txt")+".want", contractstest.Listed(problems), *update)
			if !problems.HasErrors() {
				t.Error("no error was found")
			}
		})
	}
}
