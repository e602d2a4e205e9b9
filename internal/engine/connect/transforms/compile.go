package transforms

import (
	"fmt"
	"slices"
	"strings"
)

// compiler makes a chain out of a configuration, and gathers what is wrong with it.
type compiler struct {
	config     map[string]string
	known      []string // the keys, and prefixes of keys that end in a dot, that were asked for
	predicates map[string]predicate
	links      []link
	problems   []Problem
}

func (c *compiler) problem(key, format string, args ...any) {
	c.problems = append(c.problems, Problem{key, fmt.Sprintf(format, args...)})
}

// aliases are the names that a list gives; each may be there once.
func (c *compiler) aliases(key string) []string {
	var names []string
	for _, name := range list(c.config[key]) {
		if slices.Contains(names, name) {
			c.problem(key, "%s is there twice", name)
			continue
		}
		names = append(names, name)
	}
	return names
}

// kind makes a step out of its options.
type kind func(o *options) step

// kinds are the transforms that there are, by their Java classes.
func kinds() map[string]kind {
	const kafka, debezium = "org.apache.kafka.connect.transforms.", "io.debezium.transforms."
	return map[string]kind{
		debezium + "ExtractNewRecordState": newUnwrap,
		debezium + "ByLogicalTableRouter":  logicalRouter("__dbz__physicalTableIdentifier", "logical.table.cache.size"),
		debezium + "ToLogicalTopicRouter":  logicalRouter("__dbz__sourceIdentifier", "logical.destination.cache.size"),
		kafka + "RegexRouter":              newRegexRouter,
		kafka + "ValueToKey":               newValueToKey,
		kafka + "InsertField$Key":          insertField(ofKey),
		kafka + "InsertField$Value":        insertField(ofValue),
		kafka + "ReplaceField$Key":         replaceField(ofKey),
		kafka + "ReplaceField$Value":       replaceField(ofValue),
		kafka + "MaskField$Key":            maskField(ofKey),
		kafka + "MaskField$Value":          maskField(ofValue),
		kafka + "Filter":                   newFilter,
	}
}

func (c *compiler) link(alias string) {
	o := &options{c: c, prefix: "transforms." + alias + "."}
	made, ok := chosen(o, kinds())
	if !ok {
		return
	}
	l := link{alias: alias, step: made(o), negate: o.flag("negate", false)}
	if name := o.text("predicate", ""); name != "" {
		if l.when, ok = c.predicates[name]; !ok {
			o.problem("predicate", "predicates names no %s", name)
		}
	} else if l.negate {
		o.problem("negate", "there is no predicate to negate")
	}
	c.links = append(c.links, l)
}

func (c *compiler) compilePredicates() {
	c.predicates = map[string]predicate{}
	for _, alias := range c.aliases("predicates") {
		o := &options{c: c, prefix: "predicates." + alias + "."}
		if made, ok := chosen(o, predicateKinds()); ok {
			c.predicates[alias] = made(o)
		}
	}
}

// chosen finds what the type of an alias names.
func chosen[T any](o *options, classes map[string]T) (T, bool) {
	class := o.text("type", "")
	made, ok := classes[class]
	switch {
	case class == "":
		o.problem("type", "is missing: it names a class, as in %s", names(classes)[0])
	case !ok:
		o.problem("type", "%s is not among what runs here: %s", class, strings.Join(names(classes), ", "))
	}
	if !ok {
		o.c.known = append(o.c.known, o.prefix) // what the others say cannot be judged
	}
	return made, ok
}

func names[T any](classes map[string]T) []string {
	var all []string
	for class := range classes {
		all = append(all, class)
	}
	slices.Sort(all)
	return all
}

// Classes are the transforms and the predicates that there are, by their Java classes.
func Classes() (transforms, predicates []string) { return names(kinds()), names(predicateKinds()) }

// strangers finds keys that nobody asked for.
func (c *compiler) strangers() {
	for key := range c.config {
		if !Owns(key) || key == "transforms" || key == "predicates" || c.wanted(key) {
			continue
		}
		c.problem(key, "is not known; known here are %s", strings.Join(c.siblings(key), ", "))
	}
}

func (c *compiler) wanted(key string) bool {
	return slices.ContainsFunc(c.known, func(k string) bool { return k == key || strings.HasSuffix(k, ".") && strings.HasPrefix(key, k) })
}

// siblings are the keys that could stand in a key's place.
func (c *compiler) siblings(key string) []string {
	parts := strings.SplitN(key, ".", 3)
	siblings := []string{parts[0]}
	for _, k := range c.known {
		if strings.HasPrefix(k, parts[0]+"."+parts[1]+".") {
			siblings = append(siblings, k)
		}
	}
	slices.Sort(siblings)
	return siblings
}

func list(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
