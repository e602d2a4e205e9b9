package trials

import (
	"context"
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/codecs"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/schemas"
	"github.com/weftmesh/weft/internal/transforms"
)

// bench is what the tests of one product have in common.
type bench struct {
	set      contracts.Set
	product  contracts.Product
	job      transforms.InMemory
	output   contracts.ProductTopic
	problems diags.List // of the transform
}

func newBench(set contracts.Set, p contracts.Product) *bench {
	b := &bench{set: set, product: p}
	if p.Transform == nil || len(p.Tests) == 0 {
		return b
	}
	_, b.problems = set.Inputs(p)
	if b.problems.HasErrors() {
		return b
	}
	compiled, problems := transforms.Compile(set, p)
	b.problems.Add(problems...)
	b.job = compiled.Job.InMemory()
	for _, t := range p.Topics {
		if t.Name == compiled.Job.Topic {
			b.output = t
		}
	}
	return b
}

// trial is one run of one test.
type trial struct {
	*bench
	test   contracts.Test
	result Result
}

func (b *bench) run(ctx context.Context, engine Engine, test contracts.Test) Result {
	t := &trial{bench: b, test: test, result: Result{Product: b.product.Addr.String(), Test: test.Name, At: test.At("name")}}
	switch {
	case b.problems.HasErrors():
		t.result.Problems = b.problems
	case b.product.Transform == nil:
		t.judge()
	default:
		t.transform(ctx, engine)
	}
	return t.result
}

func (t *trial) report(at diags.Range, summary, fix string) {
	t.result.Problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: Rule, Range: at, Summary: summary, Fix: fix})
}

func (t *trial) transform(ctx context.Context, engine Engine) {
	inputs := t.inputs()
	expected := t.expected(t.output.Value.Fields)
	if t.result.Problems.HasErrors() {
		return
	}
	job := Job{Statements: t.job.Statements, Sink: t.job.Sink}
	for _, name := range sortedKeys(t.job.Sources) {
		job.Sources = append(job.Sources, t.job.Sources[name])
	}
	job.Arrivals, job.Start = arrivals(inputs)
	written, err := engine.Run(ctx, job)
	if err != nil {
		t.report(t.test.At("name"), fmt.Sprintf("the job of %s failed: %v", t.product.Addr, err), "")
		return
	}
	t.compare(expected, t.outcome(written))
}

// input is what a test gives to one topic.
type input struct {
	product contracts.Product
	topic   contracts.ProductTopic
	table   string
	rows    []given
}

// given is a row that a test gives.
type given struct {
	change string
	row    codecs.Row
}

// inputs reads what the test gives, each input once.
func (t *trial) inputs() []input {
	var all []input
	for _, name := range sortedKeys(t.test.Given) {
		p, topics, ok := t.set.Named(name)
		table := ""
		if ok && len(topics) == 1 {
			table = t.job.Sources[string(topics[0].Name)]
		}
		if table == "" {
			t.unread(name)
			continue
		}
		in := input{product: p, topic: topics[0], table: table}
		for i, example := range t.test.Given[name] {
			if g, ok := t.given(in, name, i, example); ok {
				in.rows = append(in.rows, g)
			}
		}
		all = append(all, in)
	}
	return all
}

// unread reports rows that are given to what the transform does not read.
func (t *trial) unread(name string) {
	known := sortedKeys(t.job.Sources)
	fix := "It reads: " + strings.Join(known, ", ") + "."
	if closest, ok := diags.Closest(name, known); ok {
		fix = "Did you mean " + closest + "?"
	}
	t.report(t.test.KeyAt("given."+name), fmt.Sprintf("the transform of %s does not read %s", t.product.Addr, name), fix)
}

func (t *trial) given(in input, name string, i int, example contracts.Example) (given, bool) {
	at := func(field string) diags.Range { return t.test.GivenAt(name, i, field) }
	fields := in.topic.Value.Fields
	switch {
	case example.Change == "-D" && in.product.Kind == contracts.KindState:
		fields = keyFields(in.product, fields)
	case example.Change != "":
		t.report(at(""), fmt.Sprintf("%s is no row of %s", example.Change, in.topic.Name), "Write the row's fields; a product of kind state can be given -D: {its key} for a deletion.")
		return given{}, false
	}
	row, good := t.row(fields, example.Fields, at)
	return given{example.Change, row}, good
}

func keyFields(p contracts.Product, fields []schemas.Field) []schemas.Field {
	var key []schemas.Field
	for _, f := range fields {
		for _, k := range p.Key {
			if f.Name == k {
				key = append(key, f)
			}
		}
	}
	return key
}

// row reads a row of a test; its faults are problems where they stand.
func (t *trial) row(fields []schemas.Field, values map[string]any, at func(field string) diags.Range) (codecs.Row, bool) {
	row, faults := codecs.FromJSON(fields, values)
	for _, f := range faults {
		summary, fix, _ := strings.Cut(f.Text, "; did you mean ")
		if fix != "" {
			fix = "Did you mean " + fix
		}
		t.report(at(f.Field), "field "+f.Field+" "+summary, fix)
	}
	return row, len(faults) == 0
}
