package policy_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/policy"
)

// Whatever the files of a mesh hold, the rules (those in CEL too) end and say where what is wrong.
func FuzzRules(f *testing.F) {
	text, err := os.ReadFile("testdata/sound.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	bad, err := filepath.Glob("../contracts/testdata/bad-mesh/*.txt")
	if err != nil || len(bad) == 0 {
		f.Fatalf("no bad meshes: %v", err)
	}
	for _, name := range bad {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		fsys, err := contractstest.Unpack(text).FS()
		if err != nil {
			return
		}
		set, _, err := contracts.Load(fsys)
		if err != nil {
			return
		}
		for _, d := range policy.Check(set, today) {
			if d.Rule == "" && d.Severity == "" || d.Summary == "" || d.Line < 1 {
				t.Errorf("a problem without rule or place: %+v", d)
			}
		}
	})
}
