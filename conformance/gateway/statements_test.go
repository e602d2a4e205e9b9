package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// statement is one that both run; with formal only the form of what it gives is compared.
type statement struct {
	text   string
	formal bool
}

func statements() []statement {
	plain := []string{
		"CREATE TABLE t (a INT NOT NULL, b STRING COMMENT 'the b', c DECIMAL(10, 2), d TIMESTAMP(3), e AS a + 1, f BYTES, g ARRAY<STRING>, h MAP<STRING, INT>, i ROW<x INT, y STRING>, " +
			"j TIMESTAMP_LTZ(3), WATERMARK FOR d AS d - INTERVAL '5' SECOND, PRIMARY KEY (a) NOT ENFORCED) COMMENT 'a table' WITH ('connector' = 'blackhole')",
		"CREATE TABLE k (a INT, at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL, `partition` INT METADATA VIRTUAL) WITH ('connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = '127.0.0.1:1', 'format' = 'json')",
		"CREATE TABLE g (a INT, b STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '3', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '3', 'fields.b.length' = '4')",
		"CREATE TEMPORARY TABLE temp (a INT) WITH ('connector' = 'blackhole')",
		"CREATE TABLE t (a INT) WITH ('connector' = 'blackhole')",
		"CREATE TABLE IF NOT EXISTS t (a INT) WITH ('connector' = 'blackhole')",
		"CREATE TABLE bad (a NOTATYPE) WITH ('connector' = 'blackhole')",
		"CREATE VIEW v AS SELECT a, b FROM g WHERE a > 1",
		"CREATE VIEW v AS SELECT a FROM g",
		"SHOW TABLES", "SHOW TABLES LIKE 't%'", "SHOW TABLES NOT LIKE 't%'", "SHOW VIEWS", "SHOW CATALOGS", "SHOW CURRENT CATALOG", "SHOW DATABASES", "SHOW CURRENT DATABASE",
		"SHOW MODULES", "SHOW FULL MODULES", "SHOW USER FUNCTIONS", "SHOW JARS",
		"SHOW CREATE TABLE t", "SHOW CREATE TABLE k", "SHOW CREATE TABLE g", "SHOW CREATE TABLE temp", "SHOW CREATE TABLE none", "SHOW CREATE VIEW t", "SHOW CREATE TABLE v",
		"DESCRIBE t", "DESC k", "DESCRIBE v", "DESCRIBE none", "SHOW COLUMNS FROM t",
		"SET 'some.key' = 'value'", "RESET 'some.key'", "RESET", "SET 'some.key'",
		"USE CATALOG default_catalog", "USE default_database", "USE none", "USE CATALOG none",
		"DROP VIEW v", "DROP VIEW v", "DROP VIEW IF EXISTS v", "DROP VIEW g", "DROP TABLE none", "DROP TABLE IF EXISTS none", "DROP TEMPORARY TABLE temp",
		"SELECT 1", "SELECT a FROM none", "SELECT none FROM g", "SELEC 1", "", "SELECT 1; SELECT 2", "SELECT a FROM g WHERE a > 'x' +",
		"SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS x (n, s)",
		"SELECT a, CHAR_LENGTH(b) AS l FROM g",
		"SELECT CAST(1.5 AS FLOAT), CAST(1.5 AS DOUBLE), CAST(1.50 AS DECIMAL(10, 2)), TRUE, CAST(1 AS TINYINT), CAST(2 AS SMALLINT), CAST(3 AS BIGINT)",
		"SELECT CAST('x' AS CHAR(3)), CAST('x' AS VARCHAR(3)), CAST('x' AS STRING), X'0102', CAST(X'0102' AS BYTES)",
		"SELECT DATE '2020-01-02', TIME '01:02:03', TIMESTAMP '2020-01-02 03:04:05.120', CAST(TIMESTAMP '2020-01-02 03:04:05.120' AS TIMESTAMP_LTZ(3)), TIMESTAMP '2020-01-02 03:04:00'",
		"SELECT INTERVAL '1-2' YEAR TO MONTH, INTERVAL '5' SECOND, INTERVAL '2' DAY",
		"SELECT ARRAY[1, 2], MAP['a', 1], ROW(1, 'x'), CAST(ROW(1, 'x') AS ROW<a INT, b STRING>), ARRAY[ROW(1, TRUE)]",
		"SELECT CAST(NULL AS INT), MAP['x', CAST(NULL AS INT)], CAST(NULL AS ROW<a INT>)",
		"SELECT MAP[1, 'a']", "SELECT 'ü\"\\ é'", "SELECT 1 AS `a b`",
		"INSERT INTO t SELECT a FROM g", "INSERT INTO none SELECT 1",
		"CREATE TABLE hole (a INT, b STRING) WITH ('connector' = 'blackhole')",
		"STOP JOB '00000000000000000000000000000000'",
	}
	var all []statement
	for _, text := range plain {
		all = append(all, statement{text: text})
	}
	return append(all,
		statement{text: "INSERT INTO hole SELECT a, b FROM g", formal: true},
		statement{text: "EXECUTE STATEMENT SET BEGIN INSERT INTO hole SELECT a, b FROM g; INSERT INTO hole SELECT a + 1, b FROM g; END", formal: true},
		statement{text: "EXPLAIN SELECT a FROM g", formal: true},
		statement{text: "EXPLAIN INSERT INTO hole SELECT a, b FROM g", formal: true},
		statement{text: "SHOW JOBS", formal: true}, statement{text: "SHOW FUNCTIONS", formal: true}, statement{text: "SET", formal: true},
		statement{text: "CREATE VIEW w AS SELECT a, b FROM g"}, statement{text: "SHOW CREATE VIEW w", formal: true},
	)
}

