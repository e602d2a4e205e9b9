// Package converters writes the keys, values and headers of records as bytes for topics, as the converters of Kafka Connect
// that a configuration names.
package converters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// Converter is a converter as it was configured. It may be used by several goroutines.
type Converter interface {
	// Encode appends the bytes of a value, packed as data.Record has it, to into. nil in and nil out is null: a
	// value that is null without a schema has no bytes at all, it is a tombstone.
	Encode(topic string, isKey bool, schema *data.Schema, value, into []byte) ([]byte, error)
}

// The classes that are known, by their Java names.
const (
	JSON      = "org.apache.kafka.connect.json.JsonConverter"
	String    = "org.apache.kafka.connect.storage.StringConverter"
	ByteArray = "org.apache.kafka.connect.converters.ByteArrayConverter"
	Confluent = "io.confluent.connect.avro.AvroConverter"
	Apicurio  = "io.apicurio.registry.utils.converter.AvroConverter"
	Simple    = "org.apache.kafka.connect.storage.SimpleHeaderConverter"
)

// Classes lists the converters of keys and values.
func Classes() []string { return []string{JSON, String, ByteArray, Confluent, Apicurio} }

// New makes the converter of a class, or of its short name (JsonConverter). config has the converter's own keys without
// their prefix: schemas.enable for value.converter.schemas.enable. A key that is not known is an error that
// names it.
func New(class string, config map[string]string) (Converter, error) {
	switch class {
	case JSON, "JsonConverter":
		return newJSON(config)
	case String, "StringConverter", Simple, "SimpleHeaderConverter":
		return text{}, knownKeys(class, config, "converter.encoding", "encoding")
	case ByteArray, "ByteArrayConverter":
		return raw{}, knownKeys(class, config)
	case Confluent, "io.confluent.connect.avro.AvroConverter.class":
		return newConfluent(config)
	case Apicurio:
		return newApicurio(config)
	}
	return nil, fmt.Errorf("converter %s is not known; there are %s", class, strings.Join(Classes(), ", "))
}

// knownKeys is an error about the first key that is not among those allowed.
func knownKeys(class string, config map[string]string, allowed ...string) error {
	var unknown []string
	for key := range config {
		if key != "converter.type" && !slices.Contains(allowed, key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	slices.Sort(allowed)
	return fmt.Errorf("%s does not know %s; it knows %s", class[strings.LastIndexByte(class, '.')+1:], strings.Join(unknown, ", "), strings.Join(allowed, ", "))
}

func boolean(config map[string]string, key string, standard bool) (bool, error) {
	switch value := strings.ToLower(config[key]); value {
	case "":
		return standard, nil
	case "true", "false":
		return value == "true", nil
	}
	return false, fmt.Errorf("%s must be true or false, not %q", key, config[key])
}
