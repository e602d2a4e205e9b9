package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/observe"
)

func statusCommand(streams Streams) *cobra.Command {
	var flags serverFlags
	var format string
	var watch bool
	cmd := &cobra.Command{
		Use:   "status [PRODUCT]",
		Short: "Show how products are: rates, age of the newest event, lag of their readers",
		Args:  words(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"text", "json"}, format) {
				return usagef("--format %q is not known; write text or json", format)
			}
			server := flags.open()
			for {
				if err := status(cmd.Context(), streams, server, args, format, watch); err != nil || !watch {
					return err
				}
				select {
				case <-cmd.Context().Done():
					return nil
				case <-time.After(time.Second):
				}
			}
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again every second")
	return cmd
}

func status(ctx context.Context, streams Streams, server *remote, args []string, format string, watch bool) error {
	var answer any
	var show func()
	if len(args) == 1 {
		named, _, err := server.productNamed(ctx, args[0])
		if err != nil {
			return err
		}
		var product observe.Product
		if err := server.call(ctx, "GET", "/v1/status/"+named.Product.String(), nil, &product); err != nil {
			return err
		}
		answer, show = product, func() { views.ProductStatus(streams.Out, named, product) }
	} else {
		var snapshot observe.Snapshot
		if err := server.call(ctx, "GET", "/v1/status", nil, &snapshot); err != nil {
			return err
		}
		answer, show = snapshot, func() { views.Status(streams.Out, snapshot) }
	}
	if format == "json" {
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(answer)
	}
	if watch {
		fmt.Fprint(streams.Out, "\x1b[H\x1b[2J")
	}
	show()
	return nil
}
