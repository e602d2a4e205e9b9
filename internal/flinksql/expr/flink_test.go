package expr_test

import (
	"os"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/rows"
)

// answer is an expression with what Flink 2.3.0 said of it: its type and its text, or why it refused.
type answer struct{ sql, of, text string }

func recorded(t *testing.T, file string) []answer {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []answer
	for line := range strings.Lines(string(data)) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(parts) == 3 {
			all = append(all, answer{parts[0], parts[1], parts[2]})
		}
	}
	return all
}

// differences are answers that are not Flink's, with the reason.
func differences(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/differences.tsv")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(data)) {
		sql, why, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all[sql] = why
	}
	return all
}

// evaluated gives the type and the text of an expression without columns.
func evaluated(sql string) (rows.Type, string, error) {
	tree, err := parse.Expression(sql)
	if err != nil {
		return rows.Type{}, "", err
	}
	resolved, err := (&expr.Resolver{Env: &expr.Env{}}).Resolve(tree)
	if err != nil {
		return rows.Type{}, "", err
	}
	v, err := expr.Evaluate(resolved, nil)
	if err != nil {
		return rows.Type{}, "", err
	}
	if v == nil {
		return resolved.Type(), `\N`, nil
	}
	return resolved.Type(), expr.TextOf(v, resolved.Type(), nil), nil
}

var escapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`)

// oneReplacement writes bytes that are no text as one sign, however many they are.
func oneReplacement(text string) string {
	for strings.Contains(text, "\uFFFD\uFFFD") {
		text = strings.ReplaceAll(text, "\uFFFD\uFFFD", "\uFFFD")
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func TestExpressionsGiveWhatFlinkGives(t *testing.T) {
	known := differences(t)
	for _, a := range recorded(t, "testdata/flink.tsv") {
		of, text, err := evaluated(a.sql)
		if text != `\N` {
			text = oneReplacement(escapes.Replace(text))
			a.text = oneReplacement(a.text)
		}
		same := err == nil && of.Nullable(true).String() == strings.TrimSuffix(a.of, " NOT NULL") && text == a.text
		if text == `\N` && a.text == "" && strings.HasSuffix(a.of, " NOT NULL") {
			same = true // a NULL where Flink's type says that there is none: its client shows nothing
		}
		if a.of == "!" {
			same = err != nil
		}
		why, excepted := known[a.sql]
		switch {
		case same && excepted:
			t.Errorf("%s is as in Flink now; %q need not be said", a.sql, why)
		case !same && !excepted:
			t.Errorf("%s\n  gives %s\t%s\t%v\n  Flink %s\t%s", a.sql, of, text, err, a.of, a.text)
		}
	}
}
