package transforms

import (
	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// predicate is a condition on a record (KIP-585).
type predicate func(r data.Record) bool

func predicateKinds() map[string]func(o *options) predicate {
	const kafka = "org.apache.kafka.connect.transforms.predicates."
	return map[string]func(o *options) predicate{
		kafka + "TopicNameMatches":  topicMatches,
		kafka + "HasHeaderKey":      hasHeader,
		kafka + "RecordIsTombstone": func(*options) predicate { return func(r data.Record) bool { return r.Value == nil } },
	}
}

func topicMatches(o *options) predicate {
	pattern := o.expression("pattern", o.needed("pattern"))
	return func(r data.Record) bool { return pattern.whole.MatchString(r.Topic) }
}

func hasHeader(o *options) predicate {
	name := o.needed("name")
	return func(r data.Record) bool {
		for _, h := range r.Headers {
			if h.Name == name {
				return true
			}
		}
		return false
	}
}

// filter leaves out every record that its predicate lets to it (Kafka Connect, Filter).
type filter struct{}

func newFilter(o *options) step {
	if o.text("predicate", "") == "" {
		o.problem("predicate", "is missing: a Filter without a predicate leaves out every record")
	}
	return filter{}
}

func (filter) apply(r data.Record) (data.Record, bool, error) { return r, false, nil }
