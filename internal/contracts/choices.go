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
	if closest, ok := diags.Closest(strings.ToLower(value), words); ok {
		fix = fmt.Sprintf("Did you mean %q? %s", closest, fix)
	}
	d.problem(path, RuleChoice, fmt.Sprintf("%s: %q is not known", path, value), fix)
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
	if p.Lifecycle == Deprecated && !p.Has("sunset") {
		d.problem("lifecycle", RuleCombination, "a deprecated product has no sunset", "Write sunset: and the day from which it may be gone, as in sunset: 2027-06-30.")
	}
	if p.Lifecycle != Deprecated && !p.Sunset.IsZero() {
		d.problem("sunset", RuleCombination, "sunset is for deprecated products, and lifecycle is "+p.Lifecycle, "Write lifecycle: deprecated, or leave sunset out.")
	}
	d.effective()
	d.schemaWords()
	d.transformSource()
	d.transformEvent()
	d.source()
	d.boundTopic()
}

// effective is the day from which a looser promise holds, so it says nothing of a draft.
func (d *derivation) effective() {
	if !d.p.Effective.IsZero() && d.p.Lifecycle == Draft {
		d.problem("effective", RuleCombination, "effective is for promises, and lifecycle is draft", "Leave effective out.")
	}
}

// schemaWords checks what schema says beside its fields.
func (d *derivation) schemaWords() {
	s := d.p.Schema
	if s.Name != "" && !fieldName.MatchString(s.Name) {
		d.problem("schema.name", RuleName, fmt.Sprintf("schema.name %q cannot be the name of a record in Avro", s.Name), "Use letters, digits and underscores, as in ShipmentChanged.")
	}
	for _, part := range strings.Split(s.Namespace, ".") {
		if s.Namespace != "" && !fieldName.MatchString(part) {
			d.problem("schema.namespace", RuleName, fmt.Sprintf("schema.namespace %q cannot be a namespace in Avro", s.Namespace), "Use names of letters, digits and underscores with dots between them.")
			break
		}
	}
	if s.Type == Protobuf && s.File == "" {
		d.problem("schema.type", RuleCombination, "a schema of type protobuf needs its .proto file", "Write file: and the name of the file beside the contract.")
	}
	endings := map[string]string{Avro: ".avsc", JSON: ".json", Protobuf: ".proto"}
	if s.File != "" && !strings.HasSuffix(s.File, endings[s.Type]) {
		d.problem("schema.file", RuleCombination, fmt.Sprintf("schema.file %s does not end in %s, as schemas of type %s do", s.File, endings[s.Type], s.Type), "Name a file of that type, or write another type.")
	}
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

// transformEvent checks which event a transform writes.
func (d *derivation) transformEvent() {
	t := d.p.Transform
	var types []string
	for _, e := range d.p.Events {
		types = append(types, e.Type)
	}
	switch {
	case t == nil:
	case t.Event == "" && len(types) > 1:
		d.problem("transform", RuleMissing, "transform does not say which of the events it writes: "+strings.Join(types, ", "), fmt.Sprintf("Write event: %s, or another of them.", types[0]))
	case t.Event != "" && len(types) > 0 && !slices.Contains(types, t.Event):
		d.badChoice("transform.event", t.Event, types)
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
	case !managed && (t.Partitions != 0 || t.Replication != 0 || len(t.Config) > 0):
		d.problem("topic", RuleCombination, "topic sets partitions, replication or config of a topic that is never changed (managed: false)", "Leave them out, or let Weft make the topic.")
	case t.Name != "" && len(d.p.Events) > 1:
		d.problem("topic.name", RuleCombination, "a product with several events cannot be bound to one topic", "Bind each event: events: {created: {topic: {name: NAME, managed: false}}}.")
	}
}
