package expr_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/parse"
	"github.com/weftmesh/weft/internal/rows"
)

// opened puts columns in place of an expression's constants, so that nothing is worked out beforehand.
func opened(e expr.Expr, values *[]*expr.Const) expr.Expr {
	switch e := e.(type) {
	case *expr.Const:
		if e.Of.Kind == rows.Symbol || e.Of.Kind == rows.Null {
			return e
		}
		*values = append(*values, e)
		return &expr.Ref{Index: len(*values) - 1, Of: e.Of}
	case *expr.Call:
		out := &expr.Call{Func: e.Func, Of: e.Of, Args: make([]expr.Expr, len(e.Args))}
		for i, arg := range e.Args {
			out.Args[i] = arg
			if named := e.Func.Name == "FIELD" || e.Func.Name == "AT" || e.Func.Name == "IN"; !named || i == 0 {
				out.Args[i] = opened(arg, values)
			}
		}
		return out
	}
	return e
}

// lawRows is how many rows the law looks at; each third is NULL in all columns.
const lawRows = 7

func lawColumns(values []*expr.Const) []*rows.Column {
	cols := make([]*rows.Column, len(values))
	for i, c := range values {
		cols[i] = &rows.Column{Type: c.Of.Nullable(true)}
		for row := range lawRows {
			if row%3 == 2 {
				cols[i].Append(nil)
			} else {
				cols[i].Append(c.Value)
			}
		}
	}
	return cols
}

func TestColumnsGiveWhatConstantsGive(t *testing.T) {
	for _, a := range recorded(t, "testdata/flink.tsv") {
		tree, err := parse.Expression(a.sql)
		if err != nil {
			continue
		}
		resolved, err := (&expr.Resolver{}).Resolve(tree)
		if err != nil || expr.IsVolatile(resolved) {
			continue
		}
		want, failed := expr.Evaluate(resolved, nil)
		var values []*expr.Const
		open := opened(resolved, &values)
		if want == nil && len(values) == 0 {
			continue
		}
		p, err := expr.Compile(open, nil)
		if err != nil {
			t.Errorf("%s: %v", a.sql, err)
			continue
		}
		out, err := p.EvalColumns(lawColumns(values), lawRows)
		if failed != nil && strings.HasPrefix(a.sql, "1e0/0") {
			continue // Flink refuses the constant, and gives Infinity of columns
		}
		if (err != nil) != (failed != nil) {
			t.Errorf("%s: columns fail with %v, constants with %v", a.sql, err, failed)
			continue
		}
		for row := range lawRows {
			if err == nil && row%3 != 2 && !bytes.Equal(rows.AppendValue(nil, out.Value(row)), rows.AppendValue(nil, want)) {
				t.Errorf("%s: row %d is %v, of constants it is %v", a.sql, row, out.Value(row), want)
			}
		}
	}
}

func TestABatchThatWasHandedOnIsNotChanged(t *testing.T) {
	for _, sql := range []string{"UPPER('a')", "1 + 2", "CAST(5 AS STRING)", "CASE WHEN 1 > 0 THEN 'x' ELSE 'y' END", "1 > 0 AND 2 > 1", "1 IN (1, 2)", "1.5 * 2", "ARRAY[1, 2]"} {
		tree, err := parse.Expression(sql)
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := (&expr.Resolver{}).Resolve(tree)
		if err != nil {
			t.Fatal(err)
		}
		var values []*expr.Const
		p, err := expr.Compile(opened(resolved, &values), nil)
		if err != nil {
			t.Fatal(err)
		}
		cols := lawColumns(values)
		first, err := p.EvalColumns(cols, lawRows)
		if err != nil {
			t.Fatal(err)
		}
		before := make([]any, lawRows)
		for i := range before {
			before[i] = first.Value(i)
		}
		for _, c := range cols {
			for i := range lawRows {
				c.SetNull(i, lawRows)
				c.Nulls[i] = true
			}
		}
		if _, err := p.EvalColumns(cols, lawRows); err != nil {
			t.Fatal(err)
		}
		for i, v := range before {
			if expr.Compare(first.Value(i), v) != 0 {
				t.Errorf("%s: row %d was %v, and is %v after another batch", sql, i, v, first.Value(i))
			}
		}
	}
}
