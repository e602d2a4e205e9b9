// Package cases reads and writes the cases that hold the embedded Flink engine against Flink: tables,
// a query, and what Flink answered to it. The format is described in conformance/flinksql/testdata/README.md.
package cases

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Case is a query over a few tables, and Flink's answer.
type Case struct {
	Feature  string // the folder below testdata, as joins/interval
	File     string // the file, from testdata
	Line     int    // where the case begins in it
	Name     string // a sentence, alone of its name in the file
	Settings map[string]string
	Tables   []Table
	Views    []View
	Query    string
	Order    Order
	Want     Answer // Answer{} if nothing was recorded yet
	exprs    []int  // of a case made from an exprs block: the lines that it takes from there
	parts    []string
	from     string
}

// Order says how answers are compared.
type Order string

// The ways to compare.
const (
	Changelog Order = "changelog" // each change, its kind and its place
	Final     Order = "final"     // the rows that stand once every change is made, in any order
)

// Table is a source whose rows arrive in the order given, at parallelism 1.
type Table struct {
	Name    string
	Columns string   // what stands between the parentheses of CREATE TABLE
	Rows    []Change // all +I unless the table is a changelog
}

// Change is a row of a table: its kind, +I, -U, +U or -D, and the row as Flink's json format writes it.
type Change struct {
	Kind string
	JSON string
}

// View is a temporary view.
type View struct{ Name, Query string }

// Engine answers cases.
type Engine interface {
	// Run answers c. An error says that the engine could not be asked; that it refuses
	// the query, or fails at it, is an answer.
	Run(ctx context.Context, c Case) (Answer, error)
}

// Recorded is the engine that knows by heart what Flink answered.
type Recorded struct{}

// Run gives the recorded answer.
func (Recorded) Run(_ context.Context, c Case) (Answer, error) {
	if c.Want.Empty() {
		return Answer{}, fmt.Errorf("%s: no answer was recorded; run the tests of conformance/flinksql with -record", c.Place())
	}
	return c.Want, nil
}

var _ Engine = Recorded{}

// Place is where the case stands: file, line and name.
func (c Case) Place() string { return fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.Name) }

// IsChangelog says whether rows of the table are taken back or changed.
func (t Table) IsChangelog() bool {
	return slices.ContainsFunc(t.Rows, func(r Change) bool { return r.Kind != "+I" })
}

// DDL is the table's CREATE TABLE with the options given.
func (t Table) DDL(options map[string]string) string {
	var with []string
	for _, key := range slices.Sorted(maps.Keys(options)) {
		with = append(with, fmt.Sprintf("'%s' = '%s'", key, strings.ReplaceAll(options[key], "'", "''")))
	}
	return fmt.Sprintf("CREATE TABLE %s (\n%s\n) WITH (%s)", t.Name, t.Columns, strings.Join(with, ", "))
}

// JSON is the table as a file: a line for each row in Flink's json format or, if the table is a
// changelog, in its debezium-json format, the two changes of an update in one line.
func (t Table) JSON() string {
	var lines strings.Builder
	changelog, before := t.IsChangelog(), ""
	for _, row := range t.Rows {
		switch {
		case !changelog:
			lines.WriteString(row.JSON + "\n")
		case row.Kind == "-U":
			before = row.JSON
		case row.Kind == "+U":
			fmt.Fprintf(&lines, `{"before":%s,"after":%s,"op":"u"}`+"\n", before, row.JSON)
		case row.Kind == "-D":
			fmt.Fprintf(&lines, `{"before":%s,"after":null,"op":"d"}`+"\n", row.JSON)
		default:
			fmt.Fprintf(&lines, `{"before":null,"after":%s,"op":"c"}`+"\n", row.JSON)
		}
	}
	return lines.String()
}

// Format is the Flink format that reads JSON's file.
func (t Table) Format() string {
	if t.IsChangelog() {
		return "debezium-json"
	}
	return "json"
}

// Each splits a case of many expressions into one case for each, to tell which of them differs;
// another case is given back alone.
func (c Case) Each() []Case {
	if len(c.parts) < 2 {
		return []Case{c}
	}
	var each []Case
	for i, part := range c.parts {
		one := c
		one.Name = c.Name + ": " + part
		one.parts, one.exprs = c.parts[i:i+1], c.exprs[i:i+1]
		one.Query = selectOf(one.parts, c.from)
		one.Want = c.Want.column(i)
		each = append(each, one)
	}
	return each
}

// Expressions are those that the case computes one by one, none if it is a whole query.
func (c Case) Expressions() []string { return c.parts }

// selectOf is the query that computes expressions over a table's rows, or over none.
func selectOf(exprs []string, from string) string {
	var columns []string
	for i, e := range exprs {
		columns = append(columns, fmt.Sprintf("  %s AS c%d", e, i+1))
	}
	query := "SELECT\n" + strings.Join(columns, ",\n")
	if from != "" {
		query += "\nFROM " + from
	}
	return query
}
