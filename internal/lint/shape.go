package lint

import (
	"fmt"
	"go/ast"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// checkDocs asks each package for a sentence on what it is for.
func checkDocs(t tree, _ Rules) []Problem {
	documented := map[string]bool{}
	opening := map[string]string{}
	for _, f := range t.files {
		name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
		want := "Package " + name + " "
		if name == "main" {
			want = "Command "
		}
		opening[f.dir()] = want
		if strings.HasPrefix(f.syntax.Doc.Text(), want) {
			documented[f.dir()] = true
		}
	}
	var problems []Problem
	for dir, want := range opening {
		if !documented[dir] {
			problems = append(problems, Problem{Path: dir, Text: fmt.Sprintf("has no package doc; open one file with a sentence on what it is for: %q", "// "+want+"...")})
		}
	}
	return problems
}

// checkNames refuses package names that would fit any content.
func checkNames(t tree, rules Rules) []Problem {
	var problems []Problem
	seen := map[string]bool{}
	for _, f := range t.files {
		for _, name := range []string{path.Base(f.dir()), f.syntax.Name.Name} {
			if better, bad := rules.Names[name]; bad && !seen[f.dir()] {
				seen[f.dir()] = true
				problems = append(problems, Problem{Path: f.dir(), Text: fmt.Sprintf("a package named %q says nothing; name %s", name, better)})
			}
		}
	}
	return problems
}

// checkSizes finds files that are two files.
func checkSizes(t tree, rules Rules) []Problem {
	var problems []Problem
	for _, f := range t.files {
		if f.lines > rules.MaxLines && !f.test && !ast.IsGenerated(f.syntax) {
			problems = append(problems, Problem{Path: f.path, Text: fmt.Sprintf("has %d lines, more than %d: it is two files", f.lines, rules.MaxLines)})
		}
	}
	return problems
}

// folder is how the map names a package: its path with a slash at the end.
var folder = regexp.MustCompile(`[a-z0-9][a-z0-9/_-]*/`)

// checkMap asks the map of the project for every package of internal/.
func checkMap(fsys fs.FS, t tree, rules Rules) ([]Problem, error) {
	text, err := fs.ReadFile(fsys, rules.Map)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, word := range folder.FindAllString(string(text), -1) {
		named["internal/"+strings.TrimPrefix(strings.TrimSuffix(word, "/"), "internal/")] = true
	}
	packages := map[string]bool{}
	for _, f := range t.files {
		packages[f.dir()] = within("internal", f.dir())
	}
	var problems []Problem
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		if packages[dir] && !named[dir] {
			problems = append(problems, Problem{Path: dir, Text: fmt.Sprintf("is not on the map; say in %s what %s/ is for", rules.Map, strings.TrimPrefix(dir, "internal/"))})
		}
	}
	return problems, nil
}
