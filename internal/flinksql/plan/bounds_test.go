package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/parse"
)

// A query of thirty lines, each of which joins the one before with itself, would be a plan of a thousand million scans.
func TestAQueryThatDoublesIsRefused(t *testing.T) {
	s := newSession()
	if _, err := s.run(mustParse(t, "CREATE TABLE t (a INT) WITH ('connector' = 'kafka')")); err != nil {
		t.Fatal(err)
	}
	var query strings.Builder
	query.WriteString("WITH q0 AS (SELECT a FROM t)")
	for i := range 30 {
		fmt.Fprintf(&query, ", q%d AS (SELECT x.a FROM q%d AS x JOIN q%d AS y ON x.a = y.a)", i+1, i, i)
	}
	query.WriteString(" SELECT * FROM q30")
	parsed, err := parse.Query(query.String())
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.planner.Query(parsed)
	if err == nil || !strings.Contains(err.Error(), "names more than 2000 tables") {
		t.Fatalf("the error is %v", err)
	}
}
