// Package views shows values to people and programs: text for the one, JSON for the other.
package views

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/plans"
	"github.com/weftmesh/weft/internal/reconcile"
	"github.com/weftmesh/weft/internal/resources"
)

// ApplyProgress is one change of an apply that was made or failed.
type ApplyProgress struct {
	Address addrs.Resource `json:"address"`
	Action  plans.Action   `json:"action"`
	Error   string         `json:"error,omitempty"`
	Done    int            `json:"done"`
	Total   int            `json:"total"`
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// Plan shows a plan: its changes by product, what was derived, who is affected, what waits, what does not run yet, and
// its problems.
func Plan(w io.Writer, plan plans.Plan) error {
	p := &printer{w: w}
	if !plan.Problems.HasErrors() || len(plan.Changes) > 0 {
		p.changes(plan)
	}
	p.pending(plan.Pending)
	p.notYet(plan.NotYet)
	for _, note := range plan.Notes {
		p.line("Note: %s.", note)
	}
	p.problems(plan.Problems)
	p.summary(plan)
	return p.err
}

func (p *printer) changes(plan plans.Plan) {
	about := map[addrs.Product]plans.Product{}
	for _, product := range plan.Products {
		about[product.Addr] = product
	}
	var current addrs.Product
	for _, c := range byProduct(plan.Changes) {
		if c.Product != current {
			current = c.Product
			p.product(about[current], current)
		}
		p.change(c)
	}
	if len(plan.Changes) > 0 {
		p.line("")
	}
}

// byProduct groups changes by product, in the order in which products first appear.
func byProduct(changes []plans.Change) []plans.Change {
	var order []addrs.Product
	groups := map[addrs.Product][]plans.Change{}
	for _, c := range changes {
		if _, seen := groups[c.Product]; !seen {
			order = append(order, c.Product)
		}
		groups[c.Product] = append(groups[c.Product], c)
	}
	var sorted []plans.Change
	for _, product := range order {
		sorted = append(sorted, groups[product]...)
	}
	return sorted
}

func (p *printer) product(about plans.Product, addr addrs.Product) {
	p.line("")
	if about.Version == "" {
		p.line("%s", addr)
		return
	}
	p.line("%s  version %s", addr, about.Version)
	if len(about.Derived) > 0 {
		parts := make([]string, len(about.Derived))
		for i, d := range about.Derived {
			parts[i] = fmt.Sprintf("%s = %s (%s)", d.Attribute, d.Value, d.From)
		}
		p.line("    derived: %s", strings.Join(parts, "; "))
	}
	if len(about.Affected) > 0 {
		p.line("    read by: %s", strings.Join(about.Affected, ", "))
	}
}

func (p *printer) change(c plans.Change) {
	p.line("  %s %s%s", c.Action.Symbol(), c.Addr, verb(c.Action, c.Addr.Kind))
	width := 0
	for _, a := range c.Attributes {
		width = max(width, len(a.Name))
	}
	for _, a := range c.Attributes {
		from := ""
		if a.From != "" {
			from = "  (" + a.From + ")"
		}
		p.line("      %-*s  %s%s", width, a.Name, transition(a, c.Action), from)
	}
}

func verb(action plans.Action, kind addrs.Kind) string {
	switch action {
	case plans.Adopt:
		return "  adopted"
	case plans.Replace:
		if kind == addrs.KindJob {
			return "  ended and started anew"
		}
		if kind == addrs.KindConnector {
			return "  ended with its position and made anew: it reads its tables from the beginning"
		}
		return "  deleted with its records and made anew"
	case plans.Delete:
		if kind == addrs.KindJob {
			return "  ended; what it gave stays"
		}
		if kind == addrs.KindConnector {
			return "  ended, with its position, its slot and its publication; what it gave stays"
		}
		return "  deleted with its records"
	}
	return ""
}

func transition(a plans.AttributeChange, action plans.Action) string {
	old, now := shown(a.Name, a.Old), shown(a.Name, a.New)
	switch {
	case action == plans.Create:
		return now
	case a.Name == resources.SchemaText && a.Old != "" && a.New != "":
		return schemaChange(a.Old, a.New)
	case a.Name == resources.JobSQL:
		return sqlChange(a.Old, a.New)
	case a.Name == resources.JobStart:
		return now
	}
	return old + " -> " + now
}

// shown is a value in words: durations beside their milliseconds, schemas by their length.
func shown(name, value string) string {
	switch {
	case value == "":
		return "(none)"
	case name == resources.SchemaText:
		return fmt.Sprintf("%d characters", len(value))
	case strings.HasSuffix(name, "retention.ms") && value != "-1":
		if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
			return value + " (" + days(time.Duration(ms)*time.Millisecond) + ")"
		}
	}
	return value
}

