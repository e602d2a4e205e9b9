package views

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/weftmesh/weft/internal/queries"
)

// RowFormats are the forms in which rows can be shown.
var RowFormats = []string{"table", "csv", "json"}

// Rows shows the rows of a query.
type Rows interface {
	// Row shows one row; change is "" where the rows are no changelog.
	Row(change string, fields []json.RawMessage) error
	// End comes after the last row.
	End() error
}

// NewRows shows rows in one of RowFormats. Those that are followed are shown as they come.
func NewRows(w io.Writer, format string, columns []queries.Column, follow bool) Rows {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	switch format {
	case "json":
		return &jsonRows{w, names}
	case "csv":
		return newCSVRows(w, names, follow)
	}
	t := &tableRows{table: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0), follow: follow}
	t.cells("", names)
	return t
}

// plain is a value as people and CSV have it: text without quotes, nothing for null.
func plain(value json.RawMessage) string {
	var text string
	switch {
	case bytes.Equal(value, []byte("null")):
		return ""
	case json.Unmarshal(value, &text) == nil:
		return text
	}
	return string(value)
}

func plains(fields []json.RawMessage) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = plain(f)
	}
	return out
}

type jsonRows struct {
	w     io.Writer
	names []string
}

func (r *jsonRows) Row(change string, fields []json.RawMessage) error {
	members := make([]string, len(fields))
	for i, f := range fields {
		name, err := json.Marshal(r.names[i])
		if err != nil {
			return err
		}
		members[i] = string(name) + ":" + string(f)
	}
	text := "{" + strings.Join(members, ",") + "}"
	if change != "" {
		text = `{"` + change + `":` + text + "}"
	}
	_, err := fmt.Fprintln(r.w, text)
	return err
}

func (*jsonRows) End() error { return nil }

type csvRows struct {
	writer *csv.Writer
	follow bool
}

func newCSVRows(w io.Writer, names []string, follow bool) *csvRows {
	r := &csvRows{csv.NewWriter(w), follow}
	if follow {
		names = append([]string{"change"}, names...)
	}
	_ = r.writer.Write(names) // an error stays, and comes with the next row
	return r
}

func (r *csvRows) Row(change string, fields []json.RawMessage) error {
	cells := plains(fields)
	if r.follow {
		cells = append([]string{change}, cells...)
	}
	if err := r.writer.Write(cells); err != nil {
		return err
	}
	if r.follow {
		return r.End()
	}
	return nil
}

func (r *csvRows) End() error {
	r.writer.Flush()
	return r.writer.Error()
}

// tableRows aligns the columns of a snapshot, and those of each row by itself where rows are followed.
type tableRows struct {
	table  *tabwriter.Writer
	follow bool
}

func (r *tableRows) cells(change string, cells []string) {
	clean := strings.NewReplacer("\t", " ", "\n", " ")
	if r.follow {
		fmt.Fprintf(r.table, "%-2s\t", change)
	}
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(r.table, "\t")
		}
		fmt.Fprint(r.table, clean.Replace(c))
	}
	fmt.Fprintln(r.table)
}

func (r *tableRows) Row(change string, fields []json.RawMessage) error {
	r.cells(change, plains(fields))
	if r.follow {
		return r.table.Flush()
	}
	return nil
}

func (r *tableRows) End() error { return r.table.Flush() }
