package addrs

import (
	"fmt"
	"strings"
)

// Topic is the name of a Kafka topic.
type Topic string

// MaxTopicLength is Kafka's limit on the length of a topic's name, in bytes.
const MaxTopicLength = 249

// EventTopic is the topic of one event of a product: <domain>.<entity>.v<major>.<event-type>.
func EventTopic(domain, entity string, major int, event string) Topic {
	return Topic(fmt.Sprintf("%s.%s.v%d.%s", domain, entity, major, event))
}

// Event is what an event topic's name says.
type Event struct {
	Domain string
	Entity string
	Major  int
	Type   string
}

// ParseEventTopic takes an event topic's name apart.
func ParseEventTopic(name string) (Event, error) {
	parts := strings.Split(name, ".")
	if len(parts) != 4 {
		return Event{}, fmt.Errorf("%q does not follow <domain>.<entity>.<version>.<event-type>, as in logistics.shipment.v2.status-changed", name)
	}
	for _, i := range []int{0, 1, 3} {
		if !Segment(parts[i]) {
			return Event{}, fmt.Errorf("%q in %q is not a name; use lower-case letters, digits and hyphens", parts[i], name)
		}
	}
	major, err := ParseMajor(parts[2])
	if err != nil {
		return Event{}, fmt.Errorf("topic %q: %w", name, err)
	}
	return Event{Domain: parts[0], Entity: parts[1], Major: major, Type: parts[3]}, nil
}

// ReservedSuffixes are endings of an event type that Weft keeps for companions of a topic.
var ReservedSuffixes = []string{"-in", "-masked", "-quarantine"}

// ReservedEvent is the event type of captured envelopes.
const ReservedEvent = "cdc"

// In is the topic that a gated application writes.
func (t Topic) In() Topic { return t + "-in" }

// Masked is the copy of the topic with PII masked.
func (t Topic) Masked() Topic { return t + "-masked" }

// Quarantine is where records go that the gate refuses.
func (t Topic) Quarantine() Topic { return t + "-quarantine" }

// ValueSubject is the registry subject of the topic's values (Confluent's TopicNameStrategy).
func (t Topic) ValueSubject() Subject { return Subject(t + "-value") }

// KeySubject is the registry subject of the topic's keys (Confluent's TopicNameStrategy).
func (t Topic) KeySubject() Subject { return Subject(t + "-key") }

// Subject is the name under which a schema registry keeps the versions of one schema.
type Subject string

// ValidTopic says whether a broker takes the name (Kafka: letters, digits, dot, underscore, hyphen; at most 249).
func ValidTopic(name string) error {
	if name == "" || name == "." || name == ".." || len(name) > MaxTopicLength {
		return fmt.Errorf("%q cannot be a topic's name: it must have 1 to %d characters and not be . or ..", name, MaxTopicLength)
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r) {
			return fmt.Errorf("%q cannot be a topic's name: %q is not a letter, digit, dot, underscore or hyphen", name, r)
		}
	}
	return nil
}
