package contracts

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weftmesh/weft/internal/addrs"
	"github.com/weftmesh/weft/internal/diags"
	"github.com/weftmesh/weft/internal/flinksql"
)

// Input is a product that a transform reads, and where its SQL names it.
type Input struct {
	Product Product
	Name    string // as the SQL writes it: a topic, or domain.product
	At      diags.Range
}

// maxTableProblems is how many wrong tables of one query are told.
const maxTableProblems = 50

// Inputs finds the products that a product's transform reads. SQL names a topic, or a product as domain.product or
// domain.entity, of which the newest active major version is meant.
func (s Set) Inputs(p Product) ([]Input, diags.List) {
	var problems diags.List
	if p.Transform == nil || p.Transform.SQL == "" {
		return nil, nil
	}
	report := func(at flinksql.Position, rule, summary, fix string) {
		problems.Add(diags.Diagnostic{Severity: diags.Error, Rule: rule, Range: p.SQLAt(at), Summary: summary, Fix: fix})
	}
	tables, err := flinksql.Tables(p.Transform.SQL)
	var mistake *flinksql.Error
	if errors.As(err, &mistake) {
		report(mistake.Position, "flink-sql", "transform: "+mistake.Message, mistake.Hint)
	}
	var inputs []Input
	for _, table := range tables {
		if len(problems) == maxTableProblems {
			break
		}
		found, ok := s.named(table.Name)
		switch {
		case !ok:
			report(table.Position, RuleReference, fmt.Sprintf("%s is not a topic or a product of this mesh", table.Name), s.NearestTopic(table.Name))
		case found.Addr == p.Addr:
			report(table.Position, RuleReference, fmt.Sprintf("%s reads itself", p.Addr), "Read another product.")
		default:
			inputs = append(inputs, Input{found, table.Name, p.SQLAt(table.Position)})
		}
	}
	return inputs, problems
}

// Named finds the product that a name in SQL means, and its topics that are meant: one, where the name is a topic's.
func (s Set) Named(name string) (Product, []ProductTopic, bool) {
	if p, t, ok := s.ProductOf(addrs.Topic(name)); ok {
		return p, []ProductTopic{t}, true
	}
	p, ok := s.named(name)
	return p, p.Topics, ok
}

// named finds the product that a name in SQL means.
func (s Set) named(name string) (Product, bool) {
	name = strings.TrimSuffix(name, "-masked")
	if p, _, ok := s.ProductOf(addrs.Topic(name)); ok {
		return p, true
	}
	domain, rest, _ := strings.Cut(name, ".")
	var best Product
	found := false
	for _, p := range s.Products {
		if p.Domain == domain && (p.Name == rest || p.Entity == rest) && (!found || p.Lifecycle != Deprecated) {
			best, found = p, true
		}
	}
	return best, found
}

// NearestTopic says what to write in SQL instead of a name that means nothing.
func (s Set) NearestTopic(name string) string {
	var known []string
	for _, p := range s.Products {
		for _, t := range p.Topics {
			known = append(known, string(t.Name))
		}
	}
	if closest, ok := diags.Closest(name, known); ok {
		return fmt.Sprintf("Did you mean `%s`?", closest)
	}
	return "Name a topic in backticks, as in `logistics.shipment.v2.created`, or a product, as in `logistics.shipment-events`."
}

// SQLAt is a place in the SQL as a place in the contract's file.
func (p Product) SQLAt(at flinksql.Position) diags.Range {
	start := p.At("transform.sql")
	if p.Transform.File != "" || !p.Has("transform.sql") {
		start = p.At("transform.file")
		start.File += " (" + p.Transform.File + ")"
		start.Line, start.Column = at.Line, at.Column
		return start
	}
	lines := strings.Split(p.Text, "\n")
	if start.Line < 1 || start.Line > len(lines) {
		return start
	}
	if header := lines[start.Line-1]; !strings.ContainsAny(header[min(len(header), max(0, start.Column-1)):], "|>") {
		return diags.Range{File: start.File, Line: start.Line + at.Line - 1, Column: start.Column + at.Column - 1}
	}
	return withinBlock(start, lines, at)
}

// withinBlock is a place in a block of text that begins below start.
func withinBlock(start diags.Range, lines []string, at flinksql.Position) diags.Range {
	line := start.Line + at.Line
	if line > len(lines) {
		return start
	}
	return diags.Range{File: start.File, Line: line, Column: blockIndent(lines[start.Line:]) + at.Column}
}

// CheckAt is a place in the SQL of a quality check as a place in the contract's file.
func (p Product) CheckAt(i int, at flinksql.Position) diags.Range {
	start := p.At(fmt.Sprintf("quality[%d].check", i))
	lines := strings.Split(p.Text, "\n")
	if start.Line < 1 || start.Line > len(lines) {
		return start
	}
	header := lines[start.Line-1]
	switch header = header[min(len(header), max(0, start.Column-1)):]; {
	case strings.HasPrefix(header, "|"), strings.HasPrefix(header, ">"):
		return withinBlock(start, lines, at)
	case strings.HasPrefix(header, `"`), strings.HasPrefix(header, "'"):
		start.Column++
	}
	return diags.Range{File: start.File, Line: start.Line + at.Line - 1, Column: start.Column + at.Column - 1}
}

// blockIndent is the indentation of a block of text: that of its first line with anything on it.
func blockIndent(lines []string) int {
	for _, line := range lines {
		if trimmed := strings.TrimLeft(line, " "); trimmed != "" {
			return len(line) - len(trimmed)
		}
	}
	return 0
}
