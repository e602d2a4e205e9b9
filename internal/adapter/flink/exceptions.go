package flink

import (
	"regexp"
	"strings"
)

// className is a Java class before a message, or before nothing.
var className = regexp.MustCompile(`^(?:[a-z][\w$]*\.)+([A-Z][\w$]*)(?:: |$)`)

// longest is how many characters of an exception are shown.
const longest = 400

// shortened is the innermost cause of a Java stack trace that says something, without packages and frames.
func shortened(trace string) string {
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
	best = strings.TrimSuffix(strings.TrimSpace(best), ":")
	if len(best) > longest {
		best = strings.ToValidUTF8(best[:longest], "") + "..."
	}
	return best
}

// said reports whether a cause has a message beside its class.
func said(cause string) bool { return className.ReplaceAllString(cause, "") != "" }
