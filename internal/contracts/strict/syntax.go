package strict

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readable refuses text that is no text, at the first place where it is not. YAML 1.2, section 5.1: characters.
func (d *Decoder) readable(data []byte) bool {
	at := d.start()
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			d.fault(RuleSyntax, at, "the file is not UTF-8 text", "Save it as UTF-8.")
			return false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f:
			d.fault(RuleSyntax, at, "the file holds a control character that YAML has no place for", "Remove it; in double quotes it is written as \\x"+strconv.FormatInt(int64(r), 16)+".")
			return false
		}
		rest = rest[size:]
		at.Column++
		if r == '\n' {
			at.Line, at.Column = at.Line+1, 1
		}
	}
	return true
}

var syntaxForm = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// unknownAnchor is a message that comes without a line.
var unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)

// hints are what to do about what the library says, by a part of its words.
var hints = []struct{ part, hint string }{
	{"mapping values are not allowed", "Put the value in quotes if it holds a colon and a space, close quotes that were opened above, and check the indentation."},
	{"cannot start any token", "Put the value in quotes: it starts with a character that YAML keeps for itself; indent with spaces, not tabs."},
	{"did not find expected key", "Check the indentation of this line and the one above: keys of one mapping start in one column."},
	{"did not find expected '-' indicator", "Check the indentation: the items of one list start in one column."},
	{"could not find expected ':'", "Write a colon and a space after the key, and close quotes that were opened."},
	{"unexpected end of stream", "Close the quotes."},
	{"did not find expected ',' or '}'", "Close the { with a }, and put commas between."},
	{"did not find expected ',' or ']'", "Close the [ with a ], and put commas between."},
	{"unknown escape character", `Within double quotes a backslash is written twice; single quotes take it as it is.`},
	{"there is no anchor", "Put the value in quotes if it starts with a star; anchors and aliases are not read."},
	{"tab", "Indent with spaces."},
}

func (d *Decoder) syntax(err error, data []byte) {
	message, at := err.Error(), d.start()
	if m := syntaxForm.FindStringSubmatch(message); m != nil {
		message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			at.Line = n
		}
	}
	lines := strings.Split(string(data), "\n")
	if at.Line > 1 && strings.HasPrefix(message, "did not find expected") {
		at.Line++ // the parser, unlike the scanner, counts from 0
	}
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		message = fmt.Sprintf("there is no anchor %s", m[1])
		at.Line = 1 + max(0, slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "*"+m[1]) }))
	}
	at.Line = min(at.Line, len(lines))
	if line := lines[at.Line-1]; strings.TrimSpace(line) != "" {
		at.Column = 1 + len(line) - len(strings.TrimLeft(line, " \t"))
	}
	fix := "Check indentation and quotes on this line and the one above."
	for _, h := range hints {
		if strings.Contains(message, h.part) {
			fix = h.hint
			break
		}
	}
	d.fault(RuleSyntax, at, "not valid YAML: "+message, fix)
}
