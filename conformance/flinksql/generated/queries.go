package generated

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

// query is a query, and how far the order of its changes is determined.
type query struct {
	sql   string
	order cases.Order
}

func (g *generator) query() query {
	shape := oneOf(g, g.projection, g.projection, g.grouping, g.grouping, g.nested, g.distinct, g.window, g.window,
		g.topN, g.lastRow, g.join, g.join, g.membership, g.subqueries, g.union)
	return shape()
}

// list is a select list: expressions named p1, p2, ...
func (g *generator) list(prefix string, count int, expression func() string) string {
	var parts []string
	for i := range count {
		parts = append(parts, fmt.Sprintf("%s AS %s%d", expression(), prefix, i+1))
	}
	return strings.Join(parts, ", ")
}

// where is a WHERE clause, or none.
func (g *generator) where() string {
	if g.often(50) {
		return ""
	}
	return " WHERE " + g.condition(1+g.IntN(2))
}

func (g *generator) source() string { return oneOf(g, "facts", "changes") }

func (g *generator) projection() query {
	return query{fmt.Sprintf("SELECT id, %s FROM %s%s", g.list("v", 1+g.IntN(4), g.value), g.source(), g.where()), cases.Changelog}
}

func (g *generator) grouping() query {
	key := oneOf(g, "k", "b", "k, b", "n > 0", "CHAR_LENGTH(s)", "")
	aggregates := g.list("a", 1+g.IntN(3), g.aggregate)
	if key == "" {
		return query{fmt.Sprintf("SELECT %s FROM %s%s", aggregates, g.source(), g.where()), cases.Changelog}
	}
	having := ""
	if g.often(30) {
		having = oneOf(g, " HAVING COUNT(*) > 1", " HAVING MAX(id) > 5", " HAVING SUM(m) > 0", " HAVING COUNT(*) < 3")
	}
	return query{fmt.Sprintf("SELECT %s, %s FROM %s%s GROUP BY %s%s", key, aggregates, g.source(), g.where(), key, having), cases.Changelog}
}

// nested counts groups by what they amount to.
func (g *generator) nested() query {
	inner := fmt.Sprintf("SELECT k, %s AS x, COUNT(*) AS c FROM %s%s GROUP BY k", oneOf(g, "MAX(n)", "COUNT(DISTINCT s)", "SUM(l)", "MIN(m)"), g.source(), g.where())
	return query{fmt.Sprintf("SELECT c, COUNT(*) AS groups_, MAX(x) AS most, MIN(x) AS least FROM (%s) GROUP BY c", inner), cases.Changelog}
}

func (g *generator) distinct() query {
	return query{fmt.Sprintf("SELECT DISTINCT %s FROM %s%s", g.list("v", 1+g.IntN(2), g.value), g.source(), g.where()), cases.Changelog}
}

func (g *generator) window() query {
	key := oneOf(g, "k", "b")
	call := oneOf(g,
		"TUMBLE(TABLE facts, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
		"TUMBLE(TABLE facts, DESCRIPTOR(ts), INTERVAL '7' SECOND, INTERVAL '3' SECOND)",
		"HOP(TABLE facts, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)",
		"CUMULATE(TABLE facts, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)",
		fmt.Sprintf("SESSION(TABLE facts PARTITION BY %s, DESCRIPTOR(ts), INTERVAL '4' SECOND)", key))
	return query{fmt.Sprintf("SELECT %s, window_start, window_end, %s FROM TABLE(%s)%s GROUP BY %s, window_start, window_end",
		key, g.list("a", 1+g.IntN(3), g.aggregate), call, g.where(), key), cases.Final}
}

// topN wants two rows or more: of one, Flink was seen to leave out the retraction of a row that a better one displaces
// (docs/flink-differences.md), so that its answer holds both.
func (g *generator) topN() query {
	rank := oneOf(g, "", "rn, ")
	return query{fmt.Sprintf("SELECT %sid, k, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY %s ORDER BY %s, id %s) AS rn FROM %s) WHERE rn <= %d",
		rank, oneOf(g, "k", "b", "k, b"), oneOf(g, "n", "n DESC", "m DESC", "s", "d"), oneOf(g, "", "DESC"), g.source(), 2+g.IntN(4)), cases.Final}
}

func (g *generator) lastRow() query {
	return query{fmt.Sprintf("SELECT id, k, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY %s ORDER BY ts DESC) AS rn FROM facts) WHERE rn = 1",
		oneOf(g, "k", "b", "s")), cases.Changelog}
}

func (g *generator) join() query {
	kind := oneOf(g, "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
	left := fmt.Sprintf("(SELECT id, k, n, m FROM %s%s)", g.source(), g.where())
	on := oneOf(g, "a.k = o.k", "a.k = o.k AND a.n > o.w", "a.n = o.w", "a.k = o.k AND o.w > 0")
	if g.often(40) {
		return query{fmt.Sprintf("SELECT o.label, COUNT(*) AS c, SUM(a.n) AS n, MAX(a.m) AS m FROM %s AS a %s others AS o ON %s GROUP BY o.label", left, kind, on), cases.Final}
	}
	return query{fmt.Sprintf("SELECT a.id, a.k, o.w, o.label FROM %s AS a %s others AS o ON %s", left, kind, on), cases.Final}
}

func (g *generator) membership() query {
	condition := oneOf(g,
		"k IN (SELECT k FROM others)",
		"k NOT IN (SELECT k FROM others WHERE k IS NOT NULL)",
		"n IN (SELECT w FROM others)",
		"EXISTS (SELECT 1 FROM others AS o WHERE o.k = a.k)",
		"NOT EXISTS (SELECT 1 FROM others AS o WHERE o.k = a.k AND o.w > 0)")
	return query{fmt.Sprintf("SELECT id, k, n FROM %s AS a WHERE %s", g.source(), condition), cases.Final}
}

// subqueries has queries as values. They read all of others, which has rows: of a query without any Flink loses those
// around it (docs/flink-differences.md).
func (g *generator) subqueries() query {
	value := func() string {
		return oneOf(g,
			"k IN (SELECT k FROM others)",
			"n NOT IN (SELECT w FROM others)",
			"EXISTS (SELECT 1 FROM others AS o WHERE o.k = a.k)",
			"EXISTS (SELECT 1 FROM others AS o WHERE o.w > a.n)",
			"n >= ALL (SELECT w FROM others)",
			"(SELECT COUNT(*) FROM others AS o WHERE o.k = a.k) > 1",
			"(SELECT MAX(w) FROM others AS o WHERE o.k = a.k) > a.n")
	}
	if g.often(50) {
		return query{fmt.Sprintf("SELECT id, k, n FROM %s AS a WHERE %s OR NOT (%s)", g.source(), value(), value()), cases.Final}
	}
	scalar := oneOf(g, "COUNT(*)", "MAX(w)", "SUM(w) + 1", "COUNT(DISTINCT w)")
	return query{fmt.Sprintf("SELECT id, %s, (SELECT %s FROM others AS o WHERE %s) AS s FROM %s AS a",
		g.list("v", 1+g.IntN(2), value), scalar, oneOf(g, "o.k = a.k", "o.w < a.n"), g.source()), cases.Final}
}

func (g *generator) union() query {
	sql := fmt.Sprintf("SELECT k, n FROM %s%s UNION ALL SELECT k, w FROM others", g.source(), g.where())
	if g.often(50) {
		sql = fmt.Sprintf("SELECT k, COUNT(*) AS c, SUM(n) AS n FROM (%s) GROUP BY k", sql)
	}
	return query{sql, cases.Final}
}
