package views

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/trials"
)

// TestFormats are the forms in which tests of contracts can be shown.
var TestFormats = []string{"text", "json", "junit"}

// Tested is what the tests of contracts gave.
type Tested struct {
	trials.Report
	Problems diags.List `json:"problems,omitempty"` // of the contracts themselves
}

// Tests shows the outcome in one of TestFormats.
func Tests(w io.Writer, format string, t Tested) error {
	switch format {
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(t)
	case "junit":
		return junitTests(w, t)
	}
	p := &printer{w: w}
	for _, d := range t.Problems {
		p.line("%s\n    %s", d, d.Fix)
	}
	for _, r := range t.Results {
		mark := "ok  "
		if !r.Passed() {
			mark = "FAIL"
		}
		p.line("%s %s: %s (%s)", mark, r.Product, r.Test, brief(r.Took))
		for _, text := range said(r) {
			p.line("%s", indented(text, "    "))
		}
	}
	for _, product := range t.Untested {
		p.line("--   %s has no tests", product)
	}
	p.line("%s, %d failed, in %s", counted(len(t.Results), "test", "tests"), t.Failed(), brief(t.Took))
	return p.err
}

func brief(d time.Duration) string {
	if d < time.Second {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

func indented(text, by string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }

// said is all that a test has to say beside whether it passed.
func said(r trials.Result) []string {
	var all []string
	for _, d := range r.Problems {
		text := d.String()
		if d.Fix != "" {
			text += "\n    " + d.Fix
		}
		all = append(all, text)
	}
	for _, d := range r.Differences {
		all = append(all, difference(d))
	}
	return append(all, r.Notes...)
}

// difference shows one row that is not as expected, the fields that differ marked below it.
func difference(d trials.Difference) string {
	text := fmt.Sprintf("%s: ", d.At)
	switch {
	case d.Got == nil:
		text += "missing\n  - " + string(d.Expected)
	case d.Expected == nil:
		text += "unexpected\n  + " + string(d.Got)
	default:
		text += "another row came\n  - " + string(d.Expected) + "\n  + " + string(d.Got)
		for _, f := range d.Fields {
			text += fmt.Sprintf("\n    %s: expected %s, got %s", f.Field, f.Expected, f.Got)
		}
	}
	if d.Reason != "" {
		text += "\n" + indented(d.Reason, "    ")
	}
	return text
}

// junitTests writes a case for each test, and one for each problem of a contract.
func junitTests(w io.Writer, t Tested) error {
	suite := junitSuite{Name: "weft test", Failures: t.Failed() + len(t.Problems)}
	for _, d := range t.Problems {
		suite.Cases = append(suite.Cases, junitCase{Name: d.Rule + " " + d.Range.String(), Class: d.File, Failure: &junitFailure{d.Summary, whole(d)}})
	}
	for _, r := range t.Results {
		test, text := junitCase{Name: r.Test, Class: r.Product}, strings.Join(said(r), "\n")
		if r.Passed() {
			test.Output = text
		} else {
			test.Failure = &junitFailure{fmt.Sprintf("%s at %s", r.Test, r.At), text}
		}
		suite.Cases = append(suite.Cases, test)
	}
	suite.Tests = len(suite.Cases)
	return writeJUnit(w, suite)
}

func writeJUnit(w io.Writer, suite junitSuite) error {
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
