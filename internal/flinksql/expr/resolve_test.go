package expr_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/rows"
)

func orders() table {
	address := rows.Type{Kind: rows.Row, Fields: []rows.Field{{Name: "city", Type: rows.StringType}}}
	at := rows.TimestampType(3)
	at.Time = rows.RowTime
	return table{
		{Name: "id", Type: rows.BigIntType.Nullable(false)},
		{Name: "note", Type: rows.StringType},
		{Name: "paid", Type: rows.BooleanType},
		{Name: "amount", Type: rows.DecimalType(10, 2)},
		{Name: "ts", Type: at},
		{Name: "address", Type: address},
	}
}

func resolvedIn(t *testing.T, schema table, sql string) (expr.Expr, error) {
	t.Helper()
	tree, err := parse.Expression(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return (&expr.Resolver{Scope: schema}).Resolve(tree)
}

func TestMistakesAreSaidWithPlaceAndHint(t *testing.T) {
	for _, c := range []struct{ sql, says, hint string }{
		{"note + 1", "line 1, column 6: + does not take STRING and INT", "CAST the string to a number: CAST(text AS INT)."},
		{"ts - ts", "line 1, column 4: - does not take TIMESTAMP(3) and TIMESTAMP(3)", "Write TIMESTAMPDIFF(SECOND, from, to) for the time between two points."},
		{"id = note", "line 1, column 4: BIGINT cannot be compared with STRING", "CAST one of them to the other's type."},
		{"paid AND id", "line 1, column 6: AND, OR and NOT take a BOOLEAN, not BIGINT", "Write a comparison, or CAST(... AS BOOLEAN)."},
		{"UPPER(id)", "line 1, column 1: UPPER: argument 1 is a string, not BIGINT", "Write CAST(... AS STRING)."},
		{"UPER(note)", "line 1, column 1: there is no function UPER", "Did you mean UPPER?"},
		{"1 + SUM(id)", "line 1, column 5: the aggregate function SUM cannot stand here", "Aggregate in a SELECT with GROUP BY, or in HAVING."},
		{"CUME_DIST(id)", "line 1, column 1: the function CUME_DIST of Flink is missing here", ""},
		{"address.town", "line 1, column 1: the ROW has no field `town`", ""},
		{"address.citi", "line 1, column 1: the ROW has no field `citi`", "Did you mean `city`?"},
		{"CAST(ts AS BIGINT)", "line 1, column 1: TIMESTAMP(3) cannot be cast to a number", "Write UNIX_TIMESTAMP(CAST(ts AS STRING))."},
		{"CAST(id AS TIME(6))", "line 1, column 12: TIME(6) is missing here: a fraction of a second has at most 3 digits", "Write TIME(3)."},
		{"CASE WHEN paid THEN 1 ELSE 'x' END", "line 1, column 1: the results of CASE have no type in common: INT, CHAR(1)", "CAST the results to one type."},
		{"LOWER(NULL)", "line 1, column 1: LOWER: a bare NULL has no type here", "Give it a type: CAST(NULL AS STRING)."},
		{"EXTRACT(FOO FROM ts)", "line 1, column 1: EXTRACT: FOO cannot be taken from TIMESTAMP(3)", "Units are YEAR, QUARTER, MONTH, WEEK, DAY, DOW, DOY, HOUR, MINUTE, SECOND, MILLISECOND, EPOCH."},
		{"JSON_VALUE(note, '$.a[')", "line 1, column 1: JSON_VALUE: the JSON path '$.a[' has a bracket that does not end", "Paths are $.a.b, $['a b'], $.list[0], $.list[*]."},
		{"id IN (SELECT 1)", "line 1, column 4: a subquery is missing here: it cannot give a value at this place", "Write the query in FROM, as a JOIN, or as a condition of WHERE."},
	} {
		_, err := resolvedIn(t, orders(), c.sql)
		var mistake *lex.Error
		if !errors.As(err, &mistake) {
			t.Errorf("%s: %v is no mistake with a place", c.sql, err)
			continue
		}
		if mistake.Error() != c.says || mistake.Hint != c.hint {
			t.Errorf("%s says\n  %s\n  %s\nwant\n  %s\n  %s", c.sql, mistake, mistake.Hint, c.says, c.hint)
		}
	}
}

func TestExpressionsAreWrittenAsPlansShowThem(t *testing.T) {
	for sql, want := range map[string]string{
		"id > 5 AND paid AND note = 'a''b'": "AND(>($0, 5), $2, =($1, 'a''b'))",
		"CAST(id AS STRING)":                "CAST($0 AS STRING)",
		"amount * 2":                        "*($3, 2:DECIMAL(10, 0))",
		"address.city":                      "$5.city",
		"COALESCE(note, 'none')":            "COALESCE($1, 'none')",
		"id BETWEEN 1 AND 3":                "AND(>=($0, 1), <=($0, 3))",
		"EXTRACT(DAY FROM ts)":              "EXTRACT(FLAG(DAY), $4)",
		"ts + INTERVAL '1' DAY":             "+($4, +1 00:00:00.000:INTERVAL SECOND(3))",
		"id = ANY (1, 2)":                   "OR(=($0, 1), =($0, 2))",
	} {
		e, err := resolvedIn(t, orders(), sql)
		if err != nil || e.String() != want {
			t.Errorf("%s is written %v (%v), want %s", sql, e, err, want)
		}
	}
}

func TestATimeAttributeIsPlainOnceComputedOn(t *testing.T) {
	for sql, time := range map[string]rows.TimeAttribute{
		"ts": rows.RowTime, "ts + INTERVAL '1' SECOND": rows.NoTime, "CAST(ts AS TIMESTAMP(3))": rows.NoTime, "COALESCE(ts, ts)": rows.NoTime,
		"PROCTIME()": rows.ProcTime,
	} {
		e, err := resolvedIn(t, orders(), sql)
		if err != nil || e.Type().Time != time {
			t.Errorf("%s has the type %v (%v)", sql, e.Type(), err)
		}
	}
}

func TestThreeValuedLogicHoldsForEveryPair(t *testing.T) {
	schema := table{{Name: "a", Type: rows.BooleanType}, {Name: "b", Type: rows.BooleanType}}
	values := []any{true, false, nil}
	builder := rows.NewBuilder([]rows.Type{rows.BooleanType, rows.BooleanType})
	for _, a := range values {
		for _, b := range values {
			builder.Append(rows.Insert, []any{a, b})
		}
	}
	batch := builder.Batch()
	for sql, want := range map[string][]any{
		"a AND b":                    {true, false, nil, false, false, false, nil, false, nil},
		"a OR b":                     {true, true, true, true, false, nil, true, nil, nil},
		"NOT a":                      {false, false, false, true, true, true, nil, nil, nil},
		"a IS TRUE":                  {true, true, true, false, false, false, false, false, false},
		"a IS NOT FALSE":             {true, true, true, false, false, false, true, true, true},
		"a IS DISTINCT FROM b":       {false, true, true, true, false, true, true, true, false},
		"a AND CAST('1' AS INT) > 0": {true, true, true, false, false, false, nil, nil, nil},
	} {
		out, err := compiled(t, schema, sql).Eval(batch)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range want {
			if out.Value(i) != v {
				t.Errorf("%s of %v is %v, want %v", sql, batch.Row(i), out.Value(i), v)
			}
		}
	}
}

func TestARowThatAnAndLeavesOutIsNotComputed(t *testing.T) {
	schema := table{{Name: "n", Type: rows.IntType}, {Name: "s", Type: rows.StringType}}
	builder := rows.NewBuilder([]rows.Type{rows.IntType, rows.StringType})
	builder.Append(rows.Insert, []any{int64(0), "x"})
	builder.Append(rows.Insert, []any{int64(4), "8"})
	batch := builder.Batch()
	for sql, want := range map[string][]int32{
		"n <> 0 AND 8 / n = 2":                                {1},
		"n = 0 OR CAST(s AS INT) = 8":                         {0, 1},
		"IF(n = 0, 0, CAST(s AS INT)) = 8":                    {1},
		"COALESCE(NULLIF(n, 0), CHAR_LENGTH(s)) = 1":          {0},
		"CASE n WHEN 0 THEN TRUE ELSE CAST(s AS INT) > 9 END": {0},
	} {
		sel, err := compiled(t, schema, sql).Select(batch)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if len(sel) != len(want) || sel[0] != want[0] {
			t.Errorf("%s selects %v, want %v", sql, sel, want)
		}
	}
	if _, err := compiled(t, schema, "8 / n = 2").Select(batch); err == nil || err.Error() != "/ by zero" {
		t.Errorf("a division by zero says %v", err)
	}
}

func TestTheSessionsZoneKnowsSummerTime(t *testing.T) {
	berlin, err := expr.Zone("Europe/Berlin")
	if err != nil {
		t.Skip("needs the time zone database: " + err.Error())
	}
	now := time.Date(2020, 10, 25, 1, 30, 0, 0, time.UTC) // 02:30 for the second time
	env := &expr.Env{Zone: berlin, Now: func() time.Time { return now }}
	for sql, want := range map[string]string{
		"CAST(TO_TIMESTAMP_LTZ(1603585800, 0) AS TIMESTAMP(3))":              "2020-10-25 02:30:00.000",
		"CAST(TO_TIMESTAMP_LTZ(1603589400, 0) AS STRING)":                    "2020-10-25 02:30:00.000",
		"UNIX_TIMESTAMP('2020-10-25 02:30:00')":                              "1603589400",
		"EXTRACT(EPOCH FROM CAST('2020-03-29 02:30:00' AS TIMESTAMP))":       "1585449000",
		"CAST(CAST('2020-03-29 02:30:00' AS TIMESTAMP_LTZ(3)) AS STRING)":    "2020-03-29 03:30:00.000",
		"CAST(FLOOR(TO_TIMESTAMP_LTZ(1603589400, 0) TO DAY) AS STRING)":      "2020-10-25 00:00:00.000",
		"CAST(TO_TIMESTAMP_LTZ(1603557000, 0) + INTERVAL '1' DAY AS STRING)": "2020-10-25 17:30:00.000",
		"CAST(CURRENT_TIMESTAMP AS STRING)":                                  "2020-10-25 02:30:00.000",
		"CAST(LOCALTIMESTAMP AS STRING)":                                     "2020-10-25 02:30:00.000",
		"CURRENT_DATE":                                                       "2020-10-25",
		"LOCALTIME":                                                          "02:30:00",
	} {
		e, err := resolvedIn(t, nil, sql)
		if err != nil {
			t.Fatal(err)
		}
		v, err := expr.Evaluate(e, env)
		if got := expr.TextOf(v, e.Type(), berlin); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", sql, got, err, want)
		}
	}
}

