package policy_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/golden"
	"github.com/weftmesh/weft/internal/policy"
)

var update = flag.Bool("update", false, "rewrite the expected problems")

// today is the day on which the tests' grants, waivers and sunsets are looked at.
var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// sound reads testdata/sound.txt: a mesh that uses every part of the format.
func sound(t *testing.T) contracts.Bundle {
	t.Helper()
	text, err := os.ReadFile("testdata/sound.txt")
	if err != nil {
		t.Fatal(err)
	}
	return contractstest.Unpack(string(text))
}

func check(t *testing.T, files contracts.Bundle) diags.List {
	t.Helper()
	fsys, err := files.FS()
	if err != nil {
		t.Fatal(err)
	}
	set, problems, err := contracts.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	problems.Add(policy.Check(set, today)...)
	return problems.Sorted()
}

func TestASoundMeshThatUsesTheWholeFormatHasNoProblems(t *testing.T) {
	for _, d := range check(t, sound(t)) {
		t.Errorf("%s\n    %s", d, d.Fix)
	}
}

// Each rule has a folder of edits to the sound mesh, each with exactly the problems that follow from it.
func TestEachRuleReportsWhatItsCasesExpect(t *testing.T) {
	rules := []string{"transform-inputs", "policy-form"}
	for _, rule := range policy.Rules() {
		rules = append(rules, rule.ID)
	}
	for _, rule := range rules {
		cases, _ := filepath.Glob("testdata/" + rule + "/*.edit")
		if len(cases) == 0 {
			t.Errorf("rule %s has no case: write testdata/%s/<situation>.edit", rule, rule)
		}
		for _, name := range cases {
			t.Run(rule+"/"+strings.TrimSuffix(filepath.Base(name), ".edit"), func(t *testing.T) {
				problems := check(t, edited(t, name))
				golden.Compare(t, strings.TrimSuffix(name, ".edit")+".want", contractstest.Listed(problems), *update)
				reported := strings.Contains(contractstest.Listed(problems), "["+rule+"]")
				if kept := strings.HasPrefix(filepath.Base(name), "keeps-"); reported == kept {
					t.Errorf("reported by %s: %t", rule, reported)
				}
			})
		}
	}
}

// edit puts text in the place of old text in a file; without old text, at its end.
type edit struct{ file, old, text string }

// edits reads the form of .edit files: a file's name, then "- text" and, below it, "+ text in its place", in lines; "+"
// without "-" is added at the end of the file, which need not exist.
func edits(text string) []edit {
	var list []edit
	file, opened := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		old, removes := strings.CutPrefix(line, "- ")
		added, adds := strings.CutPrefix(line, "+ ")
		switch {
		case removes:
			list, opened = append(list, edit{file: file, old: old}), true
		case adds && opened:
			list[len(list)-1].text += added + "\n"
		case adds:
			list, opened = append(list, edit{file: file, text: added + "\n"}), true
		default:
			file, opened = line, false
		}
	}
	return list
}

// edited is the sound mesh after an edit.
func edited(t *testing.T, name string) contracts.Bundle {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := sound(t)
	for _, e := range edits(string(text)) {
		switch {
		case e.old == "":
			files[e.file] += e.text
		case !strings.Contains(files[e.file], e.old):
			t.Fatalf("%s has no %q", e.file, e.old)
		case e.text == "" && strings.Contains(files[e.file], e.old+"\n"):
			files[e.file] = strings.Replace(files[e.file], e.old+"\n", "", 1)
		default:
			files[e.file] = strings.Replace(files[e.file], e.old, strings.TrimSuffix(e.text, "\n"), 1)
		}
	}
	return files
}
