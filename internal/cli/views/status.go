package views

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/weftmesh/weft/internal/catalog"
	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/observe"
)

// Status shows every product in a line, and the worst of its readers.
func Status(w io.Writer, snapshot observe.Snapshot) {
	if snapshot.Trouble != "" {
		fmt.Fprintf(w, "The event bus does not answer: %s\n\n", snapshot.Trouble)
	}
	if len(snapshot.Products) == 0 {
		fmt.Fprintln(w, "No product is live. `weft apply` brings contracts to life; `weft init product` writes one.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PRODUCT\tSTATE\tRECORDS/S\tBYTES/S\tAGE\tPROMISED\tREADERS\tLAG")
	counts := map[observe.State]int{}
	for _, p := range snapshot.Products {
		counts[p.State]++
		records, seconds := worst(p.Groups)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Product, p.State, rate(p.RecordsPerSecond), size(p.BytesPerSecond),
			age(p.AgeSeconds), promise(p), readers(p.Groups), lag(records, seconds, len(p.Groups)))
	}
	_ = table.Flush()
	fmt.Fprintln(w)
	connectors(w, snapshot)
	jobs(w, snapshot)
	var parts []string
	for _, state := range observe.States {
		if counts[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
		}
	}
	fmt.Fprintf(w, "%s: %s\n", counted(len(snapshot.Products), "product", "products"), strings.Join(parts, ", "))
	for _, p := range snapshot.Products {
		if p.State == observe.Late || p.State == observe.Broken || p.State == observe.Failed {
			fmt.Fprintf(w, "  %s is %s: %s\n", p.Product, p.State, p.Why)
		}
	}
}

// ProductStatus shows one product: its topics, and each of its readers.
func ProductStatus(w io.Writer, about catalog.Summary, p observe.Product) {
	p0 := &printer{w: w}
	p0.line("%s  %s", p.Product, p.State)
	if p.Why != "" {
		p0.line("  %s", p.Why)
	}
	p0.line("  owner       %s", about.Owner)
	p0.line("  throughput  %s records/s, %s/s", rate(p.RecordsPerSecond), size(p.BytesPerSecond))
	p0.line("  freshness   newest event %s old, promised %s", age(p.AgeSeconds), promise(p))
	p0.line("  held        %d records", p.Records)
	if p.Connector != nil {
		p0.line("  connector   %s", connectorLine(*p.Connector))
	}
	if p.Job != nil {
		p0.line("  job         %s", job(*p.Job, time.Now()))
	}
	for _, g := range p.Gates {
		p0.line("  gate        %s", gateLine(g))
		if g.Warning != "" {
			p0.line("              %s", g.Warning)
		}
	}
	if p.Quality != nil {
		p0.line("  quality     %.2f %% of the records passed the gate and every check", *p.Quality)
	}
	if p.Undecodable > 0 {
		p0.line("  errors      %d sampled records could not be decoded", p.Undecodable)
	}
	p0.line("")
	topics(w, p.Topics)
	if len(p.Groups) == 0 {
		p0.line("\nNobody reads it yet.")
		return
	}
	p0.line("")
	groups(w, p.Groups)
}

func topics(w io.Writer, all []observe.Topic) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TOPIC\tPARTITIONS\tRECORDS/S\tNEWEST EVENT")
	for _, t := range all {
		newest := "none yet"
		if t.NewestEvent != nil {
			newest = t.NewestEvent.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", t.Topic, len(t.Partitions), rate(t.RecordsPerSecond), newest)
	}
	_ = table.Flush()
}

func groups(w io.Writer, all []observe.Group) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "GROUP\tDOMAIN\tSTATE\tLAG")
	for _, g := range all {
		domain := g.Domain
		if domain == "" {
			domain = "(no subscription)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", g.Group, domain, strings.ToLower(g.State), lag(g.LagRecords, g.LagSeconds, 1))
	}
	_ = table.Flush()
}

func worst(groups []observe.Group) (records int64, seconds float64) {
	for _, g := range groups {
		records, seconds = max(records, g.LagRecords), max(seconds, g.LagSeconds)
	}
	return records, seconds
}

func rate(perSecond float64) string {
	if perSecond >= 100 || perSecond == 0 {
		return fmt.Sprintf("%.0f", perSecond)
	}
	return fmt.Sprintf("%.1f", perSecond)
}

func size(bytes float64) string {
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if bytes < 1000 || unit == "GB" {
			if unit == "B" || bytes >= 100 {
				return fmt.Sprintf("%.0f %s", bytes, unit)
			}
			return fmt.Sprintf("%.1f %s", bytes, unit)
		}
		bytes /= 1000
	}
	return ""
}

func age(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	return span(*seconds)
}

func promise(p observe.Product) string {
	if p.PromiseSeconds == nil {
		return "-"
	}
	return contracts.Duration(*p.PromiseSeconds * float64(time.Second)).String() // as the contract writes it
}

// span shows a length of time in its two largest units.
func span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

func readers(groups []observe.Group) string {
	if len(groups) == 0 {
		return "-"
	}
	return fmt.Sprint(len(groups))
}

func lag(records int64, seconds float64, groups int) string {
	switch {
	case groups == 0:
		return "-"
	case records == 0:
		return "0"
	}
	return fmt.Sprintf("%d (%s)", records, span(seconds))
}
