// Package strict reads YAML 1.2 into structs without guessing: unknown keys, repeated keys and wrong shapes are
// problems with a position, scalars are taken as written (no and on are text), anchors and tags are refused, and the
// place of every value is kept so that later checks can point at it.
package strict

import (
	"errors"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/weftmesh/weft/internal/diags"
)

// Limits on one file, so that what comes from outside cannot exhaust the reader.
const (
	MaxBytes = 1 << 20
	MaxDepth = 40
)

// Rules of the problems that reading finds.
const (
	RuleSyntax     = "yaml-syntax"
	RuleUnknownKey = "unknown-key"
	RuleRepeated   = "repeated-key"
	RuleShape      = "wrong-shape"
	RuleValue      = "bad-value"
	RuleLimit      = "file-limit"
)

// Positions knows where each value and key of a file stands, by path: schema.fields[2].type.
type Positions struct {
	File   string
	values map[string]diags.Range
	keys   map[string]diags.Range
}

// At is where the value at a path stands, or the nearest enclosing value where the path is absent.
func (p Positions) At(path string) diags.Range { return p.nearest(p.values, path) }

// KeyAt is where the key of a path stands, or the nearest enclosing key.
func (p Positions) KeyAt(path string) diags.Range { return p.nearest(p.keys, path) }

// Has reports whether the file has a value at the path.
func (p Positions) Has(path string) bool {
	_, ok := p.values[path]
	return ok
}

func (p Positions) nearest(places map[string]diags.Range, path string) diags.Range {
	for {
		if r, ok := places[path]; ok {
			return r
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return diags.Range{File: p.File, Line: 1, Column: 1}
}

// Decode reads one document into the struct that into points to. Keys are the `yaml` tags of its fields. What could
// be read is there even where problems were found.
func Decode(file string, data []byte, into any) (Positions, diags.List) {
	d := &Decoder{positions: Positions{File: file, values: map[string]diags.Range{}, keys: map[string]diags.Range{}}}
	body, ok := d.parse(data)
	if ok {
		d.Into(body, into, "")
	}
	return d.positions, d.problems
}

// Decoder is one reading of one file. Types that read themselves are given it.
type Decoder struct {
	positions Positions
	problems  diags.List
	depth     int
}

func (d *Decoder) parse(data []byte) (ast.Node, bool) {
	start := diags.Range{File: d.positions.File, Line: 1, Column: 1}
	if len(data) > MaxBytes {
		d.report(diags.Diagnostic{Rule: RuleLimit, Range: start, Summary: "the file is larger than 1 MiB", Fix: "Split it: one product a file."})
		return nil, false
	}
	if depthOf(data) > MaxDepth*2 {
		d.report(diags.Diagnostic{Rule: RuleLimit, Range: start, Summary: "the file is nested too deeply", Fix: "Nest less; " + strconv.Itoa(MaxDepth) + " levels are read."})
		return nil, false
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err, start)
		return nil, false
	}
	return d.document(file, start)
}

// depthOf bounds nesting before the recursive parser sees the text: open brackets, and levels of indentation.
func depthOf(data []byte) int {
	open, deepest := 0, 0
	for _, line := range strings.Split(string(data), "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " -"))
		deepest = max(deepest, indent/2)
		for _, r := range line {
			switch r {
			case '[', '{':
				open++
				deepest = max(deepest, open)
			case ']', '}':
				open = max(0, open-1)
			}
		}
	}
	return deepest
}

func (d *Decoder) syntax(err error, start diags.Range) {
	var syntax *yaml.SyntaxError
	at, message := start, err.Error()
	if errors.As(err, &syntax) {
		message = syntax.Message
		if syntax.Token != nil && syntax.Token.Position != nil {
			at.Line, at.Column = syntax.Token.Position.Line, syntax.Token.Position.Column
		}
	}
	message, _, _ = strings.Cut(message, "\n")
	d.report(diags.Diagnostic{
		Rule: RuleSyntax, Range: at, Summary: "not valid YAML: " + message,
		Fix: "Check indentation and quotes on this line and the one above.",
	})
}

func (d *Decoder) document(file *ast.File, start diags.Range) (ast.Node, bool) {
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.CommentGroupType:
		case doc.Body.Type() == ast.DirectiveType:
		case body != nil:
			d.report(diags.Diagnostic{
				Rule: RuleSyntax, Range: d.place(doc.Body), Summary: "the file holds more than one document",
				Fix: "Put what follows --- into a file of its own.",
			})
			return body, true
		default:
			body = doc.Body
		}
	}
	if body == nil {
		d.report(diags.Diagnostic{Rule: RuleSyntax, Range: start, Summary: "the file is empty", Fix: "Write a contract, or delete the file. `weft init product` writes one."})
	}
	return body, body != nil
}

// Problem reports a problem of a value where it stands.
func (d *Decoder) Problem(node ast.Node, rule, summary, fix string) {
	d.report(diags.Diagnostic{Rule: rule, Range: d.place(node), Summary: summary, Fix: fix})
}

func (d *Decoder) report(problem diags.Diagnostic) {
	problem.Severity = diags.Error
	d.problems.Add(problem)
}

// place is the position of a node: that of its first key for a block mapping.
func (d *Decoder) place(node ast.Node) diags.Range {
	at := diags.Range{File: d.positions.File, Line: 1, Column: 1}
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return d.place(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return d.place(n.Key)
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		at.Line, at.Column = t.Position.Line, t.Position.Column
	}
	return at
}
