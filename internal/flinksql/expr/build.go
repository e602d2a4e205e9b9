package expr

import "github.com/weftmesh/weft/internal/rows"

// NewCall makes a call of a function or an operator by name, its arguments cast to what it takes. Its error is a sentence
// for people, without a place.
func NewCall(name string, args ...Expr) (Expr, error) {
	f, ok := LookupFunction(name)
	if !ok {
		return nil, refuse("", "there is no function %s", name)
	}
	return callOf(f, args)
}

func callOf(f *Function, args []Expr) (Expr, error) {
	seen := make([]Arg, len(args))
	for i, arg := range args {
		seen[i] = Arg{Type: arg.Type().Plain(), Expr: arg}
	}
	out, coerced, err := f.Infer(seen)
	if err != nil {
		return nil, err
	}
	taken := make([]Expr, len(args))
	for i, arg := range args {
		taken[i] = arg
		if i < len(coerced) && coerced[i].Kind != rows.Null && !isSymbol(arg) {
			taken[i] = NewCast(arg, coerced[i])
		}
	}
	return &Call{Func: f, Args: taken, Of: out}, nil
}

// NewCast gives an expression as another type, for what is always possible: wider numbers, longer strings, NULL. What has
// the type already, apart from NOT NULL, is left as it is. CastOf is for casts that people write.
func NewCast(e Expr, to rows.Type) Expr {
	from := e.Type()
	if from.Equal(to, true) && from.Time == rows.NoTime {
		return e
	}
	if c, ok := e.(*Const); ok && c.Value == nil {
		return &Const{Of: to.Nullable(true)}
	}
	if sameValues(from, to) {
		return e
	}
	if folded, ok := castConstant(e, to); ok {
		return folded
	}
	return &Call{Func: castFunction, Args: []Expr{e}, Of: to.Plain().Nullable(!from.NotNull)}
}

// castConstant casts a literal at once, so that kernels find the constant.
func castConstant(e Expr, to rows.Type) (Expr, bool) {
	c, ok := e.(*Const)
	if !ok || needsZone(c.Of, to) {
		return nil, false
	}
	v, err := Evaluate(&Call{Func: castFunction, Args: []Expr{e}, Of: to.Plain()}, nil)
	if err != nil || v == nil {
		return nil, false
	}
	return &Const{Value: v, Of: to.Plain().Nullable(!c.Of.NotNull)}, true
}

func needsZone(from, to rows.Type) bool {
	return from.Kind == rows.TimestampLTZ || to.Kind == rows.TimestampLTZ || from.Kind.Layout() == rows.BoxedLayout
}

// sameValues reports whether a value of one type is one of the other as it stands, so that a comparison or a function
// needs no cast.
func sameValues(from, to rows.Type) bool { //nolint:gocyclo // one line for each pair of kinds
	switch {
	case from.Time != rows.NoTime:
		return false
	case from.Kind.IsText() && to.Kind == rows.Varchar:
		return to.Length >= from.Length
	case from.Kind.IsBytes() && to.Kind == rows.Varbinary:
		return to.Length >= from.Length
	case from.Kind.IsInteger() && to.Kind.IsInteger():
		return to.Kind >= from.Kind
	case from.Kind == rows.Float && to.Kind == rows.Double:
		return true
	case from.Kind == rows.Decimal && to.Kind == rows.Decimal:
		return to.Scale == from.Scale && to.Precision >= from.Precision
	case from.Kind == to.Kind && (from.Kind == rows.Timestamp || from.Kind == rows.TimestampLTZ || from.Kind == rows.Time):
		return to.Precision >= from.Precision
	}
	return false
}