// compareStatements runs all statements with results as JSON, and some again with results as text.
func compareStatements(t *testing.T, ours, theirs target) {
	properties := map[string]string{"parallelism.default": "1", "table.local-time-zone": "UTC"}
	for _, format := range []string{"JSON", "PLAIN_TEXT"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			a, b := theirs.open(t, properties), ours.open(t, properties)
			for _, st := range statements() {
				if format == "PLAIN_TEXT" && !st.hasForms() {
					continue
				}
				if diff := cmp.Diff(st.in(a, format), st.in(b, format), cmp.AllowUnexported(outcome{})); diff != "" {
					t.Errorf("%s (- Flink, + Weft):\n%s", st.text, diff)
				}
			}
		})
	}
}

// hasForms reports whether the statement gives values whose text is not that of JSON, or makes what others show.
func (st statement) hasForms() bool {
	return slices.ContainsFunc([]string{"CREATE", "SHOW", "SELECT CAST", "SELECT D", "SELECT I", "SELECT A", "SELECT M"}, func(start string) bool {
		return strings.HasPrefix(st.text, start)
	})
}

// in runs the statement and leaves out what is chance.
func (st statement) in(s session, format string) outcome {
	o := s.run(st.text, format)
	o.job = ""
	if st.formal && o.Rows != nil {
		o.Rows = []any{len(o.Rows) > 0}
	}
	if o.Query == true { // its rows may come some pages later: how many are empty is chance
		o.Types = nil
	}
	return o
}

// comparePaging goes on from page to page, and back by one.
func comparePaging(t *testing.T, ours, theirs target) {
	for _, to := range []target{theirs, ours} {
		s := to.open(t, nil)
		operation := ask(t, http.MethodPost, s.path("/statements"), map[string]string{"statement": "SHOW CATALOGS"}).text("operationHandle")
		s.await(operation)
		for _, step := range []struct {
			token, kind string
			status      int
		}{{"0", "PAYLOAD", 200}, {"0", "PAYLOAD", 200}, {"1", "EOS", 200}, {"1", "EOS", 200}, {"0", "PAYLOAD", 200}, {"2", "", 500}} {
			r := ask(t, http.MethodGet, s.path("/operations/"+operation+"/result/"+step.token), nil)
			if r.Status != step.status || r.text("resultType") != step.kind {
				t.Errorf("%s: page %s is %v, want %d %s", to.name, step.token, r, step.status, step.kind)
			}
		}
	}
}

// compareFiles writes a folder of files and reads it.
func compareFiles(t *testing.T, ours, theirs target) {
	var got [2]outcome
	for i, to := range []target{theirs, ours} {
		s := to.open(t, map[string]string{"parallelism.default": "1"})
		s.run("CREATE TABLE files (n INT, s STRING, d DECIMAL(10, 2), a ARRAY<INT>) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = 'file://"+t.TempDir()+"')", "JSON")
		job := s.run("INSERT INTO files VALUES (1, 'one', 1.5, ARRAY[1]), (2, CAST(NULL AS STRING), 2.25, ARRAY[1, 2])", "JSON").job
		(&chronicle{t: t, target: to}).await(job, "FINISHED")
		got[i] = statement{text: "SELECT * FROM files"}.in(s, "JSON")
		if len(got[i].Rows) != 2 {
			t.Errorf("%s reads %v", to.name, got[i])
		}
		// The rows of VALUES with unlike types are those of two sources, which write in either order.
		slices.SortFunc(got[i].Rows, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	if diff := cmp.Diff(got[0], got[1], cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("what they read differs (- Flink, + Weft):\n%s", diff)
	}
}
