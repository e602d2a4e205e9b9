package flinksql

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
	"github.com/weftmesh/weft/internal/flinksql/expr"
)

const functionsFile = "../../docs/flink-functions.md"

var update = flag.Bool("update", false, "write "+functionsFile)

const functionsHead = `# The functions of Flink SQL

Every function that Flink 2.3 documents for SQL, and what the embedded engine makes of it. "Equal" counts the recorded
expressions and queries with a result that use the function and that the engine answers as Flink does; "other" those
that it answers in another way, each with its reason in [flink-differences.md](flink-differences.md). The test writes
this page: ` + "`go test ./conformance/flinksql -run FunctionTable -update`" + `.

`

// TestTheFunctionTableIsUpToDate makes the table from the cases and the list of differences.
func TestTheFunctionTableIsUpToDate(t *testing.T) {
	all, err := cases.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	want := functionTable(cases.Users(all), reasons(t))
	if *update {
		if err := os.WriteFile(functionsFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(functionsFile)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the cases say (%v): run the test with -update", functionsFile, err)
	}
}

func functionTable(users map[string][]cases.Case, differs map[string]bool) string {
	var table strings.Builder
	equal, missing, category := 0, 0, ""
	for _, f := range cases.Functions() {
		if f.Category != category {
			category = f.Category
			fmt.Fprintf(&table, "\n## %s\n\n| Function | Equal | Other | Where |\n|---|---|---|---|\n", category)
		}
		row := functionRow(f, users[f.Form], differs)
		fmt.Fprintf(&table, "| %s | %s |\n", code(f.Form), row.text)
		if row.equal {
			equal++
		} else {
			missing++
		}
	}
	return functionsHead + fmt.Sprintf("%d of %d are equal by test, %d are missing or not equal.\n", equal, equal+missing, missing) + table.String()
}

// tableRow is what is said of one function.
type tableRow struct {
	text  string
	equal bool
}

func functionRow(f cases.Function, users []cases.Case, differs map[string]bool) tableRow {
	same, other, files := 0, 0, map[string]bool{}
	for _, c := range users {
		if differs[c.File+": "+c.Name] {
			other++
			continue
		}
		same++
		files[strings.TrimSuffix(c.File, ".cases")] = true
	}
	if same > 0 {
		where := slices.Sorted(maps.Keys(files))
		if len(where) > 3 {
			where = append(where[:3], "...")
		}
		return tableRow{fmt.Sprintf("%d | %d | %s", same, other, strings.Join(where, ", ")), true}
	}
	why := "missing"
	if _, there := expr.LookupFunction(f.Name()); there {
		why = "there, and not equal"
	}
	if f.Later != "" {
		why += ": " + f.Later
	}
	return tableRow{fmt.Sprintf("| %d | %s", other, why), false}
}

// code is a form as a cell of the table.
func code(form string) string { return "`" + strings.ReplaceAll(form, "|", `\|`) + "`" }
