package transforms

import (
	"regexp"
	"slices"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

type topicNameMatches struct{ pattern *regexp.Regexp }

func newTopicNameMatches(b *builder) predicate {
	return topicNameMatches{b.pattern("pattern", "A Java regular expression for matching against the name of a record's topic.")}
}

func (p topicNameMatches) test(r *data.Record) bool { return p.pattern.MatchString(r.Topic) }

type recordIsTombstone struct{}

func newRecordIsTombstone(*builder) predicate { return recordIsTombstone{} }

func (recordIsTombstone) test(r *data.Record) bool { return r.Value == nil }

type hasHeaderKey struct{ name string }

func newHasHeaderKey(b *builder) predicate {
	return hasHeaderKey{b.required("name", source.String, "The header name.")}
}

func (p hasHeaderKey) test(r *data.Record) bool {
	return slices.ContainsFunc(r.Headers, func(h data.Header) bool { return h.Name == p.name })
}
