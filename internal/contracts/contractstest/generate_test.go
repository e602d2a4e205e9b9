package contractstest_test

import (
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/policy"
)

func TestAGeneratedMeshIsSound(t *testing.T) {
	files, err := contractstest.Mesh(120).FS()
	if err != nil {
		t.Fatal(err)
	}
	set, problems, err := contracts.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	problems.Add(policy.Check(set, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))...)
	for _, problem := range problems {
		t.Error(problem)
	}
	if len(set.Products) != 120 {
		t.Errorf("%d products, not 120", len(set.Products))
	}
}

func BenchmarkCheckOfAThousand(b *testing.B) {
	files, err := contractstest.Mesh(1000).FS()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		set, _, err := contracts.Load(files)
		if err != nil {
			b.Fatal(err)
		}
		policy.Check(set, time.Now())
	}
}
