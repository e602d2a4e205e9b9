// Package connect makes the same statements in a database and the same requests of the embedded Kafka Connect and of
// the real one with Debezium, and compares what comes out: records field by field, and the answers of the REST API.
//
// A situation is a folder of testdata: schema.sql runs before the connectors of connectors/*.json are made, then the
// steps of the file steps, or else changes.sql. expected/ holds what real Debezium gave, one record a line, schemas by name
// in SCHEMAS.jsonl; the file known has the differences that are meant, as patterns of where they are, each with why.
// To record anew:
//
//	go test ./conformance/connect -run RealDebezium -record [-only PATTERN]
package connect

import (
	"testing"

	"github.com/weftmesh/weft/conformance/engines"
)

// Target is a Kafka Connect with its bus and registry.
type Target interface {
	Name() string
	REST() string      // base URL of the REST API
	Bootstrap() string // of the bus that records go to
	Registry() string  // base URL of a registry with Confluent's API
	// AvroConverter gives the settings of a converter to Confluent's Avro frame, without the prefix key.converter or
	// value.converter.
	AvroConverter() map[string]string
	// Restart ends the worker in order and starts another on the same bus; it lives as long as the target.
	Restart()
}

// apache is Apache Kafka, Kafka Connect, Debezium and Apicurio.
type apache struct {
	t        testing.TB // whose end is that of the engines
	kafka    *engines.Kafka
	registry string
	connect  *engines.Connect
	options  engines.ConnectOptions
}

// StartReal starts the real engines, small.
func StartReal(t testing.TB) Target {
	t.Helper()
	r := &apache{t: t, registry: engines.StartApicurio(t), kafka: engines.StartKafka(t, engines.KafkaOptions{})}
	r.connect = engines.StartConnect(t, r.kafka.Bootstrap, r.options)
	return r
}

func (r *apache) Name() string      { return "real" }
func (r *apache) REST() string      { return r.connect.URL }
func (r *apache) Bootstrap() string { return r.kafka.Bootstrap }
func (r *apache) Registry() string  { return r.registry }

func (r *apache) AvroConverter() map[string]string {
	return map[string]string{
		"":                                             "io.apicurio.registry.utils.converter.AvroConverter",
		"apicurio.registry.url":                        r.registry[:len(r.registry)-len("/ccompat/v7")] + "/registry/v2",
		"apicurio.registry.auto-register":              "true",
		"apicurio.registry.as-confluent":               "true",
		"apicurio.registry.use-id":                     "contentId",
		"apicurio.registry.headers.enabled":            "false",
		"apicurio.registry.artifact-resolver-strategy": "io.apicurio.registry.serde.strategy.TopicIdStrategy",
	}
}

func (r *apache) Restart() {
	r.connect.Stop()
	r.connect = engines.StartConnect(r.t, r.kafka.Bootstrap, r.options)
}
