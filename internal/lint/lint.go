// Package lint holds the shape of the project as data and tests the sources against it: layers,
// package docs, names, sizes, and tests that sleep. It parses the files itself; a test that
// asks the go command instead is answered from the test cache and stays green.
package lint

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
)

// Problem is a place where the sources do not have the project's shape.
type Problem struct {
	Path string // from the root of the tree, with slashes: a file, or a package's folder
	Line int    // from 1; 0 for the file or folder as a whole
	Text string // what is wrong, why it matters, what to do
}

// String is "path:line: text", as compilers write it.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.Path, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Text)
}

// Rules is the shape that Check holds a tree against.
type Rules struct {
	Rows     []Row             // the layers, top to bottom: a package imports from rows above its own
	Bans     []Ban             // what the rows alone do not say
	Names    map[string]string // package names that say nothing, and what to write instead
	MaxLines int               // of a file that people write and that is no test
	Sleeps   map[string]string // test files that may call time.Sleep, and why
	Map      string            // the document that names every package of internal/, each with a slash at its end
}

// Check parses every Go file of a tree whose root holds go.mod, and returns the problems in the
// order of paths and lines. Folders named testdata, hidden ones and nested modules are
// passed over. The error is of reading, never of what was read.
func Check(fsys fs.FS, rules Rules) ([]Problem, error) {
	sources, problems, err := load(fsys)
	if err != nil {
		return nil, err
	}
	for _, check := range []func(tree, Rules) []Problem{checkRows, checkBans, checkDocs, checkNames, checkSizes, checkSleeps} {
		problems = append(problems, check(sources, rules)...)
	}
	unnamed, err := checkMap(fsys, sources, rules)
	if err != nil {
		return nil, err
	}
	problems = append(problems, unnamed...)
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return problems, nil
}
