// Package contracts reads data contracts and the files of a mesh around them, keeps the position of everything that
// is written, and derives what is not.
package contracts

import (
	"time"

	"github.com/weftmesh/weft/internal/contracts/strict"
)

// Contract is one contract as its file has it. What is absent is zero; Product has it derived.
type Contract struct {
	Domain         string     `yaml:"domain"`
	Name           string     `yaml:"product"`
	Version        Version    `yaml:"version"`
	Owner          string     `yaml:"owner"`
	Kind           string     `yaml:"kind"`
	Description    string     `yaml:"description"`
	Tags           []string   `yaml:"tags"`
	Classification string     `yaml:"classification"`
	Lifecycle      string     `yaml:"lifecycle"`
	Sunset         Date       `yaml:"sunset"`
	Successor      string     `yaml:"successor"`
	Entity         string     `yaml:"entity"`
	Events         Events     `yaml:"events"`
	Key            Names      `yaml:"key"`
	EventTime      EventTime  `yaml:"event_time"`
	Ingest         string     `yaml:"ingest"`
	App            string     `yaml:"app"`
	SLA            SLA        `yaml:"sla"`
	Schema         Schema     `yaml:"schema"`
	Fields         []Field    `yaml:"fields"`
	Topic          Topic      `yaml:"topic"`
	Source         *Source    `yaml:"source"`
	Transform      *Transform `yaml:"transform"`
	Quality        []Check    `yaml:"quality"`
	Access         Access     `yaml:"access"`
	Tests          []Test     `yaml:"tests"`
	Effective      Date       `yaml:"effective"`

	strict.Positions `yaml:"-"`
}

// Kinds of product.
const (
	KindEvents = "events" // facts, deleted by retention
	KindState  = "state"  // the latest row of each key: compacted, with tombstones
)

// Stages of a product's life.
const (
	Draft      = "draft"
	Active     = "active"
	Deprecated = "deprecated"
)

// Classifications: who may read.
const (
	Public     = "public"     // everyone
	Internal   = "internal"   // every domain with a subscription
	Restricted = "restricted" // a grant as well
)

// Ways of writing a product's topic.
const (
	Direct = "direct" // applications write the topic itself
	Gated  = "gated"  // applications write <topic>-in, and only good records pass
)

// SLA is what the product promises.
type SLA struct {
	Freshness    Duration `yaml:"freshness"`    // newest event time is at most this old
	Cadence      string   `yaml:"cadence"`      // when that holds: 24/7, on-change, or weekdays 06:00-22:00 Europe/Prague
	Availability Percent  `yaml:"availability"` // share of the cadence's minutes with freshness kept
	Latency      Latency  `yaml:"latency"`      // event time to readable
	Quality      Percent  `yaml:"quality"`      // data quality score that must hold
	Retention    Duration `yaml:"retention"`
}

// Latency is a promise at a percentile.
type Latency struct {
	P50 Duration `yaml:"p50"`
	P95 Duration `yaml:"p95"`
	P99 Duration `yaml:"p99"`
}

// Schema is how the data looks and is framed.
type Schema struct {
	Type          string  `yaml:"type"` // avro, json, protobuf
	Registry      string  `yaml:"registry"`
	Compatibility string  `yaml:"compatibility"`
	Fields        []Field `yaml:"fields"`
	Name          string  `yaml:"name"`
	Namespace     string  `yaml:"namespace"`
	File          string  `yaml:"file"`
}

// Formats of the data.
const (
	Avro     = "avro"     // Confluent's frame
	JSON     = "json"     // bare JSON, a JSON Schema in the registry
	Protobuf = "protobuf" // Confluent's frame
)

// Topic is what a contract says of its topics.
type Topic struct {
	Name        string            `yaml:"name"`
	Managed     *bool             `yaml:"managed"`
	Partitions  int               `yaml:"partitions"`
	Replication int               `yaml:"replication"`
	Config      map[string]string `yaml:"config"`
}

// Source says where a captured product comes from.
type Source struct {
	Postgres *DatabaseSource `yaml:"postgres"`
	MySQL    *DatabaseSource `yaml:"mysql"`
	Topic    *TopicSource    `yaml:"topic"`
}

// DatabaseSource is a table of a connection of the environment.
type DatabaseSource struct {
	Connection string `yaml:"connection"`
	Table      string `yaml:"table"`
	Snapshot   string `yaml:"snapshot"`
}

// TopicSource is a raw topic that exists.
type TopicSource struct {
	Name    string `yaml:"name"`
	Format  string `yaml:"format"`  // json, avro, debezium-json, debezium-avro
	Framing string `yaml:"framing"` // none, confluent
}

// Transform derives the product from others, in Flink SQL.
type Transform struct {
	SQL      string `yaml:"sql"`
	File     string `yaml:"file"`
	Event    string `yaml:"event"`
	OnChange string `yaml:"on_change"` // replay, from-now, new-major
}

// Check is one quality check: exactly one of Check, Unique, References and Rows is set.
type Check struct {
	Name       string      `yaml:"name"`
	Check      string      `yaml:"check"` // Flink SQL over the row
	Unique     []string    `yaml:"unique"`
	Within     Duration    `yaml:"within"`
	References *References `yaml:"references"`
	Rows       *Rows       `yaml:"rows"`
	Dimension  string      `yaml:"dimension"`
	Threshold  Percent     `yaml:"threshold"`
	Action     string      `yaml:"action"` // count, quarantine
}

// References says that a field's values are keys of another product.
type References struct {
	Field   string `yaml:"field"`
	Product string `yaml:"product"`
	Key     string `yaml:"key"`
}

// Rows bounds how many records arrive in a span of time.
type Rows struct {
	Min int      `yaml:"min"`
	Max int      `yaml:"max"`
	Per Duration `yaml:"per"`
}

// Access says who may read more than the classification gives.
type Access struct {
	Grants []Grant `yaml:"grants"`
}

// Grant lets one domain read.
type Grant struct {
	To      string `yaml:"to"`
	Purpose string `yaml:"purpose"`
	PII     string `yaml:"pii"` // masked, clear
	Until   Date   `yaml:"until"`
}

// Ended reports whether a grant no longer counts at a time; one without a last day never ends. The zero time is before
// every end.
func (g Grant) Ended(at time.Time) bool {
	return !g.Until.IsZero() && !at.Before(g.Until.AddDate(0, 0, 1))
}

// How a reader sees personal data.
const (
	PIIMasked = "masked"
	PIIClear  = "clear"
)

// Positions knows where everything stands that a file says.
type Positions = strict.Positions
