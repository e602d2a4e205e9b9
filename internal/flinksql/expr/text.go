package expr

import "fmt"

// String is the column as EXPLAIN writes it.
func (r *Ref) String() string { return fmt.Sprintf("$%d", r.Index) }

// String is the constant's value.
func (c *Const) String() string { return fmt.Sprint(c.Value) }

// String is the call in prefix form.
func (c *Call) String() string { return fmt.Sprintf("%s(%v)", c.Func.Name, c.Args) }
