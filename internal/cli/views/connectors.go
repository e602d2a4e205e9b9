package views

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/observe"
)

// connectors shows the connectors that capture tables, each in a line with how many products it is for; nothing where
// there are none.
func connectors(w io.Writer, snapshot observe.Snapshot) {
	var order []observe.Connector
	products := map[addrs.Connector]int{}
	for _, p := range snapshot.Products {
		if p.Connector == nil {
			continue
		}
		if products[p.Connector.Name]++; products[p.Connector.Name] == 1 {
			order = append(order, *p.Connector)
		}
	}
	if len(order) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CONNECTOR\tSTATE\tTASKS\tPRODUCTS")
	for _, c := range order {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\n", c.Name, strings.ToLower(c.State), c.Tasks, products[c.Name])
	}
	_ = table.Flush()
	fmt.Fprintln(w)
}

// connectorLine shows the connector of one product.
func connectorLine(c observe.Connector) string {
	text := fmt.Sprintf("%s, %s", c.Name, strings.ToLower(c.State))
	if c.Cause != "" {
		text += "\n              " + c.Cause
	}
	return text
}
