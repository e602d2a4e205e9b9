package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/catalog"
	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/gate"
)

func quarantineCommand(streams Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "Look at the records that a product's gate set aside; replay or drop them",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(quarantineList(streams), quarantineShow(streams), quarantineReplay(streams), quarantineDrop(streams))
	return cmd
}

// quarantineFlags say which quarantine is meant.
type quarantineFlags struct {
	serverFlags
	event, reason, format string
}

func (f *quarantineFlags) registerAll(cmd *cobra.Command) {
	f.register(cmd)
	cmd.Flags().StringVar(&f.event, "event", "", "the event, where the product has several")
	cmd.Flags().StringVar(&f.format, "format", "text", "text or json")
}

func (f *quarantineFlags) registerReason(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.reason, "reason", "", "those that this check refused, or whose reason has this text")
}

// open finds the server, the product, and the path of its quarantine.
func (f *quarantineFlags) find(ctx context.Context, word string) (*remote, catalog.Summary, string, error) {
	server := f.open()
	named, topicEvent, err := server.productNamed(ctx, word)
	if f.event == "" {
		f.event = topicEvent
	}
	return server, named, "/v1/products/" + named.Product.String() + "/quarantine", err
}

func quarantineList(streams Streams) *cobra.Command {
	var flags quarantineFlags
	var status string
	var limit int
	cmd := &cobra.Command{
		Use:   "list PRODUCT",
		Short: "What was set aside, and why",
		Args:  words(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, named, path, err := flags.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			query := url.Values{"event": {flags.event}, "status": {status}, "reason": {flags.reason}, "limit": {strconv.Itoa(limit)}}
			var items []gate.Item
			if err := server.call(cmd.Context(), http.MethodGet, path+"?"+query.Encode(), nil, &items); err != nil {
				return err
			}
			if flags.format == "json" {
				return indented(streams, items)
			}
			views.Quarantine(streams.Out, named.Product, items, time.Now())
			return nil
		},
	}
	flags.registerAll(cmd)
	flags.registerReason(cmd)
	cmd.Flags().StringVar(&status, "status", "new", "new, replayed, dropped or all")
	cmd.Flags().IntVarP(&limit, "limit", "n", 100, "the newest so many; 0 for all")
	return cmd
}

func quarantineShow(streams Streams) *cobra.Command {
	var flags quarantineFlags
	var as string
	cmd := &cobra.Command{
		Use:   "show PRODUCT ID",
		Short: "One record, personal data masked",
		Args:  words(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, _, path, err := flags.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			query := url.Values{"event": {flags.event}, "as": {as}}
			var item gate.Item
			if err := server.call(cmd.Context(), http.MethodGet, path+"/"+url.PathEscape(args[1])+"?"+query.Encode(), nil, &item); err != nil {
				return err
			}
			if flags.format == "json" {
				return indented(streams, item)
			}
			views.Quarantined(streams.Out, item)
			return nil
		},
	}
	flags.registerAll(cmd)
	cmd.Flags().StringVar(&as, "as", "", "show the record as it came, in the name of a domain that may read personal data in clear")
	return cmd
}

// orderBody is what replay and drop send.
type orderBody struct {
	IDs    []string `json:"ids,omitempty"`
	Reason string   `json:"reason,omitempty"`
	All    bool     `json:"all,omitempty"`
	Force  bool     `json:"force,omitempty"`
	Note   string   `json:"note,omitempty"`
}

func quarantineReplay(streams Streams) *cobra.Command {
	var flags quarantineFlags
	var body orderBody
	cmd := &cobra.Command{
		Use:   "replay PRODUCT [ID...]",
		Short: "Judge records again by today's contract, and let those in that pass",
		Long: `Judge records again by today's contract, and write those that pass to the product and its masked copy: each once, in the order in which
they came. A record whose key has moved on, as a newer one of the same key has passed, stays unless --force is given.`,
		Args: words(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.decide(cmd.Context(), streams, args, "replay", body)
		},
	}
	flags.registerAll(cmd)
	flags.registerReason(cmd)
	cmd.Flags().BoolVar(&body.All, "all", false, "all that are new")
	cmd.Flags().BoolVar(&body.Force, "force", false, "also those whose key has moved on")
	cmd.Flags().StringVar(&body.Note, "note", "", "a few words that are kept with the decision")
	return cmd
}

func quarantineDrop(streams Streams) *cobra.Command {
	var flags quarantineFlags
	var body orderBody
	cmd := &cobra.Command{
		Use:   "drop PRODUCT [ID...]",
		Short: "Mark records as not wanted; their bytes stay until the quarantine's retention ends",
		Args:  words(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.decide(cmd.Context(), streams, args, "drop", body)
		},
	}
	flags.registerAll(cmd)
	flags.registerReason(cmd)
	cmd.Flags().BoolVar(&body.All, "all", false, "all that are new")
	cmd.Flags().StringVar(&body.Note, "note", "", "a few words that are kept with the decision")
	return cmd
}

// decide sends a decision on records, and shows what became of them.
func (f *quarantineFlags) decide(ctx context.Context, streams Streams, args []string, verb string, body orderBody) error {
	body.IDs, body.Reason = args[1:], f.reason
	if len(body.IDs) == 0 && body.Reason == "" && !body.All {
		return usagef("say which records: their IDs, --reason, or --all")
	}
	server, _, path, err := f.find(ctx, args[0])
	if err != nil {
		return err
	}
	var handled gate.Handled
	if err := server.callWithin(ctx, 5*time.Minute, http.MethodPost, path+"/"+verb+"?"+url.Values{"event": {f.event}}.Encode(), body, &handled); err != nil {
		return err
	}
	if f.format == "json" {
		err = indented(streams, handled)
	} else {
		views.Handled(streams.Out, verb, handled)
	}
	if err == nil && len(handled.Refused) > 0 {
		return errProblems
	}
	return err
}

func indented(streams Streams, value any) error {
	encoder := json.NewEncoder(streams.Out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
