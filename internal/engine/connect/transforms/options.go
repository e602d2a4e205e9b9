package transforms

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/weftmesh/weft/internal/engine/connect/source"
)

// builder reads the options of one transform or predicate, and keeps what is wrong with them.
type builder struct {
	config  map[string]string
	prefix  string
	group   string
	taken   map[string]bool
	options []Option
	class   string
}

func begin(config map[string]string, prefix string, taken map[string]bool) *builder {
	b := &builder{config: config, prefix: prefix, taken: taken, group: strings.TrimSuffix(prefix, ".")}
	b.class = b.required("type", source.Class, "Class of this "+strings.TrimSuffix(strings.SplitN(prefix, ".", 2)[0], "s"))
	return b
}

func (b *builder) option(name string, kind source.Type, doc string) *Option {
	key := b.prefix + name
	b.taken[key] = true
	o := Option{Key: source.Key{Name: key, Type: kind, Importance: "MEDIUM", Documentation: doc, Group: b.group, DisplayName: name}}
	if value, has := b.config[key]; has {
		o.Value = &value
	}
	b.options = append(b.options, o)
	return &b.options[len(b.options)-1]
}

func (b *builder) wrong(name, format string, args ...any) {
	for i := range b.options {
		if b.options[i].Name == b.prefix+name {
			b.options[i].Errors = append(b.options[i].Errors, fmt.Sprintf(format, args...))
		}
	}
}

func (b *builder) required(name string, kind source.Type, doc string) string {
	o := b.option(name, kind, doc)
	o.Required = true
	o.Importance = "HIGH"
	if o.Value == nil {
		o.Errors = append(o.Errors, fmt.Sprintf("Missing required configuration %q which has no default value.", o.Name))
		return ""
	}
	return *o.Value
}

func (b *builder) text(name, standard, doc string) string {
	o := b.option(name, source.String, doc)
	if o.Value == nil {
		o.Value, o.Default = &standard, &standard
	}
	return *o.Value
}

// maybe is an option without a default.
func (b *builder) maybe(name, doc string) string {
	o := b.option(name, source.String, doc)
	if o.Value == nil {
		return ""
	}
	return *o.Value
}

func (b *builder) words(name, doc string) []string {
	o := b.option(name, source.List, doc)
	if o.Value == nil {
		none := ""
		o.Value, o.Default = &none, &none
	}
	return list(*o.Value)
}

func (b *builder) boolean(name string, standard bool, doc string) bool {
	text := fmt.Sprint(standard)
	o := b.option(name, source.Boolean, doc)
	o.Default, o.Recommended = &text, []string{"true", "false"}
	if o.Value == nil {
		o.Value = &text
	}
	switch strings.ToLower(strings.TrimSpace(*o.Value)) {
	case "true":
		return true
	case "false":
		return false
	}
	b.wrong(name, "Invalid value %s for configuration %s: Expected value to be either true or false", *o.Value, o.Name)
	return standard
}

func (b *builder) choice(name, standard, doc string, words ...string) string {
	value := b.text(name, standard, doc)
	b.options[len(b.options)-1].Recommended = words
	for _, word := range words {
		if strings.EqualFold(word, value) {
			return word
		}
	}
	b.wrong(name, "Invalid value %s for configuration %s: Value must be one of %s", value, b.prefix+name, strings.Join(words, ", "))
	return standard
}

// pattern is a regular expression that a whole text must match; Java's and Go's differ in what no topic's name needs.
func (b *builder) pattern(name, doc string) *regexp.Regexp {
	value := b.required(name, source.String, doc)
	if _, has := b.config[b.prefix+name]; !has {
		b.wrong(name, "Invalid value null for configuration %s: Invalid regex", b.prefix+name)
		return nil
	}
	return b.compile(name, value)
}

func (b *builder) compile(name, value string) *regexp.Regexp {
	compiled, err := regexp.Compile("^(?:" + value + ")$")
	if err != nil {
		b.wrong(name, "Invalid value %s for configuration %s: Invalid regex: %v", value, b.prefix+name, err)
	}
	return compiled
}

// condition reads the predicate of a transform.
func (b *builder) condition(predicates map[string]predicate) (predicate, bool) {
	name := b.maybe("predicate", "The alias of a predicate used to determine whether to apply this transformation.")
	negate := b.boolean("negate", false, "Whether the configured predicate should be negated.")
	if name == "" {
		if negate {
			b.wrong("negate", "%snegate is set, but there is no %spredicate", b.prefix, b.prefix)
		}
		return nil, false
	}
	p, has := predicates[name]
	if !has {
		b.wrong("predicate", "Invalid value %s for configuration %spredicate: predicates does not name it", name, b.prefix)
	}
	return p, negate
}

// finish notes the keys that nothing has asked for.
func (b *builder) finish() {
	for _, key := range slices.Sorted(maps.Keys(b.config)) {
		if !strings.HasPrefix(key, b.prefix) || b.taken[key] {
			continue
		}
		known := []string{}
		for _, o := range b.options {
			known = append(known, strings.TrimPrefix(o.Name, b.prefix))
		}
		name := strings.TrimPrefix(key, b.prefix)
		b.option(name, source.String, "")
		b.wrong(name, "Key %s is not known; %s has %s", key, b.group, strings.Join(known, ", "))
	}
}
