package parse_test

import (
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/parse"
)

func TestAScriptIsReadStatementByStatement(t *testing.T) {
	script := `CREATE TABLE orders (id BIGINT, total DECIMAL(10, 2), at TIMESTAMP(3), PRIMARY KEY (id) NOT ENFORCED,
  WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH ('connector' = 'datagen');
CREATE TEMPORARY VIEW large AS SELECT * FROM orders WHERE total > 100;
INSERT INTO sink SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE large, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start;`
	_, err := parse.Statements(script)
	if err == nil {
		t.Fatal("at is a reserved word, and went through as a name")
	}
}

func TestAStatementKeepsTheTextOfAView(t *testing.T) {
	s, err := parse.Statement("CREATE VIEW v AS\n  SELECT a, b\n  FROM t ;")
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := s.(*ast.CreateView); !ok || v.Text != "SELECT a, b\n  FROM t" {
		t.Fatalf("got %#v", s)
	}
}
