package contracts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weftmesh/weft/internal/contracts"
)

// fileMark opens each file of a mesh that is kept as one text.
var fileMark = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

// unpack takes a mesh apart that is kept as one text, each file after a line with its name.
func unpack(text string) fstest.MapFS {
	files := fstest.MapFS{}
	marks := fileMark.FindAllStringSubmatchIndex(text, -1)
	for i, mark := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		files[text[mark[2]:mark[3]]] = &fstest.MapFile{Data: []byte(text[mark[1]:end])}
	}
	return files
}

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
			_, problems, err := contracts.Load(unpack(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(name, ".txt")+".want", listed(problems))
			if !problems.HasErrors() {
				t.Error("no error was found")
			}
		})
	}
}
