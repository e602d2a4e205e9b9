package trials_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/app"
	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/contracts/contractstest"
	"github.com/weftmesh/weft/internal/golden"
	"github.com/weftmesh/weft/internal/trials"
)

var update = flag.Bool("update", false, "rewrite the expected outcomes")

// tested runs tests that lie beside the contract of a product.
func tested(t *testing.T, product, tests string) (views.Tested, error) {
	t.Helper()
	text, err := os.ReadFile("testdata/mesh.txt")
	if err != nil {
		t.Fatal(err)
	}
	bundle := contractstest.Unpack(string(text))
	bundle["domains/depot/"+product+"/tests/t.yaml"] = tests
	files, err := bundle.FS()
	if err != nil {
		t.Fatal(err)
	}
	set, problems, err := contracts.Load(files)
	if err != nil || problems.HasErrors() {
		t.Fatal(err, problems)
	}
	report, err := trials.Run(t.Context(), app.Services().Tests, set, trials.Filter{File: func(name string) bool { return strings.HasSuffix(name, "/t.yaml") }})
	return views.Tested{Report: report}, err
}

var took = regexp.MustCompile(` \([0-9.]+[mµn]?s\)| in [0-9.]+[mµn]?s`)

// Each file of tests, named after the product that it is for, gives what its .want file says.
func TestTests(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			outcome, err := tested(t, filepath.Base(filepath.Dir(file)), string(text))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := views.Tests(&out, "text", outcome); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, strings.TrimSuffix(file, ".yaml")+".want", took.ReplaceAllString(out.String(), ""), *update)
		})
	}
}

func TestAFailureIsACaseOfJUnit(t *testing.T) {
	outcome, err := tested(t, "shelf-count", "- {name: nothing, given: {depot.place: [{parcel_id: P-1, shelf: S-1, seen_at: \"2026-11-24T08:00:00Z\"}]}, expect: []}\n")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := views.Tests(&out, "junit", outcome); err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure string `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(out.Bytes(), &suite); err != nil {
		t.Fatal(err)
	}
	if suite.Failures != 1 || len(suite.Cases) != 1 || suite.Cases[0].Name != "nothing" || !strings.Contains(suite.Cases[0].Failure, `{"shelf":"S-1","parcels":1,`) {
		t.Errorf("it says %s", out.String())
	}
}

// failing is an engine that fails.
type failing struct{}

func (failing) Run(context.Context, trials.Job) ([]trials.Row, error) {
	return nil, errors.New("division by zero")
}

func TestAJobThatFailsFailsItsTestAndNoOther(t *testing.T) {
	text, err := os.ReadFile("testdata/mesh.txt")
	if err != nil {
		t.Fatal(err)
	}
	bundle := contractstest.Unpack(string(text))
	bundle["domains/depot/per-minute/tests/t.yaml"] = "- {name: runs, given: {depot.parcel-events: [{parcel_id: P-1, at: \"2026-11-24T08:00:00Z\"}]}, expect: []}\n"
	bundle["domains/depot/parcel-events/tests/t.yaml"] = "- {name: judged, given: {depot.parcel-events: [{parcel_id: P-1, at: \"2026-11-24T08:00:00Z\", weight: -1}]}, expect: []}\n"
	files, err := bundle.FS()
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := contracts.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	report, err := trials.Run(t.Context(), failing{}, set, trials.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 2 || report.Failed() != 1 || !report.Results[0].Passed() || !strings.Contains(report.Results[1].Problems[0].Summary, "division by zero") {
		t.Errorf("it says %+v", report.Results)
	}
}
