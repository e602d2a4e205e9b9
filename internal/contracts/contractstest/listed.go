package contractstest

import (
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
)

// Listed is a list of problems as .want files hold it: what is wrong, then why and what to do.
func Listed(problems diags.List) string {
	var b strings.Builder
	for _, d := range problems {
		fmt.Fprintf(&b, "%s\n", d)
		for _, text := range []string{d.Detail, d.Fix} {
			if text != "" {
				fmt.Fprintf(&b, "    %s\n", text)
			}
		}
	}
	return b.String()
}
