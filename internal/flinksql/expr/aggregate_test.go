package expr_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/rows"
	"pgregory.net/rapid"
)

// aggregated adds the values to one group, and gives its result as text.
func aggregated(t *testing.T, name string, of rows.Type, retract bool, values ...any) (rows.Type, string) {
	t.Helper()
	f, ok := expr.LookupAggregate(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	result, _, err := f.Infer([]rows.Type{of})
	if err != nil {
		t.Fatalf("%s of %s: %v", name, of, err)
	}
	acc := f.New([]rows.Type{of}, result, retract)
	acc.Grow(2)
	col := &rows.Column{Type: of}
	for _, v := range values {
		col.Append(v)
	}
	if err := acc.Add(make([]int32, len(values)), []*rows.Column{col}, nil, nil); err != nil {
		t.Fatal(err)
	}
	out := &rows.Column{Type: result}
	if err := acc.Values([]int32{0}, out); err != nil {
		t.Fatal(err)
	}
	if out.Null(0) {
		return result, `\N`
	}
	return result, expr.TextOf(out.Value(0), result, nil)
}

// TestAggregatesGiveWhatFlinkGives has the answers of Flink 2.3.0 for three rows, of which one is NULL.
func TestAggregatesGiveWhatFlinkGives(t *testing.T) {
	tiny, small := rows.Type{Kind: rows.TinyInt}, rows.DecimalType(10, 2)
	float := rows.Type{Kind: rows.Float}
	ints := []any{int64(1), int64(4), nil}
	tinies := []any{int64(1), int64(2), nil}
	bigs := []any{int64(2), int64(9223372036854775807), nil}
	decimals := []any{rows.NumOf(155), rows.NumOf(-222), nil}
	doubles := []any{2.5, 0.1, nil}
	floats := []any{float64(float32(0.1)), float64(float32(0.2)), nil}
	texts := []any{"x", "abc", nil}
	for _, c := range []struct {
		name     string
		of       rows.Type
		values   []any
		result   string
		text     string
		ordering bool
	}{
		{"SUM", tiny, tinies, "TINYINT", "3", false},
		{"SUM", rows.IntType, ints, "INT", "5", false},
		{"SUM", rows.BigIntType, bigs, "BIGINT", "-9223372036854775807", false},
		{"SUM", small, decimals, "DECIMAL(38, 2)", "-0.67", false},
		{"SUM", rows.DoubleType, doubles, "DOUBLE", "2.6", false},
		{"SUM", float, floats, "FLOAT", "0.3", false},
		{"AVG", tiny, tinies, "TINYINT", "1", false},
		{"AVG", rows.IntType, ints, "INT", "2", false},
		{"AVG", rows.BigIntType, bigs, "BIGINT", "-4611686018427387903", false},
		{"AVG", small, decimals, "DECIMAL(38, 6)", "-0.335000", false},
		{"AVG", rows.DoubleType, doubles, "DOUBLE", "1.3", false},
		{"AVG", float, floats, "FLOAT", "0.15", false},
		{"STDDEV_POP", tiny, tinies, "TINYINT", "0", false},
		{"STDDEV_POP", rows.IntType, ints, "INT", "1", false},
		{"STDDEV_POP", rows.BigIntType, bigs, "BIGINT", "4611686018427387904", false},
		{"STDDEV_POP", small, decimals, "DECIMAL(38, 6)", "1.885000", false},
		{"STDDEV_POP", rows.DoubleType, doubles, "DOUBLE", "1.2", false},
		{"STDDEV_POP", float, floats, "FLOAT", "0.05", false},
		{"VAR_SAMP", tiny, tinies, "TINYINT", "0", false},
		{"VAR_POP", rows.IntType, ints, "INT", "2", false},
		{"VARIANCE", rows.BigIntType, bigs, "BIGINT", "9223372036854775807", false},
		{"VAR_SAMP", small, decimals, "DECIMAL(38, 6)", "7.106450", false},
		{"STDDEV", rows.DoubleType, doubles, "DOUBLE", "1.697056274847714", false},
		{"STDDEV_SAMP", float, floats, "FLOAT", "0.07071068", false},
		{"MIN", rows.StringType, texts, "STRING", "abc", false},
		{"MAX", rows.BooleanType, []any{true, false, nil}, "BOOLEAN", "TRUE", false},
		{"MAX", float, floats, "FLOAT", "0.2", false},
		{"MIN", small, decimals, "DECIMAL(10, 2)", "-2.22", false},
		{"COUNT", rows.IntType, ints, "BIGINT NOT NULL", "2", false},
		{"LISTAGG", rows.StringType, texts, "STRING", "x,abc", true},
		{"COLLECT", rows.StringType, texts, "MULTISET<STRING> NOT NULL", "{x=1, abc=1}", true},
		{"ARRAY_AGG", rows.IntType, ints, "ARRAY<INT>", "[1, 4, NULL]", true},
		{"FIRST_VALUE", rows.IntType, ints, "INT", "1", true},
		{"LAST_VALUE", rows.StringType, texts, "STRING", "abc", true},
		{"JSON_ARRAYAGG", rows.IntType, ints, "VARCHAR(2000) NOT NULL", "[1,4]", true},
		{"JSON_ARRAYAGG_NULL_ON_NULL", rows.IntType, ints, "VARCHAR(2000) NOT NULL", "[1,4,null]", true},
		{"SUM", rows.IntType, nil, "INT", `\N`, false},
		{"AVG", rows.IntType, nil, "INT", `\N`, false},
		{"COUNT", rows.IntType, nil, "BIGINT NOT NULL", "0", false},
		{"LISTAGG", rows.StringType, nil, "STRING", `\N`, false},
		{"ARRAY_AGG", rows.IntType, nil, "ARRAY<INT>", `\N`, false},
		{"COLLECT", rows.IntType, nil, "MULTISET<INT> NOT NULL", "{}", false},
		{"JSON_ARRAYAGG", rows.IntType, nil, "VARCHAR(2000) NOT NULL", "[]", false},
		{"VAR_SAMP", rows.IntType, ints[:1], "INT", `\N`, false},
		{"ARRAY_AGG", rows.IntType, ints[2:], "ARRAY<INT>", "[NULL]", false},
	} {
		for _, retract := range []bool{false, true} {
			result, text := aggregated(t, c.name, c.of, retract, c.values...)
			if result.String() != c.result || text != c.text {
				t.Errorf("%s(%s) gives %s %s, Flink %s %s", c.name, c.of, result, text, c.result, c.text)
			}
		}
	}
}

func TestASecondSingleValueFails(t *testing.T) {
	f, _ := expr.LookupAggregate("SINGLE_VALUE")
	acc := f.New([]rows.Type{rows.IntType}, rows.IntType, false)
	acc.Grow(1)
	col := &rows.Column{Type: rows.IntType, Ints: []int64{1, 2}}
	_ = acc.Add([]int32{0, 0}, []*rows.Column{col}, nil, nil)
	if err := acc.Values([]int32{0}, &rows.Column{Type: rows.IntType}); err == nil {
		t.Error("two values are one")
	}
}

// event is a row of the law: its group, its value, and whether it is taken back later.
type event struct {
	slot  int32
	value any
	back  bool
}

func events(draw func(t *rapid.T) any) *rapid.Generator[[]event] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
		return event{rapid.Int32Range(0, 2).Draw(t, "slot"), draw(t), rapid.Bool().Draw(t, "back")}
	}), 0, 60)
}

