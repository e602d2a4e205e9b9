// Package trials runs the tests of contracts: rows that are given, through the product's transform or its checks, and
// what comes out held against what was expected.
package trials

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/rows"
)

// Rule is the rule of a test that cannot be run as it is written.
const Rule = "test"

// Engine runs jobs of Flink SQL.
type Engine interface {
	// Run runs a job over rows in memory until all were read and event time has ended, and gives what it wrote, in
	// order. Each arrival is worked off before the next one comes.
	Run(ctx context.Context, job Job) ([]Row, error)
}

// Job is a job whose tables lie in memory.
type Job struct {
	Statements []string // CREATE TABLE with the connector memory, and views; then one INSERT
	Sources    []string // tables
	Sink       string   // table
	Arrivals   []Arrival
	Start      time.Time // of the job's clock
}

// Arrival is a row that comes to a source.
type Arrival struct {
	Table string
	Row
}

// Row is a row by its columns' names, its values boxed as rows.Column says; an absent one is NULL.
type Row struct {
	Change rows.Change
	Values map[string]any
}

// Filter says which tests are run.
type Filter struct {
	File func(name string) bool // of the contract, or of tests beside it; nil for all
	Name string                 // part of the test's name; "" for all
}

func (f Filter) file(name string) bool { return f.File == nil || f.File(name) }

func (f Filter) wants(p contracts.Product, t contracts.Test) bool {
	return strings.Contains(t.Name, f.Name) && (f.file(p.File) || f.file(t.At("").File))
}

// Report is what the tests of a mesh gave.
type Report struct {
	Results  []Result      `json:"results"`
	Untested []string      `json:"untested"` // derived products without a test
	Took     time.Duration `json:"took_ns"`
}

// Failed is the number of tests that did not pass.
func (r Report) Failed() (n int) {
	for _, one := range r.Results {
		if !one.Passed() {
			n++
		}
	}
	return n
}

// Result is what one test gave.
type Result struct {
	Product     string        `json:"product"`
	Test        string        `json:"test"`
	At          diags.Range   `json:"at"`
	Problems    diags.List    `json:"problems,omitempty"` // why it could not be run
	Differences []Difference  `json:"differences,omitempty"`
	Notes       []string      `json:"notes,omitempty"` // what it does not show
	Took        time.Duration `json:"took_ns"`
}

// Passed reports whether the test ran and gave what it expected.
func (r Result) Passed() bool { return !r.Problems.HasErrors() && len(r.Differences) == 0 }

// Difference is a row that is missing, one that is unexpected, or one that is like one that was expected.
type Difference struct {
	At       diags.Range     `json:"at"`                 // of the expected row, else of what is expected
	Expected json.RawMessage `json:"expected,omitempty"` // nil: there is none
	Got      json.RawMessage `json:"got,omitempty"`      // nil: there is none
	Fields   []Differing     `json:"fields,omitempty"`   // where there are both
	Reason   string          `json:"reason,omitempty"`
}

// Differing is a field whose value is another than was expected. A changelog has the field "change".
type Differing struct {
	Field    string          `json:"field"`
	Expected json.RawMessage `json:"expected"`
	Got      json.RawMessage `json:"got"`
}

// Run runs the tests of a set. The error is the context's.
func Run(ctx context.Context, engine Engine, set contracts.Set, filter Filter) (Report, error) {
	start := time.Now()
	report := Report{Results: []Result{}, Untested: []string{}}
	for _, p := range set.Products {
		if p.Transform != nil && len(p.Tests) == 0 && filter.file(p.File) {
			report.Untested = append(report.Untested, p.Addr.String())
		}
		var b *bench
		for _, test := range p.Tests {
			if !filter.wants(p, test) {
				continue
			}
			began := time.Now()
			if b == nil {
				b = newBench(set, p)
			}
			result := b.run(ctx, engine, test)
			if ctx.Err() != nil {
				return report, ctx.Err()
			}
			result.Took = time.Since(began)
			report.Results = append(report.Results, result)
		}
	}
	report.Took = time.Since(start)
	return report, nil
}
