package contracts

import (
	"fmt"
	"maps"
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/schemas"
)

// topics makes one topic an event, with its schema.
func (d *derivation) topics() {
	for i, event := range d.p.Events {
		d.p.Topics = append(d.p.Topics, d.topic(i, event))
	}
}

func (d *derivation) topic(i int, event Event) ProductTopic {
	p := &d.p
	settings := merge(p.Topic, event.Topic)
	t := ProductTopic{
		Event: event.Type, Managed: settings.Managed == nil || *settings.Managed,
		Name:       addrs.EventTopic(p.Domain, p.Entity, p.Addr.Major, event.Type),
		Partitions: settings.Partitions, Replication: settings.Replication,
		Config: maps.Clone(settings.Config),
		Fields: append(slices.Clone(p.CommonFields()), event.Fields...),
	}
	if settings.Name != "" {
		t.Name = addrs.Topic(settings.Name)
	}
	d.topicName(i, t, settings)
	d.ownTopic(t)
	d.partitions(&t, settings)
	t.Value = d.record(event, t.Fields)
	t.ValueText = d.valueText(t.Value)
	t.Key = d.keyRecord(t.Fields, event)
	if p.Transform != nil && p.Schema.Type == Avro {
		// Flink's Avro format writes text and cannot write an enum.
		t.ValueText = d.valueText(t.Value.EnumsAsText())
		if t.Key != nil {
			t.Key = new(t.Key.EnumsAsText())
		}
	}
	return t
}

// topicName checks a topic's name: one that is bound against what Kafka takes, one that is derived for its length, as
// its parts are checked where they stand.
func (d *derivation) topicName(i int, t ProductTopic, settings Topic) {
	bound := "topic.name"
	if own := d.p.EventPath(i) + ".topic.name"; d.p.Has(own) {
		bound = own
	}
	switch err := addrs.ValidTopic(string(t.Name)); {
	case settings.Name != "" && err != nil:
		d.problem(bound, RuleName, err.Error(), "Write the name of a topic that exists.")
	case len(t.Name) > addrs.MaxTopicLength-len("-quarantine"):
		d.problem(d.p.EventPath(i), RuleName, fmt.Sprintf("topic %s would have %d characters; with room for its companions %d are the most", t.Name, len(t.Name), addrs.MaxTopicLength-len("-quarantine")), "Shorten entity or event.")
	}
}

// merge lays an event's settings over the product's.
func merge(product, event Topic) Topic {
	merged := product
	merged.Config = maps.Clone(product.Config)
	if event.Name != "" {
		merged.Name, merged.Managed = event.Name, event.Managed
	}
	if event.Partitions != 0 {
		merged.Partitions = event.Partitions
	}
	if event.Replication != 0 {
		merged.Replication = event.Replication
	}
	for key, value := range event.Config {
		if merged.Config == nil {
			merged.Config = map[string]string{}
		}
		merged.Config[key] = value
	}
	return merged
}

func (d *derivation) partitions(t *ProductTopic, settings Topic) {
	defaults := d.set.Mesh.Defaults
	for path, n := range map[string]int{"topic.partitions": settings.Partitions, "topic.replication": settings.Replication} {
		if n < 0 || n > 10000 || n == 0 && d.p.Has(path) && !d.faulty(path) {
			d.problem(path, RuleField, fmt.Sprintf("%s: %d is out of range", path, n), "Write 1 to 10000.")
		}
	}
	fill(&t.Partitions, defaults.Partitions)
	fill(&t.Replication, defaults.Replication)
}

func (d *derivation) record(event Event, fields []Field) schemas.Record {
	p := &d.p
	name, namespace := p.Schema.Name, p.Schema.Namespace
	if name == "" {
		name = schemas.CamelCase(event.Type)
	}
	if namespace == "" {
		namespace = schemas.Namespace(p.Domain, p.Entity, p.Addr.Major)
	}
	record := schemas.Record{Name: name, Namespace: namespace, Description: p.Description}
	for _, f := range fields {
		field := f.schema()
		field.Required = field.Required || slices.Contains(p.Key, f.Name)
		record.Fields = append(record.Fields, field)
	}
	return record
}

// valueText is the schema that is registered; protobuf's is not written yet.
func (d *derivation) valueText(record schemas.Record) string {
	switch d.p.Schema.Type {
	case Avro:
		if d.p.fileText != "" {
			return d.p.fileText
		}
		return record.Avro()
	case JSON:
		return record.JSONSchema()
	}
	return ""
}

// keyRecord is the Avro schema of the keys; nil where a key is the UTF-8 text of one string, uuid or enum.
func (d *derivation) keyRecord(fields []Field, event Event) *schemas.Record {
	p := &d.p
	if len(p.Key) == 0 {
		return nil
	}
	record := schemas.Record{Name: schemas.CamelCase(event.Type) + "Key", Namespace: schemas.Namespace(p.Domain, p.Entity, p.Addr.Major)}
	for _, name := range p.Key {
		for _, f := range fields {
			if f.Name != name {
				continue
			}
			field := f.schema()
			field.Required, field.Default = true, nil
			record.Fields = append(record.Fields, field)
		}
	}
	if len(record.Fields) == 1 && slices.Contains([]schemas.Kind{schemas.String, schemas.UUID, schemas.Enum}, record.Fields[0].Type.Kind) {
		return nil
	}
	return &record
}
