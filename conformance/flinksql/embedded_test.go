package flinksql

import (
	"os"
	"testing"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

// TestTheEmbeddedEngineAnswersAsFlink asks the embedded engine all cases, and wants what Flink answered.
func TestTheEmbeddedEngineAnswersAsFlink(t *testing.T) {
	all, err := cases.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i, answer := range answers(t, NewEmbedded(t), all) {
		diff := all[i].Compare(answer)
		if diff == "" {
			same++
			continue
		}
		t.Errorf("%s\n%s\n%s", all[i].Place(), all[i].Query, diff)
	}
	t.Logf("%d of %d cases are answered as Flink answers them", same, len(all))
}
