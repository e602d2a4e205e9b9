package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/engine/connect/source"
)

const hidden = "[hidden]"

// judge is the answer for each key of the table and each unknown key of a configuration.
func judge(config map[string]string) []source.ConfigValue {
	table := keys()
	answers := make([]source.ConfigValue, 0, len(table))
	known := map[string]bool{}
	for i := range table {
		known[table[i].name] = true
		answers = append(answers, table[i].judge(config))
	}
	var rest []string
	for name := range config {
		if !known[name] {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	for _, name := range rest {
		value := config[name]
		answers = append(answers, source.ConfigValue{Name: name, Value: &value, Errors: judgeFree(name, config), Visible: true})
	}
	return judgeTogether(config, answers)
}

func (k *key) judge(config map[string]string) source.ConfigValue {
	value, given := config[k.name]
	answer := source.ConfigValue{Name: k.name, Recommended: k.choices, Visible: true}
	switch {
	case given:
		answer.Value = &value
		if err := k.accept(value); err != nil {
			answer.Errors = []string{fmt.Sprintf("The '%s' value is invalid: %s", k.name, err)}
		}
	case k.required:
		answer.Errors = []string{fmt.Sprintf("The '%s' value is invalid: A value is required", k.name)}
	case k.standard != "":
		answer.Value = &k.standard
	}
	if k.kind == source.Password && answer.Value != nil {
		shown := hidden
		answer.Value = &shown
	}
	return answer
}

func (k *key) accept(value string) error {
	lower := strings.ToLower(strings.TrimSpace(value))
	switch {
	case value == "" && k.required:
		return fmt.Errorf("A value is required") // as Connect says it
	case value == "":
		return nil
	case k.kind == source.Boolean && lower != "true" && lower != "false":
		return fmt.Errorf("must be true or false")
	case k.refused[lower] != "":
		return fmt.Errorf("this engine has no %s: %s", lower, k.refused[lower])
	case len(k.choices) > 0 && !slices.Contains(k.choices, lower):
		return fmt.Errorf("must be one of %s", strings.Join(k.choices, ", "))
	case k.check != nil:
		return k.check(strings.TrimSpace(value))
	}
	return nil
}

// judgeFree judges keys whose names are not fixed.
func judgeFree(name string, config map[string]string) []string {
	switch {
	case columnRule(name):
		if _, err := parseChange(name, config[name]); err != nil {
			return []string{fmt.Sprintf("The '%s' value is invalid: %s", name, err)}
		}
		return nil
	case strings.HasPrefix(name, overridePrefix):
		if table := strings.TrimPrefix(name, overridePrefix); !slices.Contains(list(config["snapshot.select.statement.overrides"]), table) {
			return []string{fmt.Sprintf("The '%s' value is invalid: snapshot.select.statement.overrides does not name %s", name, table)}
		}
		return nil
	case strings.HasPrefix(name, "signal.consumer.") || strings.HasPrefix(name, "driver."):
		return []string{fmt.Sprintf("'%s' is passed to a Java library by Debezium, and has no meaning for this engine: remove it", name)}
	case unsupported[name] != "":
		return []string{fmt.Sprintf("'%s' is a key of Debezium's that this engine does not have: %s", name, unsupported[name])}
	}
	message := fmt.Sprintf("'%s' is no key of the PostgreSQL connector", name)
	if near := nearest(name); near != "" {
		message += fmt.Sprintf("; did you mean '%s'?", near)
	}
	return []string{message}
}

// unsupported are Debezium's keys that this engine refuses by name, with what to do.
var unsupported = map[string]string{
	"converters":                         "Java classes cannot be loaded",
	"post.processors":                    "Java classes cannot be loaded",
	"snapshot.mode.custom.name":          "Java classes cannot be loaded",
	"snapshot.query.mode":                "rows are read by SELECT of all columns; see snapshot.select.statement.overrides",
	"snapshot.locking.mode.custom.name":  "Java classes cannot be loaded",
	"snapshot.query.mode.custom.name":    "Java classes cannot be loaded",
	"topic.naming.strategy":              "topics are named PREFIX.SCHEMA.TABLE; rename them by a transform (ByLogicalTableRouter, RegexRouter)",
	"topic.transaction":                  "transaction metadata is not written",
	"notification.enabled.channels":      "there are no notifications; the log and the status of the task tell",
	"notification.sink.topic.name":       "there are no notifications; the log and the status of the task tell",
	"sourceinfo.struct.maker":            "Java classes cannot be loaded",
	"lsn.flush.mode":                     "what is in Kafka is confirmed, and what concerns no captured table with it",
	"offset.mismatch.strategy":           "the newer of the offset and the slot is gone on from",
	"guardrail.collections.max":          "name the tables in table.include.list",
	"database.sslfactory":                "Java classes cannot be loaded",
	"use.nongraceful.disconnect":         "connections are closed",
	"extended.headers.enabled":           "the headers __debezium.context.* are always written",
	"openlineage.integration.enabled":    "there is no OpenLineage client",
	"schema.history.internal":            "PostgreSQL needs no history of schemas",
	"table.ignore.builtin":               "tables of the system are never captured",
	"executor.shutdown.timeout.ms":       "the worker bounds how long a stop takes",
	"connection.validation.timeout.ms":   "the worker bounds how long a validation takes",
	"streaming.delay.ms":                 "changes are read as soon as the snapshot is done",
	"column.mask.hash.v2":                "write column.mask.hash.v2.ALGORITHM.with.salt.SALT",
	"internal.slot.seek.to.known.offset": "the newer of the offset and the slot is gone on from",
}

// judgeTogether judges keys that depend on each other.
func judgeTogether(config map[string]string, answers []source.ConfigValue) []source.ConfigValue {
	complain := func(name, format string, args ...any) {
		at := slices.IndexFunc(answers, func(a source.ConfigValue) bool { return a.Name == name })
		answers[at].Errors = append(answers[at].Errors, fmt.Sprintf("The '%s' value is invalid: "+format, append([]any{name}, args...)...))
	}
	for _, of := range []string{"schema", "table", "column", "message.prefix"} {
		if config[of+".include.list"] != "" && config[of+".exclude.list"] != "" {
			complain(of+".exclude.list", "%s.include.list is given as well; only one of the two can be", of)
		}
	}
	if slices.Contains(list(config["signal.enabled.channels"]), "kafka") {
		for _, name := range []string{"signal.kafka.topic", "signal.kafka.bootstrap.servers"} {
			if config[name] == "" {
				complain(name, "signal.enabled.channels has kafka, so it is needed")
			}
		}
	}
	for _, table := range list(config["snapshot.select.statement.overrides"]) {
		if config[overridePrefix+table] == "" {
			complain("snapshot.select.statement.overrides", "%s%s is missing", overridePrefix, table)
		}
	}
	return answers
}

const overridePrefix = "snapshot.select.statement.overrides."

// nearest is the known key that is at most three letters from a name.
func nearest(name string) string {
	best, distance := "", 4
	for _, k := range keys() {
		if d := diags.Distance(name, k.name); d < distance {
			best, distance = k.name, d
		}
	}
	return best
}
