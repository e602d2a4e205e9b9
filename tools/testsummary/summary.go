package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Skip is a test that did not run, and the reason that it gave.
type Skip struct {
	Test   string // package and name: internal/app TestJava
	Reason string
}

// Summary is the outcome of a stream of test events.
type Summary struct {
	Passed, Failed int
	Skips          []Skip
	Packages       int      // packages that had something to say, built or not
	Broken         []string // packages that did not build, or failed outside of a test
}

// Print writes the skips and the counts, and reports whether all is well. With
// strict a test skipped for something that the machine lacks is a failure.
func (s *Summary) Print(w io.Writer, strict bool) bool {
	fmt.Fprintln(w)
	lacking := s.printSkips(w)
	for _, name := range s.Broken {
		fmt.Fprintf(w, "FAILED  %s\n", name)
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", s.Passed, s.Failed, len(s.Skips))
	switch {
	case s.Packages == 0:
		fmt.Fprintln(w, "nothing was tested")
		return false
	case strict && lacking > 0:
		fmt.Fprintf(w, "with CI=true nothing may be missing: %d tests lacked what they need\n", lacking)
		return false
	}
	return s.Failed == 0 && len(s.Broken) == 0
}

// printSkips returns how many were skipped for something that the machine lacks.
func (s *Summary) printSkips(w io.Writer) (lacking int) {
	slices.SortFunc(s.Skips, func(a, b Skip) int { return strings.Compare(a.Test, b.Test) })
	for _, skip := range s.Skips {
		fmt.Fprintf(w, "SKIPPED %s: %s\n", skip.Test, skip.Reason)
		if strings.HasPrefix(skip.Reason, "needs ") {
			lacking++
		}
	}
	return lacking
}

// position is how the testing package opens a line that a test logged.
var position = regexp.MustCompile(`^\s+\S+_test\.go:\d+: |^\s+\S+\.go:\d+: `)

// reason is what the last t.Skip said, from the lines that a test printed.
func reason(lines []string) string {
	text := "no reason given"
	for _, line := range lines {
		if position.MatchString(line) {
			text = strings.TrimSpace(position.ReplaceAllString(line, ""))
		}
	}
	return text
}
