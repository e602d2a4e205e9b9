package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/converters"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// Groups of keys, in Connect's words.
const (
	common    = "Common"
	transform = "Transforms"
	predicate = "Predicates"
	errorsOf  = "Error Handling"
	topics    = "Topic Creation"
	exactly   = "Exactly Once Support"
	offsets   = "offsets.topic"
)

// key is a key that Connect has for every source connector.
type key struct {
	source.Key
	recommended []string
	check       func(value string) string // what is wrong, or ""
}

// keys are those of SourceConnectorConfig, in its order, but for those with an alias in their name.
func keys() []key {
	all := []key{
		{Key: source.Key{Name: "name", Type: source.String, Required: true, Importance: "HIGH", Group: common, DisplayName: "Connector name", Documentation: "Globally unique name to use for this connector."}, check: name},
		{Key: source.Key{Name: "connector.class", Type: source.String, Required: true, Importance: "HIGH", Group: common, DisplayName: "Connector class", Documentation: "Name or alias of the class for this connector."}},
		{Key: source.Key{Name: "tasks.max", Type: source.Int, Default: is("1"), Importance: "HIGH", Group: common, DisplayName: "Tasks max", Documentation: "Maximum number of tasks to use for this connector; a database is captured by one."}, check: atLeast(1)},
		{Key: source.Key{Name: "tasks.max.enforce", Type: source.Boolean, Default: is("true"), Importance: "LOW", Group: common, DisplayName: "Enforce tasks max", Documentation: "Whether tasks.max is respected; there is one task at most."}, check: boolean},
		{Key: source.Key{Name: "key.converter", Type: source.Class, Importance: "LOW", Group: common, DisplayName: "Key converter class", Documentation: "Converter of keys; the worker's if it is not given."}, recommended: converters.Classes()},
		{Key: source.Key{Name: "value.converter", Type: source.Class, Importance: "LOW", Group: common, DisplayName: "Value converter class", Documentation: "Converter of values; the worker's if it is not given."}, recommended: converters.Classes()},
		{Key: source.Key{Name: "header.converter", Type: source.Class, Importance: "LOW", Group: common, DisplayName: "Header converter class", Documentation: "Converter of headers; SimpleHeaderConverter if it is not given."}},
		{Key: source.Key{Name: "transforms", Type: source.List, Default: is(""), Importance: "LOW", Group: transform, DisplayName: "Transforms", Documentation: "Aliases for the transformations to be applied to records."}, check: unique("transformation")},
		{Key: source.Key{Name: "predicates", Type: source.List, Default: is(""), Importance: "LOW", Group: predicate, DisplayName: "Predicates", Documentation: "Aliases for the predicates used by transformations."}, check: unique("predicate")},
		{Key: source.Key{Name: "config.action.reload", Type: source.String, Default: is("restart"), Importance: "LOW", Group: common, DisplayName: "Reload Action", Documentation: "What is done when the values of config providers change; they are read when the connector starts."}, recommended: []string{"none", "restart"}, check: oneOf("none", "restart")},
		{Key: source.Key{Name: "errors.retry.timeout", Type: source.Long, Default: is("0"), Importance: "MEDIUM", Group: errorsOf, DisplayName: "Retry Timeout for Errors", Documentation: "How long a failed operation is tried again, in ms; conversions and transforms fail the same way each time, and the bus is waited for without bound."}, check: atLeast(-1)},
		{Key: source.Key{Name: "errors.retry.delay.max.ms", Type: source.Long, Default: is("60000"), Importance: "MEDIUM", Group: errorsOf, DisplayName: "Maximum Delay Between Retries for Errors", Documentation: "The longest wait between two tries, in ms."}, check: atLeast(1)},
		{Key: source.Key{Name: "errors.tolerance", Type: source.String, Default: is("none"), Importance: "MEDIUM", Group: errorsOf, DisplayName: "Error Tolerance", Documentation: "none: a record that cannot be converted fails the task."}, recommended: []string{"none"}, check: tolerance},
		{Key: source.Key{Name: "errors.log.enable", Type: source.Boolean, Default: is("false"), Importance: "MEDIUM", Group: errorsOf, DisplayName: "Log Errors", Documentation: "Whether errors are logged that are tolerated; none are."}, check: boolean},
		{Key: source.Key{Name: "errors.log.include.messages", Type: source.Boolean, Default: is("false"), Importance: "MEDIUM", Group: errorsOf, DisplayName: "Log Error Details", Documentation: "Whether records are logged with their errors; none are."}, check: boolean},
		{Key: source.Key{Name: "topic.creation.groups", Type: source.List, Default: is(""), Importance: "LOW", Group: topics, DisplayName: "Topic Creation Groups", Documentation: "Groups of configurations for topics created by source connectors."}, check: unique("group")},
		{Key: source.Key{Name: "exactly.once.support", Type: source.String, Default: is("requested"), Importance: "MEDIUM", Group: exactly, DisplayName: "Exactly once support", Documentation: "Records and positions are always written exactly once, so either will do."}, recommended: []string{"requested", "required"}, check: oneOf("requested", "required")},
		{Key: source.Key{Name: "transaction.boundary", Type: source.String, Default: is("poll"), Importance: "MEDIUM", Group: exactly, DisplayName: "Transaction Boundary", Documentation: "poll: batches are committed as soon as they come, together with those that come meanwhile. interval: after transaction.boundary.interval.ms."}, recommended: []string{"poll", "interval"}, check: oneOf("poll", "interval")},
		{Key: source.Key{Name: "transaction.boundary.interval.ms", Type: source.Long, Importance: "LOW", Group: exactly, DisplayName: "Transaction boundary interval", Documentation: "With transaction.boundary=interval, how long batches are collected, in ms."}, check: between(0, 60_000)},
		{Key: source.Key{Name: "offsets.storage.topic", Type: source.String, Importance: "LOW", Group: offsets, DisplayName: "Offsets topic", Documentation: "The topic of this connector's offsets; the worker's if it is not given."}, check: topicName},
	}
	return all
}

