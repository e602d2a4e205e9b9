package nexmark_test

import (
	"os"
	"testing"

	"github.com/weftmesh/weft/bench/nexmark"
)

const seed = 1

func TestEveryQueryIsPlannedAndRuns(t *testing.T) {
	for _, name := range nexmark.Names {
		t.Run(name, func(t *testing.T) {
			e, err := nexmark.NewEmbedded(t.Context(), t.TempDir(), name, seed, 20_000)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			text, err := e.Explain(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Log(text)
			if err := e.Discard(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// BenchmarkQuery is one million events of the query that NEXMARK names.
func BenchmarkQuery(b *testing.B) {
	for b.Loop() {
		e, err := nexmark.NewEmbedded(b.Context(), b.TempDir(), os.Getenv("NEXMARK"), seed, 1_000_000)
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Discard(b.Context()); err != nil {
			b.Fatal(err)
		}
		e.Close()
	}
}
