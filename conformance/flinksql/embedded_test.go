package flinksql

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

// differencesFile gives the reason for each case that the embedded engine answers in another way than Flink.
const differencesFile = "../../docs/flink-differences.md"

var unlisted = flag.String("unlisted", "", "write the differences that have no reason yet into this file, as lines of "+differencesFile)

// TestTheEmbeddedEngineAnswersAsFlink asks the embedded engine all cases, and wants what Flink answered; where it does
// not, the differences file has to say why, and say it of nothing that is the same.
func TestTheEmbeddedEngineAnswersAsFlink(t *testing.T) {
	all, err := cases.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	engine := NewEmbedded(t)
	same, found := 0, map[string]string{}
	for i, answer := range answers(t, engine, all) {
		if all[i].Compare(answer) == "" {
			same++
			continue
		}
		for _, one := range all[i].Each() {
			if diff := alone(t, engine, one); diff != "" {
				found[one.File+": "+one.Name] = one.Query + "\n" + diff
			}
		}
	}
	listed := reasons(t)
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if !listed[place] {
			t.Errorf("%s\n%s", place, found[place])
		}
	}
	for place := range listed {
		if _, differs := found[place]; !differs {
			t.Errorf("%s is answered as Flink answers it; remove it from %s", place, differencesFile)
		}
	}
	writeUnlisted(t, found, listed)
	t.Logf("%d of %d questions are answered as Flink answers them; of the others, %d parts differ, each with its reason", same, len(all), len(found))
}

// alone asks one expression, or one whole query, by itself.
func alone(t *testing.T, engine cases.Engine, c cases.Case) string {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	answer, err := engine.Run(ctx, c)
	if err != nil {
		return err.Error()
	}
	return c.Compare(answer)
}

var listedPlace = regexp.MustCompile("(?m)^- ``(.+?)``")

// reasons reads the places of the differences file: each a line that begins with the place between double backticks.
func reasons(t *testing.T) map[string]bool {
	text, err := os.ReadFile(differencesFile)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range listedPlace.FindAllStringSubmatch(string(text), -1) {
		listed[strings.TrimSpace(m[1])] = true
	}
	return listed
}

func writeUnlisted(t *testing.T, found map[string]string, listed map[string]bool) {
	if *unlisted == "" {
		return
	}
	var lines strings.Builder
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if !listed[place] {
			fmt.Fprintf(&lines, "- `` %s ``\n", place)
		}
	}
	if err := os.WriteFile(*unlisted, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
