package expr_test

import (
	"slices"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

// unrecorded are functions that are not in this record: their values are of the moment, or by chance, or the cases of
// conformance/flinksql hold them.
var unrecorded = []string{
	"CURRENT_DATABASE", "IS_ALPHA", "IS_DECIMAL", "IS_DIGIT", "CURRENT_DATE", "CURRENT_ROW_TIMESTAMP", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_WATERMARK", "INTERVAL", "LOCALTIME", "LOCALTIMESTAMP", "NOW",
	"PROCTIME", "UUID",
}

// used gives the names of the functions in expressions that Flink answered.
func used(t *testing.T) map[string]bool {
	names := map[string]bool{}
	for _, a := range recorded(t, "testdata/flink.tsv") {
		tree, err := parse.Expression(a.sql)
		if err != nil || a.of == "!" {
			continue
		}
		resolved, err := (&expr.Resolver{}).Resolve(tree)
		if err != nil {
			continue
		}
		expr.Walk(resolved, func(e expr.Expr) bool {
			if of, ok := e.(*expr.Call); ok {
				names[of.Func.Name] = true
			}
			return true
		})
	}
	return names
}

func TestEveryFunctionIsHeldAgainstFlink(t *testing.T) {
	names := used(t)
	for _, entry := range expr.Catalogue() {
		f, scalar := expr.LookupFunction(entry.Name)
		if scalar && !names[f.Name] && !slices.Contains(unrecorded, entry.Name) {
			t.Errorf("%s (%s) is in no recorded expression", entry.Name, entry.Category)
		}
	}
}

func TestNoFunctionIsBothThereAndMissing(t *testing.T) {
	for _, name := range expr.Missing() {
		if _, ok := expr.LookupFunction(name); ok {
			t.Errorf("%s is there, and said to be missing", name)
		}
	}
}
