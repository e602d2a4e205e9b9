package generated

import "fmt"

// integer, text and so on of a depth are expressions over the columns of a row.

func (g *generator) number(depth int) string {
	if depth == 0 {
		return oneOf(g, "n", "id", "l", "1", "-3", "10")
	}
	a, b := g.number(depth-1), g.number(depth-1)
	return oneOf(g,
		fmt.Sprintf("(%s + %s)", a, b),
		fmt.Sprintf("(%s - %s)", a, b),
		fmt.Sprintf("%s * %s", a, b),
		fmt.Sprintf("MOD(%s, NULLIF(%s, 0))", a, b),
		fmt.Sprintf("%s / NULLIF(%s, 0)", a, b),
		fmt.Sprintf("ABS(%s)", a),
		fmt.Sprintf("SIGN(%s)", a),
		fmt.Sprintf("COALESCE(%s, %s)", a, b),
		fmt.Sprintf("CHAR_LENGTH(%s)", g.words(depth-1)),
		fmt.Sprintf("POSITION('X' IN %s)", g.words(depth-1)),
		fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", g.condition(depth-1), a, b),
		fmt.Sprintf("TRY_CAST(%s AS INT)", g.words(depth-1)),
		fmt.Sprintf("CAST(%s AS BIGINT)", a),
	)
}

func (g *generator) words(depth int) string {
	if depth == 0 {
		return oneOf(g, "s", "k", "s", "'Weft'", "''")
	}
	a, b := g.words(depth-1), g.words(depth-1)
	return oneOf(g,
		fmt.Sprintf("UPPER(%s)", a),
		fmt.Sprintf("LOWER(%s)", a),
		fmt.Sprintf("(%s || %s)", a, b),
		fmt.Sprintf("SUBSTRING(%s FROM %d)", a, g.IntN(4)),
		fmt.Sprintf("SUBSTRING(%s FROM %d FOR %d)", a, 1+g.IntN(3), g.IntN(4)),
		fmt.Sprintf("TRIM(%s)", a),
		fmt.Sprintf("REPLACE(%s, 'X', '-')", a),
		fmt.Sprintf("REVERSE(%s)", a),
		fmt.Sprintf("LPAD(%s, 6, '*')", a),
		fmt.Sprintf("COALESCE(%s, 'none')", a),
		fmt.Sprintf("CAST(%s AS STRING)", g.number(depth-1)),
		fmt.Sprintf("IF(%s, %s, %s)", g.condition(depth-1), a, b),
		fmt.Sprintf("MD5(%s)", a),
	)
}

func (g *generator) exact(depth int) string {
	if depth == 0 {
		return oneOf(g, "m", "m", "1.50", "CAST(n AS DECIMAL(12, 0))")
	}
	a, b := g.exact(depth-1), g.exact(0)
	return oneOf(g,
		fmt.Sprintf("(%s + %s)", a, b),
		fmt.Sprintf("(%s - %s)", a, b),
		a+" * 2",
		fmt.Sprintf("ROUND(%s, 1)", a),
		fmt.Sprintf("ABS(%s)", a),
		fmt.Sprintf("FLOOR(%s)", a),
		fmt.Sprintf("COALESCE(%s, %s)", a, b),
		fmt.Sprintf("CAST(%s AS DECIMAL(20, 3))", a),
	)
}

func (g *generator) approximate(depth int) string {
	if depth == 0 {
		return oneOf(g, "d", "d", "CAST(n AS DOUBLE)")
	}
	a := g.approximate(depth - 1)
	return oneOf(g, a+" * 0.5e0", fmt.Sprintf("(%s + d)", a), fmt.Sprintf("-(%s)", a), fmt.Sprintf("FLOOR(%s)", a))
}

func (g *generator) condition(depth int) string {
	if depth == 0 {
		return oneOf(g, "b", "b IS TRUE", "n > 0", "k = 'a'", "s IS NULL", "m >= 0", "d < 100", "id <> 3")
	}
	p, q := g.condition(depth-1), g.condition(depth-1)
	a, b := g.number(depth-1), g.number(depth-1)
	return oneOf(g,
		fmt.Sprintf("(%s AND %s)", p, q),
		fmt.Sprintf("(%s OR %s)", p, q),
		fmt.Sprintf("NOT (%s)", p),
		fmt.Sprintf("(%s) IS NOT FALSE", p),
		fmt.Sprintf("%s %s %s", a, oneOf(g, "<", "<=", "=", "<>", ">", ">="), b),
		fmt.Sprintf("%s BETWEEN %s AND %s", a, b, g.number(depth-1)),
		fmt.Sprintf("%s IN (1, 7, %s)", a, b),
		fmt.Sprintf("%s IS NULL", a),
		fmt.Sprintf("%s LIKE '%s'", g.words(depth-1), oneOf(g, "%X%", "a%", "_", "%", "W__t")),
		fmt.Sprintf("%s IS DISTINCT FROM %s", g.words(depth-1), g.words(depth-1)),
	)
}

// value is an expression of any type.
func (g *generator) value() string {
	depth := g.IntN(3)
	switch g.IntN(6) {
	case 0, 1:
		return g.number(depth)
	case 2:
		return g.words(depth)
	case 3:
		return g.exact(depth)
	case 4:
		return g.approximate(depth)
	default:
		return g.condition(depth)
	}
}

// aggregate is one whose value does not depend on the order of rows.
func (g *generator) aggregate() string {
	call := oneOf(g,
		"COUNT(*)",
		fmt.Sprintf("COUNT(%s)", g.value()),
		fmt.Sprintf("COUNT(DISTINCT %s)", g.number(1)),
		fmt.Sprintf("SUM(%s)", g.number(g.IntN(2))),
		fmt.Sprintf("SUM(%s)", g.exact(g.IntN(2))),
		fmt.Sprintf("SUM(%s)", g.approximate(g.IntN(2))),
		fmt.Sprintf("AVG(%s)", g.exact(0)),
		fmt.Sprintf("AVG(%s)", g.number(0)),
		fmt.Sprintf("MIN(%s)", g.number(1)),
		fmt.Sprintf("MAX(%s)", g.exact(1)),
		fmt.Sprintf("MIN(%s)", g.words(1)),
		fmt.Sprintf("MAX(%s)", g.words(0)),
	)
	if g.often(20) {
		call += fmt.Sprintf(" FILTER (WHERE %s)", g.condition(1))
	}
	return call
}
