package expr_test

import (
	"errors"
	"testing"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/expr"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/rows"
)

func TestADivisionByZeroInABranchNotTakenDoesNotHappen(t *testing.T) {
	c := rows.NewColumn(rows.IntType, 4)
	copy(c.Ints, []int64{0, 1, 2, 0})
	ref := &expr.Ref{Index: 0, Of: rows.IntType}
	zero := &expr.Const{Value: int64(0), Of: rows.IntType.Nullable(false)}
	ten := &expr.Const{Value: int64(10), Of: rows.IntType.Nullable(false)}
	same, _ := expr.NewCall("=", ref, zero)
	ratio, _ := expr.NewCall("/", ten, ref)
	choose, err := expr.NewCall("CASE", same, ten, ratio)
	if err != nil {
		t.Fatal(err)
	}
	p, err := expr.Compile(choose, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Eval(&rows.Batch{Len: 4, Cols: []*rows.Column{c}})
	if err != nil {
		t.Fatal(err)
	}
	if want := [4]int64{10, 10, 5, 10}; [4]int64(out.Ints) != want {
		t.Errorf("%s gives %v, want %v", choose, out.Ints, want)
	}
}

func TestAWordThatIsNoFunctionIsSaidWithAHint(t *testing.T) {
	r := &expr.Resolver{}
	_, err := r.Resolve(&ast.Call{Name: "COALESC", Args: []ast.Expr{&ast.Literal{Kind: ast.NumberLiteral, Text: "1"}}})
	var mistake *lex.Error
	if !errors.As(err, &mistake) || mistake.Hint != "Did you mean COALESCE?" {
		t.Errorf("it says %#v", err)
	}
}
