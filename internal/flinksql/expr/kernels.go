package expr

import "github.com/weftmesh/weft/internal/rows"

// native is the values that columns hold.
type native interface {
	bool | int64 | float64 | rows.Num | string | any
}

// slot gives the slice of a column that holds values of type T.
func slot[T native](c *rows.Column) *[]T {
	var of any
	switch any((*T)(nil)).(type) {
	case *bool:
		of = &c.Bools
	case *int64:
		of = &c.Ints
	case *float64:
		of = &c.Floats
	case *rows.Num:
		of = &c.Decimals
	case *string:
		of = &c.Strings
	default:
		of = &c.Boxed
	}
	s, ok := of.(*[]T)
	if !ok {
		panic("a column has no such values")
	}
	return s
}

// map0 makes the kernel of a function without arguments that is asked for each row.
func map0[R native](f func() R) Kernel {
	return func(_ *Env, _ *Call, _ []*rows.Column, n int, out *rows.Column) error {
		to := *slot[R](out)
		for i := range n {
			to[i] = f()
		}
		return nil
	}
}

// map1 makes the kernel of a strict function of one argument.
func map1[A, R native](f func(A) R) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, to := *slot[A](args[0]), *slot[R](out)
		for i := range n {
			if out.Nulls == nil || !out.Nulls[i] {
				to[i] = f(a[i])
			}
		}
		return nil
	}
}

// map2 makes the kernel of a strict function of two arguments.
func map2[A, B, R native](f func(A, B) R) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, b, to := *slot[A](args[0]), *slot[B](args[1]), *slot[R](out)
		for i := range n {
			if out.Nulls == nil || !out.Nulls[i] {
				to[i] = f(a[i], b[i])
			}
		}
		return nil
	}
}

// map3 makes the kernel of a strict function of three arguments.
func map3[A, B, C, R native](f func(A, B, C) R) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, b, c, to := *slot[A](args[0]), *slot[B](args[1]), *slot[C](args[2]), *slot[R](out)
		for i := range n {
			if out.Nulls == nil || !out.Nulls[i] {
				to[i] = f(a[i], b[i], c[i])
			}
		}
		return nil
	}
}

// try1 is map1 for a function that may give NULL (false) or fail.
func try1[A, R native](f func(A) (R, bool, error)) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, to := *slot[A](args[0]), *slot[R](out)
		return each(n, out, func(i int) (ok bool, err error) {
			to[i], ok, err = f(a[i])
			return ok, err
		})
	}
}

// try2 is map2 for a function that may give NULL (false) or fail.
func try2[A, B, R native](f func(A, B) (R, bool, error)) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, b, to := *slot[A](args[0]), *slot[B](args[1]), *slot[R](out)
		return each(n, out, func(i int) (ok bool, err error) {
			to[i], ok, err = f(a[i], b[i])
			return ok, err
		})
	}
}

// try3 is map3 for a function that may give NULL (false) or fail.
func try3[A, B, C, R native](f func(A, B, C) (R, bool, error)) Kernel {
	return func(_ *Env, _ *Call, args []*rows.Column, n int, out *rows.Column) error {
		a, b, c, to := *slot[A](args[0]), *slot[B](args[1]), *slot[C](args[2]), *slot[R](out)
		return each(n, out, func(i int) (ok bool, err error) {
			to[i], ok, err = f(a[i], b[i], c[i])
			return ok, err
		})
	}
}

// each runs over the rows that are not NULL yet, and makes those NULL for which it says so.
func each(n int, out *rows.Column, row func(i int) (bool, error)) error {
	for i := range n {
		if out.Nulls != nil && out.Nulls[i] {
			continue
		}
		ok, err := row(i)
		if err != nil {
			return err
		}
		if !ok {
			out.SetNull(i, n)
		}
	}
	return nil
}

// boxed makes the kernel of a function over boxed values: for those of nested types, which are boxed anyway. A nil result
// is NULL.
func boxed(f func(call *Call, args []any) (any, error)) Kernel {
	return func(_ *Env, call *Call, args []*rows.Column, n int, out *rows.Column) error {
		values := make([]any, len(args))
		return each(n, out, func(i int) (bool, error) {
			for j, arg := range args {
				values[j] = arg.Value(i)
			}
			v, err := f(call, values)
			if err != nil || v == nil {
				return false, err
			}
			set(out, i, v)
			return true, nil
		})
	}
}

// set puts a boxed value that is not NULL into a column.
func set(out *rows.Column, i int, v any) {
	switch out.Type.Kind.Layout() {
	case rows.BoolLayout:
		out.Bools[i], _ = v.(bool)
	case rows.IntLayout:
		out.Ints[i], _ = v.(int64)
	case rows.FloatLayout:
		out.Floats[i], _ = v.(float64)
	case rows.DecimalLayout:
		out.Decimals[i], _ = v.(rows.Num)
	case rows.StringLayout:
		out.Strings[i], _ = v.(string)
	default:
		out.Boxed[i] = v
	}
}

// constantArg gives an argument's value if it is a constant that is not NULL.
func constantArg[T native](call *Call, i int) (T, bool) {
	var none T
	if i >= len(call.Args) {
		return none, false
	}
	c, ok := call.Args[i].(*Const)
	if !ok || c.Value == nil {
		return none, false
	}
	v, ok := c.Value.(T)
	return v, ok
}
