package expr_test

import (
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/rows"
)

// table is a scope of columns by name.
type table rows.Schema

func (s table) Column(name ast.Name) (expr.Expr, []string, error) {
	i := rows.Schema(s).Index(name.Parts[0])
	if i < 0 {
		return nil, nil, &lex.Error{Position: name.At(), Message: "there is no column " + name.Parts[0]}
	}
	return &expr.Ref{Index: i, Of: s[i].Type}, name.Parts[1:], nil
}

func bids() (table, *rows.Batch) {
	schema := table{
		{Name: "auction", Type: rows.BigIntType},
		{Name: "price", Type: rows.BigIntType},
		{Name: "rate", Type: rows.DoubleType},
		{Name: "amount", Type: rows.DecimalType(10, 2)},
		{Name: "channel", Type: rows.StringType},
		{Name: "ts", Type: rows.TimestampType(3)},
	}
	b := rows.NewBuilder([]rows.Type{rows.BigIntType, rows.BigIntType, rows.DoubleType, rows.DecimalType(10, 2), rows.StringType, rows.TimestampType(3)})
	channels := []string{"Google", "Apple", "Facebook", "Baidu", "channel-1234"}
	for i := range int64(rows.BatchSize) {
		b.Append(rows.Insert, []any{1000 + i%130, i * 37 % 10000, float64(i) / 7, rows.NumOf(i * 13), channels[i%5], i * 1e6})
	}
	return schema, b.Batch()
}

func compiled(tb testing.TB, schema table, sql string) *expr.Program {
	tb.Helper()
	tree, err := parse.Expression(sql)
	if err != nil {
		tb.Fatal(err)
	}
	resolved, err := (&expr.Resolver{Scope: schema}).Resolve(tree)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := expr.Compile(resolved, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func BenchmarkExpressions(b *testing.B) {
	schema, batch := bids()
	for _, c := range []struct{ name, sql string }{
		{"filter-modulo", "MOD(auction, 123) = 0"},
		{"filter-price", "price > 5000 AND auction < 1100"},
		{"filter-text", "channel = 'Apple'"},
		{"filter-in", "channel IN ('Apple', 'Google', 'Facebook', 'Baidu')"},
		{"filter-like", "channel LIKE '%ann%'"},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := compiled(b, schema, c.sql)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Select(batch); err != nil {
					b.Fatal(err)
				}
			}
			mrows(b)
		})
	}
	for _, c := range []struct{ name, sql string }{
		{"arithmetic-int", "price * 2 + auction"},
		{"arithmetic-double", "rate * 0.908e0 + 1e0"},
		{"arithmetic-decimal", "amount * 0.908"},
		{"int-times-decimal", "price * 0.908"},
		{"case", "CASE WHEN price > 5000 THEN 'high' WHEN price > 1000 THEN 'mid' ELSE 'low' END"},
		{"coalesce", "COALESCE(channel, 'none')"},
		{"upper", "UPPER(channel)"},
		{"concat", "channel || '-' || channel"},
		{"cast-text", "CAST(price AS STRING)"},
		{"date-format", "DATE_FORMAT(ts, 'yyyy-MM-dd')"},
		{"hour", "EXTRACT(HOUR FROM ts)"},
		{"split", "SPLIT_INDEX(channel, '-', 1)"},
		{"regexp", `REGEXP_EXTRACT(channel, '(\d+)', 1)`},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := compiled(b, schema, c.sql)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(batch); err != nil {
					b.Fatal(err)
				}
			}
			mrows(b)
		})
	}
}

func mrows(b *testing.B) {
	b.ReportMetric(float64(b.N)*rows.BatchSize/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkAggregates(b *testing.B) {
	_, batch := bids()
	slots := make([]int32, batch.Len)
	for i := range slots {
		slots[i] = int32(i % 100)
	}
	for _, c := range []struct {
		name   string
		column int
	}{{"COUNT", 0}, {"SUM", 1}, {"SUM", 3}, {"AVG", 2}, {"MAX", 1}, {"MAX", 4}, {"STDDEV_POP", 1}} {
		of := batch.Cols[c.column].Type
		b.Run(c.name+"-"+of.Kind.String(), func(b *testing.B) {
			f, _ := expr.LookupAggregate(c.name)
			result, _, _ := f.Infer([]rows.Type{of})
			acc := f.New([]rows.Type{of}, result, false)
			acc.Grow(100)
			b.ReportAllocs()
			for b.Loop() {
				if err := acc.Add(slots, batch.Cols[c.column:c.column+1], nil, nil); err != nil {
					b.Fatal(err)
				}
			}
			mrows(b)
		})
	}
}
