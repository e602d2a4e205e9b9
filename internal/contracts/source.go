package contracts

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/weftmesh/weft/internal/addrs"
)

// Snapshots are what a capture reads of the rows that are there when it starts (Debezium: snapshot.mode).
var Snapshots = []string{"initial", "never"}

// Forms and frames of raw topics.
var (
	SourceFormats  = []string{"json", "avro", "debezium-json", "debezium-avro"}
	SourceFramings = []string{"none", "confluent"}
)

// source checks where a captured product comes from.
func (d *derivation) source() {
	s := d.p.Source
	if s == nil {
		return
	}
	forms := 0
	for _, set := range []bool{s.Postgres != nil, s.MySQL != nil, s.Topic != nil} {
		if set {
			forms++
		}
	}
	if forms != 1 {
		d.problem("source", RuleCombination, fmt.Sprintf("source needs exactly one of postgres, mysql and topic; this one has %d", forms), "Keep one; make another product of the other.")
	}
	if len(d.p.Events) > 1 {
		d.problem("events", RuleCombination, fmt.Sprintf("a source gives rows of one kind, and this product has %d events", len(d.p.Events)), "Keep one event; make another product of the others, from the same source topic.")
	}
	d.database("source.postgres", s.Postgres)
	d.database("source.mysql", s.MySQL)
	d.rawTopic(s.Topic)
}

// tableName is a table with its schema (PostgreSQL) or database (MySQL).
var tableName = regexp.MustCompile(`^[^.\s]+\.[^.\s]+$`)

func (d *derivation) database(path string, s *DatabaseSource) {
	switch {
	case s == nil:
		return
	case s.Connection == "":
		d.problem(path, RuleMissing, path+" names no connection", "Write connection: and a name from connections in mesh.yaml or domain.yaml.")
	case s.Table == "":
		d.problem(path, RuleMissing, path+" names no table", "Write table: public.shipments.")
	case !tableName.MatchString(s.Table):
		d.problem(path+".table", RuleName, fmt.Sprintf("table %q does not say its schema", s.Table), "Write schema.table, as in public.shipments.")
	}
	if s.Snapshot != "" && !slices.Contains(Snapshots, s.Snapshot) {
		d.badChoice(path+".snapshot", s.Snapshot, Snapshots)
	}
}

func (d *derivation) rawTopic(s *TopicSource) {
	if s == nil {
		return
	}
	const path = "source.topic"
	if s.Name == "" {
		d.problem(path, RuleMissing, "source.topic has no name", "Write name: and the topic that exists.")
	} else if err := addrs.ValidTopic(s.Name); err != nil {
		d.problem(path+".name", RuleName, "source.topic: "+err.Error(), "Write the name of a topic that exists.")
	}
	if s.Format != "" && !slices.Contains(SourceFormats, s.Format) {
		d.badChoice(path+".format", s.Format, SourceFormats)
	}
	if s.Framing != "" && !slices.Contains(SourceFramings, s.Framing) {
		d.badChoice(path+".framing", s.Framing, SourceFramings)
	}
}

// ownTopic refuses a raw topic that is the product's own.
func (d *derivation) ownTopic(t ProductTopic) {
	if s := d.p.Source; s != nil && s.Topic != nil && s.Topic.Name == string(t.Name) {
		d.problem("source.topic.name", RuleCombination, fmt.Sprintf("source.topic %s is the product's own topic", t.Name), "Name the raw topic that the product is made from.")
	}
}
