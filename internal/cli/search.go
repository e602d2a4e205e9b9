package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/catalog"
)

func searchCommand(streams Streams) *cobra.Command {
	var flags serverFlags
	var format string
	cmd := &cobra.Command{
		Use:   "search WORDS",
		Short: "Find products: by name, owner, description, field",
		Args:  words(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var hits []catalog.Hit
			query := strings.Join(args, " ")
			if err := flags.open().call(cmd.Context(), "GET", "/v1/search?q="+url.QueryEscape(query), nil, &hits); err != nil {
				return err
			}
			if format == "json" {
				encoder := json.NewEncoder(streams.Out)
				encoder.SetIndent("", "  ")
				return encoder.Encode(hits)
			}
			showHits(streams, query, hits)
			return nil
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func showHits(streams Streams, query string, hits []catalog.Hit) {
	if len(hits) == 0 {
		fmt.Fprintf(streams.Out, "No product has %q in its name, owner, description, tags or fields.\n", query)
		return
	}
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PRODUCT\tOWNER\tFOUND IN\tDESCRIPTION")
	for _, h := range hits {
		found := strings.Join(h.Matches[:min(3, len(h.Matches))], ", ")
		if h.Lifecycle != "active" {
			found = h.Lifecycle + "; " + found
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", h.Product, h.Owner, found, firstLine(h.Description))
	}
	_ = table.Flush()
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > 70 {
		return line[:67] + "..."
	}
	return line
}
