package transforms

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// options are the keys of one transform or predicate, without their prefix.
type options struct {
	c      *compiler
	prefix string
}

func (o *options) problem(name, format string, args ...any) {
	o.c.problem(o.prefix+name, format, args...)
}

// text is the value of a key. Asking for a key makes it known.
func (o *options) text(name, standard string) string {
	o.c.known = append(o.c.known, o.prefix+name)
	if value, given := o.c.config[o.prefix+name]; given {
		return strings.TrimSpace(value)
	}
	return standard
}

// needed is the value of a key that must be there.
func (o *options) needed(name string) string {
	value := o.text(name, "")
	if value == "" {
		o.problem(name, "is missing")
	}
	return value
}

func (o *options) list(name string) []string { return list(o.text(name, "")) }

func (o *options) flag(name string, standard bool) bool {
	switch value := strings.ToLower(o.text(name, fmt.Sprint(standard))); value {
	case "true", "false":
		return value == "true"
	default:
		o.problem(name, "must be true or false, not %q", value)
		return standard
	}
}

func (o *options) choice(name, standard string, choices ...string) string {
	value := strings.ToLower(o.text(name, standard))
	if !slices.Contains(choices, value) {
		o.problem(name, "must be one of %s, not %q", strings.Join(choices, ", "), value)
	}
	return value
}

// refused says of a key that it may not be set.
func (o *options) refused(name, why string) {
	if o.text(name, "") != "" {
		o.problem(name, "%s", why)
	}
}

// expression is a regular expression that has to match the whole of a text.
func (o *options) expression(name, text string) expression {
	if text == "" {
		return expression{}
	}
	first, err := regexp.Compile(text)
	if err != nil {
		o.problem(name, "%q cannot be used: %v (RE2's syntax: neither look-around nor back-references)", text, err)
		return expression{}
	}
	return expression{whole: regexp.MustCompile("^(?:" + text + ")$"), first: first}
}
