package views

import (
	"slices"
	"strings"
)

// sqlChange shows the lines of SQL that go and those that come, without what both have at their beginning and end.
func sqlChange(old, now string) string {
	before, after := sqlLines(old), sqlLines(now)
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	var b strings.Builder
	for _, line := range before {
		b.WriteString("\n        - " + line)
	}
	for _, line := range after {
		b.WriteString("\n        + " + line)
	}
	return b.String()
}

func sqlLines(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
}
