package plan

import (
	"fmt"

	"github.com/weftmesh/weft/internal/flinksql/ast"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// problem is a mistake in a query, at its place.
func problem(at ast.Node, hint, format string, args ...any) error {
	return &lex.Error{Position: at.At(), Message: fmt.Sprintf(format, args...), Hint: hint}
}

// missing names a part of Flink SQL that is not there yet.
func missing(at ast.Node, what string) error {
	return problem(at, "Write the query without it; docs/flink-differences.md lists what Flink has and Weft has not yet.", "%s is not supported yet", what)
}
