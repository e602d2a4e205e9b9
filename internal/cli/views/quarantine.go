package views

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/gate"
)

// Quarantine lists records that were set aside.
func Quarantine(w io.Writer, product addrs.Product, items []gate.Item, now time.Time) {
	if len(items) == 0 {
		fmt.Fprintf(w, "Nothing of %s is in quarantine.\n", product)
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSTATUS\tAGE\tCHECK\tREASON")
	for _, i := range items {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", i.ID, i.Fate, ago(&i.Time, now), i.Check, i.Reason)
	}
	_ = table.Flush()
}

// Quarantined shows one record.
func Quarantined(w io.Writer, i gate.Item) {
	p := &printer{w: w}
	p.line("%s  %s", i.ID, i.Fate)
	if i.By != "" {
		p.line("  %s by %s  %s", i.Fate, i.By, i.Note)
	}
	p.line("  check    %s", i.Check)
	p.line("  reason   %s", i.Reason)
	p.line("  set aside %s by version %s of the contract", i.Time.Format(time.RFC3339), i.Version)
	p.line("  from     %s, partition %d, offset %d, %d bytes", i.Topic, i.Partition, i.Offset, i.Bytes)
	if i.SchemaID != 0 {
		p.line("  schema   %d", i.SchemaID)
	}
	if i.Row != nil {
		p.line("  row      %s", i.Row)
	}
	if i.Key != nil {
		p.line("  key      %s", *i.Key)
	}
	if i.Value != nil {
		p.line("  value    %s", *i.Value)
	}
	if i.Encoding == "base64" {
		p.line("  (key and value are in base64)")
	}
}

// Handled says what became of records that were to be replayed or dropped.
func Handled(w io.Writer, verb string, h gate.Handled) {
	done := map[string]string{"replay": "Replayed", "drop": "Dropped"}[verb]
	fmt.Fprintf(w, "%s %s.\n", done, counted(h.Done, "record", "records"))
	for _, r := range h.Refused {
		fmt.Fprintf(w, "  %s stays: %s\n", r.ID, r.Reason)
	}
}