func is(text string) *string { return &text }

func name(value string) string {
	if strings.TrimSpace(value) == "" {
		return "String may not be empty"
	}
	for _, r := range value {
		if r < 0x20 || r == 0x7f {
			return fmt.Sprintf("Invalid value for configuration name: String may not contain control sequences but had the following ASCII chars: %d", r)
		}
	}
	if len(value) > 249 {
		return "Invalid value for configuration name: it is longer than 249 bytes"
	}
	return ""
}

func atLeast(least int64) func(string) string {
	return func(value string) string {
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		switch {
		case err != nil:
			return "Not a number of type INT: " + value
		case n < least:
			return fmt.Sprintf("Invalid value %d: Value must be at least %d", n, least)
		}
		return ""
	}
}

func between(least, most int64) func(string) string {
	return func(value string) string {
		if text := atLeast(least)(value); text != "" {
			return text
		}
		if n, _ := strconv.ParseInt(strings.TrimSpace(value), 10, 64); n > most {
			return fmt.Sprintf("Invalid value %d: Value must be no more than %d", n, most)
		}
		return ""
	}
}

func boolean(value string) string {
	if v := strings.ToLower(strings.TrimSpace(value)); v != "true" && v != "false" {
		return "Expected value to be either true or false, not " + value
	}
	return ""
}

func oneOf(words ...string) func(string) string {
	return func(value string) string {
		for _, word := range words {
			if strings.EqualFold(word, value) {
				return ""
			}
		}
		return fmt.Sprintf("Invalid value %s: Value must be one of %s", value, strings.Join(words, ", "))
	}
}

func tolerance(value string) string {
	if strings.EqualFold(value, "all") {
		return "errors.tolerance=all would drop records that cannot be converted, and nobody would find them again; write none, or leave it out"
	}
	return oneOf("none")(value)
}

func unique(what string) func(string) string {
	return func(value string) string {
		seen := map[string]bool{}
		for _, alias := range words(value) {
			if seen[alias] {
				return fmt.Sprintf("Invalid value %s: Duplicate alias provided; each %s has one of its own", value, what)
			}
			seen[alias] = true
		}
		return ""
	}
}

func topicName(value string) string {
	for _, r := range value {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-' {
			return fmt.Sprintf("Invalid value %s: a topic's name has letters, digits, '.', '_' and '-' alone", value)
		}
	}
	if value == "" || len(value) > 249 {
		return "Invalid value: a topic's name has 1 to 249 characters"
	}
	return ""
}

func words(text string) []string {
	var all []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}
