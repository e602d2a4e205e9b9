package expr

import (
	"slices"
)

// Walk visits an expression and all its parts, outer ones first, until visit says no.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	if of, ok := e.(*Call); ok {
		for _, arg := range of.Args {
			Walk(arg, visit)
		}
	}
}

// Rewrite gives the expression with its parts replaced, inner ones first. What replace gives has the part's type.
func Rewrite(e Expr, replace func(Expr) Expr) Expr {
	of, ok := e.(*Call)
	if !ok {
		return replace(e)
	}
	args := make([]Expr, len(of.Args))
	for i, arg := range of.Args {
		args[i] = Rewrite(arg, replace)
	}
	if slices.Equal(args, of.Args) {
		return replace(of)
	}
	return replace(&Call{Func: of.Func, Args: args, Of: of.Of})
}

// Renumber gives the expression over columns at other places.
func Renumber(e Expr, place func(index int) int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if r, ok := e.(*Ref); ok {
			return &Ref{Index: place(r.Index), Of: r.Of}
		}
		return e
	})
}

// Columns gives the places of the columns that expressions read, in ascending order.
func Columns(es ...Expr) []int {
	var places []int
	for _, e := range es {
		Walk(e, func(e Expr) bool {
			if r, ok := e.(*Ref); ok && !slices.Contains(places, r.Index) {
				places = append(places, r.Index)
			}
			return true
		})
	}
	slices.Sort(places)
	return places
}

// IsVolatile reports whether an expression's value can differ for the same row.
func IsVolatile(e Expr) bool {
	volatile := false
	Walk(e, func(e Expr) bool {
		of, ok := e.(*Call)
		volatile = volatile || ok && of.Func.Volatile
		return !volatile
	})
	return volatile
}

// Conjuncts takes an AND apart; another expression is the only one of its kind.
func Conjuncts(e Expr) []Expr {
	if of, ok := e.(*Call); ok && of.Func.Name == "AND" {
		var all []Expr
		for _, arg := range of.Args {
			all = append(all, Conjuncts(arg)...)
		}
		return all
	}
	return []Expr{e}
}
