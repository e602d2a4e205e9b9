package parse

import (
	"strings"
	"testing"
)

// TestReadingTakesTimeInProportion counts looks at tokens: a text fifty times as long takes no more than fifty times as many, and a few.
func TestReadingTakesTimeInProportion(t *testing.T) {
	shapes := map[string]func(n int) string{
		"a list":       func(n int) string { return "SELECT * FROM t WHERE a IN (1" + strings.Repeat(", 1", n) + ")" },
		"ANDs":         func(n int) string { return "SELECT * FROM t WHERE a = 1" + strings.Repeat(" AND a = 1", n) },
		"ORs of ANDs":  func(n int) string { return "SELECT a" + strings.Repeat(" OR b AND c", n) },
		"additions":    func(n int) string { return "SELECT 1" + strings.Repeat(" + 1", n) },
		"select items": func(n int) string { return "SELECT a" + strings.Repeat(", a.b AS c", n) + " FROM t" },
		"columns": func(n int) string {
			return "CREATE TABLE t (a INT" + strings.Repeat(", b ROW<c INT, d ARRAY<STRING>>", n) + ")"
		},
		"rows":            func(n int) string { return "INSERT INTO t VALUES (1, 'a')" + strings.Repeat(", (1, 'a')", n) },
		"unions":          func(n int) string { return "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", n) },
		"joins":           func(n int) string { return "SELECT * FROM t" + strings.Repeat(" JOIN t ON a = b", n) },
		"commas in FROM":  func(n int) string { return "SELECT * FROM t" + strings.Repeat(", t", n) },
		"parts of a name": func(n int) string { return "SELECT a" + strings.Repeat(".a", n) },
		"stars":           func(n int) string { return "SELECT a" + strings.Repeat(".a", n) + ".* FROM t" },
		"indexes":         func(n int) string { return "SELECT a" + strings.Repeat("[1]", n) },
		"texts in a row":  func(n int) string { return "SELECT 'a'" + strings.Repeat(" 'a'", n) },
		"statements":      func(n int) string { return strings.Repeat("SELECT 1;", n) },
		"queries by name": func(n int) string {
			return "WITH a AS (SELECT 1)" + strings.Repeat(", a AS (SELECT 1)", n) + " SELECT 1"
		},
		"cases":             func(n int) string { return "SELECT CASE " + strings.Repeat("WHEN a THEN b ", n) + "END" },
		"named arguments":   func(n int) string { return "SELECT f(a => 1" + strings.Repeat(", a => 1", n) + ")" },
		"brackets in match": func(n int) string { return "SELECT * FROM t MATCH_RECOGNIZE (" + strings.Repeat("(a) ", n) + ")" },
		"array types": func(n int) string {
			return "SELECT CAST(a AS INT" + strings.Repeat(" ARRAY", min(n, 100)) + ")" + strings.Repeat(" + 1", n)
		},
	}
	for _, name := range []string{"a list", "ANDs"} {
		if n := steps(t, name, shapes[name](99999)); n > 30*200000 {
			t.Errorf("%s: %d looks at the tokens of 100000", name, n)
		}
	}
	for name, shape := range shapes {
		small, large := steps(t, name, shape(400)), steps(t, name, shape(20000))
		if large > 51*small {
			t.Errorf("%s: %d looks at tokens for 400, %d for 20000", name, small, large)
		}
	}
}

func steps(t *testing.T, name, text string) int {
	t.Helper()
	p := newParser(text)
	defer func() {
		if caught := recover(); caught != nil {
			t.Errorf("%s: %v", name, caught.(failure).mistake)
		}
	}()
	p.script()
	return p.steps
}

func TestNestingIsBounded(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 10000),
		"SELECT " + strings.Repeat("(", 10000) + "1" + strings.Repeat(")", 10000),
		"SELECT " + strings.Repeat("NOT ", 10000) + "a",
		"SELECT " + strings.Repeat("- ", 10000) + "a",
		"SELECT " + strings.Repeat("CASE WHEN ", 10000),
		"SELECT " + strings.Repeat("f(", 10000),
		"SELECT " + strings.Repeat("ARRAY[", 10000),
		"SELECT " + strings.Repeat("a[", 10000),
		"SELECT " + strings.Repeat("CAST(", 10000),
		"SELECT " + strings.Repeat("a BETWEEN b AND ", 110000) + "c",
		"SELECT " + strings.Repeat("INTERVAL (", 10000),
		"SELECT * FROM " + strings.Repeat("(", 10000),
		"SELECT * FROM " + strings.Repeat("(SELECT * FROM ", 10000),
		"CREATE TABLE t (a " + strings.Repeat("ARRAY<", 10000),
		"CREATE TABLE t (a INT" + strings.Repeat(" ARRAY", 10000) + ")",
		"CREATE TABLE t (a " + strings.Repeat("ROW<a ", 10000),
		strings.Repeat("EXPLAIN ", 10000),
		strings.Repeat("EXECUTE ", 10000) + "SELECT 1",
		strings.Repeat("EXPLAIN EXECUTE ", 10000) + "SELECT 1",
		"WITH " + strings.Repeat("a AS (WITH ", 10000),
		"SELECT 1" + strings.Repeat(" + 1", 110000),
	} {
		if _, err := Statements(text); err == nil {
			t.Errorf("%.40s... was read", text)
		}
	}
	if _, err := Statements("SELECT " + strings.Repeat("(", 150) + "1" + strings.Repeat(")", 150)); err != nil {
		t.Errorf("150 brackets: %v", err)
	}
}
