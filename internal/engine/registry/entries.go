package registry

import (
	"encoding/json"
	"fmt"
)

// Key types of the log (Confluent: io.confluent.kafka.schemaregistry.storage, SchemaRegistryKeyType).
const (
	keySchema        = "SCHEMA"
	keyConfig        = "CONFIG"
	keyMode          = "MODE"
	keyNoop          = "NOOP"
	keyDeleteSubject = "DELETE_SUBJECT"
	keyClearSubject  = "CLEAR_SUBJECT"
)

// entry is one record of the log in Confluent's format. A nil value is a tombstone.
type entry struct {
	key   []byte
	value []byte
}

// logKey is the union of all keys, for reading.
type logKey struct {
	KeyType string  `json:"keytype"`
	Subject *string `json:"subject"`
	Version int     `json:"version"`
	Magic   int     `json:"magic"`
}

// The keys in the order of fields that Confluent writes: compaction compares bytes.
type (
	schemaKey struct {
		KeyType string `json:"keytype"`
		Subject string `json:"subject"`
		Version int    `json:"version"`
		Magic   int    `json:"magic"`
	}
	subjectKey struct {
		KeyType string  `json:"keytype"`
		Subject *string `json:"subject"` // null for the global one
		Magic   int     `json:"magic"`
	}
	noopKey struct {
		KeyType string `json:"keytype"`
		Magic   int    `json:"magic"`
	}
)

// reference is a schema's use of another subject's version.
type reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// schemaValue is one version of a subject.
type schemaValue struct {
	Subject    string          `json:"subject"`
	Version    int             `json:"version"`
	ID         int             `json:"id"`
	GUID       string          `json:"guid,omitempty"`
	SchemaType string          `json:"schemaType,omitempty"` // absent for AVRO
	References []reference     `json:"references,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	Schema     string          `json:"schema"`
	Deleted    bool            `json:"deleted"`
}

// deleteSubjectValue deletes, softly, all versions up to one.
type deleteSubjectValue struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// modeValue is the mode of a subject or, with a null subject, of all.
type modeValue struct {
	Subject *string `json:"subject"`
	Mode    string  `json:"mode"`
}

// noopValue remembers the greatest id ever given in each context, so that none is given again after a hard delete and
// a compaction. Confluent's reader skips it.
type noopValue struct {
	MaxIDs map[string]int `json:"maxIds"`
	Leader string         `json:"leader,omitempty"` // which registry of ours writes the log
}

func newEntry(key, value any) entry {
	e := entry{key: marshal(key)}
	if value != nil {
		e.value = marshal(value)
	}
	return e
}

func marshal(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("registry: %T cannot be written as JSON: %v", value, err))
	}
	return text
}

func schemaEntry(v schemaValue) entry {
	return newEntry(schemaKey{keySchema, v.Subject, v.Version, 1}, v)
}

func schemaTombstone(subject string, version int) entry {
	return newEntry(schemaKey{keySchema, subject, version, 1}, nil)
}

func subjectEntry(keyType, subject string, value any) entry {
	return newEntry(subjectKey{keyType, subjectPointer(subject), 0}, value)
}

// subjectPointer is null for the global settings.
func subjectPointer(subject string) *string {
	if subject == "" {
		return nil
	}
	return &subject
}
