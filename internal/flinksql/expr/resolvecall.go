package expr

import (
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/rows"
)

// function resolves a call that is written as one.
func (r *Resolver) function(e *ast.Call) (Expr, error) {
	f, ok := LookupFunction(e.Name)
	if err := r.plain(e, ok || e.Name == "NULLIF"); err != nil {
		return nil, err
	}
	args, err := r.arguments(e.Args)
	if err != nil {
		return nil, err
	}
	if e.Name == "NULLIF" {
		return nullIf(args)
	}
	made, err := callOf(f, args)
	if why, ok := err.(*refusal); ok && !strings.Contains(why.message, e.Name) { //nolint:errorlint // made right there
		why.message = e.Name + ": " + why.message
	}
	return made, err
}

// plain refuses what only aggregates can have, and functions that there are not.
func (r *Resolver) plain(e *ast.Call, scalar bool) error {
	_, aggregate := LookupAggregate(e.Name)
	switch {
	case len(e.Qualifier) > 0:
		return refuse("Leave the name in front of it out.", "functions of a catalog are missing here: %s.%s", strings.Join(e.Qualifier, "."), e.Name)
	case e.Over != nil || e.OverName != "":
		return refuse("", "%s(...) OVER is missing here", e.Name)
	case !scalar && aggregate:
		return refuse("Aggregate in a SELECT with GROUP BY, or in HAVING.", "the aggregate function %s cannot stand here", e.Name)
	case !scalar:
		return unknownFunction(e.Name)
	case e.Distinct || e.Filter != nil || e.Star || len(e.OrderBy) > 0 || e.Nulls != "":
		return refuse("", "%s is no aggregate function: it takes no *, DISTINCT, FILTER or ORDER BY", e.Name)
	case slices.ContainsFunc(e.ArgNames, func(name string) bool { return name != "" }):
		return refuse("Leave the names out.", "%s takes its arguments by place, not by name", e.Name)
	}
	return nil
}

func unknownFunction(name string) error {
	for _, missing := range unsupported {
		if missing == name {
			return refuse("", "the function %s of Flink is missing here", name)
		}
	}
	hint := ""
	var names []string
	for known := range functions() {
		names = append(names, known)
	}
	names = append(names, aggregateNames()...)
	if near := Nearest(name, names); near != "" {
		hint = "Did you mean " + near + "?"
	}
	return refuse(hint, "there is no function %s", name)
}

// arguments resolves the arguments of a call; words among them become symbols.
func (r *Resolver) arguments(es []ast.Expr) ([]Expr, error) {
	out := make([]Expr, len(es))
	for i, e := range es {
		switch e := e.(type) {
		case *ast.Keyword:
			out[i] = symbol(e.Word)
			continue
		case *ast.TypeName:
			t, err := TypeOf(e)
			if err != nil {
				return nil, err
			}
			out[i] = symbol(t)
			continue
		}
		resolved, err := r.Resolve(e)
		if err != nil {
			return nil, err
		}
		out[i] = resolved
	}
	return out, nil
}

// symbol is a word or a type among a call's arguments.
func symbol(v any) *Const {
	return &Const{Value: v, Of: rows.Type{Kind: rows.Symbol, NotNull: true}}
}

// symbolOf gives the word that a symbol is.
func symbolOf(e Expr) string {
	c, ok := e.(*Const)
	if !ok {
		return ""
	}
	word, _ := c.Value.(string)
	return word
}

// nullIf is NULLIF(a, b): NULL where a = b, else a.
func nullIf(args []Expr) (Expr, error) {
	if len(args) != 2 {
		return nil, refuse("", "NULLIF takes 2 arguments, not %d", len(args))
	}
	a, b := args[0], args[1]
	same, err := NewCall("=", a, b)
	if err != nil {
		return nil, err
	}
	return NewCall("CASE", same, &Const{Of: a.Type().Plain().Nullable(true)}, a)
}

