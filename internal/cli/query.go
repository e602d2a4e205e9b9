package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weftmesh/weft/internal/cli/views"
	"github.com/weftmesh/weft/internal/queries"
)

// queryFlags are what a query is asked with.
type queryFlags struct {
	server  serverFlags
	follow  bool
	explain bool
	limit   int
	timeout time.Duration
	format  string
	as      string
}

func queryCommand(streams Streams) *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use:   "query SQL",
		Short: "Ask SQL over live products: as they are now, or as they change",
		Long: `Ask a SELECT of Flink SQL over products, which it names as transforms do: a topic in backticks, or domain.product.
Without --follow the answer is the rows as they are now. Personal data is masked, and a query whose rows depend on it is
refused, unless --as names a domain that may read it in clear. Exit 1 when the time limit cut a snapshot short.`,
		Args: words(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(); err != nil {
				return err
			}
			return flags.ask(cmd, streams, args[0])
		},
	}
	flags.server.register(cmd)
	cmd.Flags().BoolVarP(&flags.follow, "follow", "f", false, "give each change as it comes")
	cmd.Flags().BoolVar(&flags.explain, "explain", false, "show the plan, and run nothing")
	cmd.Flags().IntVarP(&flags.limit, "limit", "n", queries.DefaultRows, "rows at the most")
	cmd.Flags().DurationVar(&flags.timeout, "timeout", queries.DefaultTimeout, "how long it may take, also with --follow")
	cmd.Flags().StringVar(&flags.format, "format", "table", strings.Join(views.RowFormats, ", "))
	cmd.Flags().StringVar(&flags.as, "as", "", "ask in the name of a domain")
	return cmd
}

func (f queryFlags) check() error {
	switch {
	case !slices.Contains(views.RowFormats, f.format):
		return usagef("--format %q is not known; write one of: %s", f.format, strings.Join(views.RowFormats, ", "))
	case f.limit < 1 || f.limit > queries.MaxRows:
		return usagef("--limit %d is not between 1 and %d", f.limit, queries.MaxRows)
	case f.timeout < time.Second || f.timeout > queries.MaxTimeout:
		return usagef("--timeout %s is not between 1s and %s", f.timeout, queries.MaxTimeout)
	}
	return nil
}

func (f queryFlags) ask(cmd *cobra.Command, streams Streams, sql string) error {
	body, err := json.Marshal(map[string]any{
		"sql": sql, "follow": f.follow, "explain": f.explain, "limit": f.limit, "timeout_seconds": int(f.timeout.Seconds()), "as": f.as,
	})
	if err != nil {
		return err
	}
	answer, err := f.server.open().stream(cmd.Context(), "POST", "/v1/queries", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Close()
	if f.explain {
		var shown struct{ Plan string }
		if err := json.NewDecoder(answer).Decode(&shown); err != nil {
			return fmt.Errorf("the server ended its answer: %w", err)
		}
		_, err := io.WriteString(streams.Out, shown.Plan)
		return err
	}
	end, err := f.show(streams, answer)
	if cmd.Context().Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case end.Reason == queries.AtLimit && !f.follow:
		fmt.Fprintf(streams.Err, "weft: these are the first %d rows; ask for more with --limit\n", end.Rows)
	case end.Reason == queries.AtTime && !f.follow:
		fmt.Fprintf(streams.Err, "weft: the %s are over, and there may be more rows; give it longer with --timeout\n", f.timeout)
		return errProblems
	}
	return nil
}

// show hands the lines of an answer to a view, and gives the last.
func (f queryFlags) show(streams Streams, answer io.Reader) (queries.End, error) {
	decoder := json.NewDecoder(answer)
	var view views.Rows
	for {
		var line queries.Line
		switch err := decoder.Decode(&line); {
		case errors.Is(err, io.EOF):
			return queries.End{}, errors.New("the server ended its answer before the last row")
		case err != nil:
			return queries.End{}, fmt.Errorf("the server ended its answer: %w", err)
		case line.Error != "":
			if view != nil {
				_ = view.End() // what has come is shown; the error counts
			}
			return queries.End{}, errors.New(line.Error)
		case line.End != nil:
			return *line.End, view.End()
		case line.Columns != nil:
			view = views.NewRows(streams.Out, f.format, line.Columns, f.follow)
		case view != nil:
			if err := view.Row(line.Change, line.Row); err != nil {
				return queries.End{}, err
			}
		}
	}
}
