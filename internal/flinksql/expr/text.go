package expr

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// String gives the column as $ and its place.
func (r *Ref) String() string { return fmt.Sprintf("$%d", r.Index) }

// String gives the constant as SQL would write it, with its type where that does not show.
func (c *Const) String() string {
	switch {
	case c.Of.Kind == rows.Symbol:
		word, _ := c.Value.(string)
		return "FLAG(" + word + ")"
	case c.Value == nil:
		return "null:" + c.Of.Nullable(true).String()
	}
	switch c.Of.Kind {
	case rows.Boolean:
		return strings.ToUpper(fmt.Sprint(c.Value))
	case rows.Int:
		return fmt.Sprint(c.Value)
	case rows.Char:
		text, _ := c.Value.(string)
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case rows.Binary, rows.Varbinary:
		text, _ := c.Value.(string)
		return "X'" + hex.EncodeToString([]byte(text)) + "':" + c.Of.Nullable(true).String()
	}
	return TextOf(c.Value, c.Of, nil) + ":" + c.Of.Nullable(true).String()
}

// String gives the call in prefix form: >($0, 5).
func (c *Call) String() string {
	args := make([]string, len(c.Args))
	for i, arg := range c.Args {
		args[i] = arg.String()
	}
	if c.Func.Name == "CAST" || c.Func.Name == "TRY_CAST" {
		return fmt.Sprintf("%s(%s AS %s)", c.Func.Name, args[0], c.Of.Nullable(true))
	}
	if c.Func.Name == "FIELD" {
		return fmt.Sprintf("%s.%s", args[0], strings.Trim(args[1], "'"))
	}
	return c.Func.Name + "(" + strings.Join(args, ", ") + ")"
}
