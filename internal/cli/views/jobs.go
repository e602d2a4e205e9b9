package views

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/weftmesh/weft/internal/observe"
)

// jobs shows the jobs of derived products, each in a line; nothing where there are none.
func jobs(w io.Writer, snapshot observe.Snapshot) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	titled := false
	for _, p := range snapshot.Products {
		if p.Job == nil {
			continue
		}
		if !titled {
			fmt.Fprintln(table, "JOB\tSTATE\tRESTARTS\tCHECKPOINT\tWATERMARK")
			titled = true
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", p.Product, strings.ToLower(p.Job.State), p.Job.Restarts, ago(p.Job.LastCheckpoint, snapshot.At), ago(p.Job.Watermark, snapshot.At))
	}
	_ = table.Flush()
	if titled {
		fmt.Fprintln(w)
	}
}

// ago is how long before now a time was; "-" for one that is not known.
func ago(at *time.Time, now time.Time) string {
	if at == nil {
		return "-"
	}
	return span(max(0, now.Sub(*at).Seconds()))
}

// job shows one job.
func job(j observe.Job, now time.Time) string {
	text := fmt.Sprintf("%s, %d restarts, last checkpoint %s ago, watermark %s behind", strings.ToLower(j.State), j.Restarts, ago(j.LastCheckpoint, now), ago(j.Watermark, now))
	if j.Cause != "" {
		text += "\n              last failure: " + j.Cause
	}
	return text
}
