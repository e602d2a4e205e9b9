package main

import (
	"os"
	"strings"
)

const introduction = `# Benchmarks

Written by ` + "`make bench`" + `, or section by section. Every table is of one run; peers ran on the same machine in the same run. A load average
well above the number of cores means that other programs had most of the machine: then read ratios, CPU-seconds and memory.
`

// withSection puts a section in place of the one with its heading, or at the end.
func withSection(doc, heading, text string) string {
	parts := strings.Split(doc, "\n## ")
	section := strings.TrimPrefix(heading, "## ") + "\n\n" + strings.Trim(text, "\n") + "\n"
	for i, part := range parts {
		if was, _, _ := strings.Cut(part, "\n"); i > 0 && was == strings.TrimPrefix(heading, "## ") {
			parts[i] = section
			return strings.Join(parts, "\n## ")
		}
	}
	return strings.Join(append(parts, section), "\n## ")
}

func writeDocument(out, doc string) error {
	if out == "" {
		return nil
	}
	return os.WriteFile(out, []byte(doc), 0o644)
}
