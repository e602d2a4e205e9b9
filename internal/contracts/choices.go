package contracts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
)

// CompatibilityLevels are the registry's levels as contracts write them (Confluent: schema evolution).
var CompatibilityLevels = []string{
	"none", "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive",
}

// choices checks the keys that take one of a few words, and fills in those that are absent.
func (d *derivation) choices() {
	p := &d.p
	kind := KindEvents
	if p.Source != nil && (p.Source.Postgres != nil || p.Source.MySQL != nil) {
		kind = KindState
	}
	d.choice("kind", &p.Kind, kind, KindEvents, KindState)
	d.choice("classification", &p.Classification, Internal, Public, Internal, Restricted)
	d.choice("lifecycle", &p.Lifecycle, Active, Draft, Active, Deprecated)
	d.choice("ingest", &p.Ingest, Direct, Direct, Gated)
	d.choice("schema.type", &p.Schema.Type, Avro, Avro, JSON, Protobuf)
	d.choice("schema.compatibility", &p.Schema.Compatibility, "full_transitive", CompatibilityLevels...)
	if p.SLA.Cadence == "" {
		p.SLA.Cadence = Always
	}
	if _, err := ParseCadence(p.SLA.Cadence); err != nil {
		d.problem("sla.cadence", RuleChoice, "sla.cadence: "+err.Error(), `Write 24/7, on-change, or days, hours and zone: "weekdays 06:00-22:00 Europe/Prague".`)
	}
	if p.Transform != nil {
		d.choice("transform.on_change", &p.Transform.OnChange, "replay", "replay", "from-now", "new-major")
	}
	d.checkChoices()
	d.combinations()
}

func (d *derivation) choice(path string, into *string, fallback string, words ...string) {
	if *into == "" {
		*into = fallback
		return
	}
	if slices.Contains(words, *into) {
		return
	}
	d.badChoice(path, *into, words)
	*into = fallback
}

func (d *derivation) badChoice(path, value string, words []string) {
	fix := "Write one of: " + strings.Join(words, ", ") + "."
	if closest, ok := diags.Closest(value, words); ok {
		fix = fmt.Sprintf("Did you mean %q? %s", closest, fix)
	}
	d.problem(path, RuleChoice, fmt.Sprintf("%s: %q is not known", path, value), fix)
}

// Dimensions are the sides of quality that a check can count for.
var Dimensions = []string{"completeness", "consistency", "timeliness", "accuracy", "uniqueness", "validity"}

func (d *derivation) checkChoices() {
	for i := range d.p.Quality {
		c, path := &d.p.Quality[i], fmt.Sprintf("quality[%d]", i)
		d.choice(path+".action", &c.Action, "count", "count", "quarantine")
		d.choice(path+".dimension", &c.Dimension, c.dimension(), Dimensions...)
		if !d.p.Has(path + ".threshold") {
			c.Threshold = 100
		}
		d.qualityCheck(path, *c)
	}
	for i := range d.p.Access.Grants {
		g, path := &d.p.Access.Grants[i], fmt.Sprintf("access.grants[%d]", i)
		d.choice(path+".pii", &g.PII, PIIMasked, PIIMasked, PIIClear)
		if g.To == "" {
			d.problem(path, RuleMissing, "a grant names no domain", "Write to: and the domain that may read.")
		}
	}
}

// dimension is the side of quality that a check counts for unless it says so.
func (c Check) dimension() string {
	switch {
	case len(c.Unique) > 0:
		return "uniqueness"
	case c.References != nil:
		return "consistency"
	case c.Rows != nil:
		return "completeness"
	}
	return "validity"
}

func (d *derivation) qualityCheck(path string, c Check) {
	forms := 0
	for _, set := range []bool{c.Check != "", len(c.Unique) > 0, c.References != nil, c.Rows != nil} {
		if set {
			forms++
		}
	}
	if forms != 1 {
		d.problem(path, RuleCombination, fmt.Sprintf("a quality check needs exactly one of check, unique, references and rows; this one has %d", forms),
			"Write one check an entry.")
	}
	if c.Name == "" {
		d.problem(path, RuleMissing, "a quality check has no name", "Write name: and a few words; scores and quarantine show it.")
	}
	if c.Action == "quarantine" && (c.Check == "" && forms == 1) {
		d.problem(path+".action", RuleCombination, "a check with memory (unique, references, rows) can only count", "Write action: count, or leave it out.")
	}
	if c.Action == "quarantine" && d.p.Ingest == Direct && d.p.Source == nil && d.p.Transform == nil {
		d.problem(path+".action", RuleCombination, "quarantine needs a gate before the topic, and ingest is direct", "Write ingest: gated, or action: count.")
	}
}

// combinations checks keys that exclude or need each other.
func (d *derivation) combinations() {
	p := &d.p
	if len(p.Fields) > 0 && len(p.Schema.Fields) > 0 {
		d.report(p.KeyAt("fields"), RuleCombination, "fields stands at the top and below schema", "Keep one of the two.")
	}
	if p.Source != nil && p.Transform != nil {
		d.report(p.KeyAt("transform"), RuleCombination, "a product is captured (source) or derived (transform), not both", "Make it two products.")
	}
	if p.Lifecycle == Deprecated && p.Sunset.IsZero() {
		d.problem("lifecycle", RuleCombination, "a deprecated product has no sunset", "Write sunset: and the day from which it may be gone, as in sunset: 2027-06-30.")
	}
	if p.Lifecycle != Deprecated && !p.Sunset.IsZero() {
		d.problem("sunset", RuleCombination, "sunset is for deprecated products, and lifecycle is "+p.Lifecycle, "Write lifecycle: deprecated, or leave sunset out.")
	}
	d.transformSource()
	d.boundTopic()
}

func (d *derivation) transformSource() {
	t := d.p.Transform
	switch {
	case t == nil:
	case t.SQL != "" && t.File != "":
		d.problem("transform", RuleCombination, "transform has both sql and file", "Keep one of the two.")
	case t.File != "":
		text, err := companion(d.fsys, d.p.File, t.File)
		if err != nil {
			d.problem("transform.file", RuleCompanion, fmt.Sprintf("transform.file %s cannot be read: %v", t.File, err), "Name a file beside the contract.")
		}
		t.SQL = text
	case strings.TrimSpace(t.SQL) == "":
		d.problem("transform", RuleMissing, "transform has no SQL", "Write sql: | and the SELECT below it, or file: and the file's name.")
	}
}

// boundTopic checks a product that is bound to a topic under another name.
func (d *derivation) boundTopic() {
	t := d.p.Topic
	managed := t.Managed == nil || *t.Managed
	switch {
	case t.Name != "" && managed:
		d.problem("topic.name", RuleCombination, "topic.name binds the product to a topic of another name, which Weft does not manage",
			"Add managed: false, or leave the name out: topics are named after domain, entity, version and event.")
	case t.Name == "" && !managed:
		d.problem("topic.managed", RuleCombination, "managed: false needs the name of the topic", "Write topic: {name: NAME, managed: false}.")
	case t.Name != "" && len(d.p.Events) > 1:
		d.problem("topic.name", RuleCombination, "a product with several events cannot be bound to one topic", "Bind each event: events: {created: {topic: {name: NAME, managed: false}}}.")
	}
}