var lawAggregates = []string{"COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST_VALUE", "LAST_VALUE", "ARRAY_AGG", "COLLECT"}

func TestRowsTakenBackLeaveNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of, draw := rows.BigIntType, func(t *rapid.T) any {
			if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
				return nil
			}
			return rapid.Int64Range(-20, 20).Draw(t, "value")
		}
		all := events(draw).Draw(t, "events")
		// Rows that are taken back come first, so that what is left is in the order of the others.
		slices.SortStableFunc(all, func(a, b event) int { return boolOrder(b.back) - boolOrder(a.back) })
		for _, name := range lawAggregates {
			f, _ := expr.LookupAggregate(name)
			result, _, _ := f.Infer([]rows.Type{of})
			with, without := f.New([]rows.Type{of}, result, true), f.New([]rows.Type{of}, result, true)
			for _, acc := range []expr.Accumulator{with, without} {
				acc.Grow(3)
			}
			for _, e := range all {
				put(t, with, of, e, rows.Insert)
				if !e.back {
					put(t, without, of, e, rows.Insert)
				}
			}
			for _, e := range all {
				if e.back {
					put(t, with, of, e, rows.Delete)
				}
			}
			same(t, name+" after rows were taken back", results(t, with, result), results(t, without, result))
			saved := with.Save([]int32{2, 0, 1}, []byte("x"))
			loaded := f.New([]rows.Type{of}, result, true)
			loaded.Grow(3)
			rest, err := loaded.Load([]int32{2, 0, 1}, append(saved, "y"...)[1:])
			if err != nil || string(rest) != "y" {
				t.Fatalf("%s: load leaves %q, %v", name, rest, err)
			}
			same(t, name+" after a restart", results(t, loaded, result), results(t, with, result))
		}
	})
}