// FuzzCasts reads any text as any type: it may fail, and never panics.
func FuzzCasts(f *testing.F) {
	for _, seed := range []string{"", "1.5e3", "-9223372036854775808", "2020-02-30 24:00:00.1", "tRuE", "\xff", "1e999999999", "+.e", "12:60"} {
		f.Add(seed)
	}
	types := []rows.Type{
		rows.BooleanType,
		{Kind: rows.TinyInt},
		rows.IntType, rows.BigIntType,
		{Kind: rows.Float},
		rows.DoubleType, rows.DecimalType(5, 2), rows.DecimalType(38, 38),
		{Kind: rows.Char, Length: 3},
		rows.BytesType, rows.DateType,
		{Kind: rows.Time, Precision: 3},
		rows.TimestampType(6), rows.LTZType(0),
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, to := range types {
			e, err := expr.CastOf(&expr.Const{Value: text, Of: rows.StringType}, to, true)
			if err != nil {
				t.Fatal(err)
			}
			v, err := expr.Evaluate(e, nil)
			if err != nil {
				t.Errorf("TRY_CAST(%q AS %s) fails: %v", text, to, err)
			}
			if v != nil {
				back, err := expr.CastOf(&expr.Const{Value: v, Of: to}, rows.StringType, false)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := expr.Evaluate(back, nil); err != nil {
					t.Errorf("%v of %s cannot be written: %v", v, to, err)
				}
			}
		}
	})
}
