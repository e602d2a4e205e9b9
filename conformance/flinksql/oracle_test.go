package flinksql

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

var (
	record = flag.Bool("record", false, "ask Flink, and write its answers into the files of testdata")
	only   = flag.String("only", "", "with -record: only files whose path contains this")
)

// sideBySide is how many cases Flink answers at once: each waits more than it computes.
const sideBySide = 4

// TestFlinkStillAnswersAsRecorded asks Flink again: a sample, or with WEFT_PROVE=1 everything.
func TestFlinkStillAnswersAsRecorded(t *testing.T) {
	all, err := cases.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	oracle := NewOracle(t, sideBySide)
	if *record {
		recordFiles(t, oracle)
		return
	}
	step := 25
	if os.Getenv("WEFT_PROVE") != "" {
		step = 1
	}
	var sample []cases.Case
	for i := 0; i < len(all); i += step {
		sample = append(sample, all[i])
	}
	for i, answer := range answers(t, oracle, sample) {
		if diff := sample[i].Compare(answer); diff != "" {
			t.Errorf("%s\n%s\n%s", sample[i].Place(), sample[i].Query, diff)
		}
	}
}

// answers asks an engine many cases at once.
func answers(t *testing.T, engine cases.Engine, asked []cases.Case) []cases.Answer {
	t.Helper()
	got := make([]cases.Answer, len(asked))
	next := make(chan int)
	var asking sync.WaitGroup
	for range sideBySide {
		asking.Go(func() {
			for i := range next {
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
				answer, err := engine.Run(ctx, asked[i])
				cancel()
				if err != nil {
					t.Errorf("%s: %v", asked[i].Place(), err)
				}
				got[i] = answer
			}
		})
	}
	for i := range asked {
		next <- i
	}
	close(next)
	asking.Wait()
	return got
}

// recordFiles rewrites the files of testdata.
func recordFiles(t *testing.T, oracle *Oracle) {
	fsys := os.DirFS("testdata")
	names, err := filepath.Glob("testdata/*/*" + cases.Suffix)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(name, *only) {
			continue
		}
		name, _ = filepath.Rel("testdata", name)
		file, err := cases.Open(fsys, filepath.ToSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		recordFile(t, oracle, file)
		if err := os.WriteFile(filepath.Join("testdata", name), []byte(file.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func recordFile(t *testing.T, oracle *Oracle, file *cases.File) {
	asked, err := file.Cases()
	if err != nil {
		t.Fatal(err)
	}
	var again []cases.Case
	for i, answer := range answers(t, oracle, asked) {
		if answer.Empty() {
			continue // it was reported
		}
		if asked[i].Order == cases.Final {
			answer.Rows = cases.Fold(answer.Rows) // so that the file does not change with the order of changes
		}
		if parts := asked[i].Each(); answer.Failure != "" && len(parts) > 1 {
			again = append(again, parts...)
		} else if err := file.Record(asked[i], answer); err != nil {
			t.Error(err)
		}
	}
	for i, answer := range answers(t, oracle, again) {
		if err := file.Record(again[i], answer); err != nil {
			t.Error(err)
		}
	}
}