func TestAVarianceIsThatOfTheRowsThatAreLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := events(func(t *rapid.T) any { return rapid.Float64Range(-1e6, 1e6).Draw(t, "value") }).Draw(t, "events")
		f, _ := expr.LookupAggregate("VAR_POP")
		acc := f.New([]rows.Type{rows.DoubleType}, rows.DoubleType, true)
		acc.Grow(3)
		for _, e := range all {
			put(t, acc, rows.DoubleType, e, rows.Insert)
		}
		var left [3][]float64
		for _, e := range all {
			if v, ok := e.value.(float64); e.back {
				put(t, acc, rows.DoubleType, e, rows.Delete)
			} else if ok {
				left[e.slot] = append(left[e.slot], v)
			}
		}
		_ = acc.Merge(0, 1)
		left[0] = append(left[0], left[1]...)
		for slot, v := range results(t, acc, rows.DoubleType) {
			want, some := variance(left[slot])
			got, ok := v.(float64)
			if ok != some || math.Abs(got-want) > 1e-3*(1+want) {
				t.Fatalf("the variance of %v is %v, want %v", left[slot], v, want)
			}
		}
	})
}

func variance(values []float64) (float64, bool) {
	var mean, sum float64
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		sum += (v - mean) * (v - mean) / float64(len(values))
	}
	return sum, len(values) > 0
}

func TestMergedGroupsAreOneGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := rows.StringType
		all := events(func(t *rapid.T) any { return rapid.StringMatching(`[a-c]{0,2}`).Draw(t, "value") }).Draw(t, "events")
		slices.SortStableFunc(all, func(a, b event) int { return int(a.slot - b.slot) })
		for _, name := range []string{"COUNT", "MIN", "MAX", "FIRST_VALUE", "LAST_VALUE", "ARRAY_AGG", "COLLECT", "LISTAGG"} {
			for _, retract := range []bool{false, true} {
				f, _ := expr.LookupAggregate(name)
				result, _, _ := f.Infer([]rows.Type{of})
				apart, together := f.New([]rows.Type{of}, result, retract), f.New([]rows.Type{of}, result, retract)
				apart.Grow(3)
				together.Grow(3)
				for _, e := range all {
					put(t, apart, of, e, rows.Insert)
					put(t, together, of, event{0, e.value, false}, rows.Insert)
				}
				for from := int32(1); from < 3; from++ {
					if err := apart.Merge(0, from); err != nil {
						t.Fatal(err)
					}
				}
				same(t, name, results(t, apart, result)[:1], results(t, together, result)[:1])
				apart.Clear(0)
				same(t, name+" of a cleared group", results(t, apart, result)[:1], results(t, f.New([]rows.Type{of}, result, retract), result)[:1])
			}
		}
	})
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

func put(t *rapid.T, acc expr.Accumulator, of rows.Type, e event, change rows.Change) {
	col := &rows.Column{Type: of}
	col.Append(e.value)
	if err := acc.Add([]int32{e.slot}, []*rows.Column{col}, []rows.Change{change}, nil); err != nil {
		t.Fatal(err)
	}
}

func results(t *rapid.T, acc expr.Accumulator, result rows.Type) []any {
	acc.Grow(3)
	out := &rows.Column{Type: result}
	if err := acc.Values([]int32{0, 1, 2}, out); err != nil {
		t.Fatal(err)
	}
	return []any{out.Value(0), out.Value(1), out.Value(2)}
}

func same(t *rapid.T, what string, got, want []any) {
	if fmt.Sprint(got...) != fmt.Sprint(want...) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}