func days(d time.Duration) string {
	if d >= 24*time.Hour && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	}
	return d.String()
}

func (p *printer) pending(pending []plans.Pending) {
	if len(pending) == 0 {
		return
	}
	p.line("Waiting for leave, and left as they are:")
	for _, w := range pending {
		p.line("  %s %s  %s: allow with --allow-delete %s", w.Action.Symbol(), w.Addr, w.Reason, w.Addr)
		if len(w.Affected) > 0 {
			p.line("      read by: %s", strings.Join(w.Affected, ", "))
		}
	}
	p.line("")
}

func (p *printer) notYet(list []resources.NotYet) {
	if len(list) == 0 {
		return
	}
	p.line("Not yet run by this version of Weft:")
	var order []string
	where := map[string][]string{}
	for _, n := range list {
		if _, seen := where[n.What]; !seen {
			order = append(order, n.What)
		}
		where[n.What] = append(where[n.What], n.Product.String())
	}
	for _, what := range order {
		p.line("  %s: %s", what, strings.Join(where[what], ", "))
	}
	p.line("")
}

func (p *printer) problems(problems diags.List) {
	for _, d := range problems {
		p.line("%s", d)
		if d.Detail != "" {
			p.line("    %s", strings.ReplaceAll(d.Detail, "\n", "\n    "))
		}
		if d.Fix != "" {
			p.line("    %s", d.Fix)
		}
	}
	if len(problems) > 0 {
		p.line("")
	}
}

func (p *printer) summary(plan plans.Plan) {
	switch {
	case plan.Problems.HasErrors():
		p.line("%s; nothing can be applied until then.", counted(plan.Problems.Count(diags.Error), "problem", "problems")+" to solve")
	case plan.Empty():
		p.line("Nothing to change: %s as the contracts say.", counted(plan.Unchanged, "resource is", "resources are"))
	default:
		p.line("%s: %d to make, %d to change, %d to delete or replace; %d unchanged. Environment %s, plan %s.",
			counted(len(plan.Changes), "change", "changes"), plan.Count(plans.Create), plan.Count(plans.Update)+plan.Count(plans.Adopt),
			plan.Count(plans.Delete)+plan.Count(plans.Replace), plan.Unchanged, plan.Environment, plan.Hash)
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Progress shows one change of an apply.
func Progress(w io.Writer, progress ApplyProgress) {
	p := &printer{w: w}
	if progress.Error != "" {
		p.line("[%d/%d] failed: %s %s: %s", progress.Done, progress.Total, progress.Action, progress.Address, progress.Error)
		return
	}
	p.line("[%d/%d] %s %s", progress.Done, progress.Total, progress.Action, progress.Address)
}

// Applied shows what an apply reached.
func Applied(w io.Writer, plan plans.Plan, outcome reconcile.Outcome) {
	p := &printer{w: w}
	p.pending(plan.Pending)
	p.problems(plan.Problems)
	switch {
	case plan.Problems.HasErrors():
		p.line("%s; nothing was changed.", counted(plan.Problems.Count(diags.Error), "problem", "problems"))
	case len(outcome.Failed) > 0:
		p.line("Made %s, failed %s in %s. Apply again to go on from here.", counted(outcome.Made, "change", "changes"),
			counted(len(outcome.Failed), "change", "changes"), outcome.Took.Round(time.Millisecond))
	case plan.Empty():
		p.line("Nothing to change: %s as the contracts say.", counted(plan.Unchanged, "resource is", "resources are"))
	default:
		p.line("Made %s in %s.", counted(outcome.Made, "change", "changes"), outcome.Took.Round(time.Millisecond))
	}
}
