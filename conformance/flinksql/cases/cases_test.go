package cases

import (
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestEveryFileIsWrittenAsItIsRead holds the files of testdata against the writer, so that recording changes answers alone.
func TestEveryFileIsWrittenAsItIsRead(t *testing.T) {
	all, err := Load(os.DirFS("../testdata"))
	if err != nil || len(all) == 0 {
		t.Fatalf("%d cases: %v", len(all), err)
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.File] {
			continue
		}
		seen[c.File] = true
		text, _ := os.ReadFile("../testdata/" + c.File)
		file, err := Parse(c.File, string(text))
		if err != nil {
			t.Fatal(err)
		}
		if file.String() != string(text) {
			t.Errorf("%s: it would be written as\n%s", c.File, file)
		}
	}
}

func TestEveryCaseHasAnAnswerThatAgreesWithItself(t *testing.T) {
	all, err := Load(os.DirFS("../testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		for _, part := range append(c.Each(), c) {
			answer, err := Recorded{}.Run(t.Context(), part)
			if err != nil {
				t.Error(err)
			} else if diff := part.Compare(answer); diff != "" {
				t.Errorf("%s: %s", part.Place(), diff)
			}
		}
	}
}

const story = `# A comment.
set table.local-time-zone = Europe/Prague

table t (
  a INT,
  b STRING
)
+I {"a":1,"b":"x"}
-U {"a":1,"b":"x"}
+U {"a":1,"b":"y"}

view v
SELECT a FROM t

case a query
set k = v
compare final
SELECT a, b
FROM t
----
columns: a INT, b VARCHAR(3)
+I 1, "x, \"|"
-D 1, NULL

exprs two
from t
a + 1 --> INT = 2 | 3
b     --> STRING = "x" | "y"
1 / 0 --> failed: by zero
`

func TestAFileIsTablesViewsAndCases(t *testing.T) {
	all, err := Load(fstest.MapFS{"f/t.cases": {Data: []byte(story)}})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d cases: %v", len(all), err)
	}
	query, exprs, failing := all[0], all[1], all[2]
	if query.Feature != "f" || query.Order != Final || query.Settings["k"] != "v" || query.Settings["table.local-time-zone"] != "Europe/Prague" {
		t.Errorf("read %+v", query)
	}
	if exprs.Settings["k"] != "" || exprs.Query != "SELECT\n  a + 1 AS c1,\n  b AS c2\nFROM t" || failing.Want.Failure != Failed {
		t.Errorf("read %+v and %+v", exprs, failing)
	}
	want := `{"before":null,"after":{"a":1,"b":"x"},"op":"c"}` + "\n" + `{"before":{"a":1,"b":"x"},"after":{"a":1,"b":"y"},"op":"u"}` + "\n"
	if got := query.Tables[0].JSON(); got != want || query.Tables[0].Format() != "debezium-json" {
		t.Errorf("the table is written as %s", got)
	}
}

func TestADifferenceIsFound(t *testing.T) {
	all, err := Load(fstest.MapFS{"f/t.cases": {Data: []byte(story)}})
	if err != nil {
		t.Fatal(err)
	}
	query, exprs := all[0], all[1]
	query.Order = Changelog
	row := func(kind string, values ...string) Row { return Row{Kind: kind, Values: values} }
	for _, c := range []struct {
		in   Case
		got  Answer
		want string // "" for no difference
	}{
		{query, Answer{Rows: []Row{row("+I", "1", `"x, \"|"`), row("-D", "1", "NULL")}}, ""},
		{query, Answer{Rows: []Row{row("-D", "1", "NULL"), row("+I", "1", `"x, \"|"`)}}, "row 1: want +I"},
		{query, Answer{Rows: []Row{row("+I", "1", `"x, \"|"`)}}, "got none"},
		{query, Answer{Rows: []Row{row("+I", "1", `"x, \"|"`), row("-U", "1", "NULL")}}, "got -U 1, NULL"},
		{query, Answer{Failure: Failed, Message: "oh"}, "got  failed: oh"},
		{query, Answer{Columns: []Column{{"a", "BIGINT"}, {"b", "VARCHAR(3)"}}}, "want a INT, got a BIGINT"},
		{query, Answer{Columns: []Column{{"a", "INT NOT NULL"}, {"b", "VARCHAR(3)"}}, Rows: query.Want.Rows}, ""},
		{exprs, Answer{Rows: []Row{row("+I", "2", `"x"`), row("+I", "4", `"y"`)}}, "a + 1: row 2: want 3, got 4"},
		{exprs.Each()[1], Answer{Rows: []Row{row("+I", `"x"`), row("+I", `"y"`)}}, ""},
		{all[2], Answer{Failure: Refused}, "want failed: by zero"},
	} {
		if diff := c.in.Compare(c.got); (c.want == "") != (diff == "") || !strings.Contains(diff, c.want) {
			t.Errorf("%s against %+v: %q, want %q", c.in.Name, c.got, diff, c.want)
		}
	}
}

func TestFoldedChangesAreWhatStands(t *testing.T) {
	changes, err := parseAnswer([]string{"+I 1", "+I 2", "-U 1", "+U 3", "-D 2", "+I 3", "-D 9"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range Fold(changes.Rows) {
		got = append(got, row.String())
	}
	if text := strings.Join(got, "; "); text != "+I 3; +I 3; -D 9" {
		t.Errorf("what stands is %s", text)
	}
}

func TestValuesHaveOneText(t *testing.T) {
	noon := time.Date(2024, 1, 31, 12, 0, 0, 123_456_789, time.FixedZone("east", 3600))
	for _, c := range []struct{ got, want string }{
		{Real(9007199254740992.0), "9007199254740992"},
		{Real(1e21), "1e+21"},
		{Real(0.0001), "0.0001"},
		{Real(0.00001), "1e-05"},
		{Real(5e-324), "5e-324"},
		{Real(float32(0.1)), "0.1"},
		{Real(math.Copysign(0, -1)), "-0"},
		{Real(math.NaN()), "NaN"},
		{Real(math.Inf(-1)), "-Infinity"},
		{Text("a\"\\\n\t\x01é😀\u2028"), `"a\"\\\n\t\u0001é😀\u2028"`},
		{Bytes([]byte{0, 255}), "x'00ff'"},
		{Date(noon), "2024-01-31"},
		{Clock(noon, 0), "12:00:00"},
		{Timestamp(noon, 3), "2024-01-31T12:00:00.123"},
		{Instant(noon, 6), "2024-01-31T11:00:00.123456Z"},
		{Months(14), "14 months"},
		{Seconds(-1500 * time.Millisecond), "-1.500 seconds"},
		{Map([][2]string{{`"b"`, "1"}, {`"a"`, Null}}), `{"a": NULL, "b": 1}`},
		{Array([]string{Tuple([]string{"1", Null}), Null}), "[(1, NULL), NULL]"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}
