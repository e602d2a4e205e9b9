package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// Creation says how topics are made that are not there (KIP-158). Without rules the bus may make them itself.
type Creation struct{ rules []Rule }

// Rule is a group of topic.creation.*, as it is for one topic.
type Rule struct {
	group             string
	include, exclude  []*regexp.Regexp
	Partitions        int32 // -1: the bus's default
	ReplicationFactor int16 // -1: the bus's default
	Config            map[string]string
}

// For is how a topic is made; false: the worker does not make topics.
func (c Creation) For(topic string) (Rule, bool) {
	for _, rule := range c.rules {
		if rule.group == "default" || matches(rule.include, topic) && !matches(rule.exclude, topic) {
			return rule, true
		}
	}
	return Rule{}, false
}

func matches(patterns []*regexp.Regexp, topic string) bool {
	return slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(topic) })
}

// creation reads topic.creation.GROUP.*: it is on as soon as the default group has its two numbers.
func creation(config map[string]string, items *[]Item) Creation {
	groups := append(words(config["topic.creation.groups"]), "default")
	used := slices.ContainsFunc(slices.Collect(maps.Keys(config)), func(key string) bool { return strings.HasPrefix(key, "topic.creation.") })
	if !used {
		return Creation{}
	}
	var c Creation
	taken := map[string]bool{"topic.creation.groups": true}
	for _, group := range groups {
		c.rules = append(c.rules, rule(config, group, taken, items))
	}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if rest, is := strings.CutPrefix(key, "topic.creation."); is && !taken[key] {
			group, _, _ := strings.Cut(rest, ".")
			item := option(config, key, source.String, "", topics)
			item.Errors = append(item.Errors, fmt.Sprintf("Key %s is of %q, which topic.creation.groups does not name", key, group))
			*items = append(*items, item)
		}
	}
	return c
}

func rule(config map[string]string, group string, taken map[string]bool, items *[]Item) Rule {
	prefix := "topic.creation." + group + "."
	r := Rule{group: group, Partitions: -1, ReplicationFactor: -1, Config: map[string]string{}}
	number := func(name string, most int64) int64 {
		key := prefix + name
		taken[key] = true
		item := option(config, key, source.Int, "-1 for the bus's default.", topics)
		n := int64(-1)
		switch value, has := config[key]; {
		case !has && group == "default":
			item.Errors = append(item.Errors, fmt.Sprintf("Missing required configuration %q which has no default value.", key))
		case has:
			var err error
			if n, err = strconv.ParseInt(value, 10, 32); err != nil || n == 0 || n < -1 || n > most {
				item.Errors = append(item.Errors, fmt.Sprintf("Invalid value %s for configuration %s: Value must be -1, or between 1 and %d", value, key, most))
			}
		}
		*items = append(*items, item)
		return n
	}
	r.ReplicationFactor = int16(number("replication.factor", 1<<15-1))
	r.Partitions = int32(number("partitions", 100_000))
	if group != "default" {
		r.include, r.exclude = patterns(config, prefix+"include", taken, items), patterns(config, prefix+"exclude", taken, items)
	}
	for key, value := range config {
		if name, is := strings.CutPrefix(key, prefix); is && !taken[key] {
			taken[key] = true
			r.Config[name] = value
			*items = append(*items, option(config, key, source.String, "Configuration of the topics of this group.", topics))
		}
	}
	return r
}

func patterns(config map[string]string, key string, taken map[string]bool, items *[]Item) []*regexp.Regexp {
	taken[key] = true
	var all []*regexp.Regexp
	item := option(config, key, source.List, "Regular expressions of topics' names.", topics)
	for _, word := range words(config[key]) {
		p, err := regexp.Compile("^(?:" + word + ")$")
		if err != nil {
			item.Errors = append(item.Errors, fmt.Sprintf("Invalid value %s for configuration %s: %v", word, key, err))
			continue
		}
		all = append(all, p)
	}
	*items = append(*items, item)
	return all
}
