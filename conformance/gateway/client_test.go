package gateway

import (
	"regexp"
	"strings"
	"testing"

	"github.com/weftmesh/weft/conformance/engines"
)

// script is what people type.
const script = `SET 'sql-client.execution.result-mode' = 'tableau';
CREATE TABLE g (n INT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '2', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '2');
SHOW TABLES;
SELECT n, CAST(n AS DECIMAL(10, 2)) AS d, TIMESTAMP '2020-01-02 03:04:05.12' AS t, ARRAY[n, 2] AS a, MAP['k', n] AS m, X'0102' AS b, DATE '2020-01-01' AS dd, CAST(NULL AS INT) AS z FROM g;
SELECT DISTINCT x FROM (VALUES ('a'), ('b'), ('a')) AS t (x);
CREATE TABLE hole (n INT) WITH ('connector' = 'blackhole');
INSERT INTO hole SELECT n FROM g;
SHOW JOBS;
SHOW CREATE TABLE hole;
SELECT nothing FROM g;
`

func TestFlinksOwnClientWorksUnchanged(t *testing.T) {
	t.Parallel()
	engines.Need(t, "JDK 17 and Maven", "java", "mvn")
	said := engines.FlinkSQLClient(t, startWeft(t, t.TempDir()).gateway, script)
	spaces := regexp.MustCompile(` +`)
	plain := spaces.ReplaceAllString(said, " ")
	for _, wanted := range []string{
		"| table name |", "| +I | 1 | 1.00 | 2020-01-02 03:04:05.12 | [1, 2] | {k=1} | x'0102' | 2020-01-01 | <NULL> |", "Received a total of 2 rows",
		"| +I | b |", "Job ID: ", "insert-into_default_catalog.default_database.hole |", "'connector' = 'blackhole'",
		"ValidationException: line 1, column 8: column nothing is not known here",
	} {
		if !strings.Contains(plain, wanted) {
			t.Errorf("the client does not print %q", wanted)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
}
