package flinksql_test

import (
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql"
)

func TestTablesOfAQuery(t *testing.T) {
	cases := []struct{ query, want string }{
		{"SELECT * FROM orders", "orders"},
		{"SELECT a.x FROM `logistics.shipment.v2.created` AS a JOIN payments.payment b ON a.id = b.id", "logistics.shipment.v2.created payments.payment"},
		{"SELECT * FROM a, b LEFT JOIN c ON a.x = c.x WHERE a.y IN (SELECT y FROM d)", "a b c d"},
		{"SELECT window_start FROM TABLE(TUMBLE(TABLE `x.y.v1.z`, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start", "x.y.v1.z"},
		{"WITH recent AS (SELECT * FROM a) SELECT * FROM recent JOIN b ON TRUE", "a b"},
		{"SELECT EXTRACT(DAY FROM ts), TRIM(BOTH ' ' FROM n) FROM a WHERE x IS NOT DISTINCT FROM y", "a"},
		{"SELECT 'FROM nowhere' -- FROM comment\nFROM a /* FROM b */", "a"},
		{"SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY a, b ORDER BY c) AS r FROM t) WHERE r <= 10", "t"},
		{"SELECT * FROM a CROSS JOIN UNNEST(a.items) AS t (sku)", "a"},
		{"SELECT o.x FROM orders AS o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.c = r.c", "orders rates"},
		{"SELECT a FROM x UNION ALL SELECT a FROM y", "x y"},
		{"WITH a AS (SELECT * FROM a) SELECT * FROM a", "a"},
		{"SELECT * FROM (WITH a AS (SELECT * FROM b) SELECT * FROM a) JOIN a ON TRUE", "b a"},
		{"SELECT (SELECT MAX(v) FROM x) FROM y ORDER BY (SELECT 1 FROM z) LIMIT 3;", "x y z"},
		{"SELECT * FROM y WHERE EXISTS (SELECT 1 FROM `a.b` AS i WHERE i.k = y.k) AND v > ALL (SELECT w FROM c.d.e)", "y a.b c.d.e"},
		{"SELECT * FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' MINUTE)", "t"},
		{"SELECT * FROM t MATCH_RECOGNIZE (PATTERN (a) DEFINE a AS TRUE) AS m", "t"},
	}
	for _, c := range cases {
		tables, err := flinksql.Tables(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		var names []string
		for _, table := range tables {
			names = append(names, table.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.query, got, c.want)
		}
	}
}

func TestMistakesHaveAPlace(t *testing.T) {
	cases := []struct{ query, want string }{
		{"SELECT 'open\nFROM a", "line 1, column 8: a string does not end"},
		{"SELECT *\nFROM (SELECT 1", "line 2, column 6: a bracket is not closed"},
		{"SELECT 1)", "line 1, column 9: a bracket is closed that was not opened"},
		{"SELECT /* 1", "line 1, column 8: a comment does not end"},
		{"SELECT `a", "line 1, column 8: an identifier in backticks does not end"},
	}
	for _, c := range cases {
		if _, err := flinksql.Tables(c.query); err == nil || err.Error() != c.want {
			t.Errorf("%q\n got %v\nwant %s", c.query, err, c.want)
		}
	}
}

func FuzzTables(f *testing.F) {
	f.Add("SELECT * FROM `a.b` WHERE x IN (SELECT 'it''s' FROM c)")
	f.Fuzz(func(_ *testing.T, query string) { _, _ = flinksql.Tables(query) })
}
