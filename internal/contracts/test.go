package contracts

import (
	"fmt"
	"slices"

	"github.com/weftmesh/weft/internal/contracts/strict"
	"github.com/weftmesh/weft/internal/diags"
)

// Test is an example of the transform or the checks: rows in, rows out.
type Test struct {
	Name    string               `yaml:"name"`
	Given   map[string][]Example `yaml:"given"` // by topic or product, as SQL names it
	Expect  []Example            `yaml:"expect"`
	Ordered bool                 `yaml:"ordered"` // the rows come in this order
	Changes bool                 `yaml:"changes"` // what is expected is the changes of rows, not the rows at the end

	positions strict.Positions
	path      string
}

// At is where a part of the test stands, or the nearest value around it: "" is the test, "name" its name.
func (t Test) At(part string) diags.Range {
	if part == "" {
		return t.positions.At(t.path)
	}
	return t.positions.At(t.path + "." + part)
}

// KeyAt is where the key of a part of the test stands.
func (t Test) KeyAt(part string) diags.Range { return t.positions.KeyAt(t.path + "." + part) }

func (t Test) has(part string) bool { return t.positions.Has(t.path + "." + part) }

// GivenAt is where a row of an input stands, or a field of it.
func (t Test) GivenAt(input string, row int, field string) diags.Range {
	return t.rowAt(fmt.Sprintf("given.%s[%d]", input, row), t.Given[input][row], field)
}

// ExpectAt is where an expected row stands, or a field of it.
func (t Test) ExpectAt(row int, field string) diags.Range {
	return t.rowAt(fmt.Sprintf("expect[%d]", row), t.Expect[row], field)
}

func (t Test) rowAt(path string, e Example, field string) diags.Range {
	if e.Change != "" {
		path += "." + e.Change
	}
	if field != "" {
		path += "." + field
		if full := t.path + "." + path; t.positions.HasKey(full) { // the key, as the value may be absent
			return t.positions.KeyAt(full)
		}
	}
	return t.At(path)
}

// Example is a row of a test, or the change of one: {url: /, views: 2}, or +U: {url: /, views: 2}.
type Example struct {
	Change string         // Flink's short form of a change: +I, -U, +U, -D; "" for a row
	Fields map[string]any // in JSON's types; numbers are json.Number, as they are written
}

// Changes are how an Example may say that it is a change.
var Changes = []string{"+I", "-U", "+U", "-D"}

// UnmarshalNode reads a row or a change of one.
func (e *Example) UnmarshalNode(d *strict.Decoder, node *strict.Node, at string) {
	e.Fields = map[string]any{}
	change, row := "", (*strict.Node)(nil)
	d.Entries(node, at, "a row, as in {url: /, views: 2}", func(key string, _, value *strict.Node, path string) {
		if slices.Contains(Changes, key) {
			change, row = key, value
			return
		}
		e.Fields[key] = d.Exact(value, path)
	})
	if change == "" {
		return
	}
	if len(e.Fields) > 0 {
		d.Problem(node, strict.RuleShape, "a row is both a change and its fields", "Write "+change+": {...} with all fields inside.")
		return
	}
	e.Change = change
	d.Entries(row, at+"."+change, "a row, as in {url: /, views: 2}", func(key string, _, value *strict.Node, path string) {
		e.Fields[key] = d.Exact(value, path)
	})
}

// testList is a file of tests beside a contract: a list, or a mapping with the key tests.
type testList struct {
	Tests []Test `yaml:"tests"`

	strict.Positions `yaml:"-"`
	list             bool // the file is the list itself
}

// UnmarshalNode reads both shapes.
func (l *testList) UnmarshalNode(d *strict.Decoder, node *strict.Node, at string) {
	if strict.IsList(node) {
		l.list = true
		d.Into(node, &l.Tests, at)
		return
	}
	var keyed struct {
		Tests []Test `yaml:"tests"`
	}
	d.Into(node, &keyed, at)
	l.Tests = keyed.Tests
}

// placed gives the tests, each knowing where it stands.
func (l *testList) placed() []Test {
	if l.list {
		return placed(l.Tests, l.Positions, "")
	}
	return placed(l.Tests, l.Positions, "tests")
}

func placed(tests []Test, positions strict.Positions, path string) []Test {
	out := slices.Clone(tests)
	for i := range out {
		out[i].positions, out[i].path = positions, fmt.Sprintf("%s[%d]", path, i)
	}
	return out
}

// ownTests checks that each test has a name of its own and something to show.
func (d *derivation) ownTests() {
	seen := map[string]diags.Range{}
	for _, test := range d.p.Tests {
		first, twice := seen[test.Name]
		switch {
		case test.Name == "":
			d.report(test.At(""), RuleMissing, "a test has no name", "Write name: and what it shows.")
		case twice:
			fix := "Give each a name of its own."
			if at := test.At("name"); at.File != first.File {
				fix = fmt.Sprintf("The other one is at %s. %s", first, fix)
			}
			d.report(test.At("name"), RuleCombination, fmt.Sprintf("two tests are called %s", test.Name), fix)
		case len(test.Given) == 0:
			d.report(test.At(""), RuleMissing, fmt.Sprintf("test %s is given nothing", test.Name), "Write given: and the rows of each input.")
		case !test.has("expect"):
			d.report(test.At(""), RuleMissing, fmt.Sprintf("test %s expects nothing, and does not say so", test.Name), "Write expect: and the rows that come out, or expect: [] for none.")
		}
		seen[test.Name] = test.At("name")
	}
}
