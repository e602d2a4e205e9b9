package expr

import (
	"errors"
	"strings"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
	"github.com/weftmesh/weft/internal/rows"
)

// Scope knows the columns that an expression may name.
type Scope interface {
	// Column finds what a name starts with; rest is the parts after it, which are fields of a ROW. Its error is a
	// *lex.Error.
	Column(name ast.Name) (column Expr, rest []string, err error)
}

// Resolver turns expressions as they are written into typed ones.
type Resolver struct {
	Scope Scope // nil: no columns
	Env   *Env
	// Override is asked first for each part, and answers for those that it knows: aggregates, subqueries. It may be nil.
	Override func(ast.Expr) (resolved Expr, known bool, err error)
}

// Resolve gives the typed expression. Errors are *lex.Error: a place, a sentence, a hint.
func (r *Resolver) Resolve(e ast.Expr) (Expr, error) {
	if r.Override != nil {
		if resolved, ok, err := r.Override(e); ok || err != nil {
			return resolved, placed(e, err)
		}
	}
	resolved, err := r.form(e)
	return resolved, placed(e, err)
}

// placed gives an error the place of the part that it is about, if it has none yet.
func placed(at ast.Node, err error) error {
	var mistake *lex.Error
	var why *refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistake):
		return mistake
	case errors.As(err, &why):
		return &lex.Error{Position: at.At(), Message: why.message, Hint: why.hint}
	}
	return &lex.Error{Position: at.At(), Message: err.Error()}
}

func (r *Resolver) form(e ast.Expr) (Expr, error) { //nolint:gocyclo // one line for each form
	switch e := e.(type) {
	case *ast.Literal:
		return literal(e)
	case *ast.Interval:
		return interval(e)
	case *ast.Column:
		return r.column(e)
	case *ast.Unary:
		return r.unary(e)
	case *ast.Binary:
		if left, right, ok := tuples(e); ok {
			return r.equalTuples(e.Op, left, right)
		}
		return r.call(e.Op, e.Left, e.Right)
	case *ast.Is:
		return r.is(e)
	case *ast.Between:
		return r.between(e)
	case *ast.Like:
		return r.like(e)
	case *ast.In:
		return r.in(e)
	case *ast.Quantified:
		return r.quantified(e)
	case *ast.Case:
		return r.choose(e)
	case *ast.Cast:
		return r.cast(e)
	case *ast.Call:
		return r.function(e)
	case *ast.Constructor:
		return r.construct(e)
	case *ast.Index:
		return r.call("AT", e.Operand, e.Index)
	case *ast.Field:
		return r.field(e)
	case *ast.Overlaps:
		return r.overlaps(e)
	}
	return refused(e)
}

func refused(e ast.Expr) (Expr, error) {
	switch e.(type) {
	case *ast.Star:
		return nil, refuse("Name the columns.", "* stands where a value is needed")
	case *ast.Exists, *ast.Subquery:
		return nil, refuse("Write the query in FROM, as a JOIN, or as a condition of WHERE.", "a subquery is missing here: it cannot give a value at this place")
	case *ast.Descriptor, *ast.TableArg:
		return nil, refuse("Write FROM TABLE(TUMBLE(...)).", "a table stands where a value is needed")
	}
	return nil, refuse("", "no value can stand here as it is written")
}

func (r *Resolver) all(es []ast.Expr) ([]Expr, error) {
	out := make([]Expr, len(es))
	for i, e := range es {
		resolved, err := r.Resolve(e)
		if err != nil {
			return nil, err
		}
		out[i] = resolved
	}
	return out, nil
}

// call resolves the operands and calls a function or an operator on them.
func (r *Resolver) call(name string, operands ...ast.Expr) (Expr, error) {
	args, err := r.all(operands)
	if err != nil {
		return nil, err
	}
	switch name {
	case "AND", "OR":
		return r.connected(name, args)
	}
	return NewCall(name, args...)
}

func (r *Resolver) connected(name string, args []Expr) (Expr, error) {
	made, err := NewCall(name, args...)
	if err != nil {
		return nil, err
	}
	if of, ok := made.(*Call); ok && name == "AND" {
		return And(of.Args...), nil
	} else if ok {
		return Or(of.Args...), nil
	}
	return made, nil
}

