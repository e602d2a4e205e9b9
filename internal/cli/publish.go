package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/records"
)

// Bounds of one request: lines are sent in parts, so that neither side holds all of them.
const (
	partLines = 5000
	partBytes = 8 << 20
)

func publishCommand(streams Streams) *cobra.Command {
	var flags serverFlags
	var event string
	cmd := &cobra.Command{
		Use:   "publish PRODUCT [FILE]",
		Short: "Publish rows, one JSON object a line, each judged against the contract before it is written",
		Args:  words(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			input := streams.In
			if len(args) == 2 && args[1] != "-" {
				file, err := os.Open(args[1])
				if err != nil {
					return usagef("%v", err)
				}
				defer file.Close()
				input = file
			}
			return publish(cmd.Context(), streams, flags.open(), args[0], event, input)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&event, "event", "", "the event, where the product has several")
	return cmd
}

func publish(ctx context.Context, streams Streams, server *remote, product, event string, input io.Reader) error {
	named, topicEvent, err := server.productNamed(ctx, product)
	if err != nil {
		return err
	}
	if event == "" {
		event = topicEvent
	}
	path := recordsPath(named, url.Values{"event": {event}})
	reader, sent := bufio.NewReaderSize(input, 64<<10), 0
	accepted, refused := 0, 0
	for {
		part, lines, err := nextPart(reader)
		if lines > 0 {
			published, failed := send(ctx, server, path, part)
			if failed != nil {
				return fmt.Errorf("after %d rows were published: %w", accepted, failed)
			}
			accepted, refused = accepted+published.Accepted, refused+published.Refused
			showRefusals(streams, published, sent)
			sent += lines
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(streams.Err, "Published %d to %s, refused %d.\n", accepted, named.Product, refused)
	if refused > 0 {
		return errProblems
	}
	return nil
}

// nextPart reads lines up to the bounds of one request.
func nextPart(reader *bufio.Reader) (part []byte, lines int, err error) {
	var buffer bytes.Buffer
	for lines < partLines && buffer.Len() < partBytes {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			if len(line) > records.MaxLine {
				return nil, 0, usagef("line %d of this part is longer than %d bytes", lines+1, records.MaxLine)
			}
			buffer.Write(bytes.TrimRight(line, "\r\n"))
			buffer.WriteByte('\n')
			lines++
		}
		if err != nil {
			return buffer.Bytes(), lines, err
		}
	}
	return buffer.Bytes(), lines, nil
}

func send(ctx context.Context, server *remote, path string, part []byte) (records.Published, error) {
	var published records.Published
	body, err := server.stream(ctx, "POST", path, bytes.NewReader(part))
	if err != nil {
		return published, err
	}
	defer body.Close()
	return published, json.NewDecoder(body).Decode(&published)
}

func showRefusals(streams Streams, published records.Published, before int) {
	for _, refusal := range published.Refusals {
		for _, fault := range refusal.Faults {
			fmt.Fprintf(streams.Err, "line %d: refused: %s\n", before+refusal.Line, fault)
		}
	}
	if hidden := published.Refused - len(published.Refusals); hidden > 0 {
		fmt.Fprintf(streams.Err, "and %d more lines refused\n", hidden)
	}
}
