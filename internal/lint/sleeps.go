package lint

import (
	"go/ast"
	"path"
	"strconv"
)

// checkSleeps finds tests that wait for a time where they mean a condition. Inside of
// synctest.Test the clock is a fake one, and a sleep only moves it.
func checkSleeps(t tree, rules Rules) []Problem {
	var problems []Problem
	slept := map[string]bool{}
	for _, f := range t.files {
		if !f.test {
			continue
		}
		for _, line := range t.sleeps(f) {
			slept[f.path] = true
			if rules.Sleeps[f.path] == "" {
				problems = append(problems, Problem{Path: f.path, Line: line, Text: "sleeps for a fixed time; wait for the condition with eventually.Eventually, or run in synctest.Test"})
			}
		}
	}
	for name := range rules.Sleeps {
		if !slept[name] {
			problems = append(problems, Problem{Path: name, Text: "may sleep, but does not; take it from the list in internal/lint/layers.go"})
		}
	}
	return problems
}

// sleeps are the lines of a file that call time.Sleep on the real clock.
func (t tree) sleeps(f file) []int {
	clock, bubble := localName(f, "time"), localName(f, "testing/synctest")
	var lines []int
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		switch {
		case !ok:
			return true
		case calls(call, bubble, "Test"):
			return false
		case calls(call, clock, "Sleep"):
			lines = append(lines, t.line(call))
		}
		return true
	})
	return lines
}

// localName is what a file calls a package that it imports, or "".
func localName(f file, name string) string {
	for _, spec := range f.syntax.Imports {
		if value, err := strconv.Unquote(spec.Path.Value); err != nil || value != name {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(name)
	}
	return ""
}

// calls reports whether a call is name.function(...).
func calls(call *ast.CallExpr, name, function string) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != function || name == "" {
		return false
	}
	ident, ok := selector.X.(*ast.Ident)
	return ok && ident.Name == name
}
