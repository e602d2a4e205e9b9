package trials

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/quality"
	"github.com/weftmesh/weft/internal/schemas"
)

// judge tests a product without a transform: what comes out of it are the rows that the contract lets pass.
func (t *trial) judge() {
	var passed []line
	var refused []string
	topics := t.ownTopics()
	fields := fieldsOf(topics)
	if t.test.Changes {
		t.report(t.test.At("changes"), fmt.Sprintf("%s has no transform, so there is no changelog", t.product.Addr), "Leave changes out.")
	}
	for _, name := range sortedKeys(topics) {
		checks := quality.Compile(topics[name].Fields)
		conditions := t.conditions(topics[name])
		for i, example := range t.test.Given[name] {
			row, faults := t.judged(topics[name], checks, name, i, example)
			if len(faults) == 0 {
				faults = conditions.refuse(t, name, i, row)
			}
			if len(faults) > 0 {
				refused = append(refused, fmt.Sprintf("%s: %s", t.test.GivenAt(name, i, ""), strings.Join(faults, "; ")))
				continue
			}
			passed = append(passed, newLine(fields, "", row))
		}
	}
	expected := t.expected(fields)
	if t.result.Problems.HasErrors() {
		return
	}
	t.compare(expected, passed)
	for i, d := range t.result.Differences {
		if d.Got == nil && len(refused) > 0 {
			t.result.Differences[i].Reason = "refused were:\n" + strings.Join(refused, "\n")
		}
	}
	t.unjudged()
}

// fieldsOf are the fields of several topics, each once.
func fieldsOf(topics map[string]contracts.ProductTopic) []schemas.Field {
	var fields []schemas.Field
	for _, name := range sortedKeys(topics) {
		for _, f := range topics[name].Value.Fields {
			if !slices.ContainsFunc(fields, func(g schemas.Field) bool { return g.Name == f.Name }) {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// ownTopics are the product's topics that rows are given to, by the name that the test writes.
func (t *trial) ownTopics() map[string]contracts.ProductTopic {
	topics := map[string]contracts.ProductTopic{}
	for _, name := range sortedKeys(t.test.Given) {
		p, named, ok := t.set.Named(name)
		switch {
		case !ok || p.Addr != t.product.Addr:
			var known []string
			for _, own := range t.product.Topics {
				known = append(known, string(own.Name))
			}
			t.report(t.test.KeyAt("given."+name), fmt.Sprintf("%s has no transform, so its tests give rows to its own topics; %s is none", t.product.Addr, name), "It has: "+strings.Join(known, ", ")+".")
		case len(named) > 1:
			t.report(t.test.KeyAt("given."+name), fmt.Sprintf("%s has several topics", p.Addr), "Name one of them: "+string(named[0].Name)+".")
		default:
			topics[name] = named[0]
		}
	}
	return topics
}

// judged reads and judges a row. A field that the contract does not have is the test's mistake, all else the row's.
func (t *trial) judged(topic contracts.ProductTopic, checks quality.Checks, name string, i int, example contracts.Example) (codecs.Row, []string) {
	row, faults := codecs.FromJSON(topic.Value.Fields, example.Fields)
	if example.Change != "" {
		t.report(t.test.GivenAt(name, i, ""), "a row that is judged is no change", "Write the row's fields alone.")
	}
	if len(faults) == 0 {
		faults = checks.Judge(row)
	}
	var texts []string
	for _, f := range faults {
		if summary, near, strange := strings.Cut(f.Text, "; did you mean "); strange || strings.HasSuffix(summary, "is not a field of the contract") {
			fix := ""
			if strange {
				fix = "Did you mean " + near
			}
			t.report(t.test.GivenAt(name, i, f.Field), "field "+f.Field+" "+summary, fix)
		}
		texts = append(texts, f.String())
	}
	return row, texts
}

// unjudged says which of the contract's checks the test does not show.
func (t *trial) unjudged() {
	var names []string
	for _, c := range t.product.Quality {
		if c.Check == "" {
			names = append(names, c.Name)
		}
	}
	if len(names) > 0 {
		t.result.Notes = append(t.result.Notes, fmt.Sprintf("not judged: %s (checks with memory are not run yet)", strings.Join(names, ", ")))
	}
}
