// Package generated makes cases from a seed: queries that no one thought of, over rows that no one chose.
package generated

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/weftmesh/weft/conformance/flinksql/cases"
)

// Case is the case of a seed, without an answer. Flink takes every one of them and gives the same
// answer each time: no division by zero, no overflow of DECIMAL, doubles whose sums are exact.
func Case(seed uint64) cases.Case {
	g := &generator{rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // the seed is to give the same case again
	query := g.query()
	c := cases.Case{
		Feature: "generated", File: "generated", Line: int(seed), Name: fmt.Sprintf("seed %d", seed),
		Settings: map[string]string{}, Query: query.sql, Order: query.order,
	}
	for _, table := range []cases.Table{g.facts(), g.changes(), g.others()} {
		if strings.Contains(query.sql, table.Name) {
			c.Tables = append(c.Tables, table)
		}
	}
	return c
}

type generator struct{ *rand.Rand }

// oneOf chooses.
func oneOf[T any](g *generator, choices ...T) T { return choices[g.IntN(len(choices))] }

// often says yes p times of a hundred.
func (g *generator) often(p int) bool { return g.IntN(100) < p }

// facts are rows with a time attribute, out of order and at times late.
func (g *generator) facts() cases.Table {
	t := cases.Table{Name: "facts", Columns: columns + ",\n  ts TIMESTAMP(3),\n  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND"}
	second := 0
	for id := range 5 + g.IntN(40) {
		second += g.IntN(6)
		at := max(0, second-g.IntN(oneOf(g, 1, 4, 12)))
		row := fmt.Sprintf(`%s,"ts":"2024-01-01 00:%02d:%02d.%03d"}`, g.row(id+1), at/60, at%60, oneOf(g, 0, 0, 500, 999))
		t.Rows = append(t.Rows, cases.Change{Kind: "+I", JSON: row})
	}
	return t
}

// changes are rows that are changed and taken back.
func (g *generator) changes() cases.Table {
	t := cases.Table{Name: "changes", Columns: columns}
	var standing []string
	for id := range 5 + g.IntN(25) {
		row := g.row(id+1) + "}"
		t.Rows = append(t.Rows, cases.Change{Kind: "+I", JSON: row})
		standing = append(standing, row)
		for g.often(40) && len(standing) > 0 {
			i := g.IntN(len(standing))
			if g.often(40) {
				t.Rows = append(t.Rows, cases.Change{Kind: "-D", JSON: standing[i]})
				standing = append(standing[:i], standing[i+1:]...)
				continue
			}
			after := g.row(id+1) + "}"
			t.Rows = append(t.Rows, cases.Change{Kind: "-U", JSON: standing[i]}, cases.Change{Kind: "+U", JSON: after})
			standing[i] = after
		}
	}
	return t
}

// others are rows to join with.
func (g *generator) others() cases.Table {
	t := cases.Table{Name: "others", Columns: "  k STRING,\n  w INT,\n  label STRING"}
	for range 1 + g.IntN(11) {
		t.Rows = append(t.Rows, cases.Change{Kind: "+I", JSON: fmt.Sprintf(`{"k":%s,"w":%s,"label":%s}`, g.key(), g.integer(), g.text())})
	}
	return t
}

const columns = "  id INT,\n  k STRING,\n  n INT,\n  l BIGINT,\n  m DECIMAL(8, 2),\n  d DOUBLE,\n  b BOOLEAN,\n  s STRING"

// row is a row of columns, without its closing brace.
func (g *generator) row(id int) string {
	return fmt.Sprintf(`{"id":%d,"k":%s,"n":%s,"l":%s,"m":%s,"d":%s,"b":%s,"s":%s`,
		id, g.key(), g.integer(), g.integer(), g.decimal(), g.double(), g.orNull(oneOf(g, "true", "false")), g.text())
}

func (g *generator) orNull(text string) string {
	if g.often(12) {
		return "null"
	}
	return text
}

func (g *generator) key() string { return g.orNull(oneOf(g, `"a"`, `"b"`, `"c"`, `""`)) }

func (g *generator) integer() string {
	return g.orNull(fmt.Sprint(oneOf(g, 0, 1, -1, 7, -7, g.IntN(100), 2147483647, -2147483648)))
}

func (g *generator) decimal() string {
	return g.orNull(fmt.Sprintf("%.2f", float64(g.IntN(200_000)-100_000)/100))
}

// double is a multiple of a quarter, so that sums do not depend on their order.
func (g *generator) double() string {
	return g.orNull(fmt.Sprint(float64(g.IntN(4000)-2000) / 4))
}

func (g *generator) text() string {
	return g.orNull(oneOf(g, `""`, `"x"`, `"Weft"`, `"äöü"`, `"a😀b"`, `"12"`, `" pad "`, `"aXbXc"`))
}
