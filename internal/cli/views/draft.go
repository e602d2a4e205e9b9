package views

import (
	"fmt"
	"io"
	"strings"

	"github.com/weftmesh/weft/internal/databases"
	"github.com/weftmesh/weft/internal/diags"
)

// Drafted says what became of a table, and what is to be looked at.
func Drafted(w io.Writer, t databases.Table, d databases.Draft) {
	fmt.Fprintf(w, "%s from table %s.", counted(d.Fields, "field", "fields"), t.Name)
	if len(d.Personal) > 0 {
		fmt.Fprintf(w, " Personal data, by name and type: %s.", strings.Join(d.Personal, ", "))
	}
	if len(d.Left) > 0 {
		fmt.Fprintf(w, " Left out, as the file says why: %s.", strings.Join(d.Left, ", "))
	}
	fmt.Fprintln(w)
}

// Hint is a problem of what lies outside of the files: without its place, with what to do.
func Hint(w io.Writer, d diags.Diagnostic) {
	fmt.Fprintf(w, "%s: %s\n    %s\n", d.Severity, d.Summary, d.Fix)
}
