// Package strict reads YAML 1.2 into structs without guessing: unknown keys, repeated keys and wrong shapes are
// problems with a position, scalars are taken as written (no and on are text), anchors and tags are refused, and the
// place of every value is kept so that later checks can point at it.
package strict

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/weftmesh/weft/internal/diags"
)

// Limits on one file, so that what comes from outside cannot exhaust the reader.
const (
	MaxBytes = 1 << 20
	MaxDepth = 40
)

// maxProblems is how many problems of one file are told: who writes more has one problem, not thousands.
const maxProblems = 200

// Rules of the problems that reading finds.
const (
	RuleSyntax     = "yaml-syntax"
	RuleUnknownKey = "unknown-key"
	RuleRepeated   = "repeated-key"
	RuleShape      = "wrong-shape"
	RuleValue      = "bad-value"
	RuleLimit      = "file-limit"
)

// Node is a part of a YAML document.
type Node = yaml.Node

// Decode reads one document into the struct that into points to. Keys are the `yaml` tags of its fields. What could
// be read is there even where problems were found.
func Decode(file string, data []byte, into any) (Positions, diags.List) {
	d := &Decoder{
		positions: Positions{File: file, values: map[string]diags.Range{}, keys: map[string]diags.Range{}},
		keys:      map[reflect.Type]map[string]key{},
	}
	d.decode(data, into)
	return d.positions, d.problems
}

// Decoder is one reading of one file. Types that read themselves are given it.
type Decoder struct {
	positions Positions
	problems  diags.List
	depth     int
	keys      map[reflect.Type]map[string]key // of the structs met so far
}

// decode is the one seam to the YAML library: where the library gives up by a panic, the file is at fault.
func (d *Decoder) decode(data []byte, into any) {
	defer func() {
		if cause := recover(); cause != nil {
			d.fault(RuleSyntax, d.start(), fmt.Sprintf("not valid YAML: the reader gave up: %v", cause), "Write the file more plainly: keys, values, lists.")
		}
	}()
	if body := d.parse(data); body != nil {
		d.positions.read = IsMapping(body)
		d.Into(body, into, "")
	}
}

func (d *Decoder) start() diags.Range { return diags.Range{File: d.positions.File, Line: 1, Column: 1} }

// parse gives the one document of a file; nil after it said why there is none.
func (d *Decoder) parse(data []byte) *Node {
	if len(data) > MaxBytes {
		d.fault(RuleLimit, d.start(), "the file is larger than 1 MiB", "Split it: one product a file.")
		return nil
	}
	if !d.readable(data) {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	body, err := document(decoder)
	switch {
	case err == io.EOF || err == nil && (body == nil || IsNull(body) && body.Value == ""): //nolint:errorlint // the library gives io.EOF itself
		d.fault(RuleSyntax, d.start(), "the file is empty", "Write its first keys, or delete it; `weft init` writes first files.")
		return nil
	case err != nil:
		d.syntax(err, data)
		return nil
	}
	switch next, err := document(decoder); {
	case err != nil && err != io.EOF: //nolint:errorlint // the library gives io.EOF itself
		d.syntax(err, data)
		return nil
	case next != nil:
		d.Problem(next, RuleSyntax, "the file holds more than one document", "Put what follows --- into a file of its own.")
	}
	return body
}

// document is the content of the next document; nil for one without.
func document(decoder *yaml.Decoder) (*Node, error) {
	var doc Node
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// Problem reports a problem of a value where it stands.
func (d *Decoder) Problem(node *Node, rule, summary, fix string) {
	d.fault(rule, d.place(node), summary, fix)
}

func (d *Decoder) fault(rule string, at diags.Range, summary, fix string) {
	switch n := len(d.problems); {
	case n == maxProblems:
		d.problems.Add(diags.Diagnostic{
			Severity: diags.Error, Rule: RuleLimit, Range: at,
			Summary: fmt.Sprintf("more than %d problems in one file; the rest is left out", maxProblems), Fix: "Mend those that are shown first.",
		})
	case n < maxProblems:
		d.problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: rule, Range: at, Summary: summary, Fix: fix})
	}
}

// place is the position of a node: that of its first key for a block mapping.
func (d *Decoder) place(node *Node) diags.Range {
	at := d.start()
	if node.Line > 0 {
		at.Line, at.Column = node.Line, node.Column
	}
	return at
}

// shown is text as a message repeats it: not all of what may be a page.
func shown(text string) string {
	const most = 80
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}
