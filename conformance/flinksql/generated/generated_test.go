package generated

import (
	"reflect"
	"testing"
)

func TestASeedGivesTheSameCaseAgain(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		c := Case(seed)
		if !reflect.DeepEqual(c, Case(seed)) {
			t.Fatalf("seed %d gives two cases", seed)
		}
		seen[c.Query] = true
		if len(c.Tables) == 0 {
			t.Errorf("seed %d: no table of %s", seed, c.Query)
		}
	}
	if len(seen) < 150 {
		t.Errorf("200 seeds give %d queries", len(seen))
	}
}