func (r *Resolver) column(c *ast.Column) (Expr, error) {
	if r.Scope == nil && len(c.Parts) == 1 && strings.EqualFold(c.Parts[0], "PI") {
		return NewCall("PI")
	}
	if r.Scope == nil {
		return nil, wrong(c, "", "there is no column `%s` here: nothing is read", c.Parts[len(c.Parts)-1])
	}
	found, rest, err := r.Scope.Column(c.Name)
	if err != nil && len(c.Parts) == 1 && strings.EqualFold(c.Parts[0], "PI") {
		return NewCall("PI")
	}
	if err != nil {
		return nil, err
	}
	for _, name := range rest {
		if found, err = FieldOf(found, name); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (r *Resolver) unary(u *ast.Unary) (Expr, error) {
	if l, ok := u.Operand.(*ast.Literal); ok && u.Op == "-" && l.Kind == ast.NumberLiteral && l.Text[0] != '-' {
		return literal(&ast.Literal{Place: u.Place, Kind: l.Kind, Text: "-" + l.Text})
	}
	switch u.Op {
	case "NOT":
		return r.call("NOT", u.Operand)
	case "-":
		return r.call("NEG", u.Operand)
	}
	operand, err := r.Resolve(u.Operand)
	if err == nil && !operand.Type().Kind.IsNumeric() && !isInterval(operand.Type()) {
		return nil, refuse("", "a plus sign takes a number or an INTERVAL, not %s", operand.Type().Nullable(true))
	}
	return operand, err
}

func (r *Resolver) is(e *ast.Is) (Expr, error) {
	name := "IS " + e.What
	if e.Not {
		name = "IS NOT " + e.What
	}
	return r.call(name, e.Operand)
}

func (r *Resolver) between(e *ast.Between) (Expr, error) {
	args, err := r.all([]ast.Expr{e.Operand, e.Low, e.High})
	if err != nil {
		return nil, err
	}
	within, err := betweenOf(args[0], args[1], args[2])
	if err == nil && e.Symmetric {
		var turned Expr
		if turned, err = betweenOf(args[0], args[2], args[1]); err == nil {
			within = Or(within, turned)
		}
	}
	if err != nil || !e.Not {
		return within, err
	}
	return NewCall("NOT", within)
}

func betweenOf(v, low, high Expr) (Expr, error) {
	above, err := NewCall(">=", v, low)
	if err != nil {
		return nil, err
	}
	below, err := NewCall("<=", v, high)
	if err != nil {
		return nil, err
	}
	return And(above, below), nil
}

func (r *Resolver) like(e *ast.Like) (Expr, error) {
	operands := []ast.Expr{e.Operand, e.Pattern}
	if e.Escape != nil {
		operands = append(operands, e.Escape)
	}
	name := "LIKE"
	if e.Similar {
		name = "SIMILAR TO"
	}
	made, err := r.call(name, operands...)
	if err != nil || !e.Not {
		return made, err
	}
	return NewCall("NOT", made)
}

func (r *Resolver) choose(e *ast.Case) (Expr, error) {
	var args []Expr
	for _, when := range e.Whens {
		condition := when.Condition
		if e.Operand != nil {
			condition = &ast.Binary{Place: ast.Place{Position: when.Condition.At()}, Op: "=", Left: e.Operand, Right: when.Condition}
		}
		pair, err := r.all([]ast.Expr{condition, when.Result})
		if err != nil {
			return nil, err
		}
		args = append(args, pair...)
	}
	if e.Else != nil {
		otherwise, err := r.Resolve(e.Else)
		if err != nil {
			return nil, err
		}
		args = append(args, otherwise)
	}
	return NewCall("CASE", args...)
}

func (r *Resolver) cast(e *ast.Cast) (Expr, error) {
	operand, err := r.Resolve(e.Operand)
	if err != nil {
		return nil, err
	}
	to, err := TypeOf(e.Type)
	if err != nil {
		return nil, err
	}
	if e.Type.Name == "INTERVAL" && operand.Type().Kind.IsInteger() {
		return NewCall("INTERVAL", operand, symbol(e.Type.Unit.From))
	}
	return CastOf(operand, to, e.Try)
}

func (r *Resolver) field(e *ast.Field) (Expr, error) {
	operand, err := r.Resolve(e.Operand)
	if err != nil {
		return nil, err
	}
	return FieldOf(operand, e.Name)
}

// FieldOf takes a field out of a ROW.
func FieldOf(of Expr, name string) (Expr, error) {
	return NewCall("FIELD", of, known(name, rows.Type{Kind: rows.Char, Length: len(name)}))
}

// tuples gives both sides of (a, b) = (c, d) and (a, b) <> (c, d).
func tuples(e *ast.Binary) (left, right *ast.Constructor, ok bool) {
	left, okLeft := e.Left.(*ast.Constructor)
	right, okRight := e.Right.(*ast.Constructor)
	ok = okLeft && okRight && left.Kind == "ROW" && right.Kind == "ROW" && len(left.Items) == len(right.Items)
	return left, right, ok && (e.Op == "=" || e.Op == "<>")
}

// equalTuples compares rows member by member, so that a NULL in one of them makes the answer unknown.
func (r *Resolver) equalTuples(op string, left, right *ast.Constructor) (Expr, error) {
	each := make([]Expr, len(left.Items))
	for i := range each {
		same, err := r.call(op, left.Items[i], right.Items[i])
		if err != nil {
			return nil, err
		}
		each[i] = same
	}
	if op == "<>" {
		return Or(each...), nil
	}
	return And(each...), nil
}
