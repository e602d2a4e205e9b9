package flinksql

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

// What the suite holds at least.
const (
	leastCases    = 600 // hand-written: queries, and lists of expressions
	leastFailures = 60  // refused by Flink, or failing at run time
)

// edge is what makes a case harder than it looks.
type edge struct {
	name string
	in   func(cases.Case) bool
}

func edges() []edge {
	return []edge{
		{"late rows", func(c cases.Case) bool { return timed(c) && strings.Contains(c.File, "late") }},
		{"rows out of order", disorder},
		{"updates and deletes in the input", changing},
		{"retractions in the answer", func(c cases.Case) bool {
			return slices.ContainsFunc(c.Want.Rows, func(r cases.Row) bool { return r.Kind == "-U" || r.Kind == "-D" })
		}},
		{"NULL", value(`^NULL$|\bNULL\b`)},
		{"empty text", value(`^""$`)},
		{"characters beyond the basic plane", asked(`[\x{10000}-\x{10ffff}]`)},
		{"decimals", typed(`DECIMAL`)},
		{"arrays, maps and rows", typed(`ARRAY|MAP|ROW|MULTISET`)},
		{"TIMESTAMP_LTZ", typed(`TIMESTAMP_LTZ`)},
		{"NaN, infinities, minus zero", value(`^(NaN|-?Infinity|-0)$`)},
		{"another time zone", func(c cases.Case) bool { return c.Settings["table.local-time-zone"] != "" }},
		{"refused", func(c cases.Case) bool { return c.Want.Failure == cases.Refused }},
		{"failing at run time", func(c cases.Case) bool { return c.Want.Failure == cases.Failed }},
	}
}

// TestTheSuiteIsAsLargeAsItSays counts the cases by feature and edge, and prints the table under -v.
func TestTheSuiteIsAsLargeAsItSays(t *testing.T) {
	all, err := cases.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	written, expressions, failures := map[string]int{}, map[string]int{}, 0
	seen, edgy := map[string]bool{}, map[string]int{}
	for _, c := range all {
		if place := fmt.Sprint(c.File, c.Line); !seen[place] {
			seen[place] = true
			written[c.Feature]++
		}
		expressions[c.Feature] += len(c.Expressions())
		if c.Want.Failure != "" {
			failures++
		}
		for _, part := range c.Each() {
			for _, e := range edges() {
				if e.in(part) {
					edgy[e.name]++
				}
			}
		}
	}
	total := 0
	for _, feature := range slices.Sorted(maps.Keys(written)) {
		t.Logf("%-12s %4d cases, with %4d expressions", feature, written[feature], expressions[feature])
		total += written[feature]
	}
	for _, e := range edges() {
		t.Logf("%4d with %s", edgy[e.name], e.name)
		if edgy[e.name] == 0 {
			t.Errorf("no case has %s", e.name)
		}
	}
	t.Logf("%4d cases in all; of %d questions to Flink %d fail", total, len(all), failures)
	if total < leastCases || failures < leastFailures {
		t.Errorf("%d cases and %d failures, want %d and %d", total, failures, leastCases, leastFailures)
	}
}

func timed(c cases.Case) bool {
	return slices.ContainsFunc(c.Tables, func(t cases.Table) bool { return strings.Contains(t.Columns, "WATERMARK") })
}

func changing(c cases.Case) bool { return slices.ContainsFunc(c.Tables, cases.Table.IsChangelog) }

// disorder says whether the rows of a table with a watermark go back in time.
func disorder(c cases.Case) bool {
	for _, t := range c.Tables {
		column := regexp.MustCompile(`WATERMARK FOR (\w+)`).FindStringSubmatch(t.Columns)
		if column == nil {
			continue
		}
		times := regexp.MustCompile(`"`+column[1]+`":"([^"]+)"`).FindAllStringSubmatch(t.JSON(), -1)
		for i := 1; i < len(times); i++ {
			if times[i][1] < times[i-1][1] {
				return true
			}
		}
	}
	return false
}

// value finds a pattern in the answer's values.
func value(pattern string) func(cases.Case) bool {
	re := regexp.MustCompile(pattern)
	return func(c cases.Case) bool {
		return slices.ContainsFunc(c.Want.Rows, func(r cases.Row) bool { return slices.ContainsFunc(r.Values, re.MatchString) })
	}
}

// typed finds a pattern in the types of the answer.
func typed(pattern string) func(cases.Case) bool {
	re := regexp.MustCompile(pattern)
	return func(c cases.Case) bool {
		return slices.ContainsFunc(c.Want.Columns, func(column cases.Column) bool { return re.MatchString(column.Type) })
	}
}

// asked finds a pattern in the query or the tables.
func asked(pattern string) func(cases.Case) bool {
	re := regexp.MustCompile(pattern)
	return func(c cases.Case) bool {
		return re.MatchString(c.Query) || slices.ContainsFunc(c.Tables, func(t cases.Table) bool { return re.MatchString(t.JSON()) })
	}
}
