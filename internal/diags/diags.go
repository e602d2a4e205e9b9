// Package diags holds people's mistakes as data: what is wrong, where, by which rule, and what to write instead.
// They are collected, never stopped at; programs' failures are errors and do not belong here.
package diags

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem blocks.
type Severity string

// The severities, from the one that blocks to the one that only tells.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Range is a place in a file. Lines and columns count from 1, columns in characters; a zero Line means the file as a whole.
type Range struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String gives file:line:column, as editors read it.
func (r Range) String() string {
	if r.Line == 0 {
		return r.File
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Line, r.Column)
}

// Diagnostic is one problem. Summary is one line that says what is wrong; Detail says why it matters or what was
// compared; Fix says what to write.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"`
	Range
	Summary string `json:"summary"`
	Detail  string `json:"detail"`
	Fix     string `json:"fix"`
}

// String gives the one-line form: file:line:column: severity: summary [rule].
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s: %s: %s [%s]", d.Range, d.Severity, d.Summary, d.Rule)
}

// List is a set of problems in the order in which they were found.
type List []Diagnostic

// Add appends problems.
func (l *List) Add(ds ...Diagnostic) { *l = append(*l, ds...) }

// HasErrors reports whether a problem blocks.
func (l List) HasErrors() bool { return l.Count(Error) > 0 }

// Count is the number of problems of a severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Sorted gives the problems by file, line, column and rule, without exact repetitions.
func (l List) Sorted() List {
	sorted := slices.Clone(l)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Summary, b.Summary))
	})
	return slices.Compact(sorted)
}
