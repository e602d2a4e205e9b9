package nexmark

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed queries/*.sql
var files embed.FS

// Names are the queries that both engines are asked, in Nexmark's order.
var Names = []string{"q0", "q1", "q2", "q3", "q4", "q5", "q7", "q8", "q9", "q11", "q15", "q16", "q17", "q18", "q19", "q20", "q21", "q22"}

// LeftOut are the others, each with the reason.
var LeftOut = []struct{ Name, Why string }{
	{"q6", "an OVER aggregate"},
	{"q10", "it measures the writing of partitioned files"},
	{"q12", "windows of processing time: its results differ from run to run"},
	{"q13", "a lookup join"},
	{"q14", "a function of the user's own in Java"},
}

// Query is one of Nexmark's queries.
type Query struct {
	Tables []string // CREATE statements: the events, and views of them
	Sink   string   // the CREATE statement of the table results, which discards them
	Select string
}

// Load reads a query; options are those of the table of events, as in WITH.
func Load(name, options string) (Query, error) {
	tables, err := statements("tables")
	if err != nil {
		return Query{}, err
	}
	tables[0] = strings.ReplaceAll(tables[0], "$options", options)
	own, err := statements(name)
	if err != nil {
		return Query{}, err
	}
	return Query{Tables: tables, Sink: own[0], Select: own[1]}, nil
}

// statements are the statements of a file, which end in a semicolon at the end of a line.
func statements(name string) ([]string, error) {
	text, err := files.ReadFile(path.Join("queries", name+".sql"))
	if err != nil {
		return nil, fmt.Errorf("Nexmark has no query %s: %w", name, err)
	}
	return strings.Split(strings.TrimSuffix(strings.TrimSpace(string(text)), ";"), ";\n"), nil
}
