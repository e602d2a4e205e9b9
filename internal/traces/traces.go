// Package traces finds in a Java stack trace, as Kafka Connect and Flink give them, what a person wants to know.
package traces

import (
	"regexp"
	"strings"
)

// className is a Java class before a message, or before nothing.
var className = regexp.MustCompile(`^(?:[a-z][\w$]*\.)+([A-Z][\w$]*)(?:: |$)`)

// bracketed is what Java writes of an object's fields.
var bracketed = regexp.MustCompile(`\s?\[[^\[\]]*\]`)

// longest is how many characters of an exception are shown.
const longest = 400

// Cause is the innermost cause of a stack trace that says something, without packages and frames, in a line.
func Cause(trace string) string {
	best := ""
	for _, line := range strings.Split(trace, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "at ") || strings.HasPrefix(line, "... ") || strings.HasPrefix(line, "End of exception") || strings.HasPrefix(line, "<Exception on server") {
			continue
		}
		cause, is := strings.CutPrefix(line, "Caused by: ")
		switch {
		case is || className.MatchString(line):
			if said(cause) || best == "" {
				best = cause
			}
		case best == "":
			best = line
		case len(best) < longest && !strings.HasSuffix(best, line):
			best += " " + line // a message of several lines
		}
	}
	best = className.ReplaceAllString(strings.TrimSuffix(best, ">"), "$1: ")
	return cut(strings.TrimSuffix(strings.TrimSpace(best), ":"))
}

// cut shortens a cause.
func cut(best string) string {
	for n := 0; len(best) > longest && len(best) != n; { // what lies in brackets is the state of an object
		n = len(best)
		best = bracketed.ReplaceAllString(best, " (...)")
	}
	if len(best) > longest {
		best = strings.ToValidUTF8(best[:longest], "") + "..."
	}
	return best
}

// said reports whether a cause has a message beside its class.
func said(cause string) bool { return className.ReplaceAllString(cause, "") != "" }
