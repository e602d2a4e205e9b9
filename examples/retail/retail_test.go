// Package retail holds the example to what its README says of it.
package retail_test

import (
	"os"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/app"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/policy"
	"github.com/weftmesh/weft/internal/trials"
)

func TestTheExampleIsSound(t *testing.T) {
	set, problems, err := contracts.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	problems.Add(policy.Check(set, time.Now())...)
	for _, p := range problems {
		if p.Severity == diags.Error {
			t.Errorf("%s\n\t%s", p, p.Fix)
		}
	}
	if len(set.Domains) != 8 || len(set.Products) < 20 {
		t.Errorf("%d domains and %d products", len(set.Domains), len(set.Products))
	}
}

// Every derived product of the example has tests, and they pass.
func TestTheExamplesTransformsPassTheirTests(t *testing.T) {
	set, _, err := contracts.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	report, err := trials.Run(t.Context(), app.Services().Tests, set, trials.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if !r.Passed() {
			t.Errorf("%s: %s: %+v %+v", r.Product, r.Test, r.Problems, r.Differences)
		}
	}
	if len(report.Results) < 10 || len(report.Untested) > 0 {
		t.Errorf("%d tests; without any are %v", len(report.Results), report.Untested)
	}
	t.Logf("%d tests in %s", len(report.Results), report.Took)
}
