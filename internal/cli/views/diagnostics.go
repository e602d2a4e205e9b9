package views

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

// DiagnosticFormats are the forms in which problems can be shown.
var DiagnosticFormats = []string{"text", "json", "github", "markdown", "junit"}

// Checked is what a check found.
type Checked struct {
	Problems diags.List
	Products int
	Root     string
	Read     func(name string) ([]byte, error) // for the line that a problem is about
}

// Diagnostics shows problems in one of DiagnosticFormats.
func Diagnostics(w io.Writer, format string, c Checked) error {
	switch format {
	case "json":
		return jsonDiagnostics(w, c)
	case "github":
		return githubDiagnostics(w, c)
	case "markdown":
		return markdownDiagnostics(w, c)
	case "junit":
		return junitDiagnostics(w, c)
	}
	return textDiagnostics(w, c)
}

func jsonDiagnostics(w io.Writer, c Checked) error {
	problems := c.Problems
	if problems == nil {
		problems = diags.List{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(problems)
}

func textDiagnostics(w io.Writer, c Checked) error {
	p := &printer{w: w}
	lines, secret := map[string][]string{}, c.secretLines()
	for _, d := range c.Problems {
		p.line("%s", d)
		if text, ok := c.sourceLine(lines, d.Range); ok && !secret[d.File][d.Line] {
			p.line("    %s", text)
			p.line("    %s^", strings.Repeat(" ", max(0, d.Column-1)))
		}
		if d.Detail != "" {
			p.line("    %s", strings.ReplaceAll(d.Detail, "\n", "\n    "))
		}
		if d.Fix != "" {
			p.line("    %s", strings.ReplaceAll(d.Fix, "\n", "\n    "))
		}
	}
	if len(c.Problems) > 0 {
		p.line("")
	}
	p.line("%s", c.summary())
	return p.err
}

// secretLines are the lines of files that hold a secret in clear: they are not shown.
func (c Checked) secretLines() map[string]map[int]bool {
	lines := map[string]map[int]bool{}
	for _, d := range c.Problems {
		if d.Rule != contracts.RuleSecret {
			continue
		}
		if lines[d.File] == nil {
			lines[d.File] = map[int]bool{}
		}
		lines[d.File][d.Line] = true
	}
	return lines
}

func (c Checked) summary() string {
	var parts []string
	for _, s := range []struct {
		severity  diags.Severity
		one, many string
	}{{diags.Error, "error", "errors"}, {diags.Warning, "warning", "warnings"}, {diags.Info, "note", "notes"}} {
		if n := c.Problems.Count(s.severity); n > 0 {
			parts = append(parts, counted(n, s.one, s.many))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no problems"}
	}
	return counted(c.Products, "product", "products") + ": " + strings.Join(parts, ", ")
}

// sourceLine is the line of a file that a problem is about.
func (c Checked) sourceLine(lines map[string][]string, at diags.Range) (string, bool) {
	if c.Read == nil || at.Line == 0 {
		return "", false
	}
	if _, known := lines[at.File]; !known {
		text, _ := c.Read(at.File) // without it the problem is shown without the line
		lines[at.File] = strings.Split(string(text), "\n")
	}
	if at.Line > len(lines[at.File]) {
		return "", false
	}
	text := strings.TrimRight(lines[at.File][at.Line-1], "\r")
	return text, strings.TrimSpace(text) != "" && len(text) < 400
}

// whole is all that a problem says, in lines.
func whole(d diags.Diagnostic) string {
	said := slices.DeleteFunc([]string{d.Summary, d.Detail, d.Fix}, func(text string) bool { return text == "" })
	return strings.Join(said, "\n")
}

// githubDiagnostics writes workflow commands (GitHub Actions: annotations).
func githubDiagnostics(w io.Writer, c Checked) error {
	p := &printer{w: w}
	levels := map[diags.Severity]string{diags.Error: "error", diags.Warning: "warning", diags.Info: "notice"}
	escape := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, d := range c.Problems {
		p.line("::%s file=%s,line=%d,col=%d,title=%s::%s", levels[d.Severity], property.Replace(d.File), d.Line, d.Column, property.Replace(d.Rule), escape.Replace(whole(d)))
	}
	p.line("%s", c.summary())
	return p.err
}

func markdownDiagnostics(w io.Writer, c Checked) error {
	p := &printer{w: w}
	p.line("**%s**", c.summary())
	if len(c.Problems) > 0 {
		p.line("\n| | where | what | what to do |\n|---|---|---|---|")
	}
	cell := strings.NewReplacer("|", "\\|", "\n", "<br>")
	for _, d := range c.Problems {
		p.line("| %s | `%s` | %s (`%s`) | %s |", d.Severity, d.Range, cell.Replace(strings.TrimSpace(d.Summary+"\n"+d.Detail)), d.Rule, cell.Replace(d.Fix))
	}
	return p.err
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junitDiagnostics writes a case a problem; warnings and notes pass, with what they say as output.
func junitDiagnostics(w io.Writer, c Checked) error {
	suite := junitSuite{Name: "weft check", Failures: c.Problems.Count(diags.Error)}
	for _, d := range c.Problems {
		test := junitCase{Name: d.Rule + " " + d.Range.String(), Class: d.File}
		if d.Severity == diags.Error {
			test.Failure = &junitFailure{d.Summary, whole(d)}
		} else {
			test.Output = whole(d)
		}
		suite.Cases = append(suite.Cases, test)
	}
	if len(suite.Cases) == 0 {
		suite.Cases = []junitCase{{Name: c.summary(), Class: "weft check"}}
	}
	suite.Tests = len(suite.Cases)
	return writeJUnit(w, suite)
}
