package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is a line of `go test -json`, as `go doc test2json` describes it, with
// the build events of `go help buildjson`.
type event struct {
	Action      string // run, pause, cont, output, pass, fail, skip, start, build-output, build-fail ...
	Package     string
	ImportPath  string // of build events, instead of Package
	Test        string // empty for events of the package as a whole
	Elapsed     float64
	Output      string
	FailedBuild string // the import path whose build failed
}

// reader turns events into a Summary, and writes packages and failures as they come.
type reader struct {
	out     io.Writer
	summary *Summary
	output  map[string][]string // printed lines by package and test, until it ends
	failed  map[string]bool     // packages in which a test failed
}

// Read reads events until the end of in, and writes to out what happened. A line
// that is no event is written as it is.
func Read(in io.Reader, out io.Writer) (*Summary, error) {
	r := &reader{out: out, summary: &Summary{}, output: map[string][]string{}, failed: map[string]bool{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err == io.EOF {
			return r.summary, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read test events: %w", err)
		}
	}
}

func (r *reader) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		fmt.Fprintf(r.out, "%s", line)
		return
	}
	switch key := e.Package + " " + e.Test; e.Action {
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e, r.output[key])
		} else {
			r.endTest(e, r.output[key])
		}
		delete(r.output, key)
	}
}

func (r *reader) endTest(e event, lines []string) {
	switch e.Action {
	case "pass":
		r.summary.Passed++
	case "skip":
		r.summary.Skips = append(r.summary.Skips, Skip{Test: short(e.Package) + " " + e.Test, Reason: reason(lines)})
	case "fail":
		r.summary.Failed++
		r.failed[e.Package] = true
		fmt.Fprintf(r.out, "FAIL %s %s\n%s", short(e.Package), e.Test, strings.Join(lines, ""))
	}
}

func (r *reader) endPackage(e event, lines []string) {
	r.summary.Packages++
	switch e.Action {
	case "pass":
		fmt.Fprintf(r.out, "ok   %s %.1fs%s\n", short(e.Package), e.Elapsed, cached(lines))
	case "fail":
		r.summary.breaks(e, r.failed[e.Package])
		fmt.Fprintf(r.out, "FAIL %s %.1fs\n", short(e.Package), e.Elapsed)
		if !r.failed[e.Package] {
			r.printUnfinished(e.Package, lines)
		}
	}
}

// breaks notes a package that failed outside of a test: no build, a panic, an exit.
func (s *Summary) breaks(e event, byTest bool) {
	switch {
	case e.FailedBuild != "":
		s.Broken = append(s.Broken, short(e.Package)+" (does not build)")
	case !byTest:
		s.Broken = append(s.Broken, short(e.Package))
	}
}

// printUnfinished prints what a package and its unfinished tests said before it died.
func (r *reader) printUnfinished(name string, lines []string) {
	fmt.Fprint(r.out, strings.Join(lines, ""))
	for key, said := range r.output {
		if strings.HasPrefix(key, name+" ") && key != name+" " {
			fmt.Fprint(r.out, strings.Join(said, ""))
		}
	}
}

func cached(lines []string) string {
	if strings.Contains(strings.Join(lines, ""), "(cached)") {
		return " (cached)"
	}
	return ""
}

// short is a package's path inside the project.
func short(name string) string {
	return strings.TrimPrefix(name, "github.com/weftmesh/weft/")
}
