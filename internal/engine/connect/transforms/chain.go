// Package transforms changes records on their way to a topic, as the single message transforms of Kafka Connect (KIP-66)
// and of Debezium that a configuration names, each under its predicate (KIP-585).
package transforms

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/data"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// Option is a key of a transform or a predicate as it was judged.
type Option struct {
	source.Key
	Value       *string
	Recommended []string
	Errors      []string
}

// transform changes a record, or drops it: false.
type transform interface {
	apply(r *data.Record, s *Scratch) (bool, error)
}

// predicate tells whether a record is one that a transform is for.
type predicate interface {
	test(r *data.Record) bool
}

// Chain is transforms in their order. It belongs to one goroutine: what they compile for schemas they keep.
type Chain struct{ stages []stage }

type stage struct {
	alias  string
	do     transform
	when   predicate // nil: always
	negate bool
}

// Empty tells that nothing is changed.
func (c *Chain) Empty() bool { return len(c.stages) == 0 }

// Apply changes a record in place; false drops it. What it makes lies in the scratch.
func (c *Chain) Apply(r *data.Record, s *Scratch) (bool, error) {
	for i := range c.stages {
		st := &c.stages[i]
		if st.when != nil && st.when.test(r) == st.negate {
			continue
		}
		keep, err := st.do.apply(r, s)
		if err != nil {
			return false, fmt.Errorf("transform %s, topic %s: %w", st.alias, r.Topic, err)
		}
		if !keep {
			return false, nil
		}
	}
	return true, nil
}

// New makes the chain of a configuration, of which it reads transforms, transforms.*, predicates and predicates.*. The
// options say what is wrong with each; the chain is nil if anything is.
func New(config map[string]string) (*Chain, []Option) {
	predicates, options := newPredicates(config)
	chain := &Chain{}
	taken := map[string]bool{"transforms": true, "predicates": true}
	for _, alias := range list(config["transforms"]) {
		b := begin(config, "transforms."+alias+".", taken)
		st := stage{alias: alias, do: makeTransform(b)}
		st.when, st.negate = b.condition(predicates)
		b.finish()
		options = append(options, b.options...)
		chain.stages = append(chain.stages, st)
	}
	options = append(options, orphans(config, "transforms", taken)...)
	for _, o := range options {
		if len(o.Errors) > 0 {
			return nil, options
		}
	}
	return chain, options
}

// orphans are the keys of transforms that the list does not name.
func orphans(config map[string]string, of string, taken map[string]bool) []Option {
	var options []Option
	known := list(config[of])
	for _, key := range slices.Sorted(maps.Keys(config)) {
		rest, is := strings.CutPrefix(key, of+".")
		alias, _, _ := strings.Cut(rest, ".")
		if is && !slices.Contains(known, alias) {
			value := config[key]
			options = append(options, Option{Key: source.Key{Name: key, Type: source.String}, Value: &value, Errors: []string{
				fmt.Sprintf("Key %s is of %q, which %s=%s does not name", key, alias, of, config[of]),
			}})
		}
	}
	return options
}

func list(text string) []string {
	var words []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

var errNoStruct = errors.New("the record is no struct")
