package transforms_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/transforms"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fileMark opens each file of a mesh that is kept as one text.
var fileMark = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

// unpack takes a mesh apart that is kept as one text, with the products that every mesh of the tests has.
func unpack(t *testing.T, texts ...string) contracts.Set {
	t.Helper()
	files := fstest.MapFS{}
	for _, text := range texts {
		marks := fileMark.FindAllStringSubmatchIndex(text, -1)
		for i, mark := range marks {
			end := len(text)
			if i+1 < len(marks) {
				end = marks[i+1][0]
			}
			files[text[mark[2]:mark[3]]] = &fstest.MapFile{Data: []byte(text[mark[1]:end])}
		}
	}
	set, problems, err := contracts.Load(files)
	if err != nil || problems.HasErrors() {
		t.Fatalf("the mesh is not sound: %v %v", problems, err)
	}
	return set
}

// Each mesh of testdata/NAME.txt, laid over that of testdata/base.mesh, has the problems and the statements that
// NAME.want lists.
func TestTransformsBecomeJobsOrTellWhyNot(t *testing.T) {
	base := read(t, "testdata/base.mesh")
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no meshes: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			set := unpack(t, base, read(t, name))
			var got strings.Builder
			for _, p := range set.Products {
				if p.Transform == nil {
					continue
				}
				compiled, problems := transforms.Compile(set, p)
				for _, d := range problems.Sorted() {
					fmt.Fprintf(&got, "%s\n    %s\n", d, d.Fix)
				}
				if !problems.HasErrors() {
					fmt.Fprintf(&got, "%s\n\n", strings.Join(compiled.Job.Statements(connection), ";\n"))
				}
			}
			golden(t, strings.TrimSuffix(name, ".txt")+".want", got.String())
		})
	}
}

var connection = transforms.Connection{Bootstrap: "kafka:9092", Registry: "http://registry", Start: transforms.FromEarliest}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && (!errors.Is(err, fs.ErrNotExist) || !*update) {
		t.Fatal(err)
	}
	return string(text)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, name), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestAJobIsKnownByWhatItDoes(t *testing.T) {
	base := read(t, "testdata/base.mesh")
	jobOn := func(base string, change func(string) string) transforms.Job {
		set := unpack(t, base, change(read(t, "testdata/events.txt")))
		for _, p := range set.Products {
			if p.Transform != nil {
				compiled, problems := transforms.Compile(set, p)
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				return compiled.Job
			}
		}
		t.Fatal("no transform")
		return transforms.Job{}
	}
	job := func(change func(string) string) transforms.Job { return jobOn(base, change) }
	same := job(func(s string) string { return s })
	name := same.Name(connection)
	if named, ok := transforms.ParseName(name); !ok || named != (transforms.Named{Product: same.Product, Plan: same.Hash(), Connection: connection.Hash()}) {
		t.Errorf("%s is read as %v, %v", name, named, ok)
	}
	if elsewhere := (transforms.Connection{Bootstrap: "kafka:9093"}); elsewhere.Hash() == connection.Hash() {
		t.Error("another address makes no other connection")
	}
	if spaced := job(func(s string) string { return strings.ReplaceAll(s, "SELECT o.order_id", "SELECT   o.order_id") }); spaced.Hash() != same.Hash() {
		t.Error("blanks in the SQL make it another job")
	}
	more := strings.Replace(base, "    - {name: notes,", "    - {name: added, type: string, description: By another domain}\n    - {name: notes,", 1)
	if grown := jobOn(more, func(s string) string { return s }); grown.Hash() != same.Hash() {
		t.Error("a new field of an input makes it another job")
	}
	if retyped := jobOn(strings.Replace(base, `total, type: "decimal(10,2)"`, `total, type: "decimal(10,3)"`, 1), func(s string) string { return strings.Replace(s, "decimal(10,2)", "decimal(10,3)", 1) }); retyped.Hash() == same.Hash() {
		t.Error("a column of another type makes no other job")
	}
	if other := job(func(s string) string { return strings.ReplaceAll(s, "total > 10", "total > 11") }); other.Hash() == same.Hash() {
		t.Error("another condition makes no other job")
	}
	if _, ok := transforms.ParseName("insert-into_default_catalog.default_database.x"); ok {
		t.Error("a job of others is taken for one of ours")
	}
}
