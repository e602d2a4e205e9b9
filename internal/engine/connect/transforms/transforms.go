// Package transforms changes records on their way from a connector to the converters: Kafka Connect's single message
// transforms (KIP-66) and predicates (KIP-585) that a configuration names.
package transforms

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
)

// Chain is the transforms of a configuration, in its order. One goroutine uses it.
type Chain struct{ links []link }

// link is a transform, and the condition under which it is applied.
type link struct {
	alias  string
	step   step
	when   predicate // nil: always
	negate bool
}

// step is one transform. What it gives lies in memory of its own, which its next call takes again.
type step interface {
	// apply gives the record as it goes on, or false for one that is left out.
	apply(r data.Record) (data.Record, bool, error)
}

// Problem is what is wrong with a key of a configuration.
type Problem struct {
	Key  string // transforms.unwrap.type
	Text string
}

// Compile makes the chain of a connector's configuration: of its keys transforms, transforms.NAME..., predicates and
// predicates.NAME.... All problems are found at once; with any of them there is no chain.
func Compile(config map[string]string) (*Chain, []Problem) {
	c := &compiler{config: config}
	c.compilePredicates()
	for _, alias := range c.aliases("transforms") {
		c.link(alias)
	}
	c.strangers()
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
		return nil, c.problems
	}
	return &Chain{c.links}, nil
}

// Owns reports whether a key of a connector's configuration is one that Compile judges.
func Owns(key string) bool {
	return key == "transforms" || key == "predicates" || strings.HasPrefix(key, "transforms.") || strings.HasPrefix(key, "predicates.")
}

// Apply gives a record as it leaves the chain, or false for one that is left out. It holds until the next call.
func (c *Chain) Apply(r data.Record) (data.Record, bool, error) {
	for _, l := range c.links {
		if l.when != nil && l.when(r) == l.negate {
			continue
		}
		next, keep, err := l.step.apply(r)
		if err != nil {
			return r, false, fmt.Errorf("transform %s, a record for topic %s: %w", l.alias, r.Topic, err)
		}
		if !keep {
			return r, false, nil
		}
		r = next
	}
	return r, true, nil
}

// Empty reports whether the chain changes nothing.
func (c *Chain) Empty() bool { return c == nil || len(c.links) == 0 }
