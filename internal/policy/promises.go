package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/weftmesh/weft/internal/contracts"
	"github.com/weftmesh/weft/internal/diags"
)

func promises() []Rule {
	return []Rule{
		{"sla-present", must, "A product promises how fresh it is and how often that holds; without it nobody can rely on it, and nothing can be late.", "sla: {}", "sla: {freshness: 30s, availability: 99.9%}", slaPresent},
		{"sla-credible", must, "Promises can be kept: none contradicts another.", "sla: {freshness: 1s, latency: {p99: 5s}}", "sla: {freshness: 30s, latency: {p99: 5s}}", slaCredible},
		{"promise-of-inputs", must, "No product promises more than the products that it is made from.", "freshness 5s, from an input of 60s", "freshness: 2m", promisesOfInputs},
		{"needs-met", must, "What a subscription needs is what the product promises.", "needs: {freshness: 1s} of a product of 30s", "needs: {freshness: 1m}", needsMet},
	}
}

func slaPresent(r *run) {
	r.eachPromising(func(p contracts.Product) {
		if !p.Has("sla.freshness") {
			r.report(p, p.At("sla"), fmt.Sprintf("%s does not promise how fresh it is", p.Addr), "Write sla: {freshness: 30s}; for data that rarely changes add cadence: on-change. lifecycle: draft makes no promises.")
		}
		if !p.Has("sla.availability") {
			r.warn(p, p.At("sla"), fmt.Sprintf("%s does not promise its availability", p.Addr), "Write sla: {availability: 99.9%}.")
		}
	})
}

func slaCredible(r *run) {
	r.eachProduct(func(p contracts.Product) {
		sla := p.SLA
		if sla.Availability == 100 {
			r.warn(p, p.At("sla.availability"), "an availability of 100% is broken by the first minute", "Promise what can be kept, as in 99.9%.")
		}
		if p.Has("sla.availability") && sla.Availability < 50 {
			r.report(p, p.At("sla.availability"), fmt.Sprintf("an availability of %s promises nothing", sla.Availability), "Promise what readers can rely on, as in 99.9%.")
		}
		if f := sla.Freshness.Std(); f > 0 && f < 100*time.Millisecond {
			r.warn(p, p.At("sla.freshness"), fmt.Sprintf("a freshness of %s is shorter than it is measured", sla.Freshness), "Promise 100ms or more.")
		}
		if sla.Freshness > 0 && sla.Latency.P99 > sla.Freshness {
			r.report(p, p.At("sla.latency"), fmt.Sprintf("latency p99 %s is longer than the freshness of %s that it is a part of", sla.Latency.P99, sla.Freshness), "Promise a longer freshness or a shorter latency.")
		}
		if falling(sla.Latency) {
			r.report(p, p.At("sla.latency"), "latencies fall where they must rise: p50, p95, p99", "Write them in rising order.")
		}
		if sla.Retention > 0 && sla.Freshness > 0 && sla.Retention < sla.Freshness {
			r.report(p, p.At("sla.retention"), fmt.Sprintf("retention %s is shorter than the freshness of %s: records may be gone before they are late", sla.Retention, sla.Freshness), "Keep records longer.")
		}
	})
}

// falling reports whether a higher percentile is promised to be faster than a lower one.
func falling(l contracts.Latency) bool {
	written := slices.DeleteFunc([]contracts.Duration{l.P50, l.P95, l.P99}, func(d contracts.Duration) bool { return d == 0 })
	return !slices.IsSorted(written)
}

func promisesOfInputs(r *run) {
	r.eachProduct(func(p contracts.Product) {
		inputs, problems := r.set.Inputs(p)
		for _, d := range problems {
			d.Rule = r.rule.ID
			*r.problems = append(*r.problems, finding{p, withRule(d, "transform-inputs")})
		}
		for _, input := range inputs {
			from := input.Product
			if p.Promises() && p.SLA.Freshness > 0 && from.SLA.Freshness > p.SLA.Freshness && from.SLA.Cadence != contracts.OnChange {
				r.report(p, p.At("sla.freshness"), fmt.Sprintf("freshness %s is promised, and the input %s promises only %s", p.SLA.Freshness, from.Addr, from.SLA.Freshness), fmt.Sprintf("Promise %s or more, or agree on a tighter promise with %s.", from.SLA.Freshness, from.Owner))
			}
			if p.Promises() && p.SLA.Availability > 0 && from.SLA.Availability > 0 && from.SLA.Availability < p.SLA.Availability {
				r.warn(p, p.At("sla.availability"), fmt.Sprintf("availability %s is promised, and the input %s promises only %s", p.SLA.Availability, from.Addr, from.SLA.Availability), fmt.Sprintf("Promise %s or less.", from.SLA.Availability))
			}
		}
	})
}

func withRule(d diags.Diagnostic, rule string) diags.Diagnostic {
	d.Rule = rule
	return d
}

func needsMet(r *run) {
	for _, sub := range r.set.Subscriptions {
		p, ok := subscribed(r.set, sub)
		if !ok {
			continue
		}
		about := contracts.Product{Contract: contracts.Contract{Domain: sub.Domain}}
		for _, n := range unmet(sub.Needs, p.SLA) {
			r.report(about, sub.At("needs."+n.path), fmt.Sprintf("%s %s is needed, and %s promises %s", n.what, n.need, p.Addr, n.promised), fmt.Sprintf("Live with what is promised, or agree on more with %s.", p.Owner))
		}
	}
}

// need is one need that is more than what is promised.
type need struct{ path, what, need, promised string }

func unmet(n contracts.Needs, sla contracts.SLA) []need {
	var list []need
	atMost := func(path, what string, needed, promised contracts.Duration) {
		if needed > 0 && (promised == 0 || promised > needed) {
			list = append(list, need{path, what, needed.String(), orNothing(promised != 0, promised)})
		}
	}
	atLeast := func(path, what string, needed, promised contracts.Percent) {
		if needed > promised {
			list = append(list, need{path, what, needed.String(), orNothing(promised != 0, promised)})
		}
	}
	atMost("freshness", "freshness", n.Freshness, sla.Freshness)
	atLeast("availability", "availability", n.Availability, sla.Availability)
	atLeast("quality", "quality", n.Quality, sla.Quality)
	atMost("latency.p50", "latency p50", n.Latency.P50, sla.Latency.P50)
	atMost("latency.p95", "latency p95", n.Latency.P95, sla.Latency.P95)
	atMost("latency.p99", "latency p99", n.Latency.P99, sla.Latency.P99)
	if n.Retention > 0 && sla.Retention > 0 && sla.Retention < n.Retention {
		list = append(list, need{"retention", "retention", n.Retention.String(), sla.Retention.String()})
	}
	return list
}

func orNothing(there bool, promise fmt.Stringer) string {
	if !there {
		return "nothing"
	}
	return promise.String()
}
