package cases

import (
	"os"
	"testing"
)

// enough is how many expressions or queries a function is tried in at least, edges among them.
const enough = 2

func TestEveryFunctionIsTriedOrSaidToComeLater(t *testing.T) {
	all, err := Load(os.DirFS("../testdata"))
	if err != nil {
		t.Fatal(err)
	}
	uses := Uses(all)
	tried := 0
	for _, f := range Functions() {
		if uses[f.Form] >= enough {
			tried++
		} else if f.Later == "" {
			t.Errorf("%s: %s: in %d cases with a result, want %d", f.Category, f.Form, uses[f.Form], enough)
		}
	}
	t.Logf("%d of %d functions are tried", tried, len(Functions()))
}

func TestFunctionsAreFoundInSQL(t *testing.T) {
	byForm := map[string]Function{}
	for _, f := range Functions() {
		if _, twice := byForm[f.Form]; twice {
			t.Errorf("%s is listed twice", f.Form)
		}
		byForm[f.Form] = f
	}
	for _, c := range []struct {
		form, sql string
		want      bool
	}{
		{"UPPER(string)", "SELECT upper (x)", true},
		{"LEFT(string, integer)", "a LEFT JOIN b", false},
		{"MOD(numeric1, numeric2)", "MOD(1, 2)", true},
		{"EXP(numeric)", "REGEXP(x, y)", false},
		{"map[key]", "m['k']", true},
		{"value IN (subquery)", "x IN (SELECT y FROM t)", true},
		{"value1 IN (value2, ...)", "x IN (SELECT y FROM t)", false},
		{"FLOOR(temporal TO unit)", "FLOOR(ts TO DAY)", true},
		{"FLOOR(numeric)", "FLOOR(ts TO DAY)", false},
	} {
		if f, known := byForm[c.form]; !known || f.In(c.sql) != c.want {
			t.Errorf("%s in %s: want %t (known: %t)", c.form, c.sql, c.want, known)
		}
	}
}
