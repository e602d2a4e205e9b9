// Package retail holds the example to what its README says of it.
package retail_test

import (
	"os"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/policy"
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
