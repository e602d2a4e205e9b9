package expr

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/rows"
)

// refusal is why a call does not fit, before its place is known.
type refusal struct{ message, hint string }

func (r *refusal) Error() string { return r.message }

func refuse(hint, format string, args ...any) error {
	return &refusal{fmt.Sprintf(format, args...), hint}
}

func counted(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

func list(types []rows.Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = t.Nullable(true).String()
	}
	return strings.Join(words, ", ")
}

// noBareNull refuses NULL without a type, as Flink does for most functions.
func noBareNull(args []Arg) error {
	for _, arg := range args {
		if arg.Type.Kind == rows.Null {
			return refuse("Give it a type: CAST(NULL AS STRING).", "a bare NULL has no type here")
		}
	}
	return nil
}
