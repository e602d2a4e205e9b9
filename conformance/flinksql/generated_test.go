package flinksql

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
	"github.com/weftmesh/weft/conformance/flinksql/generated"
)

var seed = flag.Uint64("seed", uint64(time.Now().Unix()), "the first seed of generated queries")

// TestFlinkTakesEveryGeneratedQuery holds the generator to its word: a query that Flink refuses, or
// answers in two ways, proves nothing of another engine.
func TestFlinkTakesEveryGeneratedQuery(t *testing.T) {
	count := uint64(24)
	if os.Getenv("WEFT_PROVE") != "" {
		count = 200
	}
	t.Logf("seeds from %d: -seed %d runs them again", *seed, *seed)
	var asked []cases.Case
	for i := range count {
		asked = append(asked, generated.Case(*seed+i))
	}
	oracle := NewOracle(t, sideBySide)
	first := answers(t, oracle, asked)
	for i := range asked {
		asked[i].Want = first[i]
		if first[i].Failure != "" {
			t.Errorf("%s\n%s\n%s: %s", asked[i].Name, asked[i].Query, first[i].Failure, first[i].Message)
		}
	}
	for i, answer := range answers(t, oracle, asked) {
		if diff := asked[i].Compare(answer); diff != "" {
			t.Errorf("%s\n%s\nFlink itself differs: %s", asked[i].Name, asked[i].Query, diff)
		}
	}
}

// TestGeneratedQueriesAreAnsweredAsByFlink asks both engines queries that no one thought of.
func TestGeneratedQueriesAreAnsweredAsByFlink(t *testing.T) {
	count := uint64(30)
	if os.Getenv("WEFT_PROVE") != "" {
		count = 500
	}
	t.Logf("seeds from %d: -seed %d runs them again", *seed, *seed)
	oracle := NewOracle(t, sideBySide)
	var asked []cases.Case
	for i := range count {
		asked = append(asked, generated.Case(*seed+i))
	}
	for i, answer := range answers(t, oracle, asked) {
		asked[i].Want = answer
	}
	for i, answer := range answers(t, NewEmbedded(t), asked) {
		if diff := asked[i].Compare(answer); diff != "" {
			t.Errorf("%s\n%s\n%s", asked[i].Name, asked[i].Query, diff)
		}
	}
}
