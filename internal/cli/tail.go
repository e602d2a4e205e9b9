package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/records"
)

func tailCommand(streams Streams) *cobra.Command {
	var flags serverFlags
	var event, from, as, format string
	var follow bool
	var limit int
	cmd := &cobra.Command{
		Use:   "tail PRODUCT",
		Short: "Show a product's rows, decoded, personal data masked",
		Args:  words(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			server := flags.open()
			named, topicEvent, err := server.productNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if event == "" {
				event = topicEvent
			}
			query := url.Values{"event": {event}, "from": {from}, "follow": {strconv.FormatBool(follow)}, "limit": {strconv.Itoa(limit)}, "as": {as}}
			body, err := server.stream(cmd.Context(), "GET", recordsPath(named, query), nil)
			if err != nil {
				return err
			}
			defer body.Close()
			err = showLines(streams, body, format)
			if cmd.Context().Err() != nil {
				return nil
			}
			return err
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&event, "event", "", "one event; all without")
	cmd.Flags().StringVar(&from, "from", "-10", "earliest, latest, or -N for the last N of each partition")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is written from now on")
	cmd.Flags().IntVarP(&limit, "limit", "n", 0, "rows at the most")
	cmd.Flags().StringVar(&as, "as", "", "read personal data in clear in the name of a domain that may")
	cmd.Flags().StringVar(&format, "format", "text", "text: the rows; json: with topic, partition, offset, time and key")
	return cmd
}

func showLines(streams Streams, body io.Reader, format string) error {
	decoder := json.NewDecoder(body)
	for {
		var line records.Line
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("the server ended its answer: %w", err)
		}
		if err := json.Unmarshal(raw, &line); err != nil {
			return err
		}
		if line.Topic == "" && line.Error != "" {
			return errors.New(line.Error)
		}
		if format == "json" {
			fmt.Fprintln(streams.Out, string(raw))
			continue
		}
		showLine(streams, line)
	}
}

func showLine(streams Streams, line records.Line) {
	switch {
	case line.Tombstone:
		fmt.Fprintf(streams.Out, "%s deleted\n", line.Key)
	case line.Error != "":
		fmt.Fprintf(streams.Out, "%s %d@%d cannot be decoded: %s\n", line.Topic, line.Partition, line.Offset, line.Error)
	default:
		fmt.Fprintln(streams.Out, string(line.Value))
	}
}
