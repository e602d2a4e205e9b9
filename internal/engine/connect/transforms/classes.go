package transforms

import (
	"slices"
	"strings"
)

const (
	kafka    = "org.apache.kafka.connect.transforms."
	debezium = "io.debezium.transforms."
)

// Classes are the transforms and predicates that there are, by their Java names.
func Classes() (transforms, predicates []string) {
	for class := range transformClasses() {
		transforms = append(transforms, class)
	}
	for class := range predicateClasses() {
		predicates = append(predicates, class)
	}
	slices.Sort(transforms)
	slices.Sort(predicates)
	return transforms, predicates
}

func transformClasses() map[string]func(*builder) transform {
	return map[string]func(*builder) transform{
		kafka + "RegexRouter": newRegexRouter,
	}
}

func predicateClasses() map[string]func(*builder) predicate {
	return map[string]func(*builder) predicate{
		kafka + "predicates.TopicNameMatches":  newTopicNameMatches,
		kafka + "predicates.RecordIsTombstone": newRecordIsTombstone,
		kafka + "predicates.HasHeaderKey":      newHasHeaderKey,
	}
}

func makeTransform(b *builder) transform { return instance(b, transformClasses(), "transforms") }

func newPredicates(config map[string]string) (map[string]predicate, []Option) {
	predicates, taken := map[string]predicate{}, map[string]bool{}
	var options []Option
	for _, alias := range list(config["predicates"]) {
		b := begin(config, "predicates."+alias+".", taken)
		predicates[alias] = instance(b, predicateClasses(), "predicates")
		b.finish()
		options = append(options, b.options...)
	}
	return predicates, append(options, orphans(config, "predicates", taken)...)
}

// instance makes what the class names; the last part of a name will do, as in Connect.
func instance[T any](b *builder, classes map[string]func(*builder) T, kind string) (made T) {
	names := []string{}
	for class, make := range classes {
		names = append(names, class)
		if class == b.class || class[strings.LastIndexByte(class, '.')+1:] == b.class {
			return make(b)
		}
	}
	slices.Sort(names)
	if b.class != "" {
		b.wrong("type", "Invalid value %s for configuration %stype: Class %s could not be found; there are these %s: %s",
			b.class, b.prefix, b.class, kind, strings.Join(names, ", "))
	}
	for key := range b.config { // what its keys mean, nobody knows
		if strings.HasPrefix(key, b.prefix) {
			b.taken[key] = true
		}
	}
	return made
}