func (r *Resolver) construct(e *ast.Constructor) (Expr, error) {
	args, err := r.all(e.Items)
	if err != nil {
		return nil, err
	}
	return NewCall(e.Kind, args...)
}

func (r *Resolver) in(e *ast.In) (Expr, error) {
	if e.Query != nil {
		return refused(&ast.Subquery{})
	}
	args, err := r.all(append([]ast.Expr{e.Operand}, e.List...))
	if err != nil {
		return nil, err
	}
	made, err := inList(args)
	if err != nil || !e.Not {
		return made, err
	}
	return NewCall("NOT", made)
}

// quantified is a = ANY (list): a comparison with each value, of which one or all hold.
func (r *Resolver) quantified(e *ast.Quantified) (Expr, error) {
	if e.Query != nil {
		return refused(&ast.Subquery{})
	}
	args, err := r.all(append([]ast.Expr{e.Left}, e.List...))
	if err != nil {
		return nil, err
	}
	var each []Expr
	for _, arg := range args[1:] {
		holds, err := NewCall(e.Op, args[0], arg)
		if err != nil {
			return nil, err
		}
		each = append(each, holds)
	}
	if e.All {
		return And(each...), nil
	}
	return Or(each...), nil
}

// inList makes IN of constants a look-up, and of other values a row of comparisons.
func inList(args []Expr) (Expr, error) {
	types := make([]rows.Type, len(args))
	constants := true
	for i, arg := range args {
		types[i] = arg.Type().Plain()
		_, ok := arg.(*Const)
		constants = constants && (ok || i == 0)
	}
	if _, ok := CommonType(types[1:]...); !ok {
		return nil, refuse("CAST them to one type.", "the values of IN have no type in common: %s", list(types[1:]))
	}
	if types[0].Kind == rows.Null {
		return &Const{Of: rows.BooleanType.Nullable(true)}, nil
	}
	if constants && len(args) > 2 {
		return NewCall("IN", args...)
	}
	var equal []Expr
	for _, arg := range args[1:] {
		same, err := memberOf(args[0], arg)
		if err != nil {
			return nil, err
		}
		equal = append(equal, same)
	}
	return Or(equal...), nil
}

// memberOf compares for IN, where text that meets a number is read as one.
func memberOf(v, member Expr) (Expr, error) {
	a, b := v.Type(), member.Type()
	switch {
	case a.Kind.IsText() && b.Kind.IsNumeric():
		v = NewCast(v, b.Nullable(!a.NotNull))
	case a.Kind.IsNumeric() && b.Kind.IsText():
		member = NewCast(member, a.Nullable(!b.NotNull))
	}
	return NewCall("=", v, member)
}

// overlaps is (start, end or length) OVERLAPS (start, end or length).
func (r *Resolver) overlaps(e *ast.Overlaps) (Expr, error) {
	left, err := r.period(e.Left)
	if err != nil {
		return nil, err
	}
	right, err := r.period(e.Right)
	if err != nil {
		return nil, err
	}
	return NewCall("OVERLAPS", slices.Concat(left, right)...)
}

func (r *Resolver) period(e ast.Expr) ([]Expr, error) {
	pair, ok := e.(*ast.Constructor)
	if !ok || len(pair.Items) != 2 {
		return nil, refuse("Write (start, end) OVERLAPS (start, end).", "OVERLAPS takes two periods")
	}
	ends, err := r.all(pair.Items)
	if err != nil {
		return nil, err
	}
	if isInterval(ends[1].Type()) {
		ends[1], err = NewCall("+", ends[0], ends[1])
	}
	return ends, err
}

// Nearest gives the name that differs least from a mistyped one; "" if none is close.
func Nearest(name string, names []string) string {
	best, least := "", 1+len(name)/3
	for _, other := range names {
		d := diags.Distance(strings.ToUpper(name), strings.ToUpper(other))
		if d < least || d == least && best != "" && other < best || d == least && best == "" && d <= 2 {
			best, least = other, d
		}
	}
	return best
}
